// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// collect deletes what an object leaves that is gone by force, as Kubernetes' garbage collector does.
func (s *story) collect(gone *v1alpha1.CloudifyDeployment) {
	s.t.Helper()
	s.delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: gone.Namespace, Name: gone.OutputsSecretName()}})
}

// restored is a story whose cluster lost an installed deployment's object, and has one of that name again: another object, and the
// deployment of the first lives on.
func restored(t *testing.T) (s *story, lost, again *v1alpha1.CloudifyDeployment) {
	t.Helper()
	t.Parallel()
	o := startOperator(t)
	s = newStory(t, o)
	s.connect()
	s.blueprint()
	lost = s.installed("shop")
	s.Expect(o.halt()).To(Succeed())
	env.Overtake(t, lost)
	s.collect(lost)
	s.sim.Delay("GET deployments", time.Second) // the first list comes late, and what is new waits for it
	s.sim.ResetRequests()
	s.Expect(o.start()).To(Succeed())
	again = s.deployment("shop", nil)
	s.create(again)
	s.eventually(again, testenv.BeStalled(v1alpha1.ReasonOlderDeploymentExists, remoteID(lost), "spec.deploymentID: "+remoteID(lost),
		v1alpha1.RemoteLabelAdoptableBy+" to "+s.name, v1alpha1.InstallAnewAnnotation))
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1), "no second one is created")
	return s, lost, again
}

// An object that is created anew does not make a second deployment, and a restart changes nothing; the annotation does.
func TestOlderDeploymentIsNotInstalledTwice(t *testing.T) {
	s, lost, again := restored(t)
	s.Expect(s.sim.RequestCount("GET deployments/{id}")).To(BeNumerically("<=", 2), "nothing is asked for the object but whether its own is there")
	s.Eventually(s.reasons(again)).Should(ContainElement(v1alpha1.ReasonOlderDeploymentExists))
	s.Expect(s.operator.halt()).To(Succeed())
	s.Expect(s.operator.start()).To(Succeed())
	s.ask(again)
	s.eventually(again, HaveField("Status.LastHandledRequest", v1alpha1.RequestedAt(again)))
	s.consistently(again, testenv.BeStalled(v1alpha1.ReasonOlderDeploymentExists))

	s.update(again, func() { again.Annotations[v1alpha1.InstallAnewAnnotation] = "true" })
	s.eventually(again, testenv.BeReady())
	s.Expect(s.remote(again).Installed()).To(BeTrue())
	s.Expect(s.remote(lost).Installed()).To(BeTrue(), "beside the first")
}

// One that waits for a decision is deleted without a trace, and adopts the older deployment when it is created as its message says.
func TestOlderDeploymentIsAdopted(t *testing.T) {
	s, lost, again := restored(t)
	s.delete(again)
	s.gone(again)
	s.sim.SetLabels(remoteID(lost), map[string][]string{v1alpha1.RemoteLabelAdoptableBy: {s.name}})
	adopter := s.adopting("shop", remoteID(lost))
	adopter.Spec.Inputs = lost.Spec.Inputs
	s.create(adopter)
	s.eventually(adopter, testenv.BeReady())
	s.Expect(s.sim.Deployments()).To(HaveLen(1))
	s.Expect(s.executions(lost, "install")).To(HaveLen(1))
}

// Once somebody removed the older deployment at the Manager, or another object adopted it, nothing stands in the way any more.
func TestOlderDeploymentGoes(t *testing.T) {
	s, lost, again := restored(t)
	s.sim.RemoveDeployment(remoteID(lost))
	s.eventually(again, testenv.BeReady())
}

func TestOlderDeploymentIsAnothers(t *testing.T) {
	s, lost, again := restored(t)
	labels := s.remote(lost).Labels
	labels[v1alpha1.RemoteLabelAdoptableBy] = []string{s.name}
	s.sim.SetLabels(remoteID(lost), labels)
	adopter := s.adopting("other", remoteID(lost))
	adopter.Spec.Inputs = lost.Spec.Inputs
	s.create(adopter)
	s.eventually(adopter, testenv.BeReady())
	s.ask(again)
	s.eventually(again, testenv.BeReady())
}

// What is still uninstalled for an object that went is waited for: it may use what the next one needs.
func TestWhatADeleteOvertookIsWaitedFor(t *testing.T) {
	s := tell(t)
	s.blueprint()
	first := s.deployment("shop", map[string]any{"uninstall_seconds": forever})
	s.create(first)
	s.eventually(first, testenv.BeReady())
	env.Overtake(t, first)
	second := s.deployment("shop", nil)
	s.create(second)
	s.eventually(second, testenv.BeWaiting(v1alpha1.ReasonAwaitingDeletion))
	s.Eventually(func() int { return len(s.executions(first, "uninstall")) }).Should(Equal(1))
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
	s.afterForever()
	s.eventually(second, testenv.BeReady())
	_, there := s.sim.Deployment(remoteID(first))
	s.Expect(there).To(BeFalse())
}

// An uninstall that runs at the Manager for an object that nobody waits for any more is waited for, too. What it leaves is somebody's
// decision.
func TestUninstallOfAnEarlierObjectIsWaitedFor(t *testing.T) {
	s := tell(t)
	s.blueprint()
	first := s.deployment("shop", map[string]any{"uninstall_seconds": forever})
	s.create(first)
	s.eventually(first, testenv.BeReady())
	s.delete(first)
	s.eventually(first, testenv.BeWaiting(v1alpha1.ReasonUninstalling))
	s.force(first)
	s.collect(first)
	second := s.deployment("shop", nil)
	s.create(second)
	s.eventually(second, testenv.BeWaiting(v1alpha1.ReasonAwaitingDeletion, remoteID(first)))
	s.afterForever()
	s.eventually(second, testenv.BeStalled(v1alpha1.ReasonOlderDeploymentExists, remoteID(first)))
	s.sim.RemoveDeployment(remoteID(first))
	s.eventually(second, testenv.BeReady())
}

// The usual life of a name hinders nobody: what was deleted to its end is gone.
func TestNameIsUsedAgain(t *testing.T) {
	s := tell(t)
	s.blueprint()
	for range 3 {
		d := s.deployment("shop", nil)
		s.create(d)
		s.eventually(d, testenv.BeReady())
		s.delete(d)
		s.gone(d)
		s.Expect(s.reasons(d)()).NotTo(ContainElement(v1alpha1.ReasonOlderDeploymentExists))
	}
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// A deployment of another cluster is none of an earlier object here, whatever the name.
func TestDeploymentOfAnotherClusterIsNotOlder(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.old(b.Status.BlueprintID, map[string][]string{
		v1alpha1.RemoteLabelCluster: {"another"}, v1alpha1.RemoteLabelNamespace: {s.name}, v1alpha1.RemoteLabelName: {"shop"},
	})
	d := s.installed("shop")
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.CreatedCondition, metav1.ConditionTrue, v1alpha1.ReasonCreated))
}

// Without labels nothing can be known of earlier objects, and nothing is held up.
func TestOlderDeploymentWithoutLabels(t *testing.T) {
	t.Parallel()
	o := startOperator(t)
	s := newStoryOf(t, o, "4.3")
	s.connect()
	s.blueprint()
	lost := s.installed("shop")
	s.Expect(o.halt()).To(Succeed())
	env.Overtake(t, lost)
	s.collect(lost)
	s.Expect(o.start()).To(Succeed())
	s.installed("shop")
	s.Expect(s.sim.Deployments()).To(HaveLen(2))
}
