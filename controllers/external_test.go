// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"

	. "github.com/onsi/gomega"

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
}

func TestDeploymentUninstalledByHandIsInstalledAgain(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	_, err := s.sim.StartExecution(remoteID(d), "uninstall", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.Eventually(func() []simulator.Execution { return s.executions(d, "install") }).Should(HaveLen(2))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Installed()).To(BeTrue())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
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
