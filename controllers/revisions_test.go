// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

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

	// Old revisions that no deployment uses are removed; the newest three stay, and those in use.
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

// Another blueprintID is another revision, beside the one that deployments have.
func TestChangedBlueprintIDIsARevision(t *testing.T) {
	s := tell(t)
	for _, id := range []string{"cellar-1", "cellar-2"} {
		s.Expect(s.sim.AddBlueprint(id, simulator.Zip(cellar(t, "A cellar", id)), "blueprint.yaml")).To(Succeed())
	}
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), func(b *v1alpha1.CloudifyBlueprint) { b.Spec.BlueprintID = "cellar-1" })
	s.create(b)
	kept, follows := s.installed("kept"), s.deployment("follows", nil)
	follows.Spec.Revision = &v1alpha1.RevisionSelection{Policy: v1alpha1.RevisionPolicyLatest}
	s.create(follows)
	s.eventually(follows, testenv.BeReady())

	s.update(b, func() { b.Spec.BlueprintID = "cellar-2" })
	s.eventually(follows, And(testenv.BeReady(), HaveField("Status.BlueprintID", "cellar-2")))
	s.eventually(kept, testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonNewerRevision))
	s.Expect(kept).To(And(testenv.BeReady(), HaveField("Status.BlueprintID", "cellar-1")))
	s.update(kept, func() { kept.Spec.Revision = &v1alpha1.RevisionSelection{BlueprintID: "cellar-2"} })
	s.eventually(kept, And(testenv.BeReady(), HaveField("Status.BlueprintID", "cellar-2")))
	s.Expect(s.remoteBlueprints()).To(ConsistOf("cellar-1", "cellar-2"), "what was found there is left there")
}

// A failed revision does not keep deployments on another revision from following their spec.
func TestBrokenRevisionKeepsNobodyFromUpdates(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	d, follows := s.installed("shop"), s.deployment("follows", nil)
	follows.Spec.Revision = &v1alpha1.RevisionSelection{Policy: v1alpha1.RevisionPolicyLatest}
	s.create(follows)
	s.eventually(follows, testenv.BeReady())
	good := d.Status.BlueprintID
	s.update(b, func() { testenv.Inline(cellar(t, "inputs:", "inputs: ["))(b) })
	s.eventually(b, testenv.BeStalled(v1alpha1.ReasonUploadFailed))

	for _, d := range []*v1alpha1.CloudifyDeployment{d, follows} {
		s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
		s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
		s.eventually(d, And(testenv.BeReady(), HaveField("Status.BlueprintID", good)))
	}
	fresh := s.deployment("fresh", nil)
	s.create(fresh)
	s.eventually(fresh, testenv.BeWaiting(v1alpha1.ReasonBlueprintNotReady, v1alpha1.ReasonUploadFailed))
}

// A revision that somebody else uses at the Manager stays, and the unused ones are removed all the same.
func TestRevisionOfOthersHoldsNoneBack(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	theirs := b.Status.BlueprintID
	s.Expect(s.sim.AddDeployment("theirs", theirs, map[string]any{"name": "theirs"}, nil)).To(Succeed())
	for _, port := range []string{"default: 81", "default: 82", "default: 83", "default: 84"} {
		s.update(b, func() { testenv.Inline(cellar(t, "default: 8080", port))(b) })
		s.eventually(b, And(testenv.BeReady(), HaveField("Status.ObservedGeneration", b.Generation)))
	}
	s.eventually(b, HaveField("Status.Revisions", And(HaveLen(4), ContainElement(HaveField("BlueprintID", theirs)))))
	s.Expect(s.remoteBlueprints()).To(And(HaveLen(4), ContainElement(theirs)))
	s.Expect(b).To(testenv.BeReady())
}

// The applied revision stays while a move to another has failed: taking the move back needs it.
func TestFailedMoveIsTakenBack(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	d := s.installed("shop")
	first := b.Status.BlueprintID
	s.update(b, func() {
		testenv.Inline(cellar(t, "default: ''\n  fail_stop:", "default: no quota left\n  fail_stop:"))(b)
	})
	s.eventually(b, And(testenv.BeReady(), HaveField("Status.BlueprintID", Not(Equal(first)))))
	second := b.Status.BlueprintID
	s.update(d, func() { d.Spec.Revision = &v1alpha1.RevisionSelection{BlueprintID: second} })
	s.eventually(d, And(testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "no quota left"), HaveField("Status.BlueprintID", second)))

	for _, port := range []string{"default: 81", "default: 82", "default: 83"} {
		s.update(b, func() { testenv.Inline(cellar(t, "default: 8080", port))(b) })
		s.eventually(b, And(testenv.BeReady(), HaveField("Status.ObservedGeneration", b.Generation)))
	}
	s.update(d, func() { d.Spec.Revision = nil })
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.BlueprintID", first)))
	s.eventually(b, HaveField("Status.Revisions", And(HaveLen(4), Not(ContainElement(HaveField("BlueprintID", second))))))
}
