// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// other makes the spec ask for other inputs than the deployment has.
func other(s *scope) {
	given := map[string]any{"port": 9090}
	s.hidden.given, s.want.given, s.want.wanted = given, given, given
	s.want.effective = inputs.Effective(s.want.schema, given)
}

// allStarted has the Manager refuse an install, as it does once there are nodes and all of them are started.
func allStarted(s *scope) {
	s.history.remote.Workflows = cloudify.WorkflowList{{Name: workflowInstall, Available: new(false)}, {Name: workflowUninstall, Available: new(true)}}
}

func otherLabels(s *scope)   { s.history.remote.Labels = nil }
func otherRevision(s *scope) { s.want.revision = "nodecellar-2" }

func TestNextStep(t *testing.T) {
	given := map[string]any{"port": 8080}
	installed := run(workflowInstall, "terminated", earlier)

	for _, row := range []struct {
		name  string
		scope *scope
		step  step
	}{
		{"not there", cellar(), stepCreate},
		{"not there any more", cellar(status(nil, "True", "True")), stepCreate},

		{"being created", cellar(created("active", run(workflowCreate, "started"))), stepWait},
		{"being created for too long", cellar(overdue, created("active", run(workflowCreate, "pending"))), stepTimeOut},
		{"being created for too long, as was told", cellar(overdue, timedOut("e1"), created("active", run(workflowCreate, "pending"))), stepCancel},
		{"create does not stop", cellar(stubborn, created("active", run(workflowCreate, "cancelling"))), stepForceCancel},
		{"create does not stop by force", cellar(deaf, created("active", run(workflowCreate, "force_cancelling"))), stepKill},
		{"create killed", cellar(timedOut("e1"), created("active", creation("cancelled", given))), stepStall},
		{"create killed, asked again", cellar(timedOut("e1"), created("active", creation("cancelled", given)), requested), stepDelete},
		{"created", cellar(deployed("inactive")), stepInstall},
		{"create failed", cellar(created("active", creation("failed", given))), stepStall},
		{"create cancelled", cellar(created("active", creation("cancelled", given))), stepStall},
		{"create failed, asked again", cellar(created("active", creation("failed", given)), requested), stepCreate},
		{"create failed, and so did its removal, asked again", cellar(created("active", run(workflowDelete, "failed"), creation("failed", given)), requested), stepDelete},
		{"create failed, and so did its removal, with other inputs", cellar(created("active", run(workflowDelete, "failed"), creation("failed", given)), other), stepStall},
		{"create cancelled, asked again", cellar(created("active", creation("cancelled", given)), requested), stepDelete},
		{"create cancelled, as asked again", cellar(created("active", creation("cancelled", given)), requested, handled), stepStall},
		{"create cancelled, with other inputs", cellar(created("active", creation("cancelled", given)), other), stepDelete},
		{"create cancelled, and being removed", cellar(created("active", run(workflowDelete, "started"), creation("cancelled", given)), other), stepWait},
		{"create failed, as asked again", cellar(created("active", creation("failed", given)), requested, handled), stepStall},
		{"create failed, with other inputs", cellar(created("active", creation("failed", given)), other), stepCreate},
		{"create failed, of another revision", cellar(created("active", creation("failed", given)), otherRevision), stepCreate},
		{"create failed, and was replaced", cellar(created("inactive", run(workflowCreate, "terminated"), creation("failed", given))), stepInstall},

		{"install pending", cellar(deployed("inactive", run(workflowInstall, "pending", ask))), stepWait},
		{"install runs", cellar(deployed("inactive", run(workflowInstall, "started", ask))), stepWait},
		{"install of an older spec runs", cellar(deployed("inactive", run(workflowInstall, "started", earlier)), other), stepWait},
		{"install is being cancelled", cellar(deployed("inactive", run(workflowInstall, "cancelling", ask))), stepWait},
		{"install runs for too long", cellar(overdue, deployed("inactive", run(workflowInstall, "started", ask))), stepTimeOut},
		{"install runs for too long, as was told", cellar(overdue, timedOut("e2"), deployed("inactive", run(workflowInstall, "started", ask))), stepCancel},
		{"install runs for too long, as an earlier one did", cellar(overdue, timedOut("e1"), deployed("inactive", run(workflowInstall, "started", ask))), stepTimeOut},
		{"install ran for too long, and is told to stop", cellar(overdue, deployed("inactive", run(workflowInstall, "cancelling", ask))), stepWait},
		{"install does not stop", cellar(stubborn, deployed("inactive", run(workflowInstall, "cancelling", ask))), stepForceCancel},
		{"somebody's heal runs", cellar(deployed("active", run("heal", "started"), installed)), stepWait},
		{"somebody's heal is scheduled for later", cellar(deployed("active", run("heal", "scheduled"), installed)), stepNone},
		{"something runs in a status nobody knows", cellar(deployed("active", run("heal", "pondering"), installed)), stepWait},
		{"two installs of ours run", cellar(deployed("inactive", run(workflowInstall, "pending", ask), run(workflowInstall, "started", ask))), stepCancel},
		{"two installs of ours run, one is being cancelled", cellar(deployed("inactive", run(workflowInstall, "cancelling", ask), run(workflowInstall, "started", ask))), stepWait},
		{"ours and somebody's run", cellar(deployed("inactive", run("heal", "started"), run(workflowInstall, "started", ask))), stepWait},

		{"install was not answered", cellar(unanswered(stepInstall), deployed("inactive")), stepAwait},
		{"install was not answered, and cannot arrive any more", cellar(unanswered(stepInstall), tooLate, deployed("inactive")), stepInstall},
		{"install was not answered, and arrived", cellar(unanswered(stepInstall), deployed("inactive", run(workflowInstall, "pending", ask))), stepWait},
		{"install was not answered, and ended well", cellar(unanswered(stepInstall), deployed("active", installed)), stepNone},
		{"create was not answered", cellar(unanswered(stepCreate)), stepAwait},
		{"create was not answered, and arrived", cellar(unanswered(stepCreate), deployed("inactive")), stepInstall},
		{"update was not answered", cellar(unanswered(stepUpdate), deployed("active", installed), other), stepAwait},
		{"update was not answered, paused", cellar(unanswered(stepUpdate), paused, deployed("active", installed), other), stepPause},
		{"update was not answered, other inputs since", cellar(unanswered(stepUpdate), deployed("active", installed)), stepNone},

		{"install failed", cellar(deployed("inactive", run(workflowInstall, "failed", ask))), stepStall},
		{"install cancelled", cellar(deployed("inactive", run(workflowInstall, "cancelled", ask))), stepStall},
		{"install failed, asked again", cellar(deployed("inactive", run(workflowInstall, "failed", ask)), requested), stepInstall},
		{"install failed, new spec", cellar(deployed("inactive", run(workflowInstall, "failed", earlier))), stepInstall},
		{"install failed, new inputs", cellar(deployed("inactive", run(workflowInstall, "failed", earlier)), other), stepUpdate},
		{"install failed, somebody's", cellar(deployed("inactive", run(workflowInstall, "failed"))), stepInstall},
		{"install failed, and somebody's helped", cellar(deployed("active", run(workflowInstall, "terminated"), run(workflowInstall, "failed", ask))), stepNone},
		{"install failed, and somebody's failed after it", cellar(deployed("inactive", run(workflowInstall, "failed"), run(workflowInstall, "failed", ask))), stepStall},
		{"install refused", cellar(deployed("inactive", refused(workflowInstall, ask))), stepInstall},
		{"install ended well, but not all is started", cellar(deployed("inactive", run(workflowInstall, "terminated", ask))), stepStall},
		{"install ended well, and something stopped since", cellar(deployed("inactive", installed)), stepInstall},

		{"installed", cellar(deployed("active", installed)), stepNone},
		{"installed, asked again", cellar(deployed("active", installed), requested), stepNone},
		{"installed, with other inputs", cellar(deployed("active", installed), other), stepUpdate},
		{"installed, with other inputs and labels", cellar(deployed("active", installed), other, otherLabels), stepUpdate},
		{"installed, with other labels", cellar(deployed("active", installed), otherLabels), stepLabel},
		{"installed, with other labels, in a release without", cellar(inRelease(4, 3), deployed("active", installed), otherLabels), stepNone},
		{"installed, and an install was refused since", cellar(deployed("active", refused(workflowInstall, ask), installed)), stepNone},
		{"install failed, but all is started", cellar(deployed("active", run(workflowInstall, "failed", ask)), allStarted), stepStall},
		{"install cancelled, but all is started", cellar(deployed("active", run(workflowInstall, "cancelled", ask)), allStarted), stepStall},
		{"install failed, but all is started, asked again", cellar(deployed("active", run(workflowInstall, "failed", ask)), allStarted, requested), stepNone},
		{"install failed, but all is started, new spec", cellar(deployed("active", run(workflowInstall, "failed", earlier)), allStarted), stepNone},
		{"install failed, but all is started, new inputs", cellar(deployed("active", run(workflowInstall, "failed", earlier)), allStarted, other), stepUpdate},
		{"install failed, but all is started, in a release that installs again", cellar(deployed("active", run(workflowInstall, "failed", earlier))), stepInstall},
		{"somebody's install failed, but all is started", cellar(deployed("active", run(workflowInstall, "failed")), allStarted), stepNone},
		{"uninstalled by hand, and started otherwise", cellar(deployed("active", run("start", "terminated"), run(workflowUninstall, "terminated"), installed), allStarted), stepNone},
		{"all is started, and nobody knows how", cellar(created("active"), allStarted), stepNone},

		{"installed, and a heal failed since", cellar(deployed("active", run("heal", "failed"), installed)), stepNone},
		{"uninstalled by hand", cellar(deployed("inactive", run(workflowUninstall, "terminated"), run(workflowInstall, "terminated", ask))), stepInstall},

		{"no nodes, not installed", cellar(deployed("active")), stepInstall},
		{"no nodes, installed", cellar(deployed("active", run(workflowInstall, "terminated", ask))), stepNone},
		{"no nodes, installed again", cellar(deployed("active", run(workflowInstall, "terminated"), run(workflowUninstall, "terminated"))), stepNone},
		{"no nodes, uninstalled by hand", cellar(deployed("active", run(workflowUninstall, "terminated"), run(workflowInstall, "terminated", ask))), stepInstall},
		{"no nodes, an uninstall was refused", cellar(deployed("active", refused(workflowUninstall), run(workflowInstall, "terminated", ask))), stepNone},
		{"no nodes, install failed", cellar(deployed("active", run(workflowInstall, "failed", ask))), stepStall},
		{"install failed, asked again, in a release that would do all of it again", cellar(inRelease(5, 0), live, deployed("inactive", run(workflowInstall, "failed", ask)), requested), stepUninstall},
		{"install failed, asked again, in such a release, and nothing lives", cellar(inRelease(5, 0), deployed("inactive", run(workflowInstall, "failed", ask)), requested), stepInstall},
		{"what an install left was removed, in such a release", cellar(inRelease(5, 0), deployed("inactive", run(workflowUninstall, "terminated", ask), run(workflowInstall, "failed", earlier))), stepInstall},
		{"what an install left cannot be removed, in such a release", cellar(inRelease(5, 0), live, deployed("inactive", run(workflowUninstall, "failed", ask), run(workflowInstall, "failed", earlier))), stepStall},
		{"install failed, asked again, in a release that goes on", cellar(inRelease(5, 1), live, deployed("inactive", run(workflowInstall, "failed", ask)), requested), stepInstall},
		{"create failed, in a release that does not replace it", cellar(inRelease(5, 2), created("inactive", run(workflowCreate, "failed"))), stepStall},
		{"create failed, in such a release, asked again", cellar(inRelease(5, 2), created("inactive", run(workflowCreate, "failed")), requested), stepDelete},
		{"create failed, in such a release, with other inputs", cellar(inRelease(5, 2), created("inactive", run(workflowCreate, "failed")), other), stepDelete},
		{"update failed, in a release that switches before", cellar(inRelease(5, 2), deployed("active", run(workflowUpdate, "failed"), installed)), stepStall},
		{"update failed, in such a release, asked again", cellar(inRelease(5, 2), deployed("active", run(workflowUpdate, "failed"), installed), requested), stepUpdate},
		{"update failed, in such a release, other inputs since", cellar(inRelease(5, 2), deployed("active", run(workflowUpdate, "failed"), installed), other), stepUpdate},
		{"install failed, in a release without start times", cellar(inRelease(4, 3), deployed("inactive", refused(workflowInstall, ask))), stepStall},
		{"installed so long ago that it is not listed", cellar(created("active", heals(maxExecutions)...)), stepNone},
		{"nine heals and no install", cellar(created("active", heals(maxExecutions-1)...)), stepInstall},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(nextStep(&row.scope.facts).step).To(Equal(row.step))
		})
	}
}

