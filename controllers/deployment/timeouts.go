// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// cancelGrace is how long an execution that was told to stop may take before it is made to.
const cancelGrace = 2 * time.Minute

// timeout is how long a workflow may run by the spec; zero: as long as it likes.
func (s *scope) timeout(workflow string) time.Duration {
	spec := s.deployment.Spec
	switch {
	case workflow == workflowInstall && spec.Install != nil && spec.Install.Timeout != nil:
		return spec.Install.Timeout.Duration
	case workflow == workflowUninstall && spec.Uninstall != nil && spec.Uninstall.Timeout != nil:
		return spec.Uninstall.Timeout.Duration
	default:
		return 0
	}
}

// judgeTime fills overdue and stubborn for the active execution, and returns when to judge again; zero: need not.
// cancelledAt is when it was first seen to be cancelling.
func (s *scope) judgeTime(now, cancelledAt time.Time) time.Duration {
	active := s.active()
	if active == nil {
		return 0
	}
	if stopping(active) && (s.deleting() || s.timeout(active.WorkflowID) > 0) {
		left := cancelGrace - now.Sub(cancelledAt)
		s.stubborn = left <= 0 && active.Status == "cancelling"
		return max(left, soon)
	}
	timeout := s.timeout(active.WorkflowID)
	if timeout == 0 || active.StartedAt.IsZero() || active.OwnParameter() == "" {
		return 0
	}
	left := timeout - now.Sub(active.StartedAt)
	s.overdue = left <= 0
	return max(left, soon)
}

// stopping tells whether an execution was told to stop and has not yet.
func stopping(e *cloudify.Execution) bool { return e.Active() && !cancellable[e.Status] }
