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
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(s.cellar()))
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
	t.Run("one after the other", func(t *testing.T) {
		s := tell(t)
		for _, route := range []string{"PUT deployments", "POST executions", "DELETE deployments"} {
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
			for _, route := range []string{"PUT blueprints", "PUT deployments", "POST executions", "DELETE deployments"} {
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

// An outage in each step of a service's life. Whatever a step finds when the Manager is back, it must succeed.
func TestManagerIsAway(t *testing.T) {
	t.Parallel()
	modes := map[string]simulator.DownMode{"connections are dropped": simulator.DownRefused, "the front answers 502": simulator.DownBadGateway}
	for step, story := range map[string]func(*story, outage){
		"before the upload":    awayBeforeUpload,
		"while it installs":    awayWhileInstalling,
		"while all is well":    awayWhileIdle,
		"before it uninstalls": awayBeforeUninstall,
		"while it uninstalls":  awayWhileUninstalling,
	} {
		for manner, mode := range modes {
			t.Run(step+" "+manner, func(t *testing.T) {
				s := tell(t)
				story(s, outage{s, mode})
				s.Expect(s.changes("PUT blueprints")).To(HaveLen(1))
				s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
				for _, d := range s.sim.Deployments() {
					s.Expect(s.sim.MaxConcurrentExecutions(d.ID)).To(Equal(1))
				}
			})
		}
	}
}

// outage of a story's Manager.
type outage struct {
	*story
	mode simulator.DownMode
}

// begins makes the Manager vanish, and waits until that is known.
func (o outage) begins() {
	o.t.Helper()
	o.sim.SetDown(o.mode)
	o.eventually(o.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
}

func (o outage) ends() { o.sim.SetDown(simulator.Up) }

// felt waits until the status of an object shows the outage.
func (o outage) felt(by testenv.Object) {
	o.t.Helper()
	o.eventually(by, testenv.BeUnknown(v1alpha1.ReasonManagerNotReady,
		"CloudifyManager "+o.name+" is not connected", v1alpha1.ReasonManagerUnreachable))
}

func awayBeforeUpload(s *story, o outage) {
	o.begins()
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(s.cellar()))
	d := s.deployment("shop", nil)
	s.create(b, d)
	o.felt(b)
	o.ends()
	s.eventually(d, testenv.BeReady())
}

func awayWhileInstalling(s *story, o outage) {
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	o.begins()
	s.afterForever() // it ends while the Manager is away
	o.ends()
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
}

func awayWhileIdle(s *story, o outage) {
	b := s.blueprint()
	d := s.installed("shop")
	o.begins()
	s.consistently(d, testenv.BeReady())
	s.consistently(b, testenv.BeReady())
	o.ends()
	s.eventually(s.manager, testenv.BeReady())
	s.consistently(d, testenv.BeReady())
}

func awayBeforeUninstall(s *story, o outage) {
	b := s.blueprint()
	d := s.installed("shop")
	o.begins()
	s.delete(d, b)
	o.felt(d)
	s.eventually(b, testenv.BeWaiting(v1alpha1.ReasonInUse, s.name+"/shop")) // which asks no Manager
	o.ends()
	s.gone(d, b)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.sim.Blueprints()).To(BeEmpty())
}

func awayWhileUninstalling(s *story, o outage) {
	s.blueprint()
	d := s.deployment("shop", map[string]any{"uninstall_seconds": forever})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonUninstalling, "workflow uninstall is started"))
	o.begins()
	s.afterForever()
	o.ends()
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.changes("POST executions")).To(HaveLen(2), "install and uninstall")
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

func TestOperatorRestartsInAnOutage(t *testing.T) {
	o := startOperator(t)
	s := tellOf(t, o)
	s.blueprint()
	touched, idle := s.installed("touched"), s.installed("idle")
	s.Expect(o.halt()).To(Succeed())
	s.sim.SetDown(simulator.DownRefused)
	s.Expect(o.start()).To(Succeed())
	s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
	s.consistently(touched, testenv.BeReady())

	// What happened meanwhile is noticed, without a request for what is as it was.
	s.sim.Uninstall(remoteID(touched))
	s.sim.ResetRequests()
	s.sim.SetDown(simulator.Up)
	s.Eventually(func() []simulator.Execution { return s.executions(touched, "install") }).Should(HaveLen(2))
	s.eventually(touched, testenv.BeReady())
	s.Expect(idle).To(testenv.BeReady())
	for _, r := range s.sim.Requests() {
		s.Expect(r.Path).NotTo(HaveSuffix(remoteID(idle)))
	}
}
