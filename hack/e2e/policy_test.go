// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// What config/default installs keeps spec.osb for the operator's ServiceAccount, and nothing else.
func TestOnlyTheEndpointWritesSpecOSB(t *testing.T) {
	g := NewWithT(t)
	in := install(t)
	namespace := env.Namespace(t)
	endpoint, err := client.New(env.User(t, in.user), client.Options{Scheme: env.Scheme})
	g.Expect(err).NotTo(HaveOccurred())
	// Somebody with all rights, as kubectl users and controllers of Kubernetes have them.
	anybody := env.Client
	ctx := t.Context()

	asked := func(name string) *v1alpha1.CloudifyDeployment {
		return testenv.Deployment(namespace, name, "cellar", func(d *v1alpha1.CloudifyDeployment) {
			d.Spec.OSB = &v1alpha1.ServiceInstance{
				InstanceID: name, ServiceID: "s", PlanID: "p", ParametersSecret: "parameters-1",
				Parameters: map[string]v1alpha1.JSON{"server": testenv.JSON(map[string]any{"port": 80, "tags": []any{1.5, nil}})},
				Operation:  v1alpha1.Operation{Verb: v1alpha1.OperationProvision, Number: 1},
			}
		})
	}
	refused := func(err error) {
		t.Helper()
		g.Expect(apierrors.IsForbidden(err)).To(BeTrue(), "got %v", err)
		g.Expect(err).To(MatchError(ContainSubstring("spec.osb is written by the OSB endpoint alone")))
	}
	// The API server enforces a new policy within a moment.
	g.Eventually(func() error { return anybody.Create(ctx, asked("early"), client.DryRunAll) }).WithTimeout(patience).
		Should(MatchError(ContainSubstring("spec.osb is written by the OSB endpoint alone")))

	refused(anybody.Create(ctx, asked("forged")))
	d := asked("x")
	g.Expect(endpoint.Create(ctx, d)).To(Succeed())

	edit := func(c client.Client, change func()) error {
		before := d.DeepCopy()
		change()
		err := c.Patch(ctx, d, client.MergeFrom(before))
		if err != nil {
			*d = *before
		}
		return err
	}
	refused(edit(anybody, func() { d.Spec.OSB.ParametersSecret = "bank" }))
	refused(edit(anybody, func() { d.Spec.OSB.Operation.Number = 7 }))
	g.Expect(edit(anybody, func() { d.Spec.OSB = nil })).To(HaveOccurred())
	g.Expect(edit(endpoint, func() { d.Spec.OSB.Operation.Number = 2 })).To(Succeed())

	// Everybody may still write all other fields, and labels, finalizers and owner references, which Kubernetes itself writes.
	g.Expect(edit(anybody, func() { d.Spec.Inputs = map[string]v1alpha1.JSON{"port": testenv.JSON(80)} })).To(Succeed())
	g.Expect(edit(anybody, func() { d.Labels = map[string]string{"team": "shop"}; d.Finalizers = []string{"example.com/kept"} })).To(Succeed())
	g.Expect(edit(anybody, func() { d.Finalizers = nil })).To(Succeed())
	g.Expect(anybody.Delete(ctx, d)).To(Succeed())

	plain := testenv.Deployment(namespace, "plain", "cellar")
	g.Expect(anybody.Create(ctx, plain)).To(Succeed())
	before := plain.DeepCopy()
	plain.Spec.OSB = asked("plain").Spec.OSB
	g.Expect(anybody.Patch(ctx, plain, client.MergeFrom(before))).NotTo(Succeed())
	g.Expect(anybody.Delete(ctx, plain)).To(Succeed())

	binding := func() *v1alpha1.CloudifyBinding {
		return &v1alpha1.CloudifyBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "b"},
			Spec: v1alpha1.CloudifyBindingSpec{
				DeploymentRef: v1alpha1.LocalObjectReference{Name: "x"}, SecretName: "b",
				OSB: &v1alpha1.ServiceBinding{InstanceID: "x", BindingID: "b", ServiceID: "s", PlanID: "p"},
			},
		}
	}
	refused(anybody.Create(ctx, binding()))
	g.Expect(endpoint.Create(ctx, binding())).To(Succeed())
	g.Expect(anybody.Delete(ctx, binding())).To(Succeed())
	own := binding()
	own.Spec.OSB = nil
	g.Expect(anybody.Create(ctx, own)).To(Succeed())
}
