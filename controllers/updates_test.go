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

// The Manager says only in events why an update failed. The operator retries it for a new spec or request, not by itself.
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
	s.Expect(s.executions(d, "update")).To(HaveExactElements(HaveField("Status", "failed"), HaveField("Status", "terminated")))
	s.Expect(s.executions(d, "install")).To(HaveLen(2))
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

// The Manager would keep the value of an input that an update leaves out; one without a default is unset by null.
func TestOptionalInputIsUnset(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.Inline(cellar(t, "  install_seconds:", "  note:\n    type: string\n    required: false\n  install_seconds:")))
	d := s.deployment("shop", map[string]any{"note": "by the river"})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("note", "by the river"))

	s.update(d, func() { delete(d.Spec.Inputs, "note") })
	s.Eventually(s.input(d, "note")).Should(BeNil())
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "update")).To(HaveLen(1))
	s.Expect(s.executions(d, "update")[0].Parameters["inputs"]).To(HaveKeyWithValue("note", BeNil()))
}

// The Manager takes an update while something else runs there; the operator does not request it then.
func TestUpdateWaitsForWhatRuns(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.update(d, func() { d.Spec.Inputs["port"], d.Spec.Inputs["install_seconds"] = testenv.JSON(9090), testenv.JSON(0) })
	s.consistently(d, HaveField("Status.Execution.Workflow", "install"))
	s.Expect(s.executions(d, "update")).To(BeEmpty())

	s.afterForever()
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

// A failed update is retried once for each request, and only then.
func TestFailedUpdateIsTriedAgainAsAsked(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	end := s.sim.FailWorkflow("update", "no quota left")
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "no quota left"))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed))
	s.Expect(s.executions(d, "update")).To(HaveLen(1))

	s.ask(d)
	s.eventually(d, And(testenv.BeStalled(v1alpha1.ReasonUpdateFailed), HaveField("Status.LastHandledRequest", v1alpha1.RequestedAt(d))))
	s.Expect(s.executions(d, "update")).To(HaveLen(2))

	end()
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(9090)))
	s.Expect(s.remote(d).Installed()).To(BeTrue())
}
