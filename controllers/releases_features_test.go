// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// What not every release can do, and what the operator does there.

func updatesAtRelease(s *story) {
	s.connect()
	s.blueprint()
	d := s.installed("shop")
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	if s.older("5.2") { // an update was an archive then
		s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateUnsupported, "release 4.3.0 of the Manager", "spec.inputs"))
		s.Expect(d).To(testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonUpdateUnsupported))
		s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionTrue, v1alpha1.ReasonInstalled))
		s.consistently(d, testenv.BeStalled(v1alpha1.ReasonUpdateUnsupported))
		s.update(d, func() { delete(d.Spec.Inputs, "port") })
		s.eventually(d, testenv.BeReady())
		s.Expect(d).To(testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionTrue, v1alpha1.ReasonUpToDate))
		s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(8080)))
		return
	}
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
	s.eventually(d, testenv.BeReady())
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionTrue, v1alpha1.ReasonUpToDate))
	s.Expect(s.executions(d, "update")).To(HaveLen(1))
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
	s.Eventually(s.outputs("shop-outputs")).Should(HaveKeyWithValue("url", "http://shop:9090"))
}

// The status says what an update broke, and the next update mends it.
func mendsUpdateAtRelease(s *story) {
	if s.older("5.2") {
		return // it has no updates, as updatesAtRelease shows
	}
	s.connect()
	s.blueprint()
	d := s.installed("shop")
	s.sim.FailWorkflow("update", "no quota left", 1)
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "no quota left", v1alpha1.RequestedAtAnnotation))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonUpdateFailed))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed))
	s.Expect(s.executions(d, "update")).To(HaveLen(1))
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(9090)))
	s.Expect(s.remote(d).Installed()).To(BeTrue())
}

func handsOutOutputsAtRelease(s *story) {
	s.connect()
	b := s.blueprint()
	if s.older("5.2") {
		s.Expect(b.Status.Capabilities).To(BeEmpty())
		s.Expect(b.Status.Outputs).To(ConsistOf("url", "name"))
	} else {
		s.Expect(b.Status.Capabilities).To(ConsistOf("url"))
	}
	d := s.installed("shop")
	s.Expect(d.Status.Binding).To(HaveValue(HaveField("Name", "shop-outputs")))
	s.Expect(s.outputs("shop-outputs")()).To(Equal(map[string]string{"url": "http://shop:8080", "name": "shop"}))
}

func adoptsAtRelease(s *story) {
	s.connect()
	b := s.blueprint()
	labels := s.adoptable()
	if s.older("5.2") {
		labels = nil
	}
	s.old(b.Status.BlueprintID, labels)
	d := s.adopting("shop", "old")
	s.create(d)
	if s.older("5.2") {
		s.eventually(d, testenv.BeStalled(v1alpha1.ReasonAdoptionUnsupported, "release 4.3.0 of the Manager does not support labels"))
	} else {
		s.eventually(d, And(testenv.BeReady(), HaveField("Status.DeletionPolicy", v1alpha1.DeletionPolicyOrphan)))
	}
	s.Expect(s.sim.Executions("old")).NotTo(ContainElement(HaveField("Workflow", "update")))
	s.delete(d)
	s.gone(d)
	remote, there := s.sim.Deployment("old")
	s.Expect(there && remote.Installed()).To(BeTrue())
	s.Expect(remote.Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(1234)))
}

func countsDriftAtRelease(s *story) {
	s.connect()
	s.blueprint()
	d := s.installed("shop")
	if s.older("6.4") {
		s.Expect(testenv.HasCondition(d, v1alpha1.DriftedCondition)).To(BeFalse(), "a release without counts has nothing to say")
		return
	}
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.DriftedCondition, metav1.ConditionFalse, v1alpha1.ReasonNotDrifted))
}
