// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

const password = "pw-9f86d081884c7d65"

const blueprint = `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
node_templates:
  host: {type: cloudify.nodes.Root}
`

// works runs the operator with the arguments and the ServiceAccount of the release; only the addresses are other ones.
func works(t *testing.T, deployment *appsv1.Deployment) {
	g := NewWithT(t)
	g.SetDefaultEventuallyTimeout(patience)
	g.SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	pod := deployment.Spec.Template.Spec
	g.Expect("system:serviceaccount:" + namespace + ":" + pod.ServiceAccountName).To(Equal(account))
	probes := testenv.FreeAddress(t)
	start(t, append(slices.Clone(pod.Containers[0].Args), "--health-probe-bind-address="+probes, "--metrics-bind-address="+testenv.FreeAddress(t))...)
	g.Eventually(func() error {
		answer, err := http.Get("http://" + probes + "/readyz")
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("readyz answers %s", answer.Status)
		}
		return nil
	}).Should(Succeed())

	remote := testenv.StartManager(t, simulator.Options{Username: "admin", Password: password})
	shop := env.Namespace(t)
	manager := testenv.Manager("default", remote.URL)
	cellar := testenv.Blueprint(shop, "cellar", testenv.Inline(map[string]string{"blueprint.yaml": blueprint}))
	d := testenv.Deployment(shop, "cellar", "cellar")
	for _, o := range []client.Object{testenv.Credentials(namespace, "default", "admin", password), manager, cellar, d} {
		g.Expect(env.Client.Create(t.Context(), o)).To(Succeed())
	}
	get := func(o client.Object) error { return env.Client.Get(t.Context(), client.ObjectKeyFromObject(o), o) }
	g.Eventually(func() (testenv.Object, error) { return d, get(d) }).Should(testenv.BeReady())
	for _, o := range []client.Object{d, cellar, manager} {
		g.Expect(env.Client.Delete(t.Context(), o)).To(Succeed())
		g.Eventually(func() bool { return apierrors.IsNotFound(get(o)) }).Should(BeTrue(), "%T is still there", o)
	}
	g.Expect(remote.Deployments()).To(BeEmpty())
	g.Expect(remote.Blueprints()).To(BeEmpty())
}

// start runs bin/manager as the ServiceAccount of the release.
func start(t *testing.T, args ...string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "operator.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path(t, "bin", "manager"), args...)
	cmd.Env = []string{"KUBECONFIG=" + env.UserKubeconfigFile(t, account), "POD_NAMESPACE=" + namespace}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the operator did not end well: %v", err)
		}
		_ = log.Close()
		text, err := os.ReadFile(log.Name())
		if err != nil {
			t.Error(err)
		}
		for _, word := range []string{"forbidden", "panic", password} {
			if strings.Contains(string(text), word) {
				t.Errorf("the operator logged %q", word)
			}
		}
		if t.Failed() {
			t.Logf("the operator's log:\n%s", text)
		}
	})
}
