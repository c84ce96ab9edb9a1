// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"strings"
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

// judgeTime fills overdue and stubborn for the active execution, and returns when to judge again; zero: need not. since is
// when the execution was first seen as it is now: running, or told to stop. The Manager's clock is not ours.
func (s *scope) judgeTime(since time.Duration) time.Duration {
	active := s.active()
	timeout := s.timeout(active.WorkflowID)
	switch {
	case stopping(active) && (s.deleting() || timeout > 0):
		s.stubborn = since >= cancelGrace && active.Status == "cancelling"
		return max(cancelGrace-since, soon)
	case stopping(active), timeout == 0, !strings.HasPrefix(active.OwnParameter(), string(s.deployment.UID)+"/"):
		return 0
	default:
		s.overdue = since >= timeout
		return max(timeout-since, soon)
	}
}

// stopping tells whether an execution was told to stop and has not yet.
func stopping(e *cloudify.Execution) bool { return e.Active() && !cancellable[e.Status] }
