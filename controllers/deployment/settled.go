// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"encoding/json"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// settled tells whether the status as stored answers to spec, request, references and blueprint, so that the poller's list
// can vouch for the rest. Nothing of it is remembered: it holds for whoever reads the status, after a restart too.
func (s *scope) settled() bool {
	return s.answered() && (!s.references.read || s.references.digest == observed(s.before).References)
}

// stands tells whether what failed as it is asked now is still to be told, although the Manager could not be looked at: only a
// new spec or a new request can help, and platforms were told that the operation has ended.
func (s *scope) stands(out outcome.Outcome) bool {
	return s.before.IsStalled() && !s.asked() && !s.step.changes() && (out.Kind == outcome.Retry || out.Unseen)
}

// answered is settled but for the references.
func (s *scope) answered() bool {
	return !s.deleting() && s.existed() && !s.asked() && (s.before.IsReady() || s.before.IsStalled()) &&
		(s.blueprint == nil || speaksOf(s.before, s.blueprint))
}

// speaksOf tells whether the status of a deployment speaks of the newest revision of its blueprint and of the plan as it is.
func speaksOf(d *v1alpha1.CloudifyDeployment, b *v1alpha1.CloudifyBlueprint) bool {
	newest := b.Status.BlueprintID
	revision := newest == d.Status.BlueprintID || newest == d.Status.NewerBlueprintID && !d.FollowsLatest()
	return revision && planDigest(b, d.Spec.Plan) == observed(d).Plan
}

func observed(d *v1alpha1.CloudifyDeployment) v1alpha1.ObservedInputs {
	if d.Status.ObservedInputs == nil {
		return v1alpha1.ObservedInputs{}
	}
	return *d.Status.ObservedInputs
}

// announceRevision says which revision the blueprint has that the deployment has not.
func (s *scope) announceRevision() {
	if b := s.blueprint; b != nil && s.remote != nil && b.Status.BlueprintID != s.remote.BlueprintID {
		s.deployment.Status.NewerBlueprintID = b.Status.BlueprintID
	}
}

// setObservedInputs says what a reconcile that came to its end was made with.
func (s *scope) setObservedInputs(out outcome.Outcome) {
	if s.deleting() || out.Kind != outcome.Done && out.Kind != outcome.Stalled {
		return
	}
	now := observed(s.before)
	if s.references.read {
		now.References = s.references.digest
	}
	if s.blueprint != nil || s.deployment.Spec.Plan == "" {
		now.Plan = planDigest(s.blueprint, s.deployment.Spec.Plan)
	}
	s.deployment.Status.ObservedInputs = nil
	if now != (v1alpha1.ObservedInputs{}) {
		s.deployment.Status.ObservedInputs = &now
	}
}

// planDigest changes with the inputs that a plan fixes, compared by value; "" without a plan. The blueprint's UID is in it, so
// that who may not read the blueprint, and with it the plan, cannot try which values make the digest.
func planDigest(b *v1alpha1.CloudifyBlueprint, name string) string {
	if name == "" {
		return ""
	}
	plan, _ := b.Plan(name)
	fixed, err := inputs.Decode(plan.Inputs)
	if err != nil {
		return "" // the API server stores JSON only
	}
	text, err := json.Marshal([]any{b.UID, fixed})
	if err != nil {
		return "" // what was decoded can be encoded
	}
	return references.DigestOf(text)
}
