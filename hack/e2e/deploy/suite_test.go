// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package deploy tests what make deploy and make undeploy make of a cluster. It has a control plane of its own, with the controllers
// of Kubernetes that empty namespaces and aggregate roles, because at its end nothing of the operator is left in it.
package deploy

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

var env *testenv.Environment

func TestMain(m *testing.M) { testenv.Main(m, &env) }

const (
	operatorNamespace = "cloudify-operator-system"
	services          = "cloudify-services"
	name              = "cloudify-operator-controller-manager"
	image             = "registry.example.com/cloudify-operator:1.0.0"
	patience          = time.Minute
)

// cluster is the control plane as an administrator uses it, from the root of the repository.
type cluster struct {
	Gomega
	t          *testing.T
	root       string
	kubeconfig string
	// cache is kubectl's, which asks again for kinds that it does not find there.
	cache string
}

// newCluster starts the controllers of Kubernetes.
func newCluster(t *testing.T, workloads bool) *cluster {
	t.Helper()
	c := &cluster{Gomega: NewWithT(t), t: t, root: filepath.Dir(path(t, "Makefile")), kubeconfig: env.KubeconfigFile(t), cache: t.TempDir()}
	c.SetDefaultEventuallyTimeout(patience)
	c.SetDefaultEventuallyPollingInterval(100 * time.Millisecond)
	env.StartControllers(t, workloads)
	return c
}

func path(t *testing.T, elem ...string) string {
	t.Helper()
	found, err := testenv.Path(elem...)
	if err != nil {
		t.Fatalf("%v; make e2e builds what is needed", err)
	}
	return found
}

// make runs a target, and returns what it prints.
func (c *cluster) make(target string, variables ...string) (string, error) {
	manager := path(c.t, "bin", "manager")
	return c.command("make", append([]string{"--no-print-directory", target, "IMG=" + image, "MANAGER=" + manager, "KUBECTL=" + c.kubectlBinary()}, variables...)...)
}

// deploy runs make deploy and returns the Deployment that there is then.
func (c *cluster) deploy(variables ...string) *appsv1.Deployment {
	c.t.Helper()
	printed, err := c.make("deploy", variables...)
	c.Expect(err).NotTo(HaveOccurred(), printed)
	var d appsv1.Deployment
	c.Expect(env.Client.Get(c.t.Context(), client.ObjectKey{Namespace: operatorNamespace, Name: name}, &d)).To(Succeed())
	return &d
}

func (c *cluster) kubectlBinary() string { return path(c.t, "bin", "controlplane", "kubectl") }

func (c *cluster) kubectl(args ...string) (string, error) {
	return c.command(c.kubectlBinary(), args...)
}

// kubectlMust is kubectl that succeeds.
func (c *cluster) kubectlMust(args ...string) string {
	c.t.Helper()
	printed, err := c.kubectl(args...)
	c.Expect(err).NotTo(HaveOccurred(), printed)
	return printed
}

// command returns what a program prints; with an error also its complaints.
func (c *cluster) command(program string, args ...string) (string, error) {
	cmd := exec.CommandContext(c.t.Context(), program, args...)
	cmd.Dir = c.root
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.kubeconfig, "KUBECACHEDIR="+c.cache, "MAKEFLAGS=", "MAKELEVEL=")
	var printed, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &complaints
	if err := cmd.Run(); err != nil {
		return printed.String() + complaints.String(), fmt.Errorf("%s %v: %w", program, args, err)
	}
	return printed.String(), nil
}

// run runs the operator as a Deployment has it; it returns when the pod would be Ready. Nothing is expected of its end: its rights
// may be gone by then.
func (c *cluster) run(d *appsv1.Deployment, args ...string) (stop func()) {
	c.t.Helper()
	pod := env.RunPod(c.t, d.Namespace, d.Spec.Template.Spec, append([]string{"--watch-interval-busy=100ms"}, args...)...)
	stop = func() { _ = pod.Stop() }
	c.t.Cleanup(stop)
	c.Eventually(pod.Ready).Should(Succeed())
	return stop
}

// remains lists what make deploy made and is still there, of all kinds.
func (c *cluster) remains() []string {
	c.t.Helper()
	var all []string
	for _, scope := range []string{"--namespaced=true", "--namespaced=false"} {
		kinds := strings.Fields(c.kubectlMust("api-resources", scope, "--verbs=list", "--output", "name"))
		printed := c.kubectlMust("get", strings.Join(kinds, ","), "--all-namespaces", "--ignore-not-found", "--output", "name",
			"--selector", "app.kubernetes.io/part-of=cloudify-operator")
		all = append(all, strings.Fields(printed)...)
	}
	return all
}

// terminating lists the namespaces and kinds that are being deleted.
func (c *cluster) terminating() string {
	c.t.Helper()
	return c.kubectlMust("get", "namespaces,customresourcedefinitions", "--output",
		`go-template={{range .items}}{{if .metadata.deletionTimestamp}}{{.kind}} {{.metadata.name}}{{"\n"}}{{end}}{{end}}`)
}
