// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// claim takes hold of the object before anything exists at the Manager, and lets go at once of one that is to be orphaned, or for
// which nothing can be there.
func (r *reconciler) claim(ctx context.Context, s *scope) error {
	if s.deleting() {
		if s.deployment.EffectiveDeletionPolicy() == v1alpha1.DeletionPolicyOrphan || s.managerName() == "" || !s.holds() || !s.sought() {
			return r.letGo(ctx, s)
		}
		return nil
	}
	manager := s.managerName()
	if manager != "" && controllerutil.ContainsFinalizer(s.deployment, v1alpha1.Finalizer) {
		return nil
	}
	if manager == "" {
		if err := r.readBlueprint(ctx, s); err != nil {
			return err
		}
		if s.blueprint == nil {
			return s.blueprintNotFound()
		}
		manager = s.blueprint.ManagerName()
	}
	stripped := s.managerName() != "" && connection.Stripped(s.deployment)
	err := connection.Claim(ctx, r.Client, s.deployment, manager)
	s.before = s.deployment.DeepCopy()
	if stripped && err == nil {
		r.Reporter.AnnounceRestored(s.deployment)
	}
	return err
}

// letGo takes the finalizer away; what is at the Manager stays there.
func (r *reconciler) letGo(ctx context.Context, s *scope) error {
	if s.holds() {
		r.Watcher.Forget(s.managerName(), s.id)
	}
	r.forget(s.deployment.UID)
	r.adopters.forget(s)
	r.dropOutputs(ctx, s)
	return connection.LetGo(ctx, r.Client, s.deployment)
}

// forget drops what is remembered of an object that ends, or went by force.
func (r *reconciler) forget(uid types.UID) {
	r.vanished.Forget(uid)
	r.failed.Forget(uid)
	r.reads.Forget(uid)
	r.known.forget(uid)
	r.awaited.Forget(uid)
}

func (r *reconciler) readBlueprint(ctx context.Context, s *scope) error {
	var b v1alpha1.CloudifyBlueprint
	switch err := r.Get(ctx, s.deployment.BlueprintKey(), &b); {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("read CloudifyBlueprint: %w", err)
	}
	s.blueprint = &b
	return nil
}

func (s *scope) blueprintNotFound() error {
	return outcome.Wait(v1alpha1.ReasonBlueprintNotFound, "CloudifyBlueprint %s not found: create it, or create another CloudifyDeployment with the right blueprintRef",
		s.deployment.BlueprintKey())
}

// resolve finds the blueprint, which may be gone, and the connection. While deleting only the connection matters; the blueprint
// still says which inputs are sensitive.
func (r *reconciler) resolve(ctx context.Context, s *scope) error {
	if s.blueprint == nil {
		if err := r.readBlueprint(ctx, s); err != nil && !s.deleting() {
			return err
		}
	}
	if !s.deleting() && !r.referencesStand(ctx, s) {
		if err := r.readReferences(ctx, s); err != nil {
			return err
		}
	}
	var m v1alpha1.CloudifyManager
	switch err := r.Get(ctx, types.NamespacedName{Name: s.managerName()}, &m); {
	case apierrors.IsNotFound(err):
		return outcome.Wait(v1alpha1.ReasonManagerNotFound, "CloudifyManager %s not found: create it%s", s.managerName(), s.wayOut())
	case err != nil:
		return fmt.Errorf("read CloudifyManager: %w", err)
	}
	s.manager = &m
	if s.holds() { // what another object holds wakes that one
		r.Watcher.Track(m.Name, s.id, s.key, s.existed())
	}
	conn, err := r.Pool.Get(m.Name)
	if err != nil {
		return r.unavailable(s)
	}
	if lost := connection.Lost(r.Watcher, m.Name); lost != nil {
		return lost
	}
	s.conn, s.release = conn, conn.Release()
	return nil
}

// unavailable ends the reconcile of an object whose Manager cannot be asked. What the status of a settled one says is what
// the lists shall be compared with once they come again.
func (r *reconciler) unavailable(s *scope) error {
	if s.settled() {
		r.Watcher.Settle(s.manager.Name, s.id, statusFingerprint(&s.before.Status))
	}
	return r.Pool.Unavailable(s.manager, s.settled(), s.wayOut())
}

// wayOut reminds of the deletion policy when deletion is held up.
func (s *scope) wayOut() string {
	if !s.deleting() {
		return ""
	}
	return "; " + orphan
}

// withWayOut adds it as advice to whatever holds a deletion up and does not tell it: a refusal, an outage, a Manager at work.
func (s *scope) withWayOut(out outcome.Outcome) outcome.Outcome {
	held := out.Kind == outcome.Retry || out.Kind == outcome.Stalled || out.Unseen || out.Reason == v1alpha1.ReasonManagerBusy
	if !s.deleting() || !held || strings.Contains(out.Message+out.Advice, orphan) {
		return out
	}
	return out.Advised(orphan)
}

// maxExecutions is how many executions a list of a close look reads; it is their parameters that make them large.
const maxExecutions = 10

