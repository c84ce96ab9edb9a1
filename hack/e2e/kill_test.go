// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// forever is longer than any story takes, by the Manager's clock; a story that wants the end of it steps the clock.
const forever = 24 * time.Hour

// killRow kills the operator at a moment in the life of a service, which then goes on as if nothing had happened.
type killRow struct {
	name string
	// at is the moment. asked: only once the end of the service was asked for.
	at    func(*story) moment
	asked bool
	// workflow, if set, runs until somebody steps the clock: after the operator is back, or, if unseen, before.
	workflow string
	unseen   bool
	// early: the end is asked for while the install runs.
	early bool
	// slow: the Manager is slow until the operator was killed; otherwise the moment would pass before anybody looks.
	slow bool
}

// onRequest is the moment before a request reaches the Manager; onAnswer that after it, with the answer still on its way.
func onRequest(route string) func(*story) moment {
	return func(*story) moment { return moment{route: route} }
}

func onAnswer(route string) func(*story) moment {
	return func(*story) moment { return moment{route: route, answered: true} }
}

// whileRuns is a look at the Manager while an execution of a workflow runs.
func whileRuns(workflow string) func(*story) moment {
	return func(s *story) moment {
		return moment{route: "GET executions", when: func() bool {
			return slices.ContainsFunc(s.manager.Executions(""), func(e simulator.Execution) bool {
				return e.Workflow == workflow && e.Active()
			})
		}}
	}
}

// onceGone is the answer that says that the deployment is no more.
func onceGone(s *story) moment {
	return moment{route: "GET deployments/*", answered: true, when: func() bool { return len(s.manager.Deployments()) == 0 }}
}

// The operator is killed in each step, and starts again. All rows share one operator, so each is killed not only at its own
// moment but at those of the others too.
func TestKilledInEachStep(t *testing.T) {
	o := startOperator(t)
	t.Run("rows", func(t *testing.T) {
		for _, row := range []killRow{
			{name: "login not arrived", at: onRequest("GET version")},
			{name: "blueprint claimed", at: onRequest("GET blueprints/*")},
			{name: "blueprint recorded, upload not arrived", at: onRequest("PUT blueprints/*")},
			{name: "upload arrived", at: onAnswer("PUT blueprints/*")},
			{name: "upload running", at: whileRuns("upload_blueprint"), slow: true},
			{name: "deployment claimed", at: onRequest("GET deployments/*")},
			{name: "create not arrived", at: onRequest("PUT deployments/*")},
			{name: "create arrived", at: onAnswer("PUT deployments/*")},
			{name: "create running", at: whileRuns("create_deployment_environment"), slow: true},
			{name: "install not arrived", at: onRequest("POST executions")},
			{name: "install arrived", at: onAnswer("POST executions")},
			{name: "install running", at: whileRuns("install"), workflow: "install"},
			{name: "install ended unseen", at: whileRuns("install"), workflow: "install", unseen: true},
			{name: "delete asked", at: onRequest("GET deployments/*"), asked: true},
			{name: "cancel not arrived", at: onRequest("POST executions/*"), workflow: "install", early: true},
			{name: "cancel arrived", at: onAnswer("POST executions/*"), workflow: "install", early: true},
			{name: "uninstall not arrived", at: onRequest("POST executions"), asked: true},
			{name: "uninstall arrived", at: onAnswer("POST executions"), asked: true},
			{name: "uninstall running", at: whileRuns("uninstall"), asked: true, workflow: "uninstall"},
			{name: "uninstall ended unseen", at: whileRuns("uninstall"), asked: true, workflow: "uninstall", unseen: true},
			{name: "delete not arrived", at: onRequest("DELETE deployments/*"), asked: true},
			{name: "delete arrived", at: onAnswer("DELETE deployments/*"), asked: true},
			{name: "deployment gone", at: onceGone, asked: true},
			{name: "blueprint delete not arrived", at: onRequest("DELETE blueprints/*"), asked: true},
			{name: "blueprint delete arrived", at: onAnswer("DELETE blueprints/*"), asked: true},
		} {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				pace := timeScale
				if row.slow {
					pace = 0.2
				}
				row.tell(newStoryAtPace(t, o, pace))
			})
		}
	})
}

func (row killRow) tell(s *story) {
	switch row.workflow {
	case "install":
		s.InstallSeconds = int(forever.Seconds())
	case "uninstall":
		s.UninstallSeconds = int(forever.Seconds())
	}
	var sprung <-chan struct{}
	lay := func() { sprung = s.door.lay(row.at(s), func() { s.operator.kill(func() { row.whileDown(s) }) }) }

	if !row.asked {
		lay()
	}
	s.create(s.shop())
	if row.slow {
		s.Eventually(sprung).Should(BeClosed(), "the moment never came")
		s.hurry()
	}
	d := s.awaitInstall()
	if !row.early {
		row.comeBack(s, "install", sprung)
		d = s.awaitReady()
		s.Expect(s.manager.Deployments()).To(HaveLen(1))
		s.Expect(s.executions(d.Status.DeploymentID, "install")).To(HaveLen(1))
	}
	if row.asked {
		lay()
	}
	s.deleteAll()
	row.comeBack(s, "uninstall", sprung)
	if row.early {
		row.comeBack(s, "install", sprung)
	}
	s.awaitGone()

	s.Expect(sprung).To(BeClosed(), "the moment never came")
	s.Expect(s.manager.MaxConcurrentExecutions(d.Status.DeploymentID)).To(Equal(1))
	s.Expect(s.starts()).To(Equal(2), "one install and one uninstall were to be started")
}

// whileDown is what happens between two lives of the operator.
func (row killRow) whileDown(s *story) {
	if row.unseen {
		s.manager.Step(forever)
	}
}

// comeBack waits until the operator was killed during a workflow and looks at it again, and then ends that workflow.
func (row killRow) comeBack(s *story, workflow string, sprung <-chan struct{}) {
	if row.workflow != workflow || row.unseen {
		return
	}
	s.Eventually(sprung).Should(BeClosed(), "the moment never came")
	looks := s.manager.RequestCount("GET executions")
	s.Eventually(func() int { return s.manager.RequestCount("GET executions") }).Should(BeNumerically(">", looks))
	s.manager.Step(forever)
}

// hurry lets a slow Manager catch up with the others.
func (s *story) hurry() {
	step := time.NewTicker(50 * time.Millisecond)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-s.t.Context().Done():
				return
			case <-step.C:
				s.manager.Step(time.Second)
			}
		}
	}()
	s.t.Cleanup(func() {
		step.Stop()
		<-done
	})
}
