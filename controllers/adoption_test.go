// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// old creates the deployment old at the Manager, before there are any objects.
func (s *story) old(blueprintID string, labels map[string][]string) {
	s.t.Helper()
	s.Expect(s.sim.AddDeployment("old", blueprintID, map[string]any{"name": "old", "port": 1234}, labels)).To(Succeed())
	s.sim.Install("old")
}

// adoptable are the labels by which an owner lets the story's namespace adopt a deployment.
func (s *story) adoptable() map[string][]string {
	return map[string][]string{v1alpha1.RemoteLabelAdoptableBy: {s.name}}
}

// adopting is a CloudifyDeployment that takes over a deployment.
func (s *story) adopting(name, id string) *v1alpha1.CloudifyDeployment {
	d := testenv.Deployment(s.name, name, "cellar")
	d.Spec.DeploymentID = id
	return d
}

func TestAdoption(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.old(b.Status.BlueprintID, nil)
	d := s.adopting("shop", "old")
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonAdoptionNotAllowed, v1alpha1.RemoteLabelAdoptableBy, s.name))
	s.Expect(s.sim.Executions("old")).NotTo(ContainElement(HaveField("Workflow", "update")))

	s.sim.SetLabels("old", s.adoptable())
	s.ask(d)
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.DeletionPolicy", v1alpha1.DeletionPolicyOrphan)))
	remote, _ := s.sim.Deployment("old")
	s.Expect(remote.Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(1234)), "what nobody names here should stay")
	s.Expect(s.sim.Executions("old")).NotTo(ContainElement(HaveField("Workflow", "update")))

	late := s.adopting("late", "old")
	s.create(late)
	s.eventually(late, testenv.BeWaiting(v1alpha1.ReasonAdoptionConflict, s.name+"/shop"))
	s.delete(late)
	s.gone(late)

	s.delete(d)
	s.gone(d)
	_, there := s.sim.Deployment("old")
	s.Expect(there).To(BeTrue(), "Orphan is the default of what was adopted")
}

// The Manager takes any value for a string, as a default and in an input; such a value does not prevent an adoption.
func TestAdoptionOfValuesThatAreNotAsDeclared(t *testing.T) {
	s := tell(t)
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(map[string]string{"blueprint.yaml": `tosca_definitions_version: cloudify_dsl_1_3
imports: [cloudify/types/types.yaml]
inputs:
  debug: {type: string, default: false}
  owner: {type: string}
node_templates: {n: {type: cloudify.nodes.Root}}
`}))
	s.create(b)
	s.eventually(b, testenv.BeReady())
	s.Expect(s.sim.AddDeployment("old", b.Status.BlueprintID, map[string]any{"owner": 7}, s.adoptable())).To(Succeed())
	s.sim.Install("old")

	d := s.adopting("shop", "old")
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.update(d, func() {
		d.Spec.Inputs = map[string]v1alpha1.JSON{"owner": testenv.JSON(7), "debug": testenv.JSON(true)}
	})
	s.eventually(d, testenv.BeReady())
	remote, _ := s.sim.Deployment("old")
	s.Expect(remote.Inputs).To(And(HaveKeyWithValue("debug", true), HaveKeyWithValue("owner", BeEquivalentTo(7))))
}

func TestAdoptionIsRefused(t *testing.T) {
	s := tell(t)
	s.blueprint()
	held := s.installed("held")
	for name, row := range map[string]struct{ id, reason string }{
		"missing": {"nowhere", v1alpha1.ReasonAdoptionMissing},
		"held":    {remoteID(held), v1alpha1.ReasonAdoptionConflict},
	} {
		if name == "held" {
			labels := s.remote(held).Labels
			labels[v1alpha1.RemoteLabelAdoptableBy] = []string{s.name}
			s.sim.SetLabels(remoteID(held), labels)
		}
		d := s.adopting("adopts-"+name, row.id)
		d.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete
		s.create(d)
		s.eventually(d, testenv.BeWaiting(row.reason))
		s.delete(d)
		s.gone(d)
	}
	s.Expect(s.remote(held).Installed()).To(BeTrue(), "what was never held should not be touched")
}

