// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// DiscoveryInterval returns how often the Manager's blueprints are listed for discovery; zero: never.
func (m *CloudifyManager) DiscoveryInterval() time.Duration {
	switch {
	case m.Spec.Discovery == nil:
		return 0
	case m.Spec.Discovery.Interval == nil:
		return DefaultDiscoveryInterval
	default:
		return m.Spec.Discovery.Interval.Duration
	}
}

// GetConditions returns the conditions.
func (m *CloudifyManager) GetConditions() []metav1.Condition { return m.Status.Conditions }

// GetConditions returns the conditions.
func (b *CloudifyBlueprint) GetConditions() []metav1.Condition { return b.Status.Conditions }

// GetConditions returns the conditions.
func (d *CloudifyDeployment) GetConditions() []metav1.Condition { return d.Status.Conditions }

// GetConditions returns the conditions.
func (b *CloudifyBinding) GetConditions() []metav1.Condition { return b.Status.Conditions }

// GetConditions returns the conditions.
func (e *CloudifyExecution) GetConditions() []metav1.Condition { return e.Status.Conditions }

// IsReady reports whether the status answers to the present spec and says that the workflow has succeeded.
func (e *CloudifyExecution) IsReady() bool {
	return e.Status.ObservedGeneration == e.Generation && meta.IsStatusConditionTrue(e.Status.Conditions, ReadyCondition)
}

// IsFinished reports whether nothing runs or will run of the execution: it has ended, or cannot be started.
func (e *CloudifyExecution) IsFinished() bool { return e.Status.FinishedAt != nil }

// IsReady reports whether the status answers to the present spec and says Ready.
func (b *CloudifyBinding) IsReady() bool {
	return b.Status.ObservedGeneration == b.Generation && meta.IsStatusConditionTrue(b.Status.Conditions, ReadyCondition)
}

// SecretName returns the name of the Secret that receives the credentials.
func (b *CloudifyBinding) SecretName() string {
	if b.Spec.SecretName != "" {
		return b.Spec.SecretName
	}
	return b.Name
}

// IsReady reports whether the status answers to the present spec and says Ready.
func (m *CloudifyManager) IsReady() bool {
	return m.Status.ObservedGeneration == m.Generation && meta.IsStatusConditionTrue(m.Status.Conditions, ReadyCondition)
}

// IsReady reports whether the status answers to the present spec and says Ready.
func (b *CloudifyBlueprint) IsReady() bool {
	return b.Status.ObservedGeneration == b.Generation && meta.IsStatusConditionTrue(b.Status.Conditions, ReadyCondition)
}

// IsReady reports whether the status answers to the present spec and says Ready.
func (d *CloudifyDeployment) IsReady() bool {
	return d.Status.ObservedGeneration == d.Generation && meta.IsStatusConditionTrue(d.Status.Conditions, ReadyCondition)
}

// IsStalled reports whether the status answers to the present spec and says Stalled.
func (b *CloudifyBinding) IsStalled() bool {
	return b.Status.ObservedGeneration == b.Generation && meta.IsStatusConditionTrue(b.Status.Conditions, StalledCondition)
}

// IsStalled reports whether the status answers to the present spec and says Stalled.
func (b *CloudifyBlueprint) IsStalled() bool {
	return b.Status.ObservedGeneration == b.Generation && meta.IsStatusConditionTrue(b.Status.Conditions, StalledCondition)
}

// IsStalled reports whether the status answers to the present spec and says Stalled.
func (d *CloudifyDeployment) IsStalled() bool {
	return d.Status.ObservedGeneration == d.Generation && meta.IsStatusConditionTrue(d.Status.Conditions, StalledCondition)
}

// RequestedAt returns the value of the annotation by which people request a retry; empty without one.
func RequestedAt(o metav1.Object) string { return o.GetAnnotations()[RequestedAtAnnotation] }

// Operation returns the number of the operation that a platform requested last; 0 where the deployment is no service instance.
func (d *CloudifyDeployment) Operation() int64 {
	if d.Spec.OSB == nil {
		return 0
	}
	return d.Spec.OSB.Operation.Number
}

// IsAsked reports whether somebody asked for a retry since a step was last started: a person by a request, a platform by an
// operation.
func (d *CloudifyDeployment) IsAsked() bool {
	return RequestedAt(d) != d.Status.LastHandledRequest || d.Operation() > d.Status.LastHandledOperation
}

// MaintenanceVersion returns the version of its plan that a platform requested last; empty without one.
func (d *CloudifyDeployment) MaintenanceVersion() string {
	if d.Spec.OSB == nil {
		return ""
	}
	return d.Spec.OSB.MaintenanceVersion
}

// ManagerName returns the name of the CloudifyManager the blueprint refers to.
func (b *CloudifyBlueprint) ManagerName() string {
	if b.Spec.ManagerRef == nil || b.Spec.ManagerRef.Name == "" {
		return DefaultManagerName
	}
	return b.Spec.ManagerRef.Name
}

// RemoteID returns the ID of the blueprint that the spec names at the Manager; meaningful without a source.
func (b *CloudifyBlueprint) RemoteID() string {
	if b.Spec.BlueprintID == "" {
		return b.Name
	}
	return b.Spec.BlueprintID
}

