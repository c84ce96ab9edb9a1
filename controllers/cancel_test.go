// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// impatient is a story whose operator gives an execution that it cancels one second to stop.
func impatient(t *testing.T) *story {
	t.Helper()
	s := tellOf(t, startOperator(t, ofLittlePatience))
	s.blueprint()
	return s
}

func ofLittlePatience(o *controllers.Options) { o.CancelGrace = time.Second }

func TestDeleteWhileInstallIgnoresItsCancel(t *testing.T) {
	s := impatient(t)
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.sim.IgnoreCancel("install", 1)
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.changes("POST executions/{id}")).To(HaveLen(2), "it is told once, then made to stop once")
	s.Expect(s.sim.Operations(remoteID(d))).To(HaveKeyWithValue("app.stop", 1), "what was begun is uninstalled")
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

func TestInstallThatTimesOutIgnoresItsCancel(t *testing.T) {
	s := impatient(t)
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	d.Spec.Install = &v1alpha1.InstallOptions{Timeout: &metav1.Duration{Duration: time.Second}}
	s.sim.IgnoreCancel("install", 1)
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonTimedOut, "the timeout of 1s expired: workflow install was cancelled", "the timeout is set in spec.install.timeout", v1alpha1.RequestedAtAnnotation))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionFalse, v1alpha1.ReasonTimedOut))
	s.Expect(s.executions(d, "install")).To(HaveExactElements(HaveField("Status", "cancelled")))
	s.Expect(s.changes("POST executions/{id}")).To(HaveLen(2), "it is told once, then made to stop once")
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonTimedOut))

	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func TestUninstallTimesOut(t *testing.T) {
	s := impatient(t)
	d := s.deployment("shop", map[string]any{"uninstall_seconds": forever})
	d.Spec.Uninstall = &v1alpha1.UninstallOptions{Timeout: &metav1.Duration{Duration: time.Second}}
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonTimedOut, "the timeout of 1s expired: workflow uninstall was cancelled", "the timeout is set in spec.uninstall.timeout", v1alpha1.RequestedAtAnnotation, "Orphan"))

	s.update(d, func() { d.Spec.Uninstall = nil })
	s.Eventually(func() []simulator.Execution { return s.executions(d, "uninstall") }).Should(HaveLen(2))
	s.afterForever()
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// A create whose message was lost at the Manager is pending for ever, ignores a cancel, even by force, and blocks the delete of
// its deployment.
func TestDeleteWhileTheCreateWasLost(t *testing.T) {
	s := impatient(t)
	s.sim.LoseMessage("create_deployment_environment", 1)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonCreating, "has not started for minutes", s.created(d), "spec.install.timeout", "--kill"))
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.changes("POST executions/{id}")).To(HaveLen(3), "it is told, then made to stop, then killed")
}

func TestTheLostCreateTimesOut(t *testing.T) {
	s := impatient(t)
	s.sim.LoseMessage("create_deployment_environment", 1)
	d := s.deployment("shop", nil)
	d.Spec.Install = &v1alpha1.InstallOptions{Timeout: &metav1.Duration{Duration: time.Second}}
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonTimedOut, "create_deployment_environment was cancelled", v1alpha1.RequestedAtAnnotation))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.CreatedCondition, metav1.ConditionFalse, v1alpha1.ReasonCreateFailed))
	s.Expect(s.changes("POST executions/{id}")).To(HaveLen(3))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonTimedOut))

	s.update(d, func() { d.Spec.Install = nil })
	s.ask(d)
	s.eventually(d, testenv.BeReady())
}

// Whatever message the Manager lost, an object that is deleted goes in the end.
func TestDeleteWhileOtherMessagesWereLost(t *testing.T) {
	s := impatient(t)
	installing, updating, deleted := s.deployment("installing", nil), s.installed("updating"), s.installed("deleted")
	s.sim.LoseMessage("install", 1)
	s.create(installing)
	s.eventually(installing, testenv.BeWaiting(v1alpha1.ReasonInstalling, "has not started for minutes"))
	s.sim.LoseMessage("update", 1)
	s.update(updating, func() { testenv.Inputs(map[string]any{"name": "other"})(updating) })
	s.eventually(updating, testenv.BeWaiting(v1alpha1.ReasonUpdating, "has not started for minutes"))
	s.update(deleted, func() {
		deleted.Spec.Uninstall = &v1alpha1.UninstallOptions{Timeout: &metav1.Duration{Duration: 2 * time.Second}}
	})
	s.sim.LoseMessage("delete_deployment_environment", 1)
	s.delete(installing, updating, deleted)
	s.eventually(deleted, testenv.BeStalled(v1alpha1.ReasonDeleteFailed, "was cancelled", "Orphan"))
	s.ask(deleted)
	s.gone(installing, updating, deleted)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// created is the execution that prepares a deployment, once there is one.
func (s *story) created(d *v1alpha1.CloudifyDeployment) string {
	s.t.Helper()
	var found []simulator.Execution
	s.Eventually(func() []simulator.Execution {
		found = s.executions(d, "create_deployment_environment")
		return found
	}).Should(HaveLen(1))
	return found[0].ID
}
