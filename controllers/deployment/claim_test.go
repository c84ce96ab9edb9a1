// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func TestClaim(t *testing.T) {
	unclaimed := func(s *scope) { s.deployment.Annotations, s.deployment.Finalizers = nil, nil }
	for _, row := range []struct {
		name      string
		options   []option
		blueprint *v1alpha1.CloudifyBlueprint
		kind      outcome.Kind
		reason    string
		manager   string // that the object belongs to afterwards
	}{
		{"new", []option{unclaimed}, nodecellar(ofAnotherManager), outcome.Done, "Ready", "other"},
		{"new, blueprint missing", []option{unclaimed}, nil, outcome.Waiting, "BlueprintNotFound", ""},
		{"claimed", nil, nil, outcome.Done, "Ready", "default"},
		{"claimed, blueprint of another Manager", nil, nodecellar(ofAnotherManager), outcome.Done, "Ready", "default"},
		{"deleted", []option{deleting, status(nil, metav1.ConditionTrue, metav1.ConditionTrue)}, nil, outcome.Done, "Ready", "default"},
		{"deleted, not found at the Manager", []option{deleting, status(nil, metav1.ConditionFalse, metav1.ConditionFalse)}, nil, outcome.Done, "Ready", "default"},
		{"deleted, never looked for", []option{deleting}, nil, outcome.Gone, "", ""},
		{"deleted, to be left", []option{deleting, orphaned}, nil, outcome.Gone, "", ""},
		{"deleted, annotation taken away", []option{deleting, func(s *scope) { s.deployment.Annotations = nil }}, nil, outcome.Gone, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(row.options...)
			objects := []client.Object{s.deployment.DeepCopy()}
			if row.blueprint != nil {
				objects = append(objects, row.blueprint)
			}
			r := newReconciler(t, objects...)
			g.Expect(r.Get(t.Context(), s.key, s.deployment)).To(Succeed())
			g.Expect(r.claim(t.Context(), s)).To(ends(row.kind, row.reason))

			var stored v1alpha1.CloudifyDeployment
			err := r.Get(t.Context(), s.key, &stored)
			if row.kind == outcome.Gone {
				g.Expect(client.IgnoreNotFound(err)).To(Succeed())
				g.Expect(err).To(HaveOccurred())
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(stored.Annotations[v1alpha1.ManagerAnnotation]).To(Equal(row.manager))
			g.Expect(stored.Finalizers != nil).To(Equal(row.manager != ""))
			if s.blueprint != nil {
				g.Expect(s.before.ResourceVersion).To(Equal(stored.ResourceVersion), "the status is written over what was claimed")
			}
		})
	}
}
