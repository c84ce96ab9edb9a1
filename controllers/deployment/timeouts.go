// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

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

// judgeTime fills overdue and stubborn for the active execution, and returns when to judge again; zero: need not. since is how
// long the execution was seen as it is now: running, or told to stop, which may take no longer than grace.
func (s *scope) judgeTime(since, grace time.Duration) time.Duration {
	active := s.active()
	timeout := s.timeout(active.WorkflowID)
	switch {
	case active.Status == "cancelling" && (s.deleting() || timeout > 0):
		s.stubborn = since >= grace
		return max(grace-since, soon)
	case stopping(active), timeout == 0, !strings.HasPrefix(active.OwnParameter(), string(s.deployment.UID)+"/"):
		return 0
	default:
		s.overdue = since >= timeout
		return max(timeout-since, soon)
	}
}

// stopping tells whether an execution was told to stop and has not yet.
func stopping(e *cloudify.Execution) bool { return e.Active() && !cancellable[e.Status] }
