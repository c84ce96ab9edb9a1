// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// backup is an execution of workflow backup on an installed deployment, with nothing in its way.
func backup(options ...func(*facts)) *facts {
	deployment := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Name: "cellar", UID: "1", Generation: 2}}
	deployment.Status.ObservedGeneration = 2
	deployment.Status.Conditions = []metav1.Condition{
		{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, Message: "installed"},
		{Type: v1alpha1.InstalledCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonInstalled},
	}
	e := &v1alpha1.CloudifyExecution{ObjectMeta: metav1.ObjectMeta{Name: "backup", UID: "2", Generation: 1}}
	e.Spec.DeploymentRef.Name, e.Spec.Workflow = "cellar", "backup"
	f := &facts{before: e.DeepCopy(), execution: e, deployment: deployment, want: &desired{
		schema: inputs.Schema{Workflow: "backup", Inputs: map[string]inputs.Input{"level": {Type: "integer", Default: 1}}},
		given:  map[string]any{"level": 3}, digest: "3",
	}}
	for _, option := range options {
		option(f)
	}
	return f
}

// runs has our execution, which is known, be in a status.
func runs(status string) func(*facts) {
	return func(f *facts) {
		f.before.Status.Execution = &v1alpha1.ExecutionStatus{ID: "ours", Status: status}
		f.found.mine = &cloudify.Execution{ID: "ours", WorkflowID: "backup", Status: status}
		f.timing.sighting.Execution = "ours"
	}
}

// intends has the status announce a start.
func intends(f *facts) {
	f.before.Status.Start = &v1alpha1.ExecutionStart{At: metav1.NewMicroTime(noon), After: "newest", Parameters: "3"}
}

// announced is a start that was announced just now; stale is one that was announced long ago, and never asked for.
func announced(f *facts) { intends(f); f.found.fresh, f.found.announced = true, true }
func stale(f *facts)     { intends(f); f.found.fresh = true }

// underway is a start that was perhaps asked for, and may still arrive; late is one that cannot any more.
func underway(f *facts) { intends(f); f.found.arrival = time.Second }
func late(f *facts)     { intends(f) }

func cancelled(f *facts) { f.execution.Spec.Cancel = true }
func timedOut(f *facts)  { f.before.Status.TimedOut = true }
func overdue(f *facts) {
	f.execution.Spec.Timeout, f.timing.overdue = &metav1.Duration{Duration: time.Minute}, true
}
func told(f *facts)     { f.timing.sighting.Cancelled = noon }
func stubborn(f *facts) { f.timing.harsher = cloudify.ForceCancel }
func deaf(f *facts)     { f.timing.harsher = cloudify.Kill }
func unbegun(f *facts)  { f.timing.unbegun = true }
func busy(f *facts) {
	f.found.active = &cloudify.Execution{ID: "other", WorkflowID: "heal", Status: "started"}
}
func ambiguous(f *facts) { f.found.likely = []string{"one", "two"} }
func forgotten(f *facts) { f.found.forgotten = true }
func lost(f *facts)      { runs("started")(f); f.found.mine, f.found.lost = nil, true }
func queued(f *facts)    { f.others.older = []string{"first"} }
func paused(f *facts)    { f.deployment.Spec.Paused = true }
func changed(f *facts)   { f.deployment.Generation++ }

func unstoppable(f *facts)       { f.timing.unstoppable = true }
func deleted(f *facts)           { f.execution.DeletionTimestamp = new(metav1.NewTime(noon)) }
func deploymentDeleted(f *facts) { f.deployment.DeletionTimestamp = new(metav1.NewTime(noon)) }

