// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Orphans are deployments and blueprints at a Manager whose objects are gone.
type Orphans struct {
	// count of all of them, deployments and blueprints together.
	// +required
	// +kubebuilder:validation:Minimum=1
	Count int32 `json:"count,omitempty"`

	// deployments without a CloudifyDeployment: the oldest 20.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=20
	Deployments []Orphan `json:"deployments,omitempty"`

	// blueprints without a CloudifyBlueprint: the oldest 20.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=20
	Blueprints []Orphan `json:"blueprints,omitempty"`
}

// Orphan is a deployment or blueprint at a Manager whose object is gone.
type Orphan struct {
	// id at the Manager.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	ID string `json:"id,omitempty"`

	// namespace of the object that it was created for, according to its label.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Namespace string `json:"namespace,omitempty"`

	// name of the object that it was created for, according to its label.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}
