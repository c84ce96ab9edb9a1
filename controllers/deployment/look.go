// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// unanswered notes a change whose answer did not come in time.
func (s *scope) unanswered(err error, now time.Time) {
	if s.step.starts() != "" && cloudify.MayArrive(err) {
		s.deployment.Status.Unanswered = &v1alpha1.UnansweredChange{Step: string(s.step), At: *microTimeOf(now)}
	}
}

// arrivalTime is how long the change that was not answered in time may still take to arrive: gateways keep requests of which the
// client has given up on the answer, and workers of the Manager that are busy leave them in their queue. limit is from then on.
func (s *scope) arrivalTime(limit time.Duration, now time.Time) time.Duration {
	u := s.before.Status.Unanswered
	if u == nil {
		return 0
	}
	return limit - now.Sub(u.At.Time)
}

// mayArrive tells whether a step was asked for, not answered in time, and may begin yet.
func (s *scope) mayArrive(step step) bool {
	return s.arrival > 0 && string(step) == s.before.Status.Unanswered.Step
}

// lookInterval is how often the Manager is looked at for a change that was not answered.
const lookInterval = 10 * time.Second

// awaitArrival waits for a change that was not answered to arrive, or to be too old for that. What arrived shows in the
// deployment or its executions, and another step is next.
func (s *scope) awaitArrival() error {
	step := wantedStep(s)
	return outcome.WaitFor(min(max(s.arrival, soon), lookInterval), running(step.starts()),
		"the Manager did not answer in time when asked for the step %s, which may arrive there yet: it is asked for again when it no longer can%s",
		step, s.wayOut())
}

// looks is how often deployment and executions are read until they belong together.
const looks = 3

// look reads the deployment and its executions. Executions first: what one did that has ended shows in the deployment, and what
// began since is refused a companion. The other way round, a deployment read while an execution ran would be judged as if that
// were its result. What began between the two reads is in the deployment only, be it its own creation: look again.
func look(ctx context.Context, s *scope) (remote *cloudify.Deployment, executions []cloudify.Execution, err error) {
	for range looks {
		if executions, err = listExecutions(ctx, s); err != nil {
			return nil, nil, err
		}
		if remote, err = s.conn.GetDeployment(ctx, s.id); err != nil {
			return nil, nil, fmt.Errorf("read deployment %s: %w", s.id, err)
		}
		if len(executions) > 0 && unlisted(remote, executions) == "" {
			return remote, executions, nil
		}
	}
	id := unlisted(remote, executions)
	if id == "" {
		return remote, executions, nil // old executions are cleared away, here all of them
	}
	switch _, err := s.conn.GetExecution(ctx, id); {
	case cloudify.IsNotFound(err): // this one, too
		return remote, executions, nil
	case err != nil:
		return nil, nil, fmt.Errorf("read execution %s: %w", id, err)
	}
	return nil, nil, outcome.WaitFor(soon, v1alpha1.ReasonExecutionRunning, "execution %s of deployment %s is not listed yet; looking again", id, s.id)
}

// unlisted is an execution that the deployment names and that is not in the list, "" if there is none. What a list that was cut
// lacks may be older.
func unlisted(d *cloudify.Deployment, listed []cloudify.Execution) string {
	if len(listed) >= maxExecutions {
		return ""
	}
	for _, id := range []string{d.CreateExecution, d.LatestExecution} {
		if id != "" && !slices.ContainsFunc(listed, func(e cloudify.Execution) bool { return e.ID == id }) {
			return id
		}
	}
	return ""
}
