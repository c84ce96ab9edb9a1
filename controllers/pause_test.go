// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

func paused(d *v1alpha1.CloudifyDeployment) { d.Spec.Paused = true }

func TestPausedBeforeItExists(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", nil, paused)
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "the next step is Create", "spec.paused"))
	s.Expect(s.changes("PUT deployments")).To(BeEmpty())
	s.update(d, func() { d.Spec.Paused = false })
	s.eventually(d, testenv.BeReady())
}

func TestPausedChangesNothing(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.update(d, func() { paused(d) })
	s.eventually(d, testenv.BeReady())
	before := s.sim.Changes()
	s.update(d, func() {
		d.Spec.Inputs["port"] = testenv.JSON(9090)
		d.Spec.DisplayName = "The shop"
	})
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Update"))
	s.ask(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Update"))
	s.consistently(d, testenv.BeWaiting(v1alpha1.ReasonPaused))
	s.Expect(s.sim.Changes()).To(Equal(before))
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(8080)))

	s.update(d, func() { d.Spec.Paused = false })
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "update")).To(HaveLen(1))
}

// The status is observed all the same.
func TestPausedIsStillObserved(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.Inline(slowOperation(t)))
	d := s.installed("shop")
	s.update(d, func() { paused(d) })
	s.startSlowOperation(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonExecutionRunning, "started by somebody else"))
	s.afterForever()
	s.eventually(d, testenv.BeReady())

	_, err := s.sim.StartExecution(remoteID(d), "uninstall", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Install"))
	s.Expect(d.Status.Execution.Workflow).To(Equal("uninstall"))
	s.consistently(d, testenv.BeWaiting(v1alpha1.ReasonPaused))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))

	s.sim.RemoveDeployment(remoteID(d))
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Create"))
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.update(d, func() { d.Spec.Paused = false })
	s.eventually(d, testenv.BeReady())
}

func TestDeletionWaitsWhilePaused(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.update(d, func() { paused(d) })
	s.delete(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Uninstall", "spec.paused", "Orphan"))
	s.consistently(d, testenv.BeWaiting(v1alpha1.ReasonPaused))
	s.Expect(s.remote(d).Installed()).To(BeTrue())
	s.update(d, func() { d.Spec.Paused = false })
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func TestOrphanLetsGoWhilePaused(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.update(d, func() { paused(d) })
	s.delete(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused))
	s.update(d, func() { orphaned(d) })
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(HaveLen(1))
}

func TestAnInstallIsNotCancelledWhilePaused(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.update(d, func() { paused(d) })
	s.delete(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Cancel"))
	s.Expect(s.changes("POST executions/{id}")).To(BeEmpty())
	s.update(d, func() { d.Spec.Paused = false })
	s.gone(d)
}
