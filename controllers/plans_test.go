// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

func TestPlans(t *testing.T) {
	s := tell(t)
	plan := func(name string, inputs map[string]any) v1alpha1.Plan {
		fixed := map[string]v1alpha1.JSON{}
		for input, value := range inputs {
			fixed[input] = testenv.JSON(value)
		}
		return v1alpha1.Plan{Name: name, Inputs: fixed}
	}
	b := s.blueprint(func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{plan("small", map[string]any{"port": 81}), plan("large", map[string]any{"size": "large"})}}
	})
	d := s.deployment("shop", nil)
	d.Spec.Plan = "huge"
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonUnknownPlan, "small, large"))
	s.update(d, func() { d.Spec.Plan = "small" })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(81)))

	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(82) })
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, "port", "plan small"))
	s.update(d, func() { delete(d.Spec.Inputs, "port") })
	s.eventually(d, testenv.BeReady())

	s.update(b, func() { b.Spec.Offering.Plans[0] = plan("small", map[string]any{"port": 83}) })
	s.eventually(d, testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonNewerPlan))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(81)), "an edited plan moves nobody")

	s.update(d, func() { d.Spec.Plan = "large" })
	s.Eventually(s.input(d, "size")).Should(Equal("large"))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(8080)))
}

// After an update to a plan failed, the plan before can be set again, although the Manager keeps what the failed update
// switched to.
func TestPlanIsTakenBack(t *testing.T) {
	atBothUpdates(t, func(s *story) {
		s.blueprint(func(b *v1alpha1.CloudifyBlueprint) {
			b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{
				{Name: "small", Inputs: map[string]v1alpha1.JSON{"port": testenv.JSON(81)}},
				{Name: "large", Inputs: map[string]v1alpha1.JSON{"port": testenv.JSON(82), "fail_start": testenv.JSON("no quota left")}},
			}}
		})
		d := s.deployment("shop", nil)
		d.Spec.Plan = "small"
		s.create(d)
		s.eventually(d, testenv.BeReady())
		s.update(d, func() { d.Spec.Plan = "large" })
		s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "no quota left"))
		s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(82)))

		s.update(d, func() { d.Spec.Plan = "small" })
		s.eventually(d, And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionTrue, v1alpha1.ReasonUpToDate)))
		s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(81)))
		s.Expect(s.remote(d).Installed()).To(BeTrue())
	})
}