func TestNextStep(t *testing.T) {
	for _, row := range []struct {
		name   string
		facts  *facts
		step   step
		reason string
	}{
		{"its turn", backup(), stepIntend, v1alpha1.ReasonStarting},
		{"announced", backup(announced), stepStart, v1alpha1.ReasonRunning},
		{"announced long ago", backup(stale), stepIntend, v1alpha1.ReasonStarting},
		{"announced, and something runs", backup(announced, busy), stepWait, v1alpha1.ReasonDeploymentBusy},
		{"announced, and the deployment is to change", backup(announced, changed), stepWait, v1alpha1.ReasonDeploymentBusy},
		{"announced, and another goes first", backup(announced, queued), stepWait, v1alpha1.ReasonExecutionQueued},
		{"announced, and cancelled", backup(announced, cancelled), stepStall, v1alpha1.ReasonExecutionCancelled},
		{"announced, and deleted", backup(announced, deleted), stepLetGo, ""},

		{"perhaps asked for", backup(underway), stepAwait, v1alpha1.ReasonStarting},
		{"perhaps asked for, and something runs", backup(underway, busy), stepAwait, v1alpha1.ReasonStarting},
		{"perhaps asked for, and cancelled", backup(underway, cancelled), stepAwait, v1alpha1.ReasonStarting},
		{"perhaps asked for, and deleted", backup(underway, deleted), stepAwait, v1alpha1.ReasonStarting},
		{"perhaps asked for, and paused", backup(underway, paused), stepAwait, v1alpha1.ReasonStarting},
		{"perhaps asked for, and twice there", backup(underway, ambiguous), stepStall, v1alpha1.ReasonExecutionAmbiguous},
		{"perhaps asked for, and cleared", backup(underway, forgotten), stepStall, v1alpha1.ReasonExecutionLost},
		{"not arrived", backup(late), stepIntend, v1alpha1.ReasonStarting},
		{"not arrived, and something runs", backup(late, busy), stepWait, v1alpha1.ReasonDeploymentBusy},
		{"not arrived, and cancelled", backup(late, cancelled), stepStall, v1alpha1.ReasonExecutionCancelled},
		{"not arrived, and deleted", backup(late, deleted), stepLetGo, ""},
		{"too late to tell", backup(late, forgotten), stepStall, v1alpha1.ReasonExecutionLost},

		{"something runs", backup(busy), stepWait, v1alpha1.ReasonDeploymentBusy},
		{"paused", backup(paused), stepWait, v1alpha1.ReasonPaused},
		{"cancelled", backup(cancelled), stepStall, v1alpha1.ReasonExecutionCancelled},
		{"cancelled while something runs", backup(cancelled, busy), stepStall, v1alpha1.ReasonExecutionCancelled},
		{"the deployment is being deleted", backup(deploymentDeleted), stepStall, v1alpha1.ReasonExecutionCancelled},
		{"deleted", backup(deleted), stepLetGo, ""},

		{"pending", backup(runs("pending")), stepWait, v1alpha1.ReasonRunning},
		{"runs", backup(runs("started")), stepWait, v1alpha1.ReasonRunning},
		{"runs in a status that nobody knows", backup(runs("pondering")), stepWait, v1alpha1.ReasonRunning},
		{"runs, cancelled", backup(runs("started"), cancelled), stepCancel, v1alpha1.ReasonCancelling},
		{"runs, cancelled and told", backup(runs("started"), cancelled, told), stepWait, v1alpha1.ReasonCancelling},
		{"runs, deleted", backup(runs("started"), deleted), stepCancel, v1alpha1.ReasonCancelling},
		{"runs, its deployment deleted", backup(runs("started"), deploymentDeleted), stepCancel, v1alpha1.ReasonCancelling},
		{"runs for too long", backup(runs("started"), overdue), stepTimeOut, v1alpha1.ReasonTimedOut},
		{"runs for too long, as was said", backup(runs("started"), overdue, timedOut), stepCancel, v1alpha1.ReasonTimedOut},
		{"runs for too long, and told", backup(runs("cancelling"), timedOut, told), stepWait, v1alpha1.ReasonTimedOut},
		{"runs for too long, and cancelled anyway", backup(runs("started"), overdue, cancelled), stepCancel, v1alpha1.ReasonCancelling},
		{"does not stop", backup(runs("cancelling"), cancelled, stubborn), stepForceCancel, v1alpha1.ReasonCancelling},
		{"does not stop by force", backup(runs("force_cancelling"), timedOut, deaf), stepKill, v1alpha1.ReasonTimedOut},
		{"does not stop in any way", backup(runs("kill_cancelling"), cancelled, unstoppable), stepWait, v1alpha1.ReasonCancelling},
		{"does not stop in any way, and is deleted", backup(runs("kill_cancelling"), deleted, unstoppable), stepLetGo, ""},
		{"may never begin", backup(runs("pending"), unbegun), stepWait, v1alpha1.ReasonRunning},
		{"is being cancelled by somebody", backup(runs("cancelling"), told), stepWait, v1alpha1.ReasonRunning},

		{"succeeded", backup(runs("terminated")), stepFinish, ""},
		{"failed, and cancelled", backup(runs("failed"), cancelled), stepFinish, ""},
		{"ended, and deleted", backup(runs("cancelled"), deleted), stepFinish, ""},
		{"lost", backup(lost), stepStall, v1alpha1.ReasonExecutionLost},
		{"lost, and deleted", backup(lost, deleted), stepStall, v1alpha1.ReasonExecutionLost},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			d := nextStep(row.facts)
			g.Expect(d.step).To(Equal(row.step))
			g.Expect(d.reason).To(Equal(row.reason))
			if d.reason != "" && d.step != stepStart {
				g.Expect(d.message).NotTo(BeEmpty())
			}
		})
	}
}

