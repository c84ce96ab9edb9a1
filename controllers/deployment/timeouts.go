// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// timeout is how long a workflow may run by the spec; zero: as long as it likes.
func (s *scope) timeout(workflow string) time.Duration {
	spec := s.deployment.Spec
	switch {
	case (workflow == workflowInstall || workflow == workflowCreate) && spec.Install != nil && spec.Install.Timeout != nil:
		return spec.Install.Timeout.Duration
	case (workflow == workflowUninstall || workflow == workflowDelete) && spec.Uninstall != nil && spec.Uninstall.Timeout != nil:
		return spec.Uninstall.Timeout.Duration
	default:
		return 0
	}
}

// judgeTime judges the active execution, and returns when to judge again; zero: need not. since is how long it was seen as it
// is now: pending, running, or told to stop in one way. One that was told may take no longer than grace, and one that is pending
// for longer may never begin: the Manager loses messages to its workers when its broker is away.
func (s *scope) judgeTime(since, grace time.Duration) time.Duration {
	active := s.active()
	timeout := s.timeout(active.WorkflowID)
	if stopping(active) {
		next := s.harsher(active.Status)
		if next == "" || !s.deleting() && timeout == 0 {
			return 0
		}
		if since >= grace {
			s.escalation = next
		}
		return max(grace-since, soon)
	}
	var again time.Duration
	if active.Status == "pending" {
		s.unbegun = since >= grace
		again = max(grace-since, 0)
	}
	if timeout > 0 && s.startedHere(active) {
		s.overdue = since >= timeout
		if left := max(timeout-since, soon); again == 0 || left < again {
			again = left
		}
	}
	return again
}

// harsher is how an execution is told to stop that does not in its present way, "" where nothing is left.
func (s *scope) harsher(status string) step {
	switch {
	case status == "cancelling":
		return stepForceCancel
	case status == "force_cancelling" && s.release.Has(cloudify.Kills):
		return stepKill
	default:
		return ""
	}
}

// startedHere tells whether the operator started an execution, or had the Manager do it.
func (s *scope) startedHere(e *cloudify.Execution) bool {
	switch e.WorkflowID {
	case workflowCreate:
		return !s.adopted()
	case workflowDelete:
		return s.deleting()
	default:
		return s.startedFor(e)
	}
}

// hangs says of an execution that does not get on what it is, and what a person can do.
func (s *scope) hangs(e *cloudify.Execution) string {
	byHand := "cfy executions cancel --kill " + e.ID
	if !s.release.Has(cloudify.Kills) {
		byHand = "cfy executions cancel --force " + e.ID
	}
	switch field := timeoutField(e.WorkflowID); {
	case s.unbegun && s.timeout(e.WorkflowID) > 0 && s.startedHere(e):
		return fmt.Sprintf("; execution %s has not begun for minutes, and the Manager may have lost it: it is cancelled when %s is over", e.ID, field)
	case s.unbegun && field != "":
		return fmt.Sprintf("; execution %s has not begun for minutes, and the Manager may have lost it: to end it, set %s, or at the Manager run %s", e.ID, field, byHand)
	case s.unbegun:
		return fmt.Sprintf("; execution %s has not begun for minutes, and the Manager may have lost it: to end it, at the Manager run %s", e.ID, byHand)
	case stopping(e) && s.harsher(e.Status) == "":
		return fmt.Sprintf("; execution %s was told to stop in every way there is: if it stays so, look for it at the Manager", e.ID)
	default:
		return ""
	}
}

// limit says that a time was over, "" where none was. A creation does not tell how much it was given.
func (s *scope) limit(f *failure) string {
	timeout := s.timeout(f.execution.WorkflowID)
	switch {
	case f.reason != v1alpha1.ReasonTimedOut || timeoutField(f.execution.WorkflowID) == "":
		return ""
	case f.execution.OwnParameter() != s.ask() || timeout == 0:
		return "the time limit was over: "
	default:
		return fmt.Sprintf("the time limit of %s was over: ", timeout)
	}
}

// timeOut says why an execution is about to be cancelled.
func (s *scope) timeOut(e *cloudify.Execution) error {
	s.deployment.Status.TimedOutExecution = e.ID
	return outcome.Tell(v1alpha1.ReasonTimedOut, "%s", s.overdueMessage(e))
}

func (s *scope) overdueMessage(e *cloudify.Execution) string {
	return fmt.Sprintf("workflow %s ran longer than %s and is cancelled", e.WorkflowID, s.timeout(e.WorkflowID))
}

// timeoutField is what bounds a workflow, "" where nothing does.
func timeoutField(workflow string) string {
	switch workflow {
	case workflowCreate, workflowInstall:
		return "spec.install.timeout"
	case workflowUninstall, workflowDelete:
		return "spec.uninstall.timeout"
	default:
		return ""
	}
}

// stopping tells whether an execution was told to stop and has not yet.
func stopping(e *cloudify.Execution) bool { return e.Active() && stops(e.Status) }

// stops tells whether a status is that of an execution that was told to stop, or one that nobody knows.
func stops(status string) bool { return !cancellable[status] }