func TestAdoptionOfAnotherBlueprintIsRefused(t *testing.T) {
	s := tell(t)
	s.blueprint()
	another := testenv.Blueprint(s.name, "another", testenv.At(s.name), testenv.Inline(cellar(t, "A cellar in two parts", "Another cellar")))
	s.create(another)
	s.eventually(another, testenv.BeReady())
	s.old(another.Status.BlueprintID, s.adoptable())
	d := s.adopting("shop", "old")
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonAdoptionMismatch, another.Status.BlueprintID, "cellar"))
	s.Expect(s.sim.Executions("old")).NotTo(ContainElement(HaveField("Workflow", "update")))
	s.Expect(d.Status.BlueprintID).To(BeEmpty(), "what is not adopted is not shown")
}

// Of two objects that claim a deployment before either may have it, the older wins.
func TestOlderObjectAdopts(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.old(b.Status.BlueprintID, nil)
	older, younger := s.adopting("older", "old"), s.adopting("younger", "old")
	s.create(older)
	s.eventually(older, testenv.BeWaiting(v1alpha1.ReasonAdoptionNotAllowed))
	s.create(younger)
	s.eventually(younger, testenv.BeWaiting(v1alpha1.ReasonAdoptionNotAllowed))
	if !older.CreationTimestamp.Before(&younger.CreationTimestamp) && older.UID > younger.UID {
		older, younger = younger, older // within one second the UID decides
	}

	s.sim.SetLabels("old", s.adoptable())
	s.ask(younger)
	s.eventually(younger, testenv.BeWaiting(v1alpha1.ReasonAdoptionConflict, s.name+"/"+older.Name))
	s.ask(older)
	s.eventually(older, testenv.BeReady())

	s.delete(older)
	s.gone(older)
	s.sim.SetLabels("old", s.adoptable())
	s.ask(younger)
	s.eventually(younger, testenv.BeReady())
}

