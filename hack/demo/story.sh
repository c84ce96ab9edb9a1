#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# The story of make demo. It needs KUBECONFIG, CLOUDIFY_ENDPOINT, OSB_ENDPOINT and a running operator, and ends with an error
# where the story does not hold.
set -euo pipefail

# shellcheck source=hack/demo/telling.sh
source hack/demo/telling.sh

# Nothing stays behind in somebody's cluster.
cleanup() {
	local code=$?
	trap - EXIT
	if ((code != 0)) && [[ ${CLUSTER:-own} == current ]]; then
		printf '\nRemoving what the demo made.\n' >&2
		kubectl delete --ignore-not-found --timeout=30s --filename hack/demo/shop.yaml --filename hack/demo/mistake.yaml >&2 &&
			kubectl delete --timeout=30s cloudifydeployments --all --namespace cloudify-services >&2 &&
			kubectl delete --ignore-not-found --timeout=30s --kustomize hack/demo/catalog >&2 &&
			kubectl delete --ignore-not-found --timeout=30s --filename hack/demo/manager.yaml >&2 || true
	fi
	exit "$code"
}
trap cleanup EXIT
trap "exit 1" INT TERM # bash would end without the trap above

chapter "1. Connect to a Cloudify Manager: its address, a tenant, and a Secret with a user's name and password."
printf '\n$ export KUBECONFIG=%s CLOUDIFY_ENDPOINT=%s\n' "$KUBECONFIG" "$CLOUDIFY_ENDPOINT"
run "sed s,ENDPOINT,$CLOUDIFY_ENDPOINT, hack/demo/manager.yaml | kubectl apply --filename -"
run "kubectl wait cloudifymanager/default --for=condition=Ready --timeout=1m"
run "kubectl get cloudifymanagers"

chapter "2. Publish a blueprint. The operator uploads it and shows what it asks for."
run "kubectl apply --kustomize hack/demo/catalog"
run "kubectl wait cloudifyblueprint/nodecellar --namespace cloudify-operator-system --for=condition=Ready --timeout=1m"
expect "kubectl get cloudifyblueprint nodecellar --namespace cloudify-operator-system --output go-template='{{range .status.inputs}}{{.name}}: {{.type}}{{with .default}}, default {{.}}{{end}}{{range .constraints}}, {{.}}{{end}}{{\"\\n\"}}{{end}}'" '^port: integer, default 8080'

chapter "3. A team deploys it, with inputs of its own."
run "cat hack/demo/shop.yaml"
run "kubectl apply --filename hack/demo/shop.yaml"
follow cellar
expect "kubectl describe cloudifydeployment cellar --namespace shop | sed -n '/^Status:/,\$p'" 'Installed'

chapter "4. The Manager has the deployment and its outputs."
expect "curl --silent $CLOUDIFY_ENDPOINT/_simulator/state" '"port":8081'
id=$(kubectl get cloudifydeployment cellar --namespace shop --output jsonpath='{.status.deploymentID}')
expect "curl --silent --user admin:admin --header 'Tenant: default_tenant' $CLOUDIFY_ENDPOINT/api/v3.1/deployments/$id/outputs" 'nodecellar.example.com:8081'

chapter "5. A mistake: a port that is not a number. The operator reports it before anything reaches the Manager."
run "kubectl apply --filename hack/demo/mistake.yaml"
run "kubectl wait cloudifydeployment/attic --namespace shop --for=condition=Stalled --timeout=1m"
expect "kubectl get cloudifydeployments --namespace shop" 'attic +False +InvalidInputs'
expect "kubectl get cloudifydeployment attic --namespace shop --output jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{\"\\n\"}{end}'" 'port'
expect "kubectl events --namespace shop --for cloudifydeployment/attic" 'Warning +InvalidInputs'

chapter "6. With the input corrected, it is installed."
run "kubectl patch cloudifydeployment attic --namespace shop --type merge --patch '{\"spec\": {\"inputs\": {\"port\": 8082}}}'"
follow attic

chapter "7. The team runs a workflow, scale, for a second instance of the application. A CloudifyExecution runs it once, as a Job runs a pod."
run "cat hack/demo/scale.yaml"
run "kubectl apply --filename hack/demo/scale.yaml"
run "kubectl wait cloudifyexecution/one-more --namespace shop --for=condition=Ready --timeout=1m"
expect "kubectl get cloudifyexecutions --namespace shop" 'one-more +True +Succeeded +cellar +scale +terminated'
expect "curl --silent --user admin:admin --header 'Tenant: default_tenant' '$CLOUDIFY_ENDPOINT/api/v3.1/node-instances?deployment_id=$id&node_id=application&_include=id,state'" 'started.*started'

chapter "8. Updates of this deployment shall be approved. The Manager previews one; once somebody approves it, it is made."
run "kubectl patch cloudifydeployment cellar --namespace shop --type merge --patch '{\"spec\": {\"updatePolicy\": \"Approve\", \"inputs\": {\"port\": 8090}}}'"
run "kubectl wait cloudifydeployment/cellar --namespace shop --for=jsonpath='{.status.pendingUpdate.preview}'=Made --timeout=1m"
expect "kubectl get cloudifydeployment cellar --namespace shop --output jsonpath='{range .status.conditions[?(@.type==\"UpToDate\")]}{.status} {.reason}: {.message}{end}{\"\\n\"}'" 'False AwaitingApproval: .*port'
run "kubectl annotate cloudifydeployment cellar --namespace shop cloudify.co/approved-update=\"\$(kubectl get cloudifydeployment cellar --namespace shop --output jsonpath='{.status.pendingUpdate.id}')\""
run "kubectl wait cloudifydeployment/cellar --namespace shop --for=condition=UpToDate --timeout=1m"
expect "curl --silent $CLOUDIFY_ENDPOINT/_simulator/state" '"port":8090'

# shellcheck source=hack/demo/platform.sh
source hack/demo/platform.sh

chapter "15. Deleting the objects uninstalls the deployments and removes everything from the Manager."
run "kubectl delete cloudifydeployments --all --namespace shop --timeout=2m"
run "kubectl delete --kustomize hack/demo/catalog --timeout=1m"
expect "curl --silent $CLOUDIFY_ENDPOINT/_simulator/state" '"blueprints":\[\],"deployments":\[\]'
run "kubectl delete --filename hack/demo/manager.yaml --timeout=1m"
if [[ ${CLUSTER:-own} == own && ! -x bin/plane/kube-controllers ]]; then
	printf '\nThe next command waits for the controller that empties a deleted namespace: kube-controllers is still being built.\n'
fi
run "kubectl delete namespace shop --timeout=10m"

printf '\nDone. To keep the same parts running and try them yourself: make dev\n'
