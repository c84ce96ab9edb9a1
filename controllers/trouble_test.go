// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"net/http"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// changing are the requests by which the operator changes something.
var changing = []string{"PUT blueprints", "PUT deployments", "POST executions", "DELETE deployments", "DELETE blueprints"}

// wholeLife takes a service from apply to nothing, with trouble in between, and makes sure that nothing happened twice.
func (s *story) wholeLife() {
	s.t.Helper()
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(cellar(s.t)))
	d := s.deployment("shop", nil)
	s.create(b, d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.Deployments()).To(HaveLen(1))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
	s.delete(d, b)
	s.gone(d, b)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.sim.Blueprints()).To(BeEmpty())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
	for _, operation := range []string{"app.create", "app.start", "app.stop"} {
		s.Expect(s.sim.Operations(remoteID(d))).To(HaveKeyWithValue(operation, 1), "nothing may happen twice")
	}
	s.Expect(s.changes("PUT blueprints")).To(HaveLen(1))
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
	s.Expect(s.changes("POST executions")).To(HaveLen(2), "install and uninstall")
}

func TestAnswersAreLost(t *testing.T) {
	t.Parallel()
	for _, route := range changing {
		t.Run(route, func(t *testing.T) {
			s := tell(t)
			s.sim.LoseAnswer(route, 1)
			s.wholeLife()
		})
	}
	t.Run("all of them", func(t *testing.T) {
		s := tell(t)
		for _, route := range changing {
			s.sim.LoseAnswer(route, 1)
		}
		s.wholeLife()
	})
}

func TestManagerAnswersWithErrors(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			s := tell(t)
			for _, route := range changing {
				s.sim.Fail(route, status, 1)
			}
			s.wholeLife()
		})
		t.Run(strconv.Itoa(status)+" to whatever comes", func(t *testing.T) {
			s := tell(t)
			s.sim.Fail("", status, 3)
			s.wholeLife()
		})
	}
}

func TestManagerIsAway(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]simulator.DownMode{"refused": simulator.DownRefused, "502": simulator.DownBadGateway} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			away := func(o testenv.Object) {
				s.t.Helper()
				s.sim.SetDown(mode)
				s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
				s.eventually(o, testenv.BeUnknown(v1alpha1.ReasonManagerNotReady, "CloudifyManager "+s.name+" is not connected", v1alpha1.ReasonManagerUnreachable))
			}
			back := func() { s.sim.SetDown(simulator.Up) }

			b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(cellar(t)))
			d := s.deployment("shop", map[string]any{"install_seconds": forever, "uninstall_seconds": forever})
			s.sim.SetDown(mode)
			s.create(b, d)
			away(b)
			back()
			s.installing(d)

			// While it installs, which is over unseen.
			s.sim.SetDown(mode)
			s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
			s.afterForever()
			back()
			s.eventually(d, testenv.BeReady())
			s.eventually(b, testenv.BeReady())

			// Idle: only the CloudifyManager says it.
			s.sim.SetDown(mode)
			s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
			s.consistently(d, testenv.BeReady())
			s.consistently(b, testenv.BeReady())

			// Before it uninstalls.
			s.delete(d)
			away(d)
			back()
			s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonUninstalling, "workflow uninstall is started"))

			// While it uninstalls.
			s.sim.SetDown(mode)
			s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
			s.afterForever()
			back()
			s.gone(d)
			s.sim.SetDown(mode)
			s.delete(b)
			away(b)
			back()
			s.gone(b)

			s.Expect(s.sim.Deployments()).To(BeEmpty())
			s.Expect(s.sim.Blueprints()).To(BeEmpty())
			s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
			s.Expect(s.changes("POST executions")).To(HaveLen(2))
			s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
		})
	}
}

func TestOneManagerIsAwayAndAnotherIsNot(t *testing.T) {
	s := tell(t)
	other := s.another()
	other.create(other.manager)
	other.eventually(other.manager, testenv.BeReady())
	s.sim.SetDown(simulator.DownRefused)
	s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
	other.wholeLife()
}

func TestOperatorRestartsInMidInstall(t *testing.T) {
	o := startOperator(t)
	s := tellOf(t, o)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.Expect(o.halt()).To(Succeed())
	s.afterForever()
	s.Expect(o.start()).To(Succeed())
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
}
