// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CloudifyBindingSpec says which deployment the binding gives access to.
// +kubebuilder:validation:XValidation:rule="has(self.osb) == has(oldSelf.osb)",message="osb can be set only at creation, by the OSB endpoint"
type CloudifyBindingSpec struct {
	// deploymentRef names the CloudifyDeployment, in the namespace of this object. The operator waits for one that does
	// not exist yet or has no outputs yet. The reference cannot be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="deploymentRef is immutable: create another CloudifyBinding instead"
	DeploymentRef LocalObjectReference `json:"deploymentRef,omitzero"`

	// parameters with which the binding was requested. They are stored, but do not affect the credentials.
	// +optional
	// +kubebuilder:validation:MaxProperties=256
	Parameters map[string]JSON `json:"parameters,omitempty"`

	// secretName is the name of the Secret that receives the credentials. The Secret must not exist yet. Unset: the name
	// of this object.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	SecretName string `json:"secretName,omitempty"`

	// osb is what a platform requested through the OSB endpoint. Only the endpoint writes it.
	// +optional
	OSB *ServiceBinding `json:"osb,omitempty"`
}

// CloudifyBindingStatus says whether the credentials are available.
type CloudifyBindingStatus struct {
	// observedGeneration is the generation of the spec that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready, Reconciling and Stalled.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// deploymentUID is the UID of the CloudifyDeployment whose credentials these are. The binding does not follow a later
	// deployment of the same name.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	DeploymentUID string `json:"deploymentUID,omitempty"`

	// observedSecrets identifies the versions of the outputs Secret, of the Secret with the credentials, and of the
	// offering's binding template that this status describes.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ObservedSecrets string `json:"observedSecrets,omitempty"`

	// binding names the Secret with the credentials, which makes this object a Provisioned Service as servicebinding.io
	// defines it.
	// +optional
	Binding *LocalObjectReference `json:"binding,omitempty"`
}

// CloudifyBinding gives access to a CloudifyDeployment: the operator writes its credentials into a Secret, as the offering
// of its blueprint defines, keeps them up to date, and deletes the Secret with this object.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cfybind,categories=cloudify
// +kubebuilder:metadata:labels="servicebinding.io/provisioned-service=true"
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Deployment",type=string,JSONPath=`.spec.deploymentRef.name`
// +kubebuilder:printcolumn:name="Secret",type=string,JSONPath=`.status.binding.name`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type CloudifyBinding struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the usual object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says which deployment the binding gives access to.
	// +required
	Spec CloudifyBindingSpec `json:"spec,omitzero"`

	// status says whether the credentials are available.
	// +optional
	Status CloudifyBindingStatus `json:"status,omitzero"`
}

// CloudifyBindingList is a list of CloudifyBindings.
//
// +kubebuilder:object:root=true
type CloudifyBindingList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []CloudifyBinding `json:"items"`
}
