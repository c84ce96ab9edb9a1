// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// calendar is a clock of the operator that a story sets forward. What is due then is noticed at the next look: a story that sets it
// restarts the operator, which looks at everything, as after a night.
type calendar struct{ ahead atomic.Int64 }

func (c *calendar) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// at has the operator of a story go by the calendar.
func (c *calendar) at(o *controllers.Options) { o.Now = c.now }

// passes lets time pass while the operator is down.
func (s *story) passes(c *calendar, d time.Duration) {
	s.t.Helper()
	s.Expect(s.operator.halt()).To(Succeed())
	c.ahead.Add(int64(d))
	s.Expect(s.operator.start()).To(Succeed())
}

// kept is a deployment with a ttl, installed.
func (s *story) kept(name string, ttl time.Duration) *v1alpha1.CloudifyDeployment {
	s.t.Helper()
	d := s.deployment(name, nil)
	d.Spec.TTL = &metav1.Duration{Duration: ttl}
	s.create(d)
	s.eventually(d, testenv.BeReady())
	return d
}

func expireSoon() types.GomegaMatcher {
	return testenv.HaveCondition(v1alpha1.ExpiresSoonCondition, metav1.ConditionTrue, v1alpha1.ReasonExpiresSoon)
}

// A deployment ends by itself: it is announced, and then uninstalled and deleted as by hand.
func TestTTL(t *testing.T) {
	t.Parallel()
	c := &calendar{}
	s := newStory(t, startOperator(t, c.at))
	s.connect()
	s.blueprint()
	const ttl = 3 * time.Minute // announced 18 seconds before
	d := s.kept("shop", ttl)
	s.Expect(d.Status.ExpiresAt.Time).To(Equal(d.CreationTimestamp.Add(ttl)))
	c.ahead.Store(int64(time.Until(d.CreationTimestamp.Add(ttl - 20*time.Second))))
	s.ask(d)
	s.eventually(d, And(testenv.BeReady(), expireSoon()))
	s.Eventually(s.reasons(d)).Should(ContainElement(v1alpha1.ReasonExpiresSoon))
	s.gone(d)
	s.Eventually(s.reasons(d)).Should(ContainElement(v1alpha1.ReasonExpired))
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// The end of a ttl is not lost while the operator is down. Raising it, removing it and pausing keep the object; nothing is deleted
// without notice, even where the ttl was over before anybody set it.
func TestTTLOverDays(t *testing.T) {
	t.Parallel()
	c := &calendar{}
	s := newStory(t, startOperator(t, c.at))
	s.connect()
	s.blueprint()
	const day = 24 * time.Hour
	d, raised, removed, paused := s.kept("shop", 3*day), s.kept("raised", 3*day), s.kept("removed", 3*day), s.kept("paused", 3*day)
	old := s.installed("old")
	s.update(paused, func() { paused.Spec.Paused = true })
	s.Expect(d).NotTo(expireSoon())

	s.passes(c, 3*day-time.Hour)
	for _, d := range []*v1alpha1.CloudifyDeployment{d, raised, removed, paused} {
		s.eventually(d, And(testenv.BeReady(), expireSoon()))
	}
	s.update(raised, func() { raised.Spec.TTL.Duration = 10 * day })
	s.update(removed, func() { removed.Spec.TTL = nil })
	s.eventually(raised, And(testenv.BeReady(), Not(expireSoon()), HaveField("Status.ExpiresAt.Time", raised.CreationTimestamp.Add(10*day))))
	s.eventually(removed, And(testenv.BeReady(), Not(expireSoon()), HaveField("Status.ExpiresAt", BeNil())))
	s.update(old, func() { old.Spec.TTL = &metav1.Duration{Duration: day} })
	s.eventually(old, And(testenv.BeReady(), expireSoon(), HaveField("Status.ExpiresAt.Time", BeTemporally("~", c.now().Add(day/10), time.Minute))))

	s.passes(c, 8*time.Hour)
	s.gone(d, old)
	s.consistently(paused, And(testenv.BeReady(), expireSoon()))
	s.Expect(testenv.Condition(paused, v1alpha1.ExpiresSoonCondition).Message).To(ContainSubstring("spec.paused"))
	s.Expect(raised).To(testenv.BeReady())
	s.update(paused, func() { paused.Spec.Paused = false })
	s.gone(paused)
	s.Expect(s.sim.Deployments()).To(HaveLen(2))
}

// The object is deleted whatever else is wrong: here its Manager is away. The deletion then waits as any other.
func TestTTLWithoutAManager(t *testing.T) {
	t.Parallel()
	c := &calendar{}
	s := newStory(t, startOperator(t, c.at))
	s.connect()
	s.blueprint()
	d := s.kept("shop", time.Hour)
	c.ahead.Store(int64(time.Hour - time.Minute))
	s.ask(d)
	s.eventually(d, expireSoon())
	s.sim.SetDown(simulator.DownRefused)
	s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
	s.passes(c, time.Hour)
	s.eventually(d, HaveField("DeletionTimestamp", Not(BeNil())))
	s.sim.SetDown(simulator.Up)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}
