// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"strings"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// prepareToMend reads the inputs of an object that is deleted where they may be what its uninstall failed for, such as a wrong
// password, and somebody tries again. Nothing that is wrong with them holds the deletion up: it goes on as it would without.
func (r *reconciler) prepareToMend(ctx context.Context, s *scope) {
	if !s.uninstallsAgain() || !s.release.Has(cloudify.UpdateInPlace) {
		return
	}
	if err := r.readInputs(ctx, s); err != nil {
		ctrl.LoggerFrom(ctx).Info("Uninstalling with the inputs that the deployment has", "reason", s.mask(err.Error()))
	}
}

func (r *reconciler) readInputs(ctx context.Context, s *scope) error {
	if !s.references.read {
		if err := r.readReferences(ctx, s); err != nil {
			return err
		}
	}
	s.revision = s.remote.BlueprintID
	return s.readWanted(ctx)
}

// uninstallsAgain tells whether the next step is an uninstall, and the last one that the operator started did not end well.
func (s *scope) uninstallsAgain() bool {
	if s.remote == nil || !s.live || s.active() != nil || s.failure() != nil {
		return false
	}
	for i := range s.executions {
		e := &s.executions[i]
		if e.WorkflowID == workflowUninstall && s.ran(e) && strings.HasPrefix(e.OwnParameter(), string(s.deployment.UID)+"/") {
			return e.Failed() || e.Cancelled()
		}
	}
	return false
}

// toMend tells whether a deployment gets other inputs before it is uninstalled once more. An update that failed is not repeated:
// the uninstall may go well all the same.
func (s *scope) toMend() bool {
	return s.deleting() && s.prepared && s.uninstallsAgain() && !s.asWanted() && s.failedUpdate() == nil
}