func TestNextStepWhileDeleting(t *testing.T) {
	updateFailed := run(workflowUpdate, "failed")
	updateFailed.Parameters["inputs"] = map[string]any{"port": 9090, "password": ""}
	for _, row := range []struct {
		name  string
		scope *scope
		step  step
	}{
		{"not there", cellar(deleting), stepLetGo},
		{"not there any more", cellar(deleting, status(outcome.Stall("UninstallFailed", ""), "True", "False")), stepLetGo},

		{"being created", cellar(deleting, created("active", run(workflowCreate, "started"))), stepCancel},
		{"create pending", cellar(deleting, created("active", run(workflowCreate, "pending"))), stepCancel},
		{"create pending, paused", cellar(deleting, paused, created("active", run(workflowCreate, "pending"))), stepPause},
		{"create is being cancelled", cellar(deleting, created("active", run(workflowCreate, "cancelling"))), stepWait},
		{"create does not stop", cellar(deleting, stubborn, created("active", run(workflowCreate, "cancelling"))), stepForceCancel},
		{"create does not stop by force", cellar(deleting, deaf, created("active", run(workflowCreate, "force_cancelling"))), stepKill},
		{"create is being killed", cellar(deleting, created("active", run(workflowCreate, "kill_cancelling"))), stepWait},
		{"create killed", cellar(deleting, created("active", creation("cancelled", nil))), stepDelete},
		{"update has not begun", cellar(deleting, live, deployed("active", run(workflowUpdate, "pending"))), stepCancel},
		{"update runs", cellar(deleting, live, deployed("active", run(workflowUpdate, "started"))), stepWait},
		{"delete runs for too long", cellar(deleting, overdue, deployed("inactive", run(workflowDelete, "pending"))), stepTimeOut},
		{"install pending", cellar(deleting, live, deployed("inactive", run(workflowInstall, "queued", earlier))), stepCancel},
		{"install runs", cellar(deleting, live, deployed("inactive", run(workflowInstall, "started", earlier))), stepCancel},
		{"somebody's install runs", cellar(deleting, live, deployed("inactive", run(workflowInstall, "started"))), stepCancel},
		{"install is being cancelled", cellar(deleting, live, deployed("inactive", run(workflowInstall, "cancelling", earlier))), stepWait},
		{"install does not stop", cellar(deleting, live, stubborn, deployed("inactive", run(workflowInstall, "cancelling", earlier))), stepForceCancel},
		{"install is being killed", cellar(deleting, live, deployed("inactive", run(workflowInstall, "kill_cancelling", earlier))), stepWait},
		{"install cancelled", cellar(deleting, live, deployed("inactive", run(workflowInstall, "cancelled", earlier))), stepUninstall},
		{"install failed", cellar(deleting, live, deployed("inactive", run(workflowInstall, "failed", earlier))), stepUninstall},
		{"install failed, and nothing lives", cellar(deleting, deployed("inactive", run(workflowInstall, "failed", earlier))), stepDelete},
		{"somebody's heal runs", cellar(deleting, live, deployed("active", run("heal", "started"))), stepWait},

		{"installed", cellar(deleting, live, deployed("active", run(workflowInstall, "terminated", earlier))), stepUninstall},
		{"installed, with other inputs and labels", cellar(deleting, live, deployed("active", run(workflowInstall, "terminated", earlier)), other, otherLabels), stepUninstall},
		{"uninstall runs", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "started", ask))), stepWait},
		{"two uninstalls of ours run", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "pending", ask), run(workflowUninstall, "started", ask))), stepCancel},
		{"uninstalled", cellar(deleting, deployed("inactive", run(workflowUninstall, "terminated", ask))), stepDelete},
		{"uninstall failed", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "failed", ask))), stepStall},
		{"uninstall cancelled", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "cancelled", ask))), stepStall},
		{"uninstall failed, but nothing lives", cellar(deleting, deployed("inactive", run(workflowUninstall, "failed", ask))), stepDelete},
		{"uninstall failed, asked again", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "failed", ask)), requested), stepUninstall},
		{"uninstall failed, corrected inputs", cellar(deleting, live, deployed("active", run(workflowUninstall, "failed", earlier)), other), stepUpdate},
		{"uninstall failed, corrected inputs that are refused", cellar(deleting, live, deployed("active", run(workflowUninstall, "failed", earlier)), other, unprepared), stepUninstall},
		{"uninstall failed, corrected inputs being updated", cellar(deleting, live, deployed("active", run(workflowUpdate, "started"), run(workflowUninstall, "failed", earlier)), other), stepWait},
		{"uninstall failed, inputs were corrected", cellar(deleting, live, deployed("active", run(workflowUpdate, "terminated"), run(workflowUninstall, "failed", earlier))), stepUninstall},
		{"uninstall failed, and so did the update", cellar(deleting, live, deployed("active", updateFailed, run(workflowUninstall, "failed", earlier)), other), stepUninstall},
		{"uninstall failed before it was deleted", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "failed"))), stepUninstall},
		{"uninstall refused", cellar(deleting, live, deployed("active", refused(workflowUninstall, ask))), stepUninstall},
		{"uninstalled, but something lives", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "terminated", ask))), stepStall},
		{"uninstalled, but something lives, asked again", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "terminated", ask)), requested), stepUninstall},

		{"never installed", cellar(deleting, deployed("inactive")), stepDelete},
		{"no nodes", cellar(deleting, deployed("active", run(workflowInstall, "terminated", earlier))), stepDelete},
		{"create failed", cellar(deleting, created("active", creation("failed", nil))), stepDelete},
		{"delete runs", cellar(deleting, deployed("inactive", run(workflowDelete, "started"))), stepWait},
		{"delete failed", cellar(deleting, deployed("inactive", run(workflowDelete, "failed"))), stepStall},
		{"delete failed, asked again", cellar(deleting, deployed("inactive", run(workflowDelete, "failed")), requested), stepDelete},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(nextStep(&row.scope.facts).step).To(Equal(row.step))
		})
	}
}

