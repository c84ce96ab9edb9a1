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

func TestExecutionOfSomebodyElseIsWaitedFor(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.Inline(cellar(t, "  app:\n    type: cellar.nodes.Part\n    properties:\n      simulate:\n",
		"  app:\n    type: cellar.nodes.Part\n    properties:\n      simulate:\n        check_drift: {duration: 100000}\n")))
	d := s.installed("shop")
	_, err := s.sim.StartExecution(remoteID(d), "execute_operation", map[string]any{"operation": "cloudify.interfaces.lifecycle.check_drift"})
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonExecutionRunning, "workflow execute_operation is started, started by somebody else"))
	s.Expect(d.Status.Execution.Workflow).To(Equal("execute_operation"))
	s.afterForever()
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
}

func TestDeploymentRemovedByHandIsCreatedAgain(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.sim.RemoveDeployment(remoteID(d))
	s.Eventually(func() []simulator.Deployment { return s.sim.Deployments() }).Should(HaveLen(1))
	s.Eventually(func() bool { return s.remote(d).Installed() }).Should(BeTrue())
	s.eventually(d, testenv.BeReady())
	s.Expect(s.changes("PUT deployments")).To(HaveLen(2))
	s.Eventually(func() []string { return notes(t, d) }).Should(ContainElement(ContainSubstring("vanished from the Manager; the operator creates it again")))
}

func TestDeploymentUninstalledByHandIsInstalledAgain(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	_, err := s.sim.StartExecution(remoteID(d), "uninstall", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.Eventually(func() []simulator.Execution { return s.executions(d, "install") }).Should(HaveLen(2))
	s.Eventually(func() bool { return s.remote(d).Installed() }).Should(BeTrue())
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
	s.Eventually(func() []string { return notes(t, d) }).Should(ContainElement(ContainSubstring("somebody else uninstall")))
}

// While somebody else uninstalls or deletes, Ready says so, and what comes next; a paused deployment stays as they leave it.
func TestUninstallAndDeleteByHandAreTold(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"uninstall_seconds": forever})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	_, err := s.sim.StartExecution(remoteID(d), "uninstall", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonForeignUninstall, "somebody else is uninstalling", "workflow uninstall is ", "the operator then installs it again", "spec.paused"))
	s.update(d, func() { d.Spec.Paused = true })
	s.eventually(d, And(testenv.BeWaiting(v1alpha1.ReasonForeignUninstall), Not(testenv.BeWaiting(v1alpha1.ReasonForeignUninstall, "installed again"))))
	s.afterForever()
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Install"))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
	s.update(d, func() { d.Spec.Paused = false })
	s.eventually(d, testenv.BeReady())
}

// A deployment that is deleted, and that somebody removed by hand meanwhile, is simply gone.
func TestDeletedWhatSomebodyRemoved(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"uninstall_seconds": forever})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonUninstalling))
	s.sim.RemoveDeployment(remoteID(d))
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// The Manager counts what drifted or is unavailable. The status shows it, and healing is left to people.
func TestDriftIsShownUntilSomebodyHeals(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.Inline(cellar(t, "        start:\n", "        configure: {duration: 0}\n        start:\n")))
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.afterForever()
	s.eventually(d, And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.DriftedCondition, metav1.ConditionFalse, v1alpha1.ReasonNotDrifted)))

	s.sim.Disturb(remoteID(d), "app")
	s.eventually(d, And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.DriftedCondition, metav1.ConditionTrue, v1alpha1.ReasonInstancesDrifted)))
	s.Expect(testenv.Condition(d, v1alpha1.DriftedCondition).Message).To(ContainSubstring("1 drifted and 1 unavailable node instances"))

	_, err := s.sim.StartExecution(remoteID(d), "heal", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, And(testenv.BeWaiting(v1alpha1.ReasonExecutionRunning, "workflow heal is started, started by somebody else"),
		HaveField("Status.Execution", HaveValue(And(HaveField("Workflow", "heal"), HaveField("Status", "started"))))))
	s.consistently(d, testenv.BeWaiting(v1alpha1.ReasonExecutionRunning))
	s.afterForever()
	s.eventually(d, And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.DriftedCondition, metav1.ConditionFalse, v1alpha1.ReasonNotDrifted)))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

// A failed workflow is not repeated when others have run so many on the deployment that the failure is no longer among the
// latest executions.
func TestFailureIsRemembered(t *testing.T) {
	s := tell(t)
	s.blueprint()
	installs, updates := s.deployment("installs", map[string]any{"fail_start": "no quota left"}), s.installed("updates")
	s.create(installs)
	s.eventually(installs, testenv.BeStalled(v1alpha1.ReasonInstallFailed, "no quota left"))
	s.sim.FailWorkflow("update", "no quota left")
	s.update(updates, func() { updates.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(updates, testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "no quota left"))

	for range 12 {
		s.sim.Disturb(remoteID(installs), "app")
		s.sim.Disturb(remoteID(updates), "app")
	}
	s.eventually(installs, HaveField("Status.Execution.Workflow", "check_drift"))
	s.eventually(updates, HaveField("Status.Execution.Workflow", "check_drift"))
	s.consistently(installs, testenv.BeStalled(v1alpha1.ReasonInstallFailed, "no quota left"))
	s.consistently(updates, testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "no quota left"))
	s.Expect(s.executions(installs, "install")).To(HaveLen(1))
	s.Expect(s.executions(updates, "update")).To(HaveLen(1))
}
