// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"cmp"
	"fmt"
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// waitForExecution says what runs. A deletion that waits for something else to end first names the way out, too.
func (f *facts) waitForExecution(d decision) error {
	e, hangs := d.execution, f.hangs(d.execution)
	if e.IsPreview() && !f.deleting() && !f.timing.unbegun {
		return outcome.Settled(f.timing.again) // it changes nothing, and is over soon
	}
	w, progress := workflowOf(e.WorkflowID), ""
	if e.TotalOperations > 0 {
		progress = fmt.Sprintf(", %d of %d operations are done", e.FinishedOperations, e.TotalOperations)
	}
	if f.undoes(e) {
		return f.waitForUndoing(e, d.reason, progress+hangs)
	}
	text := ""
	switch {
	case w.deed == "":
		text = fmt.Sprintf("workflow %s is %s", e.WorkflowID, e.Status)
		if w.underway == v1alpha1.ReasonExecutionRunning {
			text += ", started by " + cmp.Or(f.requester, "somebody else")
		}
		text += progress
	case executions.Stopping(e) && needless(e):
		text = fmt.Sprintf("workflow %s is %s", e.WorkflowID, e.Status)
	default:
		text = fmt.Sprintf("the Manager %s deployment %s", w.deed, f.id)
	}
	if w.holdsUp {
		hangs += f.wayOut()
	}
	return outcome.WaitFor(f.timing.again, d.reason, "%s%s", text, hangs)
}

// waitForUndoing says what somebody else takes away, and what follows.
func (f *facts) waitForUndoing(e *cloudify.Execution, reason, progress string) error {
	text := fmt.Sprintf("somebody else is uninstalling deployment %s at the Manager: workflow uninstall is %s%s", f.id, e.Status, progress)
	then := "; the operator then installs it again"
	if e.WorkflowID == workflowDelete {
		text = fmt.Sprintf("somebody else is deleting deployment %s at the Manager", f.id)
		then = "; the operator then creates it again"
		if f.adopted() {
			then = ""
		}
	}
	if f.deployment.Spec.Paused || then == "" {
		return outcome.WaitFor(f.timing.again, reason, "%s", text)
	}
	return outcome.Advise(outcome.WaitFor(f.timing.again, reason, "%s%s", text, then),
		"to prevent that, set spec.paused, or delete this object")
}

// hangs says of an execution that makes no progress what is wrong, and what a person can do.
func (f *facts) hangs(e *cloudify.Execution) string {
	byHand := "cfy executions cancel --kill " + e.ID
	if !f.history.release.Has(cloudify.Kills) {
		byHand = "cfy executions cancel --force " + e.ID
	}
	switch field := workflowOf(e.WorkflowID).timeout; {
	case f.timing.unbegun && f.timeout(e.WorkflowID) > 0 && f.startedHere(e):
		return fmt.Sprintf("; execution %s has not started for minutes, and the Manager may have lost it: the operator cancels it when %s expires", e.ID, field)
	case f.timing.unbegun && field != "":
		return fmt.Sprintf("; execution %s has not started for minutes, and the Manager may have lost it: to end it, set %s, or run %s at the Manager", e.ID, field, byHand)
	case f.timing.unbegun:
		return fmt.Sprintf("; execution %s has not started for minutes, and the Manager may have lost it: to end it, run %s at the Manager", e.ID, byHand)
	case executions.Stopping(e) && f.history.harsher(e.Status) == "":
		return fmt.Sprintf("; every way to stop execution %s has been tried: if it keeps running, check it at the Manager", e.ID)
	default:
		return ""
	}
}

// lookInterval is how often the Manager is looked at for a change that was not answered.
const lookInterval = 10 * time.Second

// awaitArrival waits for a change that was not answered to arrive, or to be too old for that. What arrived shows in the
// deployment or its executions, and another step is next.
func (f *facts) awaitArrival(d decision) error {
	return outcome.WaitFor(min(max(f.arrival, soon), lookInterval), d.reason,
		"the Manager did not answer the request for step %s in time: the request may still arrive, so the operator waits until it no longer can, then retries%s",
		d.wanted, f.wayOut())
}

// timeOut says why an execution is about to be cancelled.
func (f *facts) timeOut(d decision) error {
	f.deployment.Status.TimedOutExecution = d.execution.ID
	return outcome.Tell(d.reason, "%s", f.overdueMessage(d.execution))
}

func (f *facts) overdueMessage(e *cloudify.Execution) string {
	return fmt.Sprintf("workflow %s ran longer than %s; the operator is cancelling it", e.WorkflowID, f.timeout(e.WorkflowID))
}