// unanswered has a step that the Manager did not answer in time, and that may arrive there yet.
func unanswered(step step) option {
	return func(s *scope) {
		s.deployment.Status.Unanswered = &v1alpha1.UnansweredChange{Step: string(step), At: metav1.NewMicroTime(began)}
		s.arrival = time.Minute
	}
}

func tooLate(s *scope) { s.arrival = 0 }

func heals(n int) []cloudify.Execution {
	all := make([]cloudify.Execution, n)
	for i := range all {
		all[i] = run("heal", "terminated")
	}
	return all
}

// Of two executions of ours the later one goes, and of an object that is deleted the install, whoever started it.
func TestToCancel(t *testing.T) {
	for _, row := range []struct {
		name  string
		scope *scope
		id    string
	}{
		{"nothing runs", cellar(deployed("active", run(workflowInstall, "terminated", ask))), ""},
		{"one of ours", cellar(deployed("active", run(workflowInstall, "started", ask))), ""},
		{"two of ours", cellar(created("active", run(workflowInstall, "pending", ask), run(workflowInstall, "started", ask))), "e2"},
		{"one of ours, one of somebody", cellar(created("active", run(workflowInstall, "pending", ask), run("heal", "started"))), ""},
		{"an install to delete", cellar(deleting, created("active", run("heal", "started"), run(workflowInstall, "started"))), "e1"},
		{"an install that ends by itself", cellar(deleting, created("active", run(workflowInstall, "force_cancelling", ask))), ""},
		{"an uninstall to delete", cellar(deleting, created("active", run(workflowUninstall, "started", ask))), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			if e := row.scope.toCancel(); row.id == "" {
				g.Expect(e).To(BeNil())
			} else {
				g.Expect(e.ID).To(Equal(row.id))
			}
		})
	}
}

