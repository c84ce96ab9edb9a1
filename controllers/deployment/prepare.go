// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/access"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// prepare says what the deployment should be made of. What was installed before can be used, whatever is wrong with that.
func (r *reconciler) prepare(ctx context.Context, s *scope) error {
	err := r.prepareSpec(ctx, s)
	if kind := outcome.Classify(err).Kind; kind == outcome.Stalled || kind == outcome.Waiting {
		if failed := r.publishFirst(ctx, s); failed != nil {
			return failed
		}
	}
	return err
}

func (r *reconciler) prepareSpec(ctx context.Context, s *scope) error {
	s.readHidden(ctx)
	if s.deleting() {
		r.prepareToMend(ctx, s)
		return nil
	}
	if err := s.readWindows(); err != nil {
		return err
	}
	if !s.holds() || s.adopted() && s.history.remote == nil {
		if err := r.adopt(ctx, s); err != nil {
			return err
		}
	} else {
		r.adopters.forget(&s.object)
	}
	if s.history.active() != nil {
		return nil
	}
	if s.history.remote == nil {
		if err := r.mayCreate(ctx, s); err != nil {
			return err
		}
	}
	creating := !s.history.exists()
	if creating || s.upgrading() { // who upgrades wants what is newest, not what was ready last
		if err := r.mayUse(ctx, s); err != nil {
			return err
		}
	}
	revision, err := s.chooseRevision()
	if err != nil {
		return err
	}
	if err := s.readDesired(ctx, revision); err != nil {
		return err
	}
	if !creating && s.outdated() && !s.awaitsWindow() && (!s.awaitsApproval() || s.toPreview()) {
		return r.mayUse(ctx, s)
	}
	return nil
}

// readHidden finds out which inputs are secret, for however this reconcile ends, the Manager's words may be shown. Without
// an answer nothing is lost: all inputs are masked, and the reconcile goes on to what it has to do.
func (s *scope) readHidden(ctx context.Context) {
	if s.history.remote == nil {
		return // the Manager has nothing to say
	}
	if template, err := s.conn.Template(ctx, s.history.remote.BlueprintID); err == nil {
		s.hidden.schema, _ = template.Schema()
	}
	s.hidden.given, _ = s.givenInputs(s.hidden.schema)
}

// mayUse checks what a create and an update need: a blueprint that is there, of the same Manager, allowed, and ready.
func (r *reconciler) mayUse(ctx context.Context, s *scope) error {
	b := s.blueprint
	if b == nil {
		return s.blueprintNotFound()
	}
	if b.ManagerName() != s.managerName() {
		return outcome.Advise(outcome.Stall(v1alpha1.ReasonBlueprintNotAllowed, "this object belongs to CloudifyManager %s, but its blueprint belongs to %s",
			s.managerName(), b.ManagerName()), "restore the annotation "+v1alpha1.ManagerAnnotation+", or create another CloudifyDeployment")
	}
	allowed, err := access.OfBlueprint(b).Allows(ctx, r.Client, s.key.Namespace)
	switch {
	case err != nil:
		return err
	case !allowed:
		return outcome.Wait(v1alpha1.ReasonBlueprintNotAllowed, "CloudifyBlueprint %s may not be used from namespace %s: its owner can allow that in spec.allowedNamespaces",
			s.deployment.BlueprintKey(), s.key.Namespace)
	case !b.DeletionTimestamp.IsZero():
		return outcome.Wait(v1alpha1.ReasonBlueprintNotReady, "CloudifyBlueprint %s is being deleted", s.deployment.BlueprintKey())
	case !b.IsReady() && s.needsReady(b):
		return s.blueprintNotReady()
	}
	return nil
}

// needsReady reports whether a blueprint that is not ready must be waited for. A newest revision that came to nothing, which
// only the blueprint's author can mend, does not matter to a deployment that stays on another.
func (f *facts) needsReady(b *v1alpha1.CloudifyBlueprint) bool {
	return !f.history.exists() || f.upgrading() || !b.IsStalled()
}

// prepareToMend reads the inputs of an object that is deleted where they may be what its uninstall failed for, such as a wrong
// password, and somebody retries. Nothing that is wrong with them holds the deletion up: it goes on as it would without.
func (r *reconciler) prepareToMend(ctx context.Context, s *scope) {
	if !s.uninstallsAgain() || !s.history.release.Has(cloudify.UpdateInPlace) {
		return
	}
	if err := r.readMended(ctx, s); err != nil {
		ctrl.LoggerFrom(ctx).Info("Uninstalling with the deployment's current inputs", "reason", s.mask(err.Error()))
	}
}

func (r *reconciler) readMended(ctx context.Context, s *scope) error {
	if !s.references.read {
		if err := r.readReferences(ctx, s); err != nil {
			return err
		}
	}
	return s.readDesired(ctx, s.history.remote.BlueprintID)
}
