// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
)

// operation is the number of what a platform asked for last, with the maintenance version that it has.
func operation(number int64, maintenance string) option {
	return func(s *scope) {
		s.deployment.Spec.OSB = &v1alpha1.ServiceInstance{
			Operation: v1alpha1.Operation{Verb: v1alpha1.OperationUpdate, Number: number}, MaintenanceVersion: maintenance,
		}
	}
}

// brought is what was applied under an operation and a maintenance version.
func brought(about int64, maintenance string) option {
	return func(s *scope) {
		s.deployment.Status.LastHandledOperation = about
		s.deployment.Status.Applied = &v1alpha1.AppliedStatus{
			Generation: 3, Operation: about, MaintenanceVersion: maintenance, BlueprintID: "nodecellar-1", Plan: "small", PlanInputs: []string{"port"},
		}
	}
}

func TestAnOperationAsksAgain(t *testing.T) {
	g := NewWithT(t)
	g.Expect(cellar(operation(1, "")).asked()).To(BeTrue())
	g.Expect(cellar(operation(1, ""), brought(1, "")).asked()).To(BeFalse())
	g.Expect(cellar(operation(2, ""), brought(1, "")).asked()).To(BeTrue())
	s := cellar(operation(2, ""), brought(1, ""))
	s.handle()
	g.Expect(s.deployment.Status.LastHandledOperation).To(BeEquivalentTo(2))
	s.unhandle()
	g.Expect(s.deployment.Status.LastHandledOperation).To(BeEquivalentTo(1), "a request must not get lost with a step that did not start")

	// What failed stays failed until the platform asks again; then it is tried once more, though the spec is the same.
	failed := run(workflowUpdate, "failed")
	failed.Parameters = map[string]any{"inputs": map[string]any{"port": 8080, "password": ""}}
	for _, row := range []struct {
		name  string
		scope *scope
		step  step
	}{
		{"a failed update, as asked", cellar(operation(2, ""), brought(1, ""), func(s *scope) { s.deployment.Status.LastHandledOperation = 2 }, created("active", failed)), stepStall},
		{"a failed update, and asked again", cellar(operation(3, ""), brought(2, ""), created("active", failed)), stepUpdate},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(nextStep(&row.scope.facts).step).To(Equal(row.step))
		})
	}
}

// Another maintenance version moves to what the blueprint and its plan are today, which nothing else does unasked.
func TestAnUpgradeMoves(t *testing.T) {
	b := nodecellar(func(b *v1alpha1.CloudifyBlueprint) {
		b.Status.BlueprintID = "nodecellar-2"
		b.Status.Revisions = []v1alpha1.BlueprintRevision{{BlueprintID: "nodecellar-2"}, {BlueprintID: "nodecellar-1"}}
		b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{{Name: "small", Inputs: map[string]v1alpha1.JSON{"port": {Raw: []byte("82")}}}}}
	})
	small := func(s *scope) {
		s.deployment.Spec.Plan = "small"
		s.history.remote.Inputs = map[string]any{"port": 81}
	}
	for _, row := range []struct {
		name     string
		options  []option
		revision string
		port     any
	}{
		{"the same version", []option{operation(2, "1.0.0"), brought(1, "1.0.0")}, "nodecellar-1", BeEquivalentTo(81)},
		{"another version", []option{operation(2, "2.0.0"), brought(1, "1.0.0")}, "nodecellar-2", BeEquivalentTo("82")},
		{"the first version of a plan that had none", []option{operation(2, "1.0.0"), brought(1, "")}, "nodecellar-2", BeEquivalentTo("82")},
		{"another version, but a chosen revision", []option{operation(2, "2.0.0"), brought(1, "1.0.0"), selected("nodecellar-1")}, "nodecellar-1", BeEquivalentTo("82")},
		{"no service instance", []option{brought(0, "")}, "nodecellar-1", BeEquivalentTo(81)},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(append([]option{from(b), created("active"), small}, row.options...)...)
			g.Expect(s.chooseRevision()).To(Equal(row.revision))
			fixed, _, err := s.fixedInputs()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(fixed).To(HaveKeyWithValue("port", row.port))
		})
	}
}

func TestAppliedTellsTheOperation(t *testing.T) {
	g := NewWithT(t)
	s := cellar(operation(2, "2.0.0"), brought(1, "1.0.0"), created("active", run(workflowInstall, "terminated", ask)))
	s.setStatus(outcome.Classify(outcome.Wait("Updating", "")))
	g.Expect(s.deployment.Status.Applied.Operation).To(BeEquivalentTo(1), "it is not brought about yet")
	s.setStatus(outcome.Classify(nil))
	g.Expect(s.deployment.Status.Applied).To(And(HaveField("Operation", BeEquivalentTo(2)), HaveField("MaintenanceVersion", "2.0.0"), HaveField("Generation", BeEquivalentTo(3))))
}

// The OSB endpoint writes the Secret of sensitive parameters right after the object.
func TestParametersAreAwaitedBriefly(t *testing.T) {
	needs := func(s *scope) {
		s.deployment.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "password", SecretKeyRef: &v1alpha1.KeyReference{Name: "parameters", Key: "password"}}}
	}
	empty := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "parameters"}}
	for _, row := range []struct {
		name    string
		options []option
		after   time.Duration
	}{
		{"a person's", []option{needs}, references.Interval},
		{"a platform's", []option{needs, operation(1, "")}, time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			for _, r := range []*reconciler{newReconciler(t), newReconciler(t, empty.DeepCopy())} {
				out := outcome.Classify(r.readReferences(t.Context(), cellar(row.options...)))
				g.Expect(out).To(And(HaveField("Reason", v1alpha1.ReasonReferenceMissing), HaveField("After", row.after)))
			}
		})
	}
}
