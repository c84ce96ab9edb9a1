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

// held is how long a gateway of a story keeps a request whose client has given up.
const held = 20 * time.Second

// A request held by a gateway arrives after the operator has looked and found nothing; the operator does not repeat it before.
func TestStartThatAGatewayKeptIsNotStartedAgain(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", nil)
	s.sim.Hold("POST executions", held, 1)
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonInstalling, "did not answer the request for step Install in time"))
	s.Expect(d.Status.Unanswered).To(HaveField("Step", "Install"))
	s.eventually(d, testenv.BeReady())
	s.Expect(d.Status.Unanswered).To(BeNil())
	s.Expect(s.sim.RequestCount("POST executions")).To(Equal(1))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
}

func TestUpdateThatAGatewayKeptIsNotSentAgain(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.sim.Hold("POST deployment-updates/{id}/update/initiate", held, 1)
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonUpdating, "did not answer the request for step Update in time"))
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "update")).To(HaveLen(1))
}

// A request that can no longer arrive is repeated.
func TestStartThatNeverArrivedIsStartedAgain(t *testing.T) {
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.ArrivalLimit = 2 * time.Second }))
	s.blueprint()
	d := s.deployment("shop", nil)
	s.sim.Fail("POST executions", http.StatusGatewayTimeout, 1)
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.RequestCount("POST executions")).To(Equal(2))
}

// The status shows what becomes of an object, however long the Manager takes to answer.
func TestCreatingIsToldBeforeTheManagerAnswers(t *testing.T) {
	s := tell(t)
	s.blueprint()
	end := s.sim.Delay("PUT deployments", 20*time.Second)
	d := s.deployment("shop", nil)
	s.create(d)
	s.Eventually(s.fresh(d), "15s").Should(testenv.BeWaiting(v1alpha1.ReasonCreating, "asking the Manager to create deployment "+remoteID(d)))
	end()
	s.Expect(s.sim.Deployments()).To(BeEmpty(), "it is told before")
	s.eventually(d, testenv.BeReady())
}
