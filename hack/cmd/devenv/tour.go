// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
)

// tour says what can be done now.
func (e *environment) tour(w io.Writer) {
	fmt.Fprintf(w, `
In another terminal:
  export KUBECONFIG=%s PATH=%s:$PATH

  kubectl get cloudify -A
  kubectl apply -f config/samples/cloudifyblueprint-inline.yaml -f config/samples/cloudifydeployment.yaml
  kubectl wait cfyd/hello -n default --for=condition=Ready --timeout=2m
  kubectl get cfyd -A --watch
  kubectl explain cloudifydeployment.spec

The simulated Manager (admin, admin):
  curl -u admin:admin -H 'Tenant: default_tenant' '%s/api/v3.1/deployments?_include=id,display_name,installation_status'
  curl %s/_simulator/state
`, e.kubeconfig, e.controlPlane, e.endpoint, e.endpoint)
	if e.withoutManager {
		fmt.Fprintf(w, `
The operator is not running:
  make run ARGS='--operator-namespace %s'
`, operatorNamespace)
	} else {
		fmt.Fprintf(w, `
The OSB endpoint, as a platform sees it:
  curl -u %s:%s -H 'X-Broker-API-Version: 2.17' %s/v2/catalog

The operator's metrics:
  curl http://%s/metrics
`, osbUsername, osbPassword, e.osb, e.metrics)
	}
	fmt.Fprintf(w, "\nLogs are in %s. Ctrl-C stops everything.\n", e.dir)
}