// A decision says all that act and status need: what is due, what Ready says meanwhile, and which execution it is about.
func TestDecision(t *testing.T) {
	installed := run(workflowInstall, "terminated", earlier)
	failed := deployed("inactive", run(workflowInstall, "failed", ask))
	for _, row := range []struct {
		name      string
		scope     *scope
		decision  decision // without its advice
		execution string
	}{
		{"create", cellar(), decision{step: stepCreate, wanted: stepCreate, reason: "Creating"}, ""},
		{"update", cellar(deployed("active", installed), other), decision{step: stepUpdate, wanted: stepUpdate, reason: "Updating"}, ""},
		{"install", cellar(deployed("inactive")), decision{step: stepInstall, wanted: stepInstall, reason: "Installing"}, ""},
		{"uninstall", cellar(deleting, live, deployed("active", installed)), decision{step: stepUninstall, wanted: stepUninstall, reason: "Uninstalling"}, ""},
		{"delete", cellar(deleting, deployed("inactive")), decision{step: stepDelete, wanted: stepDelete, reason: "Deleting"}, ""},
		{"let go", cellar(deleting), decision{step: stepLetGo, wanted: stepLetGo}, ""},
		{"label", cellar(deployed("active", installed), otherLabels), decision{step: stepLabel, wanted: stepLabel}, ""},
		{"nothing", cellar(deployed("active", installed)), decision{step: stepNone, wanted: stepNone}, ""},

		{"wait for an install", cellar(deployed("inactive", run(workflowInstall, "started", ask))), decision{step: stepWait, wanted: stepWait, reason: "Installing"}, "e2"},
		{"wait for somebody's heal", cellar(deployed("active", run("heal", "started"), installed)), decision{step: stepWait, wanted: stepWait, reason: "ExecutionRunning"}, "e3"},
		{"wait for somebody's uninstall", cellar(deployed("active", run(workflowUninstall, "started"), installed)), decision{step: stepWait, wanted: stepWait, reason: "ForeignUninstall"}, "e3"},
		{"wait for an install to stop", cellar(deleting, deployed("inactive", run(workflowInstall, "cancelling", ask))), decision{step: stepWait, wanted: stepWait, reason: "Cancelling"}, "e2"},
		{"cancel", cellar(deleting, deployed("inactive", run(workflowInstall, "started", ask))), decision{step: stepCancel, wanted: stepCancel, reason: "Cancelling"}, "e2"},
		{"cancel by force", cellar(deleting, stubborn, deployed("inactive", run(workflowInstall, "cancelling", ask))), decision{step: stepForceCancel, wanted: stepForceCancel, reason: "Cancelling"}, "e2"},
		{"time out", cellar(overdue, deployed("inactive", run(workflowInstall, "started", ask))), decision{step: stepTimeOut, wanted: stepTimeOut, reason: "TimedOut"}, "e2"},
		{"cancel what timed out", cellar(overdue, timedOut("e2"), deployed("inactive", run(workflowInstall, "started", ask))), decision{step: stepCancel, wanted: stepCancel, reason: "TimedOut"}, "e2"},

		{"stall", cellar(failed), decision{step: stepStall, wanted: stepStall, reason: "InstallFailed"}, "e2"},
		{"pause", cellar(paused, deployed("inactive")), decision{step: stepPause, wanted: stepInstall, reason: "Paused"}, ""},
		{"a stall is no change to pause", cellar(paused, failed), decision{step: stepStall, wanted: stepStall, reason: "InstallFailed"}, "e2"},
		{"await", cellar(unanswered(stepInstall), deployed("inactive")), decision{step: stepAwait, wanted: stepInstall, reason: "Installing"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			d := nextStep(&row.scope.facts)
			g.Expect(idOf(d.execution)).To(Equal(row.execution))
			g.Expect(d.advice != "").To(Equal(d.step == stepStall), "a failure says what a person can do")
			d.execution, d.advice = nil, ""
			g.Expect(d).To(Equal(row.decision))
		})
	}
}

// Whatever the operator starts has its words.
func TestEveryWorkflowHasItsWords(t *testing.T) {
	g := NewWithT(t)
	g.Expect(workflows).To(HaveLen(len(ownWorkflows)))
	for _, name := range ownWorkflows {
		w := workflowOf(name)
		g.Expect([]string{w.underway, w.failed, w.cancelled}).NotTo(ContainElement(""), name)
	}
	g.Expect(workflowOf("heal")).To(Equal(workflow{underway: v1alpha1.ReasonExecutionRunning, holdsUp: true}))
}

func BenchmarkNextStep(b *testing.B) {
	s := cellar(deployed("active", run("heal", "terminated"), run(workflowInstall, "terminated", ask)))
	for b.Loop() {
		if d := nextStep(&s.facts); d.step != stepNone {
			b.Fatal(d)
		}
	}
}
