// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// remoteBlueprints are the IDs that the Manager has, by creation.
func (s *story) remoteBlueprints() []string {
	ids := []string{}
	for _, b := range s.sim.Blueprints() {
		ids = append(ids, b.ID)
	}
	return ids
}

func TestBlueprintIsUploaded(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.Expect(b.Status.BlueprintID).To(MatchRegexp("^k8s-cellar-[0-9a-f]{16}$"))
	s.Expect(b.Status.DeletionPolicy).To(Equal(v1alpha1.DeletionPolicyDelete))
	s.Expect(b).To(testenv.HaveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.ReasonUploaded))
	s.Expect(b.Status.Revisions).To(HaveLen(1))
	s.Expect(b.Status.Revisions[0].BlueprintID).To(Equal(b.Status.BlueprintID))
	s.Expect(b.Status.Revisions[0].UploadedAt).NotTo(BeNil())

	remote, found := s.sim.Blueprint(b.Status.BlueprintID)
	s.Expect(found).To(BeTrue())
	s.Expect(remote.State).To(Equal("uploaded"))
	s.Expect(s.changes("PUT blueprints")).To(HaveLen(1))
}

func TestBlueprintShowsWhatItDeclares(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.Expect(b.Status.Description).To(Equal("A cellar in two parts"))
	s.Expect(b.Status.Capabilities).To(ConsistOf("url"))
	s.Expect(b.Status.Outputs).To(ConsistOf("name"))
	s.Expect(b.Status.Workflows).To(ContainElements("install", "uninstall", "heal"))

	inputs := map[string]v1alpha1.BlueprintInput{}
	for _, in := range b.Status.Inputs {
		inputs[in.Name] = in
	}
	s.Expect(inputs).To(HaveLen(9))
	s.Expect(inputs["name"]).To(Equal(v1alpha1.BlueprintInput{Name: "name", Type: "string", Description: "What the cellar is called", Required: true}))
	s.Expect(inputs["port"].Default.Raw).To(MatchJSON("8080"))
	s.Expect(inputs["port"].Constraints).To(HaveLen(1))
	s.Expect(inputs["port"].Constraints[0]).To(MatchJSON(`{"in_range": [1, 65535]}`))
	s.Expect(inputs["password"].Required).To(BeFalse())
	s.Expect(inputs["password"].Default).To(BeNil(), "the default of a hidden input is nobody's business")
}

func TestBlueprintExistsAtTheManager(t *testing.T) {
	s := tell(t)
	b := testenv.Blueprint(s.name, "nodecellar", testenv.At(s.name))
	s.create(b)
	s.eventually(b, testenv.BeWaiting(v1alpha1.ReasonBlueprintMissing, "no blueprint nodecellar in tenant default_tenant", "spec.blueprintID"))

	// Somebody uploads it. The operator is not notified, so it looks once a minute.
	s.Expect(s.sim.AddBlueprint("nodecellar", simulator.Zip(cellar(t)), "blueprint.yaml")).To(Succeed())
	s.Eventually(s.fresh(b)).WithTimeout(2 * time.Minute).Should(testenv.BeReady())
	s.Expect(b.Status.BlueprintID).To(Equal("nodecellar"))
	s.Expect(b.Status.DeletionPolicy).To(Equal(v1alpha1.DeletionPolicyOrphan))
	s.Expect(b.Status.Revisions).To(BeEmpty())
	s.Expect(b.Status.Inputs).NotTo(BeEmpty())

	s.delete(b)
	s.gone(b)
	s.Expect(s.remoteBlueprints()).To(ConsistOf("nodecellar"), "what was found there is left there")
	s.Expect(s.sim.Changes()).To(BeEmpty())
}

