// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv_test

import (
	"net"
	"os/exec"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

var env *testenv.Environment

func TestMain(m *testing.M) { testenv.Main(m, &env) }

func TestServesTheOperatorsKinds(t *testing.T) {
	g := NewWithT(t)

	for _, list := range []client.ObjectList{
		&v1alpha1.CloudifyManagerList{},
		&v1alpha1.CloudifyBlueprintList{},
		&v1alpha1.CloudifyDeploymentList{},
	} {
		g.Expect(env.Client.List(t.Context(), list)).To(Succeed())
	}
}

func TestHasTheNamespacesOfACluster(t *testing.T) {
	g := NewWithT(t)

	// Its UID is the cluster's name, so the operator needs it from the first moment.
	system := &corev1.Namespace{}
	g.Expect(env.Client.Get(t.Context(), client.ObjectKey{Name: "kube-system"}, system)).To(Succeed())
	g.Expect(system.UID).NotTo(BeEmpty())
}

func TestNamespaceIsFresh(t *testing.T) {
	g := NewWithT(t)

	first, second := env.Namespace(t), env.Namespace(t)
	g.Expect(first).NotTo(Equal(second))
	g.Expect(env.Client.Get(t.Context(), client.ObjectKey{Name: first}, &corev1.Namespace{})).To(Succeed())
}

func TestRBACIsEnforced(t *testing.T) {
	g := NewWithT(t)

	stranger, err := client.New(env.User(t, "stranger"), client.Options{Scheme: env.Scheme})
	g.Expect(err).NotTo(HaveOccurred())
	err = stranger.List(t.Context(), &corev1.SecretList{})
	g.Expect(apierrors.IsForbidden(err)).To(BeTrue(), "got %v", err)
}

func TestKubectlReachesTheServerOnLoopback(t *testing.T) {
	g := NewWithT(t)

	kubectl, err := testenv.Path("bin", "controlplane", "kubectl")
	g.Expect(err).NotTo(HaveOccurred())
	out, err := exec.CommandContext(t.Context(), kubectl, "--kubeconfig", env.KubeconfigFile(t),
		"get", "namespace", "default", "--output", "name").CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), "kubectl printed %s", out)
	g.Expect(strings.TrimSpace(string(out))).To(Equal("namespace/default"))

	host, _, err := net.SplitHostPort(strings.TrimPrefix(env.RestConfig.Host, "https://"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(net.ParseIP(host).IsLoopback()).To(BeTrue(), "the server is at %s", host)
}