func TestGate(t *testing.T) {
	reconciling := func(reason string) func(*facts) {
		return func(f *facts) {
			f.deployment.Status.Conditions = append(f.deployment.Status.Conditions,
				metav1.Condition{Type: v1alpha1.ReconcilingCondition, Status: metav1.ConditionTrue, Reason: reason, Message: "it does"})
		}
	}
	condition := func(i int, status metav1.ConditionStatus) func(*facts) {
		return func(f *facts) { f.deployment.Status.Conditions[i].Status = status }
	}
	for _, row := range []struct {
		name   string
		facts  *facts
		reason string
		words  string
	}{
		{"nothing", backup(), "", ""},
		{"not looked at yet", backup(func(f *facts) { f.deployment.Status.Conditions = nil }), v1alpha1.ReasonNotInstalled, "has not looked at it yet"},
		{"not installed", backup(condition(1, metav1.ConditionFalse)), v1alpha1.ReasonNotInstalled, "is not installed: Ready: installed"},
		{"not installed, and paused", backup(condition(1, metav1.ConditionUnknown), paused), v1alpha1.ReasonNotInstalled, ""},
		{"paused", backup(paused), v1alpha1.ReasonPaused, "unset its spec.paused"},
		{"installed, and a failed update behind it", backup(condition(0, metav1.ConditionFalse)), "", ""},
		{"a foreign execution", backup(reconciling(v1alpha1.ReasonExecutionRunning)), v1alpha1.ReasonDeploymentBusy, "something else is running"},
		{"an update", backup(reconciling(v1alpha1.ReasonUpdating)), v1alpha1.ReasonDeploymentBusy, "a step of its own to take first"},
		{"another spec", backup(changed), v1alpha1.ReasonDeploymentBusy, "its spec has changed"},
		{"a retry", backup(func(f *facts) {
			f.deployment.Annotations = map[string]string{v1alpha1.RequestedAtAnnotation: "now"}
		}), v1alpha1.ReasonDeploymentBusy, "a retry was requested"},
		{"another goes first", backup(queued), v1alpha1.ReasonExecutionQueued, "first"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			reason, message := row.facts.gate()
			g.Expect(reason).To(Equal(row.reason))
			g.Expect(message).To(ContainSubstring(row.words))
		})
	}
}
