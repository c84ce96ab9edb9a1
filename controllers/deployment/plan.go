// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// step is what happens to a deployment next.
type step string

const (
	stepNone        step = "None"
	stepRelease     step = "Release"
	stepTimeOut     step = "TimeOut" // told before the Manager is: whoever finds the execution cancelled must know why
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
	stepAwait       step = "Await" // a change that was not answered, and may arrive yet
)

// nextStep is the only place that decides what happens to a deployment.
func nextStep(s *scope) step {
	step := wantedStep(s)
	switch {
	case s.deployment.Spec.Paused && step.changes():
		return stepPause
	case s.mayArrive(step):
		return stepAwait // once it has arrived, another step is next
	default:
		return step
	}
}

// changes tells whether a step changes something at the Manager.
func (s step) changes() bool {
	switch s {
	case "", stepNone, stepRelease, stepWait, stepStall, stepPause, stepAwait:
		return false
	default:
		return true
	}
}

// starts is what a step starts at the Manager, and must not start twice; "" where it does no harm.
func (s step) starts() (workflow string) {
	switch s {
	case stepCreate:
		return workflowCreate
	case stepInstall:
		return workflowInstall
	case stepUpdate:
		return workflowUpdate
	case stepUninstall:
		return workflowUninstall
	case stepDelete:
		return workflowDelete
	default:
		return ""
	}
}

// wantedStep is the next step of a deployment that is not paused. The first true case wins.
func wantedStep(s *scope) step {
	switch deleting := s.deleting(); {
	case deleting && s.remote == nil:
		return stepRelease // also when somebody removed it by hand behind a failed uninstall
	case s.remote == nil:
		return stepCreate
	case s.escalation != "":
		return s.escalation // what was told to stop did not
	case s.overdue && s.toCancel() != nil && !s.timedOut(s.toCancel()):
		return stepTimeOut
	case s.toCancel() != nil:
		return stepCancel
	case s.active() != nil:
		return stepWait
	case s.failure() != nil:
		return stepStall // only a new spec or a new request can help
	case deleting && s.toMend():
		return stepUpdate // with corrected inputs the uninstall may go well
	case deleting && s.live:
		return stepUninstall // judged by node instances; after a failed install too
	case deleting:
		return stepDelete
	case s.createFailed() != nil && s.replaceable():
		return stepCreate // PUT again replaces a failed create
	case s.createFailed() != nil:
		return stepDelete
	case s.outdated():
		return stepUpdate // before install: it repairs a failed install with corrected inputs
	case !s.installed() && s.inTheWay():
		return stepUninstall
	case !s.installed():
		return stepInstall
	case !s.hasLabels():
		return stepLabel
	default:
		return stepNone
	}
}

// toCancel is an execution that must not go on: one that a deletion does not wait for, one that ran into its timeout, or the
// later of two that we started, for the Manager may accept two at once. One that is being cancelled needs no telling.
func (s *scope) toCancel() *cloudify.Execution {
	var ours []*cloudify.Execution
	for i := range s.executions {
		e := &s.executions[i]
		if !e.Active() || !cancellable[e.Status] {
			continue
		}
		if s.deleting() && needless(e) || s.overdue {
			return e
		}
		if s.startedFor(e) {
			ours = append(ours, e)
		}
	}
	if len(ours) > 1 {
		return ours[0]
	}
	return nil
}

// needless tells whether an execution is of no use once its object is deleted: what makes the deployment, and an update that
// has not begun. One that has is not left half done.
func needless(e *cloudify.Execution) bool {
	switch e.WorkflowID {
	case workflowCreate, workflowInstall:
		return true
	case workflowUpdate:
		return e.Status != "started"
	default:
		return false
	}
}

// cancellable are the statuses in which the Manager accepts a cancel.
var cancellable = map[string]bool{"pending": true, "started": true, "queued": true}