// observe reads what the Manager has. An idle object is judged from the poller's list; only one that has something to do, or
// whose row differs, is looked at closely.
func (r *reconciler) observe(ctx context.Context, s *scope) error {
	if s.settled() {
		missing, err := r.outputsMissing(ctx, s)
		if err != nil {
			return err
		}
		switch row, seen := r.Watcher.Look(s.manager.Name, s.id); {
		case missing:
		case seen == watch.NotListed, seen == watch.Older:
			return outcome.Settled(s.readAgain) // the next list wakes it
		case seen == watch.Present && s.agrees(watch.FingerprintOf(&row)):
			s.followCounts(&row)
			r.Watcher.Settle(s.manager.Name, s.id, watch.FingerprintOf(&row))
			return outcome.Settled(s.readAgain)
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
	if err := s.visit.Enter(s.conn, s.deployment, s.urgency()); err != nil {
		return err
	}
	remote, executions, err := r.look(ctx, s)
	if cloudify.IsNotFound(err) {
		s.arrival = s.arrivalTime(r.ArrivalLimit, time.Now())
		err := r.confirmGone(s)
		s.looked = err == nil // until it is sure, what was seen last still stands
		return err
	}
	if err != nil {
		return err
	}
	r.vanished.Forget(s.deployment.UID)
	s.remote, s.executions = remote, executions
	if len(executions) > 0 {
		remote.CompleteLatest(s.release, &executions[0])
	}
	now := time.Now()
	s.arrival = s.arrivalTime(r.ArrivalLimit, now)
	if active := s.active(); active != nil && s.holds() {
		r.Watcher.FollowExecution(s.manager.Name, active.ID, s.key)
		s.judge(now, r.CancelGrace)
	}
	if err := s.readLive(ctx); err != nil {
		return err
	}
	s.looked = true
	return nil
}

// ownWorkflows are those whose executions say what the operator did, and how it ended.
var ownWorkflows = []string{workflowCreate, workflowInstall, workflowUpdate, workflowUninstall, workflowDelete}

// listExecutions reads the latest executions, and behind many of other workflows those that the next step depends on: a failure
// would be forgotten, and repeated, once somebody had checked the deployment often enough.
func listExecutions(ctx context.Context, s *scope) ([]cloudify.Execution, error) {
	filter := cloudify.ExecutionFilter{DeploymentID: s.id, NewestFirst: true, Limit: maxExecutions, WithParameters: true}
	latest, err := s.conn.ListExecutions(ctx, filter)
	if cloudify.IsNotFound(err) { // old releases miss the deployment already here
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list executions of deployment %s: %w", s.id, err)
	}
	if len(latest) < maxExecutions {
		return latest, nil
	}
	filter.WorkflowIDs = ownWorkflows
	own, err := s.conn.ListExecutions(ctx, filter)
	if err != nil && !cloudify.IsNotFound(err) {
		return nil, fmt.Errorf("list own executions of deployment %s: %w", s.id, err)
	}
	for i := range own {
		if !slices.ContainsFunc(latest, func(e cloudify.Execution) bool { return e.ID == own[i].ID }) {
			latest = append(latest, own[i])
		}
	}
	return latest, nil
}

// judge tells how long the active execution has run, or how long it has been told to stop.
func (s *scope) judge(now time.Time, grace time.Duration) {
	active := s.active()
	s.sight(active, now)
	s.judgeAgain = s.judgeTime(s.since(active, now), grace)
}

// readLive tells whether there is something to uninstall, where that matters, and completes what old releases do not tell. The
// node instances are listed only where the deployment does not tell it.
func (s *scope) readLive(ctx context.Context) error {
	removable := s.deleting() && s.active() == nil
	switch live, told := s.remote.Live(); {
	case s.release.Has(cloudify.DeploymentStatus) && (!removable || told):
		s.live = live
		return nil
	case !removable && s.release.Has(cloudify.ResumesInstalls) && !s.asInstalled():
		return nil // an install is next, whatever state they are in
	}
	instances, err := s.conn.ListNodeInstances(ctx, s.id)
	if err != nil {
		return fmt.Errorf("list node instances of deployment %s: %w", s.id, err)
	}
	for i := range instances {
		s.live = s.live || instances[i].Live()
	}
	s.remote.CompleteInstallation(s.release, instances)
	return nil
}

// confirmGone makes sure that a deployment that was there is gone by itself.
func (r *reconciler) confirmGone(s *scope) error {
	if !s.existed() {
		return nil
	}
	return r.vanished.Confirm(r.Watcher, s.manager.Name, s.deployment.UID, "deployment "+s.id)
}

// agrees tells whether a row of the list is what the status says. A release that lacks a field has nothing to say on it.
func (s *scope) agrees(row watch.Fingerprint) bool {
	stored := statusFingerprint(&s.before.Status)
	for _, field := range []struct{ row, stored string }{
		{row.BlueprintID, stored.BlueprintID},
		{row.InstallationStatus, stored.InstallationStatus},
		{row.ExecutionID, stored.ExecutionID},
		{row.ExecutionStatus, stored.ExecutionStatus},
	} {
		if field.row != "" && !strings.EqualFold(field.row, field.stored) {
			return false
		}
	}
	return true
}
