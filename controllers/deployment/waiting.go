// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// running is the reason that Ready has while a workflow runs.
func running(workflow string) string {
	switch workflow {
	case workflowCreate:
		return v1alpha1.ReasonCreating
	case workflowInstall:
		return v1alpha1.ReasonInstalling
	case workflowUpdate:
		return v1alpha1.ReasonUpdating
	case workflowUninstall:
		return v1alpha1.ReasonUninstalling
	case workflowDelete:
		return v1alpha1.ReasonDeleting
	default:
		return v1alpha1.ReasonExecutionRunning
	}
}

// waitForExecution tells what runs. A deletion that waits for something else to end first tells the way out, too.
func (s *scope) waitForExecution() error {
	active := s.active()
	progress := ""
	if active.TotalOperations > 0 {
		progress = fmt.Sprintf(", %d of %d operations are done", active.FinishedOperations, active.TotalOperations)
	}
	reason, hangs := waitingReason(s), s.hangs(active)
	if s.undoes(active) {
		return s.waitForUndoing(active, reason, progress+hangs)
	}
	switch active.WorkflowID {
	case workflowCreate:
		if stopping(active) {
			return outcome.WaitFor(s.judgeAgain, reason, "workflow %s is %s%s%s", active.WorkflowID, active.Status, hangs, s.wayOut())
		}
		return outcome.WaitFor(s.judgeAgain, reason, "the Manager prepares deployment %s%s%s", s.id, hangs, s.wayOut())
	case workflowInstall, workflowUninstall:
		return outcome.WaitFor(s.judgeAgain, reason, "workflow %s is %s%s%s", active.WorkflowID, active.Status, progress, hangs)
	case workflowUpdate:
		return outcome.WaitFor(s.judgeAgain, reason, "workflow update is %s%s%s%s", active.Status, progress, hangs, s.wayOut())
	case workflowDelete:
		return outcome.WaitFor(s.judgeAgain, reason, "the Manager deletes deployment %s%s", s.id, hangs)
	default:
		return outcome.WaitFor(s.judgeAgain, reason, "workflow %s is %s, started by somebody else%s%s%s", active.WorkflowID, active.Status, progress, hangs, s.wayOut())
	}
}

// waitingReason is what Ready says of the active execution.
func waitingReason(s *scope) string {
	active := s.active()
	switch workflow := active.WorkflowID; {
	case stopping(active) && s.timedOut(active):
		return v1alpha1.ReasonTimedOut
	case workflow == workflowInstall && s.deleting(), stopping(active) && needless(active):
		return v1alpha1.ReasonCancelling
	default:
		return s.reasonOf(active)
	}
}

// reasonOf is what Ready says while an execution is waited for.
func (s *scope) reasonOf(e *cloudify.Execution) string {
	if s.undoes(e) {
		return undoing[e.WorkflowID]
	}
	return running(e.WorkflowID)
}
