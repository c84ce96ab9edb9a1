// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

var env *testenv.Environment

func TestMain(m *testing.M) { testenv.Main(m, &env) }

// look starts a manager with this view, and returns its client.
func look(t *testing.T, view kube.View) client.Client {
	t.Helper()
	g := NewWithT(t)
	options := view.ManagerOptions()
	options.Metrics.BindAddress, options.HealthProbeBindAddress = "0", "0"
	mgr, err := ctrl.NewManager(env.RestConfig, options)
	g.Expect(err).NotTo(HaveOccurred())
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	g.Expect(mgr.GetCache().WaitForCacheSync(ctx)).To(BeTrue())
	return mgr.GetClient()
}

// No read waits for a Secret that was written in a namespace which the cache does not hold.
func TestSecretsOfOtherNamespacesAreWritten(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	own, other := env.Namespace(t), env.Namespace(t)
	c := look(t, kube.View{Namespace: own})

	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: other, Name: "outputs"}}
	g.Expect(c.Create(ctx, secret)).To(Succeed())
	before := secret.DeepCopy()
	secret.Data = map[string][]byte{"url": []byte("http://example.com")}
	g.Expect(c.Patch(ctx, secret, client.MergeFrom(before))).To(Succeed())
	g.Expect(c.Delete(ctx, secret, client.Preconditions{UID: &secret.UID})).To(Succeed())
	again := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: other, Name: "named"}}
	g.Expect(c.Create(ctx, again)).To(Succeed())
	g.Expect(c.Delete(ctx, &corev1.Secret{ObjectMeta: again.ObjectMeta})).To(Succeed())
	g.Expect(c.Delete(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: other, Name: "never-there"}})).To(
		MatchError(apierrors.IsNotFound, "IsNotFound"))

	reading, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	g.Expect(c.List(reading, &corev1.SecretList{})).To(Succeed(), "whoever reads Secrets waits for an event that never comes")
}

// No event ever comes for an object that was created and deleted while a watch was interrupted. Here it is written in a
// namespace that the cache does not hold, which is the same for a read that waits.
func TestReadsEndWithoutTheirEvent(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	own, other := env.Namespace(t), env.Namespace(t)
	c := look(t, kube.View{Namespace: own})
	g.Expect(c.List(ctx, &corev1.ConfigMapList{})).To(Succeed())

	gone := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: other, Name: "gone"}}
	g.Expect(env.Client.Create(ctx, gone)).To(Succeed())
	g.Expect(c.Delete(ctx, gone)).To(Succeed())
	began := time.Now()
	g.Expect(c.List(ctx, &corev1.ConfigMapList{})).To(Succeed())
	g.Expect(time.Since(began)).To(BeNumerically("<", 2*time.Second), "a deletion is waited for by nobody")

	written := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: other, Name: "written"}}
	g.Expect(c.Create(ctx, written)).To(Succeed())
	g.Expect(c.List(ctx, &corev1.ConfigMapList{})).To(Succeed(), "other writes for a while")
}

// In a namespace that is not watched the client finds nothing, and returns no error that would be retried.
func TestNamespacesThatAreNotWatched(t *testing.T) {
	g := NewWithT(t)
	ctx := t.Context()
	shop, bank := env.Namespace(t), env.Namespace(t)
	c := look(t, kube.View{Namespace: shop, Watched: []string{shop}})
	for _, namespace := range []string{shop, bank} {
		g.Expect(env.Client.Create(ctx, testenv.Blueprint(namespace, "cellar", testenv.At("default")))).To(Succeed())
	}

	var b v1alpha1.CloudifyBlueprint
	g.Eventually(func() error { return c.Get(ctx, client.ObjectKey{Namespace: shop, Name: "cellar"}, &b) }).WithTimeout(time.Minute).Should(Succeed())
	err := c.Get(ctx, client.ObjectKey{Namespace: bank, Name: "cellar"}, &b)
	g.Expect(apierrors.IsNotFound(err)).To(BeTrue(), "got %v", err)
	g.Expect(err).To(MatchError(ContainSubstring("namespace " + bank + ", which is not watched")))
	var list v1alpha1.CloudifyBlueprintList
	g.Expect(c.List(ctx, &list)).To(Succeed())
	g.Expect(list.Items).To(HaveLen(1))
	g.Expect(c.List(ctx, &list, client.InNamespace(bank))).To(Succeed())
	g.Expect(list.Items).To(BeEmpty())
	g.Expect(c.Get(ctx, client.ObjectKey{Name: "kube-system"}, &corev1.Namespace{})).To(Succeed(), "what is in no namespace is seen")
}
