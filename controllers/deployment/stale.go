// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// updateOverStale starts an update in spite of an earlier one that was left unfinished: until 6.2 a Manager that went down in
// the midst of one refuses all that follow. No execution of the deployment is active; should one be since, the Manager refuses
// this, too. What it would pass over beside that is looked at here.
func (s *scope) updateOverStale(ctx context.Context, update cloudify.Update) (*cloudify.DeploymentUpdate, error) {
	dependents, err := s.conn.ListDependents(ctx, s.id)
	if err != nil {
		return nil, fmt.Errorf("list dependents of deployment %s: %w", s.id, err)
	}
	if len(dependents) > 0 {
		return nil, outcome.WaitFor(later, v1alpha1.ReasonDependentsExist,
			"other deployments use this one, so it cannot be updated: %s", outcome.Enumerate(dependents, maxDependents))
	}
	update.Force = true
	return s.conn.StartUpdate(ctx, s.id, update)
}
