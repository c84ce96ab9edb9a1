// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// Starts of workflows whose answers get lost, in all ways: one execution comes of it, or none that is known. Never two.

// longWait is how long a story waits that outlasts the time in which a start may arrive.
const longWait = 2 * patience

// quickArrival is an operator whose requests arrive soon, or never.
func quickArrival(o *controllers.Options) { o.ArrivalLimit = time.Second }

// tellOfLoss is tellOfBackups with an operator of its own that does not wait long for what may arrive.
func tellOfLoss(t *testing.T) (*story, *v1alpha1.CloudifyDeployment) {
	t.Helper()
	s := tellOf(t, startOperator(t, quickArrival))
	s.blueprint(testenv.Inline(backups(t)))
	return s, s.installed("shop")
}

// three are parameters that nobody else gives.
var three = map[string]any{"level": 3}

// awaits waits until an execution says that its start may still arrive, whatever became of it.
func (s *story) awaits(e *v1alpha1.CloudifyExecution) {
	s.t.Helper()
	s.eventually(e, testenv.BeWaiting(v1alpha1.ReasonStarting, "it may still arrive"))
}

// restart ends the operator with all that it remembers, and starts it again after meanwhile.
func (s *story) restart(meanwhile func()) {
	s.t.Helper()
	s.Expect(s.operator.halt()).To(Succeed())
	meanwhile()
	s.Expect(s.operator.start()).To(Succeed())
}

// Whatever the answer was, an execution that was started is found, and not started again.
func TestAnExecutionThatStartedIsFound(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*story){
		"the answer is lost":       func(s *story) { s.sim.LoseAnswer("POST executions", 1) },
		"the Manager fails":        func(s *story) { s.sim.SpoilAnswer("POST executions", http.StatusInternalServerError, 1) },
		"the gateway fails":        func(s *story) { s.sim.SpoilAnswer("POST executions", http.StatusBadGateway, 1) },
		"the gateway gives up":     func(s *story) { s.sim.SpoilAnswer("POST executions", http.StatusGatewayTimeout, 1) },
		"the gateway keeps it":     func(s *story) { s.sim.Hold("POST executions", 5*time.Second, 1) },
		"the operator is new then": func(s *story) { s.sim.Hold("POST executions", 5*time.Second, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			s, d := tellOfLoss(t)
			spoil(s)
			e := s.execution("backup", "backup", three)
			s.create(e)
			if name == "the operator is new then" {
				s.arrives("POST executions", 2) // the install was one
				s.restart(func() {})
			}
			s.eventually(e, testenv.BeReady())
			s.Expect(s.executions(d, "backup")).To(ConsistOf(HaveField("ID", e.Status.Execution.ID)))
			s.eventually(d, testenv.BeReady())
		})
	}
}

// A start that did not arrive, and can no longer, is started again: once.
func TestAnExecutionThatNeverArrivedIsStartedAgain(t *testing.T) {
	t.Parallel()
	for name, restarts := range map[string]bool{"by the same operator": false, "by the next": true} {
		t.Run(name, func(t *testing.T) {
			s, d := tellOfLoss(t)
			s.sim.Fail("POST executions", http.StatusGatewayTimeout, 1)
			e := s.execution("backup", "backup", three)
			s.create(e)
			s.awaits(e)
			if restarts {
				s.restart(func() {})
			}
			second := s.execution("second", "backup", three)
			s.create(second)
			s.update(d, func() { testenv.Inputs(map[string]any{"port": 9090})(d) })
			s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonExecutionRunning, "CloudifyExecution backup is being started, or may be"))
			s.Expect(s.executions(d, "backup")).To(BeEmpty())
			s.Eventually(s.fresh(e)).WithTimeout(longWait).Should(testenv.BeReady())
			s.eventually(second, testenv.BeReady())
			s.Expect(s.executions(d, "backup")).To(ConsistOf(HaveField("ID", e.Status.Execution.ID), HaveField("ID", second.Status.Execution.ID)))
			s.Expect(s.executions(d, "update")).To(HaveLen(1))
			s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
		})
	}
}

