// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// claim takes hold of the object before anything exists at the Manager, and lets go at once of one that is to be orphaned.
func (r *reconciler) claim(ctx context.Context, s *scope) error {
	if !s.deleting() {
		stripped := s.blueprint.Annotations[v1alpha1.ManagerAnnotation] != "" && connection.Stripped(s.blueprint)
		err := connection.Claim(ctx, r.Client, s.blueprint, s.blueprint.ManagerName())
		s.before = s.blueprint.DeepCopy()
		if stripped && err == nil {
			r.Reporter.AnnounceRestored(s.blueprint)
		}
		return err
	}
	if s.blueprint.EffectiveDeletionPolicy() != v1alpha1.DeletionPolicyOrphan {
		return nil
	}
	return r.letGo(ctx, s)
}

// letGo takes the finalizer away; what is at the Manager stays there.
func (r *reconciler) letGo(ctx context.Context, s *scope) error {
	r.Watcher.ForgetBlueprint(s.blueprint.ManagerName(), s.blueprint.Status.BlueprintID)
	r.forget(s.blueprint.UID)
	return connection.LetGo(ctx, r.Client, s.blueprint)
}

// forget drops what is remembered of an object that is gone, however it went.
func (r *reconciler) forget(uid types.UID) {
	r.vanished.Forget(uid)
	r.reads.Forget(uid)
}

// resolve finds the connection and, but for an object that is deleted, what the spec asks for and whether it is allowed. A
// deletion that has nothing to do at the Manager needs no connection, and no CloudifyManager.
func (r *reconciler) resolve(ctx context.Context, s *scope) error {
	if s.deleting() && !s.leaves() {
		return nil
	}
	var m v1alpha1.CloudifyManager
	switch err := r.Get(ctx, types.NamespacedName{Name: s.blueprint.ManagerName()}, &m); {
	case apierrors.IsNotFound(err) && !s.deleting():
		return outcome.Wait(v1alpha1.ReasonManagerNotFound, "CloudifyManager %s not found: create it, or create another CloudifyBlueprint with the correct spec.managerRef",
			s.blueprint.ManagerName())
	case apierrors.IsNotFound(err):
		return outcome.Wait(v1alpha1.ReasonManagerNotFound, "CloudifyManager %s not found: create it%s", s.blueprint.ManagerName(), s.wayOut())
	case err != nil:
		return fmt.Errorf("read CloudifyManager: %w", err)
	}
	s.manager = &m
	if !s.deleting() {
		if err := r.resolveSource(ctx, s); err != nil {
			return err
		}
	}
	conn, err := r.Pool.Get(m.Name)
	if err != nil {
		return r.Pool.Unavailable(&m, s.settled(), s.wayOut())
	}
	if lost := connection.Lost(r.Watcher, m.Name); lost != nil {
		return lost
	}
	s.conn, s.release = conn, conn.Release()
	return nil
}

// observe reads what the Manager has; what is settled is left to the poller's list.
func (r *reconciler) observe(ctx context.Context, s *scope) error {
	if s.deleting() {
		return r.observeDeletion(ctx, s)
	}
	if s.settled() && r.Watcher.BlueprintPresent(s.manager.Name, s.id, s.key, s.created()) ||
		s.wasRefused() && r.Watcher.BlueprintStands(s.manager.Name, s.id, s.key) {
		return outcome.Settled(s.readAgain)
	}
	if s.unread {
		if err := r.reviseSource(ctx, s); err != nil {
			return err
		}
	}
	if err := s.visit.Enter(s.conn, s.blueprint, s.urgency()); err != nil {
		return err
	}
	if s.blueprint.Spec.Source != nil && !s.recorded() {
		return nil // that comes first, whatever is there
	}
	remote, template, err := s.conn.Blueprint(ctx, s.id)
	if err != nil && !cloudify.IsNotFound(err) {
		return fmt.Errorf("read blueprint %s: %w", s.id, err)
	}
	if cloudify.IsNotFound(err) {
		return r.confirmGone(s)
	}
	r.vanished.Forget(s.blueprint.UID)
	s.remote, s.template = remote, template
	if remote.InProgress() {
		r.Watcher.FollowUpload(s.manager.Name, s.id, s.key)
	}
	r.Watcher.TrackBlueprint(s.manager.Name, remote, s.key)
	return nil
}

// confirmGone makes sure that a revision that was uploaded is gone by itself, and not with all that the Manager had.
func (r *reconciler) confirmGone(s *scope) error {
	if !slices.ContainsFunc(s.before.Status.Revisions, func(v v1alpha1.BlueprintRevision) bool {
		return v.BlueprintID == s.id && v.UploadedAt != nil
	}) {
		return nil
	}
	return r.vanished.Confirm(r.Watcher, s.manager.Name, s.blueprint.UID, "blueprint "+s.id)
}

// count finds the deployments that refer to the blueprint, and which revisions are in use.
func (r *reconciler) count(ctx context.Context, s *scope) error {
	if s.deleting() {
		if err := r.findHeir(ctx, s); err != nil || s.heir != nil {
			return err // what refers to the name refers to the heir
		}
	}
	var deployments v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &deployments, client.MatchingFields{index.BlueprintRef: s.key.String()}, client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("list CloudifyDeployments: %w", err)
	}
	s.counts = map[string]int32{}
	for i := range deployments.Items {
		d := &deployments.Items[i]
		s.users = append(s.users, client.ObjectKeyFromObject(d).String())
		s.counts[d.Status.BlueprintID]++
		if applied := d.Status.Applied; applied != nil && applied.BlueprintID != d.Status.BlueprintID && !d.FollowsLatest() {
			s.counts[applied.BlueprintID]++ // it vanished, or its move failed: it may want that one again
		}
		if selected := d.Spec.Revision; selected != nil && selected.BlueprintID != "" && selected.BlueprintID != d.Status.BlueprintID {
			s.counts[selected.BlueprintID]++
		}
	}
	slices.Sort(s.users)
	return nil
}

// findHeir looks for an object that has the name now.
func (r *reconciler) findHeir(ctx context.Context, s *scope) error {
	var b v1alpha1.CloudifyBlueprint
	switch err := r.Get(ctx, s.key, &b); {
	case apierrors.IsNotFound(err), err == nil && b.UID == s.blueprint.UID:
		return nil
	case err != nil:
		return fmt.Errorf("read CloudifyBlueprint: %w", err)
	}
	s.heir = &b
	return nil
}

// heirInterval is when an heir is looked at again that is about to be reconciled.
const heirInterval = time.Second

// observeDeletion finds which revisions are still there, once nobody needs them.
func (r *reconciler) observeDeletion(ctx context.Context, s *scope) error {
	if !s.leaves() {
		return nil
	}
	if s.heir != nil && s.heir.Status.ObservedGeneration == 0 {
		return outcome.WaitFor(heirInterval, v1alpha1.ReasonDeleting, "another CloudifyBlueprint now has this name; waiting to learn which revisions it uses")
	}
	if err := s.visit.Enter(s.conn, s.blueprint, s.urgency()); err != nil {
		return err
	}
	for _, id := range doomedRevisions(s.blueprint) {
		if s.inherited(id) {
			continue
		}
		switch _, err := s.conn.GetBlueprint(ctx, id); {
		case cloudify.IsNotFound(err):
		case err != nil:
			return fmt.Errorf("read blueprint %s: %w", id, err)
		default:
			s.doomed = append(s.doomed, id)
		}
	}
	return nil
}