// Of two objects applied in the same moment one adopts the deployment, for good, and the other says so; a restart changes
// nothing.
func TestOneOfTwoAdopts(t *testing.T) {
	t.Parallel()
	o := startOperator(t)
	s := newStory(t, o)
	s.connect()
	b := s.blueprint()
	const rounds = 10
	var pairs [rounds][2]*v1alpha1.CloudifyDeployment
	var wait sync.WaitGroup
	for i := range pairs {
		id := fmt.Sprintf("old-%d", i)
		s.Expect(s.sim.AddDeployment(id, b.Status.BlueprintID, map[string]any{"name": "old", "port": 1234}, s.adoptable())).To(Succeed())
		s.sim.Install(id)
		for j := range pairs[i] {
			d := s.adopting(fmt.Sprintf("shop-%d-%d", i, j), id)
			s.adopt(d)
			pairs[i][j] = d
			wait.Go(func() {
				time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond) // while the other is looked at
				if err := env.Client.Create(t.Context(), d); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wait.Wait()
	winners := func() (names []string) {
		for i := range pairs {
			one, other := pairs[i][0], pairs[i][1]
			s.fetch(one)
			s.fetch(other)
			if other.IsReady() {
				one, other = other, one
			}
			conflict := testenv.Condition(other, v1alpha1.ReadyCondition)
			if one.IsReady() && conflict.Reason == v1alpha1.ReasonAdoptionConflict && strings.Contains(conflict.Message, one.Name) {
				names = append(names, one.Name)
			}
		}
		return names
	}
	s.Eventually(winners).Should(HaveLen(rounds))
	before := winners()
	s.Expect(o.halt()).To(Succeed())
	s.Expect(o.start()).To(Succeed())
	for _, pair := range pairs {
		s.ask(pair[0])
		s.ask(pair[1])
	}
	s.Eventually(func() int {
		asked := 0
		for _, pair := range pairs {
			for _, d := range pair {
				s.fetch(d)
				if d.Status.LastHandledRequest == v1alpha1.RequestedAt(d) || !d.IsReady() {
					asked++
				}
			}
		}
		return asked
	}).Should(Equal(2 * rounds))
	s.Consistently(winners).WithTimeout(2 * time.Second).Should(Equal(before))
}

// What was adopted is uninstalled only where the spec says so.
func TestAdoptedDeploymentIsDeletedWhereAsked(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.old(b.Status.BlueprintID, s.adoptable())
	d := s.adopting("shop", "old")
	d.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.Executions("old")).To(HaveLen(2), "it was created and installed, and nothing since")
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// A deployment of ours whose object was lost is adopted like any other.
func TestLostObjectsDeploymentIsAdopted(t *testing.T) {
	s := tell(t)
	s.blueprint()
	lost := s.installed("shop")
	id := remoteID(lost)
	s.update(lost, func() { lost.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
	s.delete(lost)
	s.gone(lost)

	s.sim.SetLabels(id, s.adoptable())
	d := s.adopting("shop", id)
	d.Spec.Inputs = map[string]v1alpha1.JSON{"port": testenv.JSON(9090)}
	s.create(d)
	s.eventually(d, testenv.BeReady())
	remote, _ := s.sim.Deployment(id)
	s.Expect(remote.Inputs).To(And(HaveKeyWithValue("port", BeEquivalentTo(9090)), HaveKeyWithValue("name", "shop")))
	s.Expect(s.outputs("shop-outputs")()).To(HaveKey("url"))
	s.Expect(s.sim.MaxConcurrentExecutions(id)).To(Equal(1))
}

// The operator waits for an install that somebody else runs: it never starts one over it.
func TestAdoptionWaitsForWhatRuns(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.Expect(s.sim.AddDeployment("old", b.Status.BlueprintID, map[string]any{"name": "old", "install_seconds": forever}, s.adoptable())).To(Succeed())
	_, err := s.sim.StartExecution("old", "install", nil)
	s.Expect(err).NotTo(HaveOccurred())
	d := s.adopting("shop", "old")
	s.create(d)
	s.installing(d)
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.CreatedCondition, metav1.ConditionTrue, v1alpha1.ReasonCreated))
	s.afterForever()
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.Executions("old")).To(HaveLen(2), "it was created and installed, and nothing since")
}

// Without labels nobody could allow an adoption.
func TestAdoptionNeedsAReleaseWithLabels(t *testing.T) {
	s := begin(t, nil)
	s.sim = testenv.StartManager(t, simulator.Options{Release: "4.3", Username: "admin", Password: password})
	s.manager.Spec.Endpoint = s.sim.URL
	s.create(s.manager)
	b := s.blueprint(testenv.Inline(map[string]string{"blueprint.yaml": `
tosca_definitions_version: cloudify_dsl_1_3
imports: [cloudify/types/types.yaml]
inputs: {name: {}, port: {}}
node_templates: {app: {type: cloudify.nodes.Root}}
`}))
	s.old(b.Status.BlueprintID, nil)
	d := s.adopting("shop", "old")
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonAdoptionUnsupported, "4.3.0", "without spec.deploymentID"))
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(HaveLen(1))
}

// The operator did not make what vanished, so it does not make it again. A deployment that comes back under the ID may be
// somebody else's, and is adopted anew only if it may be.
func TestAdoptedDeploymentThatVanishesIsNotCreated(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.old(b.Status.BlueprintID, s.adoptable())
	d := s.adopting("shop", "old")
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.sim.RemoveDeployment("old")
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonAdoptionMissing, "no deployment old"))
	s.consistently(d, testenv.BeWaiting(v1alpha1.ReasonAdoptionMissing))
	s.Expect(s.sim.Deployments()).To(BeEmpty())

	s.old(b.Status.BlueprintID, nil)
	s.ask(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonAdoptionNotAllowed))
	s.sim.SetLabels("old", s.adoptable())
	s.ask(d)
	s.eventually(d, testenv.BeReady())
}
