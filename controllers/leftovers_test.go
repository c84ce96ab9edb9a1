// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// empty waits until the Manager has no deployments.
func (s *story) empty() {
	s.t.Helper()
	s.Eventually(func() int { return len(s.sim.Deployments()) }).Should(BeZero())
}

func TestWhatADeleteOvertookIsUninstalled(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	env.Overtake(t, d)
	s.empty()
	s.Expect(s.sim.Operations(remoteID(d))).To(HaveKeyWithValue("app.stop", 1), "by the steps of any deletion")
	s.Expect(s.changes("POST executions/{id}")).To(HaveLen(1), "the install is cancelled once")
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

func TestWhatADeleteOvertookWhileItWasCreated(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.sim.Delay("PUT deployments", time.Second)
	d := s.deployment("shop", nil)
	s.create(d)
	s.Eventually(func() int { return s.sim.RequestCount("PUT deployments") }).Should(Equal(1))
	env.Overtake(t, d)
	s.Eventually(func() []simulator.Change { return s.changes("PUT deployments") }).Should(HaveLen(1))
	s.empty()
	s.Expect(s.changes("POST executions")).To(BeEmpty())
}

func TestWhatADeleteOvertookGoesAfterAnOutage(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.sim.SetDown(simulator.DownRefused)
	env.Overtake(t, d)
	s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
	s.sim.SetDown(simulator.Up)
	s.empty()
}

// The next object of the name has another deployment, and nothing hinders it.
func TestWhatADeleteOvertookMakesRoom(t *testing.T) {
	s := tell(t)
	s.blueprint()
	first := s.installed("shop")
	env.Overtake(t, first)
	second := s.deployment("shop", nil)
	s.create(second)
	s.eventually(second, testenv.BeReady())
	s.Eventually(func() bool { _, found := s.sim.Deployment(remoteID(first)); return found }).Should(BeFalse())
	s.consistently(second, testenv.BeReady())
	s.remote(second)
}

func TestWhatADeleteOvertookStaysByItsPolicy(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", nil, orphaned)
	s.create(d)
	s.eventually(d, testenv.BeReady())
	env.Overtake(t, d)
	s.Consistently(func() int { return len(s.sim.Deployments()) }).WithTimeout(2 * time.Second).Should(Equal(1))
}

// This process does not know what another one made: it never removes something without an object on a guess.
func TestWhatAnotherProcessMadeStays(t *testing.T) {
	t.Parallel()
	o := startOperator(t)
	s := newStory(t, o)
	s.connect()
	s.blueprint()
	d := s.installed("shop")
	s.Expect(o.halt()).To(Succeed())
	s.Expect(o.start()).To(Succeed())
	s.eventually(s.manager, testenv.BeReady())
	env.Overtake(t, d)
	s.Consistently(func() int { return len(s.sim.Deployments()) }).WithTimeout(3 * time.Second).Should(Equal(1))
}

func TestAnUploadThatADeleteOvertook(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	env.Overtake(t, b)
	s.Eventually(s.sim.Blueprints).Should(BeEmpty())
}

// The same content under the same name has the same ID: the blueprint belongs to the next object now, and goes with that one.
func TestAnUploadThatADeleteOvertookIsTheNextOnes(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	revision := b.Status.BlueprintID
	env.Overtake(t, b)
	next := s.blueprint()
	s.Expect(next.Status.BlueprintID).To(Equal(revision))
	s.consistently(next, testenv.BeReady())
	s.Expect(s.sim.Blueprints()).To(HaveLen(1))
	s.delete(next)
	s.gone(next)
	s.Expect(s.sim.Blueprints()).To(BeEmpty())
}

// An object without its finalizer could go and leave everything behind: the operator puts it back and says so in an event.
func TestAStrippedFinalizerIsPutBack(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	d := s.installed("shop")
	for _, o := range []testenv.Object{d, b, s.manager} {
		strip := client.RawPatch("application/json-patch+json", []byte(`[{"op": "remove", "path": "/metadata/finalizers"}]`))
		s.Expect(env.Client.Patch(t.Context(), o, strip)).To(Succeed())
		s.Eventually(func() []string { s.fetch(o); return o.GetFinalizers() }).WithTimeout(10 * time.Second).Should(ConsistOf(v1alpha1.Finalizer))
		s.Eventually(func() (reasons []string) {
			for _, e := range env.Events(t, o) {
				reasons = append(reasons, e.Type+" "+e.Reason)
			}
			return reasons
		}).Should(ContainElement("Warning " + v1alpha1.ReasonFinalizerRestored))
	}
	s.loseBlueprint()
	s.force(d) // the blueprint's object is gone
	s.Eventually(func() []string { s.fetch(d); return d.GetFinalizers() }).Should(ConsistOf(v1alpha1.Finalizer))
	s.delete(d)
	s.gone(d)
	s.empty()
}

// Removing the finalizer of an object that is being deleted lets the object go, as people mean it.
func TestAFinalizerTakenFromADeletion(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"fail_stop": "the volume is busy"})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed))
	s.force(d)
	s.gone(d)
	s.Consistently(func() int { return len(s.sim.Deployments()) }).WithTimeout(2 * time.Second).Should(Equal(1))
}

// kubectl create, then delete within milliseconds: whichever of DELETE and finalizer comes first, nothing is left.
func TestCreatedAndDeletedAtOnce(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.atOnce(100, 60*time.Millisecond, func(i int) client.Object { return s.deployment(fmt.Sprint("shop-", i), nil) })
	s.empty()
}

// As the OSB endpoint creates: with the finalizer from the start.
func TestCreatedWithTheFinalizerAndDeletedAtOnce(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.atOnce(50, 30*time.Millisecond, func(i int) client.Object {
		return s.deployment(fmt.Sprint("shop-", i), nil, func(d *v1alpha1.CloudifyDeployment) { d.Finalizers = []string{v1alpha1.Finalizer} })
	})
	s.empty()
	s.Expect(s.operator.log.lines("Cleaned up after")).NotTo(ContainElement(ContainSubstring(s.name)))
}

func TestUploadedAndDeletedAtOnce(t *testing.T) {
	s := tell(t)
	s.atOnce(60, 60*time.Millisecond, func(i int) client.Object {
		return testenv.Blueprint(s.name, fmt.Sprint("cellar-", i), testenv.At(s.name), testenv.Inline(s.cellar()))
	})
	s.Eventually(s.sim.Blueprints).Should(BeEmpty())
}

// atOnce creates many objects, several at a time, deletes each up to a delay later, and waits until Kubernetes has none.
func (s *story) atOnce(many int, delay time.Duration, object func(int) client.Object) {
	s.t.Helper()
	const abreast = 8
	var group sync.WaitGroup
	for first := range abreast {
		group.Go(func() {
			for i := first; i < many; i += abreast {
				o := object(i)
				s.create(o)
				time.Sleep(rand.N(delay)) //nolint:gosec // no secret depends on it
				s.delete(o)
			}
		})
	}
	group.Wait()
	for i := range many {
		s.gone(object(i).(testenv.Object))
	}
}