// What was not even sent, or refused, need not be waited for.
func TestAnExecutionThatWasNotAskedForIsStartedSoon(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]int{"credentials are refused": http.StatusUnauthorized, "the Manager is busy": http.StatusTooManyRequests} {
		t.Run(name, func(t *testing.T) {
			s, d := tellOfBackups(t)
			s.sim.Fail("POST executions", trouble, 1)
			e := s.execution("backup", "backup", three)
			s.create(e)
			s.arrives("POST executions", 2)
			s.ask(s.manager)
			s.eventually(e, testenv.BeReady()) // sooner than what may arrive is waited for
			s.Expect(s.executions(d, "backup")).To(HaveLen(1))
		})
	}
}

// Two executions that may both be ours are nobody's.
func TestAnExecutionThatCannotBeToldFromAnother(t *testing.T) {
	s, d := tellOfLoss(t)
	s.sim.Fail("POST executions", http.StatusGatewayTimeout, 1)
	e := s.execution("backup", "backup", three)
	s.create(e)
	s.arrives("POST executions", 2)
	s.restart(func() {
		for n := range 2 { // as two late requests would
			_, err := s.sim.StartExecution(remoteID(d), "backup", three)
			s.Expect(err).NotTo(HaveOccurred())
			s.Eventually(func() []simulator.Execution { return s.executions(d, "backup") }).Should(And(HaveLen(n+1), HaveEach(HaveField("Status", "terminated"))))
		}
	})
	s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionAmbiguous, "more than one execution may have come of it: ", s.executions(d, "backup")[0].ID, s.executions(d, "backup")[1].ID))
	s.consistently(e, testenv.BeStalled(v1alpha1.ReasonExecutionAmbiguous))
	s.Expect(s.executions(d, "backup")).To(HaveLen(2))
	s.delete(e)
	s.gone(e)
}

// Executions of the same workflow that are not like the one that was asked for are somebody else's.
func TestAnExecutionOfSomebodyElseIsNotOurs(t *testing.T) {
	s, d := tellOfLoss(t)
	s.sim.Fail("POST executions", http.StatusGatewayTimeout, 1)
	e := s.execution("backup", "backup", three)
	s.create(e)
	s.arrives("POST executions", 2)
	s.restart(func() {
		_, err := s.sim.StartExecution(remoteID(d), "backup", map[string]any{"level": 4})
		s.Expect(err).NotTo(HaveOccurred())
	})
	s.awaits(e)
	s.Eventually(s.fresh(e)).WithTimeout(longWait).Should(testenv.BeReady())
	s.Expect(s.executions(d, "backup")).To(HaveExactElements(HaveField("Parameters", HaveKeyWithValue("level", BeEquivalentTo(4))),
		And(HaveField("ID", e.Status.Execution.ID), HaveField("Parameters", HaveKeyWithValue("level", BeEquivalentTo(3))))))
}

// However much others did while nobody looked, an execution that was started is found; and where the Manager's history does not
// reach back to it, nothing is started again.
func TestAnExecutionFarBackInTheHistory(t *testing.T) {
	t.Parallel()
	for name, cleared := range map[string]bool{"is found": false, "was cleared": true} {
		t.Run(name, func(t *testing.T) {
			s, d := tellOfLoss(t)
			s.sim.LoseAnswer("POST executions", 1)
			e := s.execution("backup", "backup", three)
			s.create(e)
			s.Eventually(func() []simulator.Execution { return s.executions(d, "backup") }).Should(HaveLen(1))
			// It may be found by now, so the status is put back to what a process leaves that is killed.
			s.Expect(s.operator.halt()).To(Succeed())
			s.forget(e)
			for range 25 {
				s.Eventually(func() []simulator.Execution { return s.executions(d, "backup") }).Should(HaveEach(HaveField("Status", "terminated")))
				_, err := s.sim.StartExecution(remoteID(d), "backup", map[string]any{"level": 4})
				s.Expect(err).NotTo(HaveOccurred())
			}
			if cleared {
				for _, one := range s.sim.Executions(remoteID(d))[:3] { // create, install, backup
					s.Expect(s.sim.ForgetExecution(one.ID)).To(Succeed())
				}
			}
			s.Expect(s.operator.start()).To(Succeed())
			if cleared {
				s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionLost, "its history no longer reaches back to it"))
				s.Expect(s.executions(d, "backup")).To(HaveLen(25))
				return
			}
			s.eventually(e, testenv.BeReady())
			s.Expect(s.executions(d, "backup")).To(HaveLen(26))
			s.Expect(e.Status.Execution.ID).To(Equal(s.executions(d, "backup")[0].ID))
		})
	}
}

