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

// slowOperation is the cellar with an operation that takes forever when somebody starts it.
func slowOperation(t *testing.T) map[string]string {
	const app = "  app:\n    type: cellar.nodes.Part\n    properties:\n      simulate:\n"
	return cellar(t, app, app+"        check_drift: {duration: 100000}\n")
}

func (s *story) startSlowOperation(d *v1alpha1.CloudifyDeployment) {
	s.t.Helper()
	_, err := s.sim.StartExecution(remoteID(d), "execute_operation", map[string]any{"operation": "cloudify.interfaces.lifecycle.check_drift"})
	s.Expect(err).NotTo(HaveOccurred())
}

// told are the reasons of an object's events.
func (s *story) told(d *v1alpha1.CloudifyDeployment) func() []string {
	return func() (reasons []string) {
		for _, event := range env.Events(s.t, d) {
			reasons = append(reasons, event.Reason)
		}
		return reasons
	}
}

// What somebody deleted at the Manager is created anew as it was, and an event says so.
func TestWhatVanishedIsCreatedAnew(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	d := s.deployment("shop", map[string]any{"port": 9090})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	first := d.Status.BlueprintID
	s.update(b, func() { testenv.Inline(cellar(t, "default: small", "default: large"))(b) })
	s.eventually(b, And(testenv.BeReady(), HaveField("Status.BlueprintID", Not(Equal(first)))))

	s.sim.RemoveDeployment(remoteID(d))
	s.Eventually(s.told(d)).Should(ContainElements(v1alpha1.ReasonConfirming, v1alpha1.ReasonRecreating))
	s.Eventually(func() []string { return notes(t, d) }).Should(ContainElement(ContainSubstring("deployment " + remoteID(d) + " vanished from the Manager and is created anew")))
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.BlueprintID", first)))
	s.Expect(s.remote(d).BlueprintID).To(Equal(first), "nothing moves unasked")
	s.Expect(s.remote(d).Inputs).To(And(HaveKeyWithValue("port", BeEquivalentTo(9090)), HaveKeyWithValue("size", "small")))
	s.Expect(s.remote(d).Installed()).To(BeTrue())
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
}

// The first try to create anew may fail: that it vanished was told before.
func TestWhatVanishedIsCreatedAnewInTheEnd(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.sim.Fail("PUT deployments", 500, 1)
	s.sim.RemoveDeployment(remoteID(d))
	s.Eventually(s.told(d)).Should(ContainElement(v1alpha1.ReasonRecreating))
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.Execution.Workflow", "install")))
	s.Eventually(func() bool { return s.remote(d).Installed() }).Should(BeTrue())
}

// heal in the console is waited for, shown, and not interfered with; a changed spec has its turn after it.
func TestHealOfSomebodyIsWaitedFor(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.Inline(slowOperation(t)))
	d := s.installed("shop")
	s.startSlowOperation(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonExecutionRunning, "execute_operation is started, started by somebody else"))
	s.Expect(d.Status.Execution).To(And(HaveField("Workflow", "execute_operation"), HaveField("Status", "started")))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionTrue, v1alpha1.ReasonInstalled))
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonExecutionRunning))
	s.consistently(d, testenv.BeWaiting(v1alpha1.ReasonExecutionRunning))
	s.Expect(s.executions(d, "update")).To(BeEmpty())

	s.afterForever()
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

func TestDrift(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.DriftedCondition, metav1.ConditionFalse, v1alpha1.ReasonNotDrifted))
	s.sim.Ail(remoteID(d), "app")
	_, err := s.sim.StartExecution(remoteID(d), "check_status", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, testenv.HaveCondition(v1alpha1.DriftedCondition, metav1.ConditionTrue, v1alpha1.ReasonInstancesDrifted))
	s.Expect(testenv.Condition(d, v1alpha1.DriftedCondition).Message).To(ContainSubstring("0 instances that drifted and 1 that are unavailable"))
	s.eventually(d, testenv.BeReady())
}

// Blueprint, revision or inputs that somebody changed at the Manager are set right.
func TestARevisionThatSomebodyChangedIsSetRight(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	d := s.installed("shop")
	s.Expect(s.sim.AddBlueprint("other", simulator.Zip(cellar(t, "default: small", "default: large")), "blueprint.yaml")).To(Succeed())
	s.request("POST", "deployment-updates/"+remoteID(d)+"/update/initiate", `{"blueprint_id": "other"}`)
	s.Eventually(func() string { return s.remote(d).BlueprintID }).Should(Equal("other"))
	s.Eventually(func() string { return s.remote(d).BlueprintID }).Should(Equal(b.Status.BlueprintID))
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.BlueprintID", b.Status.BlueprintID)))
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}
