// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// unevaluated returns the events about outputs without a value.
func unevaluated(t *testing.T, d *v1alpha1.CloudifyDeployment) func() []string {
	return func() (notes []string) {
		for _, event := range env.Events(t, d) {
			if event.Reason == "OutputsNotEvaluated" {
				notes = append(notes, event.Note)
			}
		}
		return notes
	}
}

func readyMessage(o testenv.Object) string {
	return testenv.Condition(o, v1alpha1.ReadyCondition).Message
}

// The Manager refuses all outputs because of one. Ready's message names that one; the others are written, and Ready does not
// wait for it.
func TestOutputThatCannotBeEvaluated(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.Inline(cellar(t,
		"outputs:\n", "outputs:\n  shout:\n    value: {string_upper: {get_attribute: [app, motto]}}\n",
		"  app:\n    type: cellar.nodes.Part\n    properties:\n      simulate:\n",
		"  app:\n    type: cellar.nodes.Part\n    properties:\n      simulate:\n        check_drift: {runtime_properties: {motto: cheers}}\n")))
	d := s.installed("shop")
	s.Expect(readyMessage(d)).To(And(
		ContainSubstring("is installed; the Manager cannot evaluate these keys of Secret shop-outputs: shout ("), ContainSubstring("string_upper")))
	s.Expect(s.outputs("shop-outputs")()).To(Equal(map[string]string{"url": "http://shop:8080", "name": "shop"}))
	s.Eventually(unevaluated(t, d)).Should(ConsistOf(ContainSubstring("shout")))
	s.ask(d)
	s.Eventually(s.fresh(d)).Should(HaveField("Status.LastHandledRequest", v1alpha1.RequestedAt(d)))
	s.Expect(unevaluated(t, d)()).To(HaveLen(1), "what is known is not told again")

	_, err := s.sim.StartExecution(remoteID(d), "execute_operation", map[string]any{"operation": "cloudify.interfaces.lifecycle.check_drift"})
	s.Expect(err).NotTo(HaveOccurred())
	s.Eventually(s.outputs("shop-outputs")).Should(HaveKeyWithValue("shout", "CHEERS"))
	s.eventually(d, And(testenv.BeReady(), WithTransform(readyMessage, Not(ContainSubstring("evaluate")))))
}

// What the Secret had stays while it cannot be evaluated, and it is tried again by itself.
func TestOutputsThatTheManagerBreaksOver(t *testing.T) {
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.Resync = time.Second }))
	s.blueprint()
	breaks := func() {
		s.sim.Fail("GET deployments/{id}/outputs", http.StatusInternalServerError)
		s.sim.Fail("POST evaluate/functions", http.StatusInternalServerError)
	}
	breaks()
	d := s.installed("shop")
	s.Expect(s.outputs("shop-outputs")()).To(Equal(map[string]string{"url": "http://shop:8080"}))
	s.Expect(readyMessage(d)).To(ContainSubstring("cannot evaluate these keys of Secret shop-outputs: name"))
	s.sim.Heal()
	s.Eventually(s.outputs("shop-outputs")).Should(HaveKeyWithValue("name", "shop"))

	breaks()
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.Eventually(s.outputs("shop-outputs")).Should(Equal(map[string]string{"url": "http://shop:9090", "name": "shop"}))
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.ObservedGeneration", d.Generation)))
	s.Expect(readyMessage(d)).To(ContainSubstring("cannot evaluate these keys of Secret shop-outputs: name"))
}
