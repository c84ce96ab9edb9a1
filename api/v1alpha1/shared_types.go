// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// JSON is any JSON value.
type JSON = apiextensionsv1.JSON

// DeletionPolicy says what happens at the Manager when the object is deleted.
// +kubebuilder:validation:Enum=Delete;Orphan
type DeletionPolicy string

const (
	// DeletionPolicyDelete removes it from the Manager, a deployment after its uninstall workflow.
	DeletionPolicyDelete DeletionPolicy = "Delete"
	// DeletionPolicyOrphan leaves it at the Manager as it is. The object is removed at once, even if the Manager cannot be
	// reached.
	DeletionPolicyOrphan DeletionPolicy = "Orphan"
)

// NamespacesFrom names a way to choose namespaces.
type NamespacesFrom string

const (
	// NamespacesFromSame is the namespace of the object itself.
	NamespacesFromSame NamespacesFrom = "Same"
	// NamespacesFromOperator is the namespace the operator runs in.
	NamespacesFromOperator NamespacesFrom = "Operator"
	// NamespacesFromAll is every namespace.
	NamespacesFromAll NamespacesFrom = "All"
	// NamespacesFromSelector is the namespaces whose labels match the selector beside it.
	NamespacesFromSelector NamespacesFrom = "Selector"
)

// LocalObjectReference names an object whose namespace the field that holds the reference implies.
type LocalObjectReference struct {
	// name of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}