// forget puts the status of an execution back to when its start was announced, a moment ago.
func (s *story) forget(e *v1alpha1.CloudifyExecution) {
	s.t.Helper()
	s.fetch(e)
	start := e.Status.Start
	s.Expect(start).NotTo(BeNil())
	e.Status = v1alpha1.CloudifyExecutionStatus{Start: start}
	s.Expect(env.Client.Status().Update(s.t.Context(), e)).To(Succeed())
}

// Without the parameters of the start nobody can tell what came of it.
func TestParametersThatChangeWhileAStartIsUnderWay(t *testing.T) {
	t.Parallel()
	vault := func(s *story) *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "vault"}, Data: map[string][]byte{"token": []byte(hidden)}}
	}
	from := func(e *v1alpha1.CloudifyExecution) {
		e.Spec.ParametersFrom = []v1alpha1.ParameterSource{{Parameter: "token", SecretKeyRef: &v1alpha1.KeyReference{Name: "vault", Key: "token"}}}
	}
	for name, change := range map[string]func(*story, *v1alpha1.CloudifyExecution){
		"in the spec": func(s *story, e *v1alpha1.CloudifyExecution) {
			s.update(e, func() { e.Spec.Parameters["level"] = testenv.JSON(4) })
		},
		"to what is wrong": func(s *story, e *v1alpha1.CloudifyExecution) {
			s.update(e, func() { e.Spec.Parameters["level"] = testenv.JSON("x") })
		},
		"in a Secret": func(s *story, _ *v1alpha1.CloudifyExecution) {
			v := vault(s)
			s.update(v, func() { v.Data["token"] = []byte(password) })
		},
		"by going, as the object does": func(s *story, e *v1alpha1.CloudifyExecution) { s.delete(vault(s), e) },
	} {
		t.Run(name, func(t *testing.T) {
			s, d := tellOfBackups(t)
			s.create(vault(s))
			s.sim.Fail("POST executions", http.StatusGatewayTimeout, 1)
			e := s.execution("backup", "backup", three, from)
			s.create(e)
			s.awaits(e)
			change(s, e)
			if name == "by going, as the object does" {
				s.gone(e)
			} else {
				s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionAmbiguous, "the parameters changed since"))
				s.eventually(d, testenv.BeReady())
			}
			s.Expect(s.executions(d, "backup")).To(BeEmpty())
		})
	}
}

// A deployment that is gone from the Manager takes with it what was started of it.
func TestAnExecutionOfADeploymentThatVanished(t *testing.T) {
	s, d := tellOfBackups(t)
	s.sim.Fail("POST executions", http.StatusGatewayTimeout, 1)
	e := s.execution("backup", "backup", three)
	s.create(e)
	s.awaits(e)
	s.update(d, func() { d.Spec.Paused = true })
	s.sim.RemoveDeployment(remoteID(d))
	s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionLost)) // seen by the deployment that is gone, or by its history
	s.update(d, func() { d.Spec.Paused = false })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "backup")).To(BeEmpty())
}

// One that cannot tell how it ended is let go all the same when it is deleted.
func TestDeletionOfAnExecutionThatVanished(t *testing.T) {
	s, d := tellOfBackups(t)
	e := s.ran(s.execution("one", "asleep", nil), testenv.BeWaiting(v1alpha1.ReasonRunning))
	s.sim.IgnoreCancel("asleep")
	s.delete(e)
	s.eventually(e, testenv.BeWaiting(v1alpha1.ReasonCancelling))
	s.Expect(s.sim.ForgetExecution(s.executions(d, "asleep")[0].ID)).To(Succeed())
	s.gone(e)
}
