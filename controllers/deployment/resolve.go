// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// resolve finds the blueprint, which may be gone, and the connection. While deleting only the connection matters; the blueprint
// still says which inputs are sensitive.
func (r *reconciler) resolve(ctx context.Context, s *scope) error {
	if s.blueprint == nil {
		if err := r.readBlueprint(ctx, s); err != nil && !s.deleting() {
			return err
		}
	}
	if !s.deleting() {
		if err := r.refuseCircle(ctx, s); err != nil {
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
	s.conn = conn
	s.history = history{release: conn.Release(), ask: s.ask()}
	return nil
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

// unavailable ends the reconcile of an object whose Manager cannot be asked. Of a settled one, the
// lists are compared with what its status says once they come again.
func (r *reconciler) unavailable(s *scope) error {
	if s.settled() {
		r.Watcher.Agree(s.manager.Name, s.id, statusFingerprint(&s.before.Status))
	}
	return r.Pool.Unavailable(s.manager, s.settled(), s.wayOut())
}
