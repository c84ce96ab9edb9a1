// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"fmt"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
)

// step is what happens to an execution next.
type step string

const (
	stepWait        step = "Wait"
	stepStall       step = "Stall"
	stepIntend      step = "Intend" // said before the Manager is asked to start
	stepStart       step = "Start"
	stepAwait       step = "Await"   // a start that was not answered, and may arrive yet
	stepTimeOut     step = "TimeOut" // said before the Manager is asked to cancel
	stepCancel      step = "Cancel"
	stepForceCancel step = "ForceCancel"
	stepKill        step = "Kill"
	stepFinish      step = "Finish"
	stepLetGo       step = "LetGo"
)

// decision is what happens next, and what Ready says of it.
type decision struct {
	step            step
	reason, message string
}

// nextStep is the only place that decides what happens to an execution. The first true case wins.
func nextStep(f *facts) decision {
	workflow := f.execution.Spec.Workflow
	switch mine := f.found.mine; {
	case f.found.lost:
		return decision{stepStall, v1alpha1.ReasonExecutionLost,
			fmt.Sprintf("execution %s is no longer in the Manager's history, so nobody can tell how it ended", f.id())}
	case mine != nil && !mine.Active():
		return decision{step: stepFinish}
	case mine != nil:
		return f.meanwhile(mine)
	case len(f.found.likely) > 0:
		return decision{stepStall, v1alpha1.ReasonExecutionAmbiguous,
			fmt.Sprintf("the Manager did not answer the start, and more than one execution may have come of it: %s. It is not started again", strings.Join(f.found.likely, ", "))}
	case f.found.forgotten:
		return decision{stepStall, v1alpha1.ReasonExecutionLost,
			"the Manager may not have answered the request to start workflow " + workflow + ", and its history no longer reaches back to it, so nobody can tell whether it ran. It is not started again"}
	case f.asked() && f.found.arrival > 0:
		return decision{stepAwait, v1alpha1.ReasonStarting,
			"the Manager may not have answered the request to start workflow " + workflow + ": it may still arrive, so the operator waits until it no longer can, then starts it"}
	case f.deleting():
		return decision{step: stepLetGo}
	case f.execution.Spec.Cancel:
		return decision{stepStall, v1alpha1.ReasonExecutionCancelled, "workflow " + workflow + " was not started, because spec.cancel is set"}
	case f.unwanted():
		return decision{stepStall, v1alpha1.ReasonExecutionCancelled, "workflow " + workflow + " was not started, because CloudifyDeployment " + f.deployment.Name + " is being deleted"}
	}
	if reason, message := f.gate(); reason != "" {
		return decision{stepWait, reason, message}
	}
	switch active := f.found.active; {
	case active != nil:
		return decision{stepWait, v1alpha1.ReasonDeploymentBusy,
			fmt.Sprintf("something else is running on the deployment: workflow %s is %s (execution %s)", active.WorkflowID, active.Status, active.ID)}
	case f.found.announced:
		return decision{stepStart, v1alpha1.ReasonRunning, ""}
	default:
		return decision{stepIntend, v1alpha1.ReasonStarting, "starting workflow " + workflow}
	}
}

// meanwhile is the next step while our execution runs.
func (f *facts) meanwhile(e *cloudify.Execution) decision {
	stop, reason := f.unwanted() || f.before.Status.TimedOut, v1alpha1.ReasonCancelling
	if f.before.Status.TimedOut {
		reason = v1alpha1.ReasonTimedOut
	}
	told := !f.timing.sighting.Cancelled.IsZero()
	switch {
	case f.timing.unstoppable && f.deleting():
		return decision{step: stepLetGo} // there is nothing else to wait for; its deployment shows that it goes on
	case f.timing.harsher == cloudify.ForceCancel:
		return decision{stepForceCancel, reason, fmt.Sprintf("force-cancelling workflow %s, because it did not stop", e.WorkflowID)}
	case f.timing.harsher == cloudify.Kill:
		return decision{stepKill, reason, fmt.Sprintf("killing workflow %s, because the forced cancel did not stop it", e.WorkflowID)}
	case f.timing.overdue && !stop:
		return decision{stepTimeOut, v1alpha1.ReasonTimedOut,
			fmt.Sprintf("workflow %s ran longer than %s; the operator is cancelling it", e.WorkflowID, f.execution.Spec.Timeout.Duration)}
	case stop && executions.Cancellable(e.Status) && !told:
		return decision{stepCancel, reason, "cancelling workflow " + e.WorkflowID}
	case stop && f.timing.unstoppable:
		return decision{stepWait, reason,
			fmt.Sprintf("workflow %s is %s; every way to stop execution %s has been tried: check it at the Manager, or delete this object", e.WorkflowID, e.Status, e.ID)}
	case stop:
		return decision{stepWait, reason, fmt.Sprintf("workflow %s was told to stop and is %s", e.WorkflowID, e.Status)}
	case f.timing.unbegun:
		return decision{stepWait, v1alpha1.ReasonRunning,
			fmt.Sprintf("workflow %s is %s; execution %s has not started for minutes, and the Manager may have lost it: set spec.cancel to end it", e.WorkflowID, e.Status, e.ID)}
	default:
		return decision{stepWait, v1alpha1.ReasonRunning, running(e)}
	}
}

// running says how far an execution is.
func running(e *cloudify.Execution) string {
	text := fmt.Sprintf("workflow %s is %s", e.WorkflowID, e.Status)
	if e.TotalOperations > 0 {
		text += fmt.Sprintf(", %d of %d operations are done", e.FinishedOperations, e.TotalOperations)
	}
	return text
}
