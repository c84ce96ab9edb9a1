// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

const (
	// soon is when a change is looked at by itself, later when something is looked at that the poller usually tells before.
	soon  = time.Second
	later = 30 * time.Second
)

// observe reads our execution, where there is one. Before that it only says how long a start that was asked for may take to arrive.
func (r *reconciler) observe(ctx context.Context, s *scope) error {
	now := time.Now()
	if start := s.before.Status.Start; s.intended() {
		want := r.intents.of(s.execution.UID, start.At.Time)
		s.found.fresh = want != nil
		if s.found.announced = s.found.fresh && now.Sub(start.At.Time) < executions.AnnouncedFor; s.found.announced {
			s.want = want
		}
		s.found.arrival = executions.Arrival(start, r.ArrivalLimit, now)
		return nil
	}
	if s.id() == "" {
		return nil
	}
	if row, ok := r.Watcher.Run(s.managerName(), s.deployment.RemoteID(), s.id()); ok {
		s.found.mine = &row
	} else if err := r.readExecution(ctx, s, now); err != nil {
		return err
	}
	r.sight(s, now)
	return nil
}

// sight notes how our execution stands in time, and follows it while it runs.
func (r *reconciler) sight(s *scope, now time.Time) {
	if e := s.found.mine; e.Active() {
		r.Watcher.FollowRun(s.managerName(), e.ID, s.key)
		s.timing = s.judge(e, now, r.CancelGrace)
	}
}

// readExecution reads our execution. One that is not found is looked for once more, later: what the Manager told during an outage may
// not be the last word.
func (r *reconciler) readExecution(ctx context.Context, s *scope, now time.Time) error {
	if err := s.visit.Enter(s.conn, s.execution, connection.Begun); err != nil {
		return err
	}
	e, err := s.conn.GetExecution(ctx, s.id())
	switch {
	case cloudify.IsNotFound(err):
		if now.Sub(r.vanished.Since(s.execution.UID, s.id(), now)) < soon {
			return outcome.Settled(2 * soon)
		}
		s.found.lost = true
	case err != nil:
		return fmt.Errorf("read execution %s: %w", s.id(), err)
	default:
		s.found.mine = e
		r.vanished.Forget(s.execution.UID)
	}
	return nil
}

// judge says how our execution stands in time. One that was told to stop may take no longer than grace.
func (f *facts) judge(e *cloudify.Execution, now time.Time, grace time.Duration) timing {
	t := timing{sighting: executions.Sight(e, f.before.Status.Execution, now)}
	since := t.sighting.Since(e, now)
	if executions.Stopping(e) {
		if f.unwanted() || f.before.Status.TimedOut {
			if since >= grace {
				t.harsher = executions.Harsher(f.release, e.Status)
				t.unstoppable = t.harsher == ""
			}
			t.again = max(grace-since, soon)
		}
		return t
	}
	if e.Status == "pending" {
		t.unbegun = since >= grace
		t.again = max(grace-since, 0)
	}
	if timeout := f.execution.Spec.Timeout; timeout != nil {
		t.overdue = since >= timeout.Duration
		if left := max(timeout.Duration-since, soon); t.again == 0 || left < t.again {
			t.again = left
		}
	}
	return t
}

// looks is how many executions of a deployment are read to find ours, or what else runs.
const looks = 20

// look reads the newest executions of the deployment, with who started them and with what: all where ours may be further back.
func (r *reconciler) look(ctx context.Context, s *scope) ([]cloudify.Execution, error) {
	s.looked = leadership.Now()
	filter := cloudify.ExecutionFilter{DeploymentID: s.deployment.RemoteID(), NewestFirst: true, Limit: looks, WithParameters: true}
	listed, err := s.conn.ListExecutions(ctx, filter)
	if err == nil && len(listed) == looks && s.asked() && !s.reachesBack(listed) {
		filter.Limit = 0
		listed, err = s.conn.ListExecutions(ctx, filter)
	}
	if err != nil && !cloudify.IsNotFound(err) { // the deployment is gone; nothing runs there
		return nil, fmt.Errorf("list executions of deployment %s: %w", s.deployment.RemoteID(), err)
	}
	return listed, nil
}
