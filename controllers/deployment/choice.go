// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// chooseRevision chooses the blueprint at the Manager: nothing moves unasked. A new deployment has the blueprint's newest, any
// other what was applied, also when it is created anew, unless the spec names another or follows the latest, or a platform
// upgrades it.
func (f *facts) chooseRevision() (string, error) {
	selected, kept := "", f.keptRevision()
	if f.deployment.Spec.Revision != nil {
		selected = f.deployment.Spec.Revision.BlueprintID
	}
	exists := f.history.exists()
	switch {
	case selected != "" && !f.hasRevision(selected):
		return "", outcome.Advise(outcome.Stall(v1alpha1.ReasonUnknownRevision, "%s is not a revision of CloudifyBlueprint %s", selected, f.deployment.BlueprintKey()),
			"set spec.revision.blueprintID to one of its status.revisions")
	case selected != "":
		return selected, nil
	case kept != "":
		return kept, nil
	case f.heldBack() != "":
		return f.before.Status.Applied.BlueprintID, nil
	case f.blueprint != nil && f.blueprint.IsReady() && (!exists || f.follows() || f.upgrading()):
		return f.blueprint.Status.BlueprintID, nil
	case exists:
		return f.history.remote.BlueprintID, nil
	default:
		return "", nil
	}
}

// keptRevision is the one that was applied, "" where none was, the newest is followed or asked for, or it is no longer there.
func (f *facts) keptRevision() string {
	applied := f.before.Status.Applied
	if applied == nil || f.follows() || f.upgrading() || !f.hasRevision(applied.BlueprintID) {
		return ""
	}
	return applied.BlueprintID
}

// follows reports whether the newest revision is wanted. Where updates wait for approval, what a platform asks for is carried out
// without, and brings no newer revision along.
func (f *facts) follows() bool {
	heldBack := f.deployment.NeedsApproval() && f.byPlatform() && f.before.Status.Applied != nil
	return f.deployment.FollowsLatest() && !heldBack
}

// hasRevision reports whether the deployment can be made of a revision: it is one of its blueprint, or what it has.
func (f *facts) hasRevision(id string) bool {
	return f.history.exists() && f.history.remote.BlueprintID == id || f.blueprint != nil && isRevision(f.blueprint, id)
}

// isRevision reports whether a blueprint at the Manager is one that the CloudifyBlueprint stands for. A revision that was
// never seen uploaded is none: the source may have changed before it was.
func isRevision(b *v1alpha1.CloudifyBlueprint, id string) bool {
	return id != "" && (b.Status.BlueprintID == id || slices.ContainsFunc(b.Status.Revisions,
		func(r v1alpha1.BlueprintRevision) bool { return r.BlueprintID == id && r.UploadedAt != nil }))
}

// fixedInputs are the inputs that the plan fixes. Nothing moves unasked: a deployment keeps what was applied under its plan, as
// the Manager has or had it, until spec.plan changes, a platform upgrades it, or, where updates wait for approval, somebody approves
// the newer ones; newer reports that the author changed the plan meanwhile.
func (f *facts) fixedInputs() (fixed map[string]any, newer bool, err error) {
	fixed = map[string]any{}
	if f.deployment.Spec.Plan == "" {
		return fixed, false, nil
	}
	offered, err := f.offeredInputs()
	applied := f.before.Status.Applied
	if applied == nil || applied.Plan != f.deployment.Spec.Plan || f.upgrading() || !f.history.exists() {
		return offered, false, err
	}
	for _, name := range applied.PlanInputs {
		value, known := f.history.lastGood(name)
		if !known {
			value = offered[name]
		}
		if value != nil {
			fixed[name] = value
		}
	}
	newer = err == nil && !inputs.Equal(fixed, offered)
	if newer && f.byApproval() {
		return offered, true, nil // somebody is asked, so it can move
	}
	return fixed, newer, nil
}

// offeredInputs are those the plan fixes by the blueprint's offering of today.
func (f *facts) offeredInputs() (map[string]any, error) {
	if f.blueprint == nil {
		return nil, f.blueprintNotFound()
	}
	plan, ok := f.blueprint.Plan(f.deployment.Spec.Plan)
	if !ok {
		return nil, outcome.Wait(v1alpha1.ReasonUnknownPlan, "CloudifyBlueprint %s has no plan %s: set spec.plan to one of its plans%s",
			f.deployment.BlueprintKey(), f.deployment.Spec.Plan, planNames(f.blueprint))
	}
	return inputs.Decode(plan.Inputs)
}

// planNames lists the plans of a blueprint, for people.
func planNames(b *v1alpha1.CloudifyBlueprint) string {
	if b.Spec.Offering == nil {
		return "; it has none"
	}
	names := make([]string, 0, len(b.Spec.Offering.Plans))
	for _, plan := range b.Spec.Offering.Plans {
		names = append(names, plan.Name)
	}
	if len(names) == 0 {
		names = append(names, v1alpha1.DefaultPlanName)
	}
	return ": " + strings.Join(names, ", ")
}

func (o *object) blueprintNotFound() error {
	return outcome.Wait(v1alpha1.ReasonBlueprintNotFound, "CloudifyBlueprint %s not found: create it, or create another CloudifyDeployment with the correct blueprintRef",
		o.deployment.BlueprintKey())
}

// blueprintNotReady repeats the reason that the blueprint gives; its message is for those who may read the blueprint.
func (f *facts) blueprintNotReady() error {
	reason := "not yet reconciled"
	if ready := meta.FindStatusCondition(f.blueprint.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		reason = ready.Reason
	}
	return outcome.Wait(v1alpha1.ReasonBlueprintNotReady, "CloudifyBlueprint %s is not ready (%s): see its status", f.deployment.BlueprintKey(), reason)
}
