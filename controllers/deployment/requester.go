// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"cmp"
	"context"
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// beginStart takes the right to start something, which CloudifyExecutions have, too, until end is called. Who started last, or is
// about to, comes first; the deployment is then looked at anew.
func (r *reconciler) beginStart(ctx context.Context, s *scope) (end func(), err error) {
	all, err := executions.Of(ctx, r.Client, s.key)
	if err != nil {
		return nil, err
	}
	for i := range all {
		start := all[i].Status.Start
		if all[i].IsFinished() || start == nil || all[i].Status.Execution != nil || executions.Arrival(start, r.ArrivalLimit, time.Now()) <= 0 {
			continue
		}
		return nil, outcome.WaitFor(soon, v1alpha1.ReasonExecutionRunning, "CloudifyExecution %s is being started, or may be: the operator goes on when that is known", all[i].Name)
	}
	end, ok := r.Pool.BeginStart(s.manager.Name, s.id, cmp.Or(s.listed, s.looked))
	if !ok {
		return nil, outcome.Settled(soon)
	}
	return end, nil
}

// findRequester finds the CloudifyExecution that an execution belongs to.
func (r *reconciler) findRequester(ctx context.Context, s *scope, e *cloudify.Execution) error {
	if workflowOf(e.WorkflowID).underway != v1alpha1.ReasonExecutionRunning {
		return nil
	}
	all, err := executions.Of(ctx, r.Client, s.key)
	for i := range all {
		if held := all[i].Status.Execution; held != nil && held.ID == e.ID {
			s.requester = "CloudifyExecution " + all[i].Name
		}
	}
	return err
}
