// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/access"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
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

// prepareSpec refuses inputs that the Manager would only trip over in a workflow.
func (r *reconciler) prepareSpec(ctx context.Context, s *scope) error {
	s.readSchemaToMask(ctx)
	if s.deleting() {
		r.prepareToMend(ctx, s)
		return nil
	}
	if !s.holds() || s.adopted() && s.remote == nil {
		if err := r.adopt(ctx, s); err != nil {
			return err
		}
	} else {
		r.adopters.forget(s)
	}
	if s.active() != nil {
		return nil
	}
	creating := s.remote == nil || s.createFailed() != nil
	if creating || s.upgrading() { // who upgrades wants what is newest, not what was ready last
		if err := r.mayUse(ctx, s); err != nil {
			return err
		}
	}
	if err := s.chooseRevision(); err != nil {
		return err
	}
	if err := s.readWanted(ctx); err != nil {
		return err
	}
	if !creating && s.outdated() {
		return r.mayUse(ctx, s)
	}
	return nil
}

// readWanted says what the deployment should be made of, at the revision that was chosen.
func (s *scope) readWanted(ctx context.Context) error {
	template, err := s.conn.Template(ctx, s.revision)
	if err != nil {
		return err
	}
	if s.schema, err = template.Schema(); err != nil {
		return err
	}
	if err := s.choosePlan(); err != nil {
		return err
	}
	if err := s.checkInputs(); err != nil {
		return outcome.Stall(v1alpha1.ReasonInvalidInputs, "%v", err)
	}
	s.prepared = true
	return nil
}

// checkInputs says what is wrong with the inputs, never a value, and fills the complete effective set. A deployment that was
// adopted keeps what nobody names here, and nobody holds that against the declarations.
func (s *scope) checkInputs() (err error) {
	if s.given, err = s.givenInputs(); err != nil {
		return err
	}
	if err := inputs.RefuseFunctions(s.given); err != nil {
		return err
	}
	s.wanted = maps.Clone(s.given)
	for name, value := range s.fixed {
		if _, twice := s.given[name]; twice {
			return fmt.Errorf("input %s is fixed by plan %s: remove it from the spec, or choose another plan", name, s.deployment.Spec.Plan)
		}
		s.wanted[name] = value
	}
	var has map[string]any
	if s.adopted() && s.remote != nil {
		has = inputs.OmitNull(s.remote.Inputs)
	}
	if err := inputs.ValidateBeside(s.schema, s.wanted, has); err != nil {
		return err
	}
	for name, value := range has {
		_, declared := s.schema.Inputs[name]
		if _, named := s.wanted[name]; declared && !named {
			s.wanted[name] = value
		}
	}
	s.inputs = inputs.Effective(s.schema, s.wanted)
	return nil
}

// chooseRevision fills revision: nothing moves unasked. A new deployment has the blueprint's newest, any other what was
// applied, also when it is created anew, unless the spec names another or follows the latest, or a platform upgrades it.
func (s *scope) chooseRevision() error {
	selected, kept := "", s.keptRevision()
	if s.deployment.Spec.Revision != nil {
		selected = s.deployment.Spec.Revision.BlueprintID
	}
	existing := s.remote != nil && s.createFailed() == nil
	switch {
	case selected != "" && !s.hasRevision(selected):
		return outcome.Advise(outcome.Stall(v1alpha1.ReasonUnknownRevision, "%s is no revision of CloudifyBlueprint %s", selected, s.deployment.BlueprintKey()),
			"set spec.revision.blueprintID to one of its status.revisions")
	case selected != "":
		s.revision = selected
	case kept != "":
		s.revision = kept
	case s.blueprint != nil && s.blueprint.IsReady() && (!existing || s.deployment.FollowsLatest() || s.upgrading()):
		s.revision = s.blueprint.Status.BlueprintID
	case existing:
		s.revision = s.remote.BlueprintID
	}
	return nil
}

// keptRevision is the one that was applied, "" where none was, the newest is followed or asked for, or it is there no more.
func (s *scope) keptRevision() string {
	applied := s.before.Status.Applied
	if applied == nil || s.deployment.FollowsLatest() || s.upgrading() || !s.hasRevision(applied.BlueprintID) {
		return ""
	}
	return applied.BlueprintID
}

// hasRevision tells whether the deployment can be made of a revision: it is one of its blueprint, or what it has.
func (s *scope) hasRevision(id string) bool {
	existing := s.remote != nil && s.createFailed() == nil
	return existing && s.remote.BlueprintID == id || s.blueprint != nil && isRevision(s.blueprint, id)
}

// readSchemaToMask tells which inputs are secret, for however this reconcile ends, the Manager's words may be shown. Without
// an answer nothing is lost: all inputs are masked, and the reconcile goes on to what it has to do.
func (s *scope) readSchemaToMask(ctx context.Context) {
	if s.remote == nil {
		return // the Manager has nothing to say
	}
	if template, err := s.conn.Template(ctx, s.remote.BlueprintID); err == nil {
		s.schema, _ = template.Schema()
	}
	s.given, _ = s.givenInputs() // values that cannot be read cannot be masked
}

// mayUse checks what a create and an update need: a blueprint that is there, of the same Manager, allowed, and ready.
func (r *reconciler) mayUse(ctx context.Context, s *scope) error {
	b := s.blueprint
	if b == nil {
		return s.blueprintNotFound()
	}
	if b.ManagerName() != s.managerName() {
		return outcome.Advise(outcome.Stall(v1alpha1.ReasonBlueprintNotAllowed, "this object belongs to CloudifyManager %s and its blueprint to %s",
			s.managerName(), b.ManagerName()), "put the annotation "+v1alpha1.ManagerAnnotation+" back, or create another CloudifyDeployment")
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
		return outcome.Wait(v1alpha1.ReasonBlueprintNotReady, "CloudifyBlueprint %s is not ready (%s): look at its status", s.deployment.BlueprintKey(), why(b))
	}
	return nil
}

// needsReady tells whether a blueprint that is not ready must be waited for. A newest revision that came to nothing, which only
// the blueprint's author can mend, is no matter for a deployment that stays on another.
func (s *scope) needsReady(b *v1alpha1.CloudifyBlueprint) bool {
	return s.remote == nil || s.createFailed() != nil || s.upgrading() || !b.IsStalled()
}

// why is the reason a blueprint gives; its message is for those who may read the blueprint.
func why(b *v1alpha1.CloudifyBlueprint) string {
	if ready := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		return ready.Reason
	}
	return "not yet looked at"
}
