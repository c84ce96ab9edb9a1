// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// halfTruth is a deployment whose install failed at its very end, with everything started.
func halfTruth(t *testing.T) (*story, *v1alpha1.CloudifyDeployment) {
	t.Helper()
	s := tell(t)
	head, _, found := strings.Cut(cellar(t)["blueprint.yaml"], "node_templates:")
	s.Expect(found).To(BeTrue())
	s.blueprint(testenv.Inline(map[string]string{"blueprint.yaml": head + "node_templates:\n  host: {type: cloudify.nodes.Root}\n"}))
	s.sim.FailWorkflow("install", "the monitoring does not answer", 1)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed, "the monitoring does not answer",
		"every node instance is started nevertheless", "to accept the deployment as installed", v1alpha1.RequestedAtAnnotation))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionFalse, v1alpha1.ReasonInstallFailed))
	s.Expect(s.remote(d).Installed()).To(BeTrue(), "as the Manager counts it")
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed))
	return s, d
}

// The Manager does not install what is started; somebody who has read what failed can accept it as it is.
func TestInstallThatFailedWithAllStartedIsAccepted(t *testing.T) {
	s, d := halfTruth(t)
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionTrue, v1alpha1.ReasonInstalled))
	s.Expect(d.Status.LastHandledRequest).To(Equal(v1alpha1.RequestedAt(d)))
	s.Expect(s.executions(d, "install")).To(HaveLen(1), "nothing is asked that would be refused")

	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func TestInstallThatFailedWithAllStartedIsDoneAnew(t *testing.T) {
	s, d := halfTruth(t)
	_, err := s.sim.StartExecution(remoteID(d), "uninstall", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.Eventually(func() bool { return s.remote(d).Installed() }).Should(BeFalse())
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveExactElements(HaveField("Status", "failed"), HaveField("Status", "terminated")))
	s.Expect(s.remote(d).Installed()).To(BeTrue())
}

// A deployment whose instances all run counts as installed, however that came about: the history may be purged, and there are
// other ways to start it.
func TestWhatIsStartedOtherwiseIsInstalled(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.update(d, func() { d.Spec.Paused = true })
	for _, workflow := range []string{"uninstall", "start"} {
		_, err := s.sim.StartExecution(remoteID(d), workflow, nil)
		s.Expect(err).NotTo(HaveOccurred())
		s.Eventually(func() []simulator.Execution { return s.executions(d, workflow) }).Should(HaveExactElements(HaveField("Status", "terminated")))
	}
	s.update(d, func() { d.Spec.Paused = false })
	s.Eventually(s.fresh(d)).Should(And(testenv.BeReady(), HaveField("Status.ObservedGeneration", d.Generation)))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
}
