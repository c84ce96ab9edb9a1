// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// wantedLabels say whose a revision is.
func (s *scope) wantedLabels() cloudify.LabelSet {
	return cloudify.LabelSet{
		v1alpha1.RemoteLabelCluster:   {s.cluster},
		v1alpha1.RemoteLabelNamespace: {s.key.Namespace},
		v1alpha1.RemoteLabelName:      {s.key.Name},
		v1alpha1.RemoteLabelManagedBy: {v1alpha1.ManagedBy},
	}
}

// hasLabels tells whether the Manager shows them, as far as its release knows labels of blueprints.
func (s *scope) hasLabels() bool {
	if !s.release.Has(cloudify.BlueprintLabels) {
		return true
	}
	for key, values := range s.wantedLabels() {
		if !slices.Equal(s.remote.Labels[key], values) {
			return false
		}
	}
	return true
}

// label adds them to those that the revision has; a PATCH replaces the whole set. An upload cannot bring its labels on every
// release.
func (r *reconciler) label(ctx context.Context, s *scope) error {
	labels := maps.Clone(s.remote.Labels)
	if labels == nil {
		labels = cloudify.LabelSet{}
	}
	maps.Copy(labels, s.wantedLabels())
	if err := s.conn.LabelBlueprint(ctx, s.id, labels); err != nil {
		return fmt.Errorf("label blueprint %s: %w", s.id, err)
	}
	ctrl.LoggerFrom(ctx).Info("Labelled blueprint", "blueprintID", s.id)
	s.blueprint.Status.LastHandledRequest = v1alpha1.RequestedAt(s.blueprint)
	if len(s.prunable()) > 0 {
		return outcome.WaitFor(time.Millisecond, v1alpha1.ReasonUploading, "revision %s is uploaded; looking for older ones that nobody has", s.id)
	}
	return nil
}
