// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
)

// step is what happens to a deployment next.
type step string

const (
	stepNone        step = "None"
	stepLetGo       step = "LetGo"
	stepTimeOut     step = "TimeOut" // said before the Manager is asked to cancel: whoever finds the execution cancelled must know why
	stepCancel      step = "Cancel"
	stepForceCancel step = "ForceCancel"
	stepKill        step = "Kill"
	stepWait        step = "Wait"
	stepUninstall   step = "Uninstall"
	stepDelete      step = "Delete"
	stepCreate      step = "Create"
	stepUpdate      step = "Update"
	stepInstall     step = "Install"
	stepLabel       step = "Label"
	stepStall       step = "Stall"
	stepPause       step = "Pause"
	stepAwaitWindow step = "AwaitWindow"   // an update that nobody asked for
	stepPreview     step = "Preview"       // what an update would change that waits for approval
	stepApproval    step = "AwaitApproval" // somebody must approve the update
	stepAwait       step = "Await"         // a change that was not answered, and may arrive yet
)

// changes reports whether a step changes something at the Manager.
func (s step) changes() bool {
	switch s {
	case "", stepNone, stepLetGo, stepWait, stepStall, stepPause, stepAwait, stepAwaitWindow, stepApproval:
		return false
	default:
		return true
	}
}

// starts is the workflow that a step starts at the Manager, and must not start twice; "" where it does no harm.
func (s step) starts() string {
	switch s {
	case stepCreate:
		return workflowCreate
	case stepInstall:
		return workflowInstall
	case stepUpdate, stepPreview:
		return workflowUpdate
	case stepUninstall:
		return workflowUninstall
	case stepDelete:
		return workflowDelete
	default:
		return ""
	}
}

// decision is what happens to a deployment next, and why: nextStep makes it, act carries it out, and the status says it.
type decision struct {
	step step
	// wanted is the step that is due, also where step is to wait before it.
	wanted step
	// reason is what Ready says meanwhile.
	reason string
	// execution is the one that is waited for, told to stop, or that failed.
	execution *cloudify.Execution
	// advice is what a person can do with kubectl about what failed.
	advice string
}

// start is the decision to take a step that starts a workflow.
func start(s step) decision { return decision{step: s, reason: workflowOf(s.starts()).underway} }

// nextStep is the only place that decides what happens to a deployment.
func nextStep(f *facts) decision {
	d := f.due()
	d.wanted = d.step
	switch {
	case f.deployment.Spec.Paused && d.step.changes():
		d.step, d.reason = stepPause, v1alpha1.ReasonPaused
	case f.mayArrive(d.step):
		d.step = stepAwait // once it has arrived, another step is next
	}
	return d
}

// due is the next step of a deployment that is not paused. The first true case wins.
func (f *facts) due() decision {
	h, deleting := &f.history, f.deleting()
	switch {
	case deleting && h.remote == nil:
		return decision{step: stepLetGo} // also when somebody removed it by hand behind a failed uninstall
	case h.remote == nil:
		return start(stepCreate)
	case h.active() != nil:
		return f.meanwhile(h.active())
	}
	if failed, ok := f.failure(); ok {
		return failed // only a new spec or a new request can help
	}
	switch {
	case deleting && f.toMend():
		return start(stepUpdate) // with corrected inputs the uninstall may go well
	case deleting && h.live:
		return start(stepUninstall) // decided by node instances; after a failed install too
	case deleting:
		return start(stepDelete)
	case h.createFailed() != nil && h.replaceable():
		return start(stepCreate) // PUT again replaces a failed create
	case h.createFailed() != nil:
		return start(stepDelete)
	case f.outdated() && !f.awaitsWindow() && !f.awaitsApproval():
		return start(stepUpdate) // before install: it repairs a failed install with corrected inputs
	case !h.installed() && h.inTheWay():
		return start(stepUninstall)
	case !h.installed():
		return start(stepInstall)
	case !f.hasLabels():
		return decision{step: stepLabel}
	case f.awaits():
		return decision{step: stepAwaitWindow}
	case f.awaitsApproval() && f.toPreview():
		return decision{step: stepPreview}
	case f.awaitsApproval():
		return decision{step: stepApproval} // all else is as it should be
	default:
		return decision{step: stepNone}
	}
}

