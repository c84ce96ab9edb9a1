// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
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
	if s.history.looked && s.history.remote == nil {
		r.Watcher.Gone(s.managerName(), s.id)
	}
	r.forget(s.deployment.UID)
	r.adopters.forget(&s.object)
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
