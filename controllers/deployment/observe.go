// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// observe reads what the Manager has. An idle object is compared with the poller's list; only one that has something to do, or
// whose row differs, is looked at closely.
func (r *reconciler) observe(ctx context.Context, s *scope) error {
	if s.settled() {
		if err := r.compare(ctx, s); err != nil {
			return err
		}
	}
	if r.follow(s) {
		return nil
	}
	if !s.deleting() && !s.references.read {
		if err := r.readReferences(ctx, s); err != nil {
			return err
		}
	}
	if r.awaitList(s) {
		return outcome.Settled(listPatience)
	}
	if err := s.visit.Enter(s.conn, s.deployment, urgencyOf(s.before)); err != nil {
		return err
	}
	remote, executions, err := r.look(ctx, s)
	if cloudify.IsNotFound(err) {
		s.arrival = s.arrivalTime(r.ArrivalLimit, time.Now())
		err := r.confirmGone(s)
		s.history.looked = err == nil // until it is sure, what was seen last still stands
		return err
	}
	if err != nil {
		return err
	}
	r.vanished.Forget(s.deployment.UID)
	s.history = s.history.with(remote, executions)
	if len(executions) > 0 {
		remote.CompleteLatest(s.history.release, &executions[0])
	}
	now := time.Now()
	s.arrival = s.arrivalTime(r.ArrivalLimit, now)
	if active := s.history.active(); active != nil && s.holds() {
		r.Watcher.FollowExecution(s.manager.Name, active.ID, s.key)
		s.timing = s.judge(now, r.CancelGrace)
	}
	if err := s.readLive(ctx); err != nil {
		return err
	}
	s.history.looked = true
	return nil
}

// compare ends the reconcile of a settled object with which the poller's list agrees, or may yet.
func (r *reconciler) compare(ctx context.Context, s *scope) error {
	missing, err := r.outputsMissing(ctx, s)
	if err != nil {
		return err
	}
	switch row, seen := r.Watcher.Look(s.manager.Name, s.id); {
	case missing: // the list knows nothing of Secrets
	case seen == watch.NotListed, seen == watch.Older:
		return outcome.Settled(s.references.again) // the next list wakes it
	case seen == watch.Present && s.agrees(watch.FingerprintOf(&row)):
		s.followCounts(&row)
		r.Watcher.Agree(s.manager.Name, s.id, watch.FingerprintOf(&row))
		return outcome.Settled(s.references.again)
	}
	return nil
}

// readLive finds out whether there is something to uninstall, where that matters, and completes what old releases leave out. The
// node instances are listed only where the deployment does not say it.
func (s *scope) readLive(ctx context.Context) error {
	h := &s.history
	removable := s.deleting() && h.active() == nil
	switch live, said := h.remote.Live(); {
	case h.release.Has(cloudify.DeploymentStatus) && (!removable || said):
		h.live = live
		return nil
	case !removable && h.release.Has(cloudify.ResumesInstalls) && !h.asInstalled():
		return nil // an install is next, whatever state they are in
	}
	instances, err := s.conn.ListNodeInstances(ctx, s.id)
	if err != nil {
		return fmt.Errorf("list node instances of deployment %s: %w", s.id, err)
	}
	for i := range instances {
		h.live = h.live || instances[i].Live()
	}
	h.remote.CompleteInstallation(h.release, instances)
	return nil
}

// confirmGone makes sure that a deployment that was there is gone by itself.
func (r *reconciler) confirmGone(s *scope) error {
	if !s.existed() {
		return nil
	}
	return r.vanished.Confirm(r.Watcher, s.manager.Name, s.deployment.UID, "deployment "+s.id)
}