// meanwhile is the next step while an execution runs.
func (f *facts) meanwhile(active *cloudify.Execution) decision {
	unwanted := f.toCancel()
	switch {
	case f.timing.escalation != "":
		return f.stop(f.timing.escalation, active) // what was told to stop did not
	case unwanted != nil && f.timing.overdue && !f.timedOut(unwanted):
		return decision{step: stepTimeOut, reason: v1alpha1.ReasonTimedOut, execution: unwanted}
	case unwanted != nil:
		return f.stop(stepCancel, unwanted)
	default:
		return f.wait(active)
	}
}

// stop is the decision to tell an execution to stop, in one way or another.
func (f *facts) stop(how step, e *cloudify.Execution) decision {
	if f.timedOut(e) {
		return decision{step: how, reason: v1alpha1.ReasonTimedOut, execution: e}
	}
	return decision{step: how, reason: v1alpha1.ReasonCancelling, execution: e}
}

// wait is the decision to let an execution run.
func (f *facts) wait(e *cloudify.Execution) decision {
	reason := f.reasonOf(e)
	switch {
	case executions.Stopping(e) && f.timedOut(e):
		reason = v1alpha1.ReasonTimedOut
	case e.WorkflowID == workflowInstall && f.deleting(), executions.Stopping(e) && needless(e):
		reason = v1alpha1.ReasonCancelling
	}
	return decision{step: stepWait, reason: reason, execution: e}
}

// reasonOf is what Ready says while an execution runs.
func (f *facts) reasonOf(e *cloudify.Execution) string {
	if f.undoes(e) {
		return workflowOf(e.WorkflowID).undoing
	}
	return workflowOf(e.WorkflowID).underway
}

// toCancel is an execution that must not go on: one that a deletion does not wait for, one that ran into its timeout, or the
// later of two that we started, for the Manager may accept two at once. One that is being cancelled is left alone.
func (f *facts) toCancel() *cloudify.Execution {
	var ours []*cloudify.Execution
	for i := range f.history.executions {
		e := &f.history.executions[i]
		if !e.Active() || !executions.Cancellable(e.Status) {
			continue
		}
		if f.deleting() && needless(e) || f.timing.overdue {
			return e
		}
		if f.startedFor(e) {
			ours = append(ours, e)
		}
	}
	if len(ours) > 1 {
		return ours[0]
	}
	return nil
}

// undoes reports whether an execution takes away what the spec asks for, and the operator did not start it. What is left of a
// creation that failed it deletes itself.
func (f *facts) undoes(e *cloudify.Execution) bool {
	return !f.deleting() && workflowOf(e.WorkflowID).undoing != "" && !f.startedFor(e) &&
		(e.WorkflowID != workflowDelete || f.history.createFailed() == nil)
}

// undone is the uninstall that somebody else has ended, of what the status says is installed; nil if there is none. It may have
// begun and ended unseen.
func (f *facts) undone() *cloudify.Execution {
	if !meta.IsStatusConditionTrue(f.before.Status.Conditions, v1alpha1.InstalledCondition) {
		return nil
	}
	for i := range f.history.executions {
		e := &f.history.executions[i]
		if e.WorkflowID == workflowInstall || e.WorkflowID == workflowUninstall && e.Succeeded() {
			if f.undoes(e) {
				return e
			}
			return nil
		}
	}
	return nil
}

// uninstallsAgain reports whether the next step is an uninstall, and the last one that the operator started did not end well.
func (f *facts) uninstallsAgain() bool {
	h := &f.history
	if h.remote == nil || !h.live || h.active() != nil {
		return false
	}
	if _, failed := f.failure(); failed {
		return false
	}
	for i := range h.executions {
		if e := &h.executions[i]; e.WorkflowID == workflowUninstall && h.ran(e) && f.startedFor(e) {
			return e.Failed() || e.Cancelled()
		}
	}
	return false
}

// toMend reports whether a deployment gets other inputs before it is uninstalled once more. An update that failed is not
// repeated: the uninstall may go well all the same.
func (f *facts) toMend() bool {
	return f.deleting() && f.want != nil && f.uninstallsAgain() && !f.asWanted() && f.failedUpdate() == nil
}
