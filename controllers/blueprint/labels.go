// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"context"
	"fmt"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// wantedLabels say whose a revision is.
func (s *scope) wantedLabels() cloudify.LabelSet { return connection.OwnerLabels(s.cluster, s.key) }

// hasLabels tells whether the Manager shows them, as far as its release knows labels of blueprints.
func (s *scope) hasLabels() bool {
	return !s.release.Has(cloudify.BlueprintLabels) || s.remote.Labels.Shows(s.wantedLabels())
}

// label adds them to those that the revision has. An upload cannot bring its labels on every release.
func (r *reconciler) label(ctx context.Context, s *scope) error {
	if err := s.conn.LabelBlueprint(ctx, s.id, s.remote.Labels.With(s.wantedLabels())); err != nil {
		return fmt.Errorf("label blueprint %s: %w", s.id, err)
	}
	ctrl.LoggerFrom(ctx).Info("Labelled blueprint", "blueprintID", s.id)
	s.blueprint.Status.LastHandledRequest = v1alpha1.RequestedAt(s.blueprint)
	if len(s.prunable()) > 0 {
		return outcome.Tell(v1alpha1.ReasonUploading, "revision %s is uploaded; looking for older ones that nobody has", s.id)
	}
	return nil
}
