// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// foreign are the CRDs of others' kinds that an installation may have objects of, by the module whose files they are.
var foreign = map[string][]string{
	"sigs.k8s.io/gateway-api@v1.6.0": {
		"config/crd/standard/gateway.networking.k8s.io_tlsroutes.yaml",
		"config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
		"config/crd/standard/gateway.networking.k8s.io_backendtlspolicies.yaml",
	},
	"github.com/cert-manager/cert-manager@v1.21.2": {
		"deploy/crds/cert-manager.io_certificates.yaml",
		"deploy/crds/cert-manager.io_issuers.yaml",
	},
	"github.com/prometheus-operator/prometheus-operator@v0.85.0": {
		"example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
		"example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
	},
}

// What is made for others' controllers is what their kinds admit, to the last field.
func TestForeignKinds(t *testing.T) {
	g := NewWithT(t)
	makeNamespace(t)
	for module, crds := range foreign {
		folder := download(t, module)
		for _, crd := range crds {
			_, err := kubectl(t, nil, "apply", "--server-side", "--filename", filepath.Join(folder, crd))
			g.Expect(err).NotTo(HaveOccurred())
		}
	}
	_, err := kubectl(t, nil, "wait", "customresourcedefinitions", "--all", "--for=condition=Established", "--timeout=60s")
	g.Expect(err).NotTo(HaveOccurred())

	everything := filepath.Join("testdata", "everything")
	seen := []string{}
	for name, objects := range map[string][]*unstructured.Unstructured{
		"kustomize":       kustomize(t, everything),
		"the same values": template(t, "--values", filepath.Join(everything, "values.yaml")),
		"each value for another's kind": template(t, "--values", filepath.Join("testdata", "foreign.yaml"),
			"--set", "osb.gateway.kind=HTTPRoute,osb.gateway.caRef.name=osb-ca"),
		"TLS is passed through": template(t, "--values", filepath.Join("testdata", "foreign.yaml"), "--set", "osb.gateway.kind=TLSRoute"),
	} {
		others := slices.DeleteFunc(objects, func(o *unstructured.Unstructured) bool { return !isForeign(o) })
		for _, o := range others {
			seen = append(seen, o.GetKind())
		}
		_, err := kubectl(t, testenv.Encode(t, others), "apply", "--server-side", "--validate=strict", "--dry-run=server", "--warnings-as-errors",
			"--filename", "-")
		g.Expect(err).NotTo(HaveOccurred(), name)
	}
	slices.Sort(seen)
	g.Expect(slices.Compact(seen)).To(Equal([]string{
		"BackendTLSPolicy", "Certificate", "HTTPRoute", "Issuer", "PrometheusRule", "ServiceMonitor", "TLSRoute",
	}))
}

// isForeign reports whether an object is of a kind that is neither Kubernetes' own nor ours.
func isForeign(o *unstructured.Unstructured) bool {
	group := o.GroupVersionKind().Group
	return group == "monitoring.coreos.com" || group == "cert-manager.io" || group == "gateway.networking.k8s.io"
}

// download returns the folder of a module, from the module cache or the proxy. The operator does not depend on it.
func download(t *testing.T, module string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	var found struct{ Dir string }
	if err := json.NewDecoder(strings.NewReader(string(out))).Decode(&found); err != nil {
		t.Fatal(err)
	}
	return found.Dir
}