// EffectiveDeletionPolicy returns the policy in effect: the spec's, by default Delete with a source and Orphan without.
func (b *CloudifyBlueprint) EffectiveDeletionPolicy() DeletionPolicy {
	switch {
	case b.Spec.DeletionPolicy != "":
		return b.Spec.DeletionPolicy
	case b.Spec.Source != nil:
		return DeletionPolicyDelete
	default:
		return DeletionPolicyOrphan
	}
}

// EffectiveDeletionPolicy returns the policy in effect: the spec's, by default Orphan for what was adopted and Delete for the
// rest.
func (d *CloudifyDeployment) EffectiveDeletionPolicy() DeletionPolicy {
	switch {
	case d.Spec.DeletionPolicy != "":
		return d.Spec.DeletionPolicy
	case d.Spec.DeploymentID != "":
		return DeletionPolicyOrphan
	default:
		return DeletionPolicyDelete
	}
}

// RemoteID returns the deployment's ID at the Manager: the one that was adopted, otherwise "k8s-" and the object's UID.
// It is known before any call, so a lost answer costs nothing, and begins with a letter, as releases 4.4 to 5.2 demand.
func (d *CloudifyDeployment) RemoteID() string {
	if d.Spec.DeploymentID != "" {
		return d.Spec.DeploymentID
	}
	return "k8s-" + string(d.UID)
}

// FollowsLatest reports whether the deployment moves to newer revisions of its blueprint by itself.
func (d *CloudifyDeployment) FollowsLatest() bool {
	return d.Spec.Revision != nil && d.Spec.Revision.Policy == RevisionPolicyLatest
}

// NeedsApproval reports whether updates of the deployment wait for approval.
func (d *CloudifyDeployment) NeedsApproval() bool { return d.Spec.UpdatePolicy == UpdatePolicyApprove }

// OutputsSecretName returns the name of the Secret that receives capabilities and outputs.
func (d *CloudifyDeployment) OutputsSecretName() string {
	if d.Spec.OutputsSecretName != "" {
		return d.Spec.OutputsSecretName
	}
	return d.Name + "-outputs"
}

// RefersTo returns the names of the CloudifyDeployments that inputsFrom refers to, each once.
func (d *CloudifyDeployment) RefersTo() (names []string) {
	for i := range d.Spec.InputsFrom {
		if ref := d.Spec.InputsFrom[i].DeploymentRef; ref != nil && !slices.Contains(names, ref.Name) {
			names = append(names, ref.Name)
		}
	}
	return names
}

// BlueprintKey returns the namespace and name of the CloudifyBlueprint the deployment refers to.
func (d *CloudifyDeployment) BlueprintKey() types.NamespacedName {
	key := types.NamespacedName{Namespace: d.Spec.BlueprintRef.Namespace, Name: d.Spec.BlueprintRef.Name}
	if key.Namespace == "" {
		key.Namespace = d.Namespace
	}
	return key
}

// DefaultPlanName is the plan of an offering that names none.
const DefaultPlanName = "default"

// IsWithdrawn reports whether the blueprint is kept out of the catalog of the OSB endpoint, whatever its offering says.
func (b *CloudifyBlueprint) IsWithdrawn() bool { return b.Annotations[WithdrawnAnnotation] != "" }

// IsOffered reports whether the catalog of the OSB endpoint lists the blueprint.
func (b *CloudifyBlueprint) IsOffered() bool {
	return b.DeletionTimestamp.IsZero() && !b.IsWithdrawn() && b.Status.Offering != nil && meta.IsStatusConditionTrue(b.Status.Conditions, OfferedCondition)
}

// IsDiscovered reports whether the blueprint was found at its Manager, rather than written by somebody.
func (b *CloudifyBlueprint) IsDiscovered() bool { return b.Labels[DiscoveredByLabel] != "" }

// OfferingName returns the name of the blueprint's offering: the spec's, by default the ID of the blueprint in lower case,
// with a hyphen for each character that platforms do not take. It may be empty or too long.
func (b *CloudifyBlueprint) OfferingName() string {
	if b.Spec.Offering != nil && b.Spec.Offering.Name != "" {
		return b.Spec.Offering.Name
	}
	return strings.Trim(strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(b.RemoteID())), "-")
}

// Plans returns the plans of the blueprint's offering, among them the one that an offering without plans has.
func (b *CloudifyBlueprint) Plans() []Plan {
	switch {
	case b.Spec.Offering == nil:
		return nil
	case len(b.Spec.Offering.Plans) == 0:
		return []Plan{{Name: DefaultPlanName}}
	default:
		return b.Spec.Offering.Plans
	}
}

// Plan returns a plan of the blueprint's offering.
func (b *CloudifyBlueprint) Plan(name string) (Plan, bool) {
	for _, plan := range b.Plans() {
		if plan.Name == name {
			return plan, true
		}
	}
	return Plan{}, false
}

// maxListedTags is how many characters the tags of an offering may have together: with one more, Cloud Controller refuses the
// whole catalog.
const maxListedTags = 2048

// ListedTags returns the tags that the catalog lists: the first ones, as many as platforms take together.
func (o *Offering) ListedTags() []string {
	left := maxListedTags
	for i, tag := range o.Tags {
		if left -= utf8.RuneCountInString(tag); left < 0 {
			return o.Tags[:i]
		}
	}
	return o.Tags
}
