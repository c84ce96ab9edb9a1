// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube_test

import (
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// Who wrote which field is kept in memory of blueprints alone, where discovery reads it, and a patch of an object without it
// takes it from nobody.
func TestManagedFieldsAreKeptOfBlueprintsAlone(t *testing.T) {
	g := NewWithT(t)
	namespace := env.Namespace(t)
	c := look(t, kube.View{Namespace: namespace})
	b := testenv.Blueprint(namespace, "cellar", testenv.At("manager"))
	d := testenv.Deployment(namespace, "shop", "cellar")
	g.Expect(c.Create(t.Context(), b)).To(Succeed())
	g.Expect(c.Create(t.Context(), d)).To(Succeed())

	g.Expect(c.Get(t.Context(), client.ObjectKeyFromObject(b), b)).To(Succeed())
	g.Expect(b.ManagedFields).NotTo(BeEmpty())
	g.Expect(c.Get(t.Context(), client.ObjectKeyFromObject(d), d)).To(Succeed())
	g.Expect(d.ManagedFields).To(BeEmpty())

	before := d.DeepCopy()
	d.Labels = map[string]string{"seen": "yes"}
	g.Expect(c.Patch(t.Context(), d, client.MergeFrom(before))).To(Succeed())
	stored := d.DeepCopy()
	g.Expect(env.Client.Get(t.Context(), client.ObjectKeyFromObject(d), stored)).To(Succeed())
	g.Expect(stored.ManagedFields).NotTo(BeEmpty())
}