func TestBlueprintThatExistedVanishes(t *testing.T) {
	s := tell(t)
	s.Expect(s.sim.AddBlueprint("found", simulator.Zip(cellar(t)), "blueprint.yaml")).To(Succeed())
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), func(b *v1alpha1.CloudifyBlueprint) { b.Spec.BlueprintID = "found" })
	s.create(b)
	s.eventually(b, testenv.BeReady())

	s.sim.RemoveBlueprint("found")
	s.eventually(b, testenv.BeWaiting(v1alpha1.ReasonBlueprintMissing, "found"))
	s.Expect(s.sim.AddBlueprint("found", simulator.Zip(cellar(t)), "blueprint.yaml")).To(Succeed())
	s.ask(b)
	s.eventually(b, testenv.BeReady())

	s.update(b, func() { b.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete })
	s.delete(b)
	s.gone(b)
	s.Expect(s.remoteBlueprints()).To(BeEmpty())
}

func TestBlueprintRevisions(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	first := b.Status.BlueprintID
	content := b.Spec.Source.Inline.Files[0].Content

	other := cellar(t, "A cellar in two parts", "Another cellar")["blueprint.yaml"]
	s.update(b, func() { b.Spec.Source.Inline.Files[0].Content = &other })
	s.eventually(b, testenv.BeReady())
	second := b.Status.BlueprintID
	s.Expect(second).NotTo(Equal(first))
	s.Expect(b.Status.Description).To(Equal("Another cellar"))
	s.Expect(s.remoteBlueprints()).To(Equal([]string{first, second}), "the first is still there")
	s.Expect(b.Status.Revisions[0].BlueprintID).To(Equal(second))
	s.Expect(b.Status.Revisions[1].BlueprintID).To(Equal(first))

	// The same content again is the same revision, and is not uploaded again.
	s.update(b, func() { b.Spec.Source.Inline.Files[0].Content = content })
	s.eventually(b, testenv.BeReady())
	s.Expect(b.Status.BlueprintID).To(Equal(first))
	s.Expect(b.Status.Revisions[0].BlueprintID).To(Equal(first))
	s.Expect(s.changes("PUT blueprints")).To(HaveLen(2))

	s.delete(b)
	s.gone(b)
	s.Expect(s.remoteBlueprints()).To(BeEmpty(), "every revision leaves with the object")
}

func TestBlueprintDeletionWaitsForDeployments(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	d := s.installed("shop")
	s.delete(b)
	s.eventually(b, testenv.BeWaiting(v1alpha1.ReasonInUse, s.name+"/shop", "Orphan"))
	s.consistently(d, testenv.BeReady())

	s.delete(d)
	s.gone(d, b)
	s.Expect(s.remoteBlueprints()).To(BeEmpty())
}

func TestBlueprintDeletionWaitsForOthersAtTheManager(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.Expect(s.sim.AddDeployment("somebodys", b.Status.BlueprintID, map[string]any{"name": "x"}, nil)).To(Succeed())
	s.delete(b)
	s.eventually(b, testenv.BeWaiting(v1alpha1.ReasonInUse, b.Status.BlueprintID, "somebodys", "Orphan"))
	s.sim.RemoveDeployment("somebodys")
	s.ask(b)
	s.gone(b)
	s.Expect(s.remoteBlueprints()).To(BeEmpty())
}

func TestBlueprintIsOrphaned(t *testing.T) {
	s := tell(t)
	b := s.blueprint(func(b *v1alpha1.CloudifyBlueprint) { b.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
	d := s.installed("shop")
	s.delete(b)
	s.gone(b)
	s.Expect(s.remoteBlueprints()).To(HaveLen(1))
	s.consistently(d, testenv.BeReady())

	// The deployment no longer needs its blueprint's object.
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func TestBlueprintRemovedByHandComesBack(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.sim.RemoveBlueprint(b.Status.BlueprintID)
	s.Eventually(s.remoteBlueprints).Should(ConsistOf(b.Status.BlueprintID))
	s.eventually(b, testenv.BeReady())
	s.Expect(b.Status.Revisions).To(HaveLen(1))
}
