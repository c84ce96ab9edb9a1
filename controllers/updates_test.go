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

// input is what the Manager has of an input.
func (s *story) input(d *v1alpha1.CloudifyDeployment, name string) func() any {
	return func() any { return s.remote(d).Inputs[name] }
}

func TestUpdateSendsTheCompleteEffectiveSet(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "update")).To(HaveLen(1))
	s.Expect(s.executions(d, "update")[0].Parameters["inputs"]).To(And(HaveLen(9), HaveKeyWithValue("size", "small")))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionTrue, v1alpha1.ReasonUpToDate))
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

// The Manager tells why an update failed in events only. It is tried again for a new spec or request, not by itself.
func TestFailedUpdateIsToldAndMended(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.update(d, func() {
		d.Spec.Inputs["fail_start"], d.Spec.Inputs["port"] = testenv.JSON("no quota left"), testenv.JSON(9090)
	})
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "no quota left", v1alpha1.RequestedAtAnnotation))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonUpdateFailed))
	updates := len(s.executions(d, "update"))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed))
	s.Expect(s.executions(d, "update")).To(HaveLen(updates))

	// The next update succeeds and leaves the nodes as they were, half installed: an install makes up for it.
	s.update(d, func() { delete(d.Spec.Inputs, "fail_start") })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Installed()).To(BeTrue())
	s.Expect(s.remote(d).Inputs).To(And(HaveKeyWithValue("fail_start", ""), HaveKeyWithValue("port", BeEquivalentTo(9090))))
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

func TestUpdateMendsAFailedInstall(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"fail_start": "no quota left"})
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed, "no quota left"))
	s.update(d, func() { delete(d.Spec.Inputs, "fail_start") })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
	s.Expect(s.executions(d, "update")).To(HaveLen(1))
}

func TestInputsThatSomebodyChangedAreSetRight(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	_, err := s.sim.StartUpdate(remoteID(d), map[string]any{"port": 1234})
	s.Expect(err).NotTo(HaveOccurred())
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(1234))
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(8080))
	s.eventually(d, testenv.BeReady())
}

// Nothing moves unasked: a newer revision is announced, and taken by its ID or by following the latest.
func TestRevisions(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	kept, follows := s.installed("kept"), s.deployment("follows", nil)
	follows.Spec.Revision = &v1alpha1.RevisionSelection{Policy: v1alpha1.RevisionPolicyLatest}
	s.create(follows)
	s.eventually(follows, testenv.BeReady())
	first := b.Status.BlueprintID

	s.update(b, func() { testenv.Inline(cellar(t, "default: small", "default: large"))(b) })
	s.eventually(b, And(testenv.BeReady(), HaveField("Status.BlueprintID", Not(Equal(first)))))
	second := b.Status.BlueprintID
	s.eventually(follows, And(testenv.BeReady(), HaveField("Status.BlueprintID", second)))
	s.Expect(s.remote(follows).Inputs).To(HaveKeyWithValue("size", "large"), "the new default should reach it")
	s.eventually(kept, testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonNewerRevision))
	s.eventually(kept, And(testenv.BeReady(), HaveField("Status.BlueprintID", first)))
	s.eventually(b, HaveField("Status.Revisions", HaveExactElements(
		And(HaveField("BlueprintID", second), HaveField("Deployments", BeEquivalentTo(1))),
		And(HaveField("BlueprintID", first), HaveField("Deployments", BeEquivalentTo(1))))))

	s.update(follows, func() { follows.Spec.Revision = nil })
	s.eventually(follows, And(testenv.BeReady(), HaveField("Status.ObservedGeneration", follows.Generation)))
	s.Expect(follows.Status.BlueprintID).To(Equal(second), "who follows no more should stay where it came to")

	s.update(kept, func() { kept.Spec.Revision = &v1alpha1.RevisionSelection{BlueprintID: second} })
	s.eventually(kept, And(testenv.BeReady(), HaveField("Status.BlueprintID", second)))
	s.update(kept, func() { kept.Spec.Revision.BlueprintID = first })
	s.eventually(kept, And(testenv.BeReady(), HaveField("Status.BlueprintID", first)))
	s.update(kept, func() { kept.Spec.Revision.BlueprintID = "nowhere" })
	s.eventually(kept, testenv.BeStalled(v1alpha1.ReasonUnknownRevision, "nowhere"))

	// Old revisions that nobody has go; the newest three stay, and those in use.
	for _, size := range []string{"default: 81", "default: 82", "default: 83"} {
		s.update(b, func() { testenv.Inline(cellar(t, "default: 8080", size))(b) })
		s.eventually(b, And(testenv.BeReady(), HaveField("Status.ObservedGeneration", b.Generation)))
	}
	s.eventually(b, HaveField("Status.Revisions", HaveLen(5)))
	s.delete(follows)
	s.gone(follows)
	s.eventually(b, HaveField("Status.Revisions", HaveLen(4)))
	s.Expect(s.remoteBlueprints()).To(And(HaveLen(4), ContainElement(first), Not(ContainElement(second))))
}

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
