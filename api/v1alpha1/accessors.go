// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// GetConditions returns the conditions.
func (m *CloudifyManager) GetConditions() []metav1.Condition { return m.Status.Conditions }

// GetConditions returns the conditions.
func (b *CloudifyBlueprint) GetConditions() []metav1.Condition { return b.Status.Conditions }

// GetConditions returns the conditions.
func (d *CloudifyDeployment) GetConditions() []metav1.Condition { return d.Status.Conditions }

// IsReady tells whether the status answers to the present spec and says Ready.
func (m *CloudifyManager) IsReady() bool {
	return m.Status.ObservedGeneration == m.Generation && meta.IsStatusConditionTrue(m.Status.Conditions, ReadyCondition)
}

// IsReady tells whether the status answers to the present spec and says Ready.
func (b *CloudifyBlueprint) IsReady() bool {
	return b.Status.ObservedGeneration == b.Generation && meta.IsStatusConditionTrue(b.Status.Conditions, ReadyCondition)
}

// IsReady tells whether the status answers to the present spec and says Ready.
func (d *CloudifyDeployment) IsReady() bool {
	return d.Status.ObservedGeneration == d.Generation && meta.IsStatusConditionTrue(d.Status.Conditions, ReadyCondition)
}

// IsStalled tells whether the status answers to the present spec and says Stalled.
func (b *CloudifyBlueprint) IsStalled() bool {
	return b.Status.ObservedGeneration == b.Generation && meta.IsStatusConditionTrue(b.Status.Conditions, StalledCondition)
}

// IsStalled tells whether the status answers to the present spec and says Stalled.
func (d *CloudifyDeployment) IsStalled() bool {
	return d.Status.ObservedGeneration == d.Generation && meta.IsStatusConditionTrue(d.Status.Conditions, StalledCondition)
}

// RequestedAt returns what the object was last asked to do again under; empty when it never was.
func RequestedAt(o metav1.Object) string { return o.GetAnnotations()[RequestedAtAnnotation] }

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

// EffectiveDeletionPolicy returns the policy that holds: the spec's, else Delete with a source and Orphan without.
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

// EffectiveDeletionPolicy returns the policy that holds: the spec's, else Delete.
func (d *CloudifyDeployment) EffectiveDeletionPolicy() DeletionPolicy {
	if d.Spec.DeletionPolicy == "" {
		return DeletionPolicyDelete
	}
	return d.Spec.DeletionPolicy
}

// BlueprintKey returns the namespace and name of the CloudifyBlueprint the deployment refers to.
func (d *CloudifyDeployment) BlueprintKey() types.NamespacedName {
	key := types.NamespacedName{Namespace: d.Spec.BlueprintRef.Namespace, Name: d.Spec.BlueprintRef.Name}
	if key.Namespace == "" {
		key.Namespace = d.Namespace
	}
	return key
}
