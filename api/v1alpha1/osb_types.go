// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// ServiceInstance is what a platform requested through the OSB endpoint.
// +kubebuilder:validation:XValidation:rule="self.instanceID == oldSelf.instanceID && self.serviceID == oldSelf.serviceID",message="instanceID and serviceID are immutable"
type ServiceInstance struct {
	// instanceID is the platform's ID of the service instance.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	InstanceID string `json:"instanceID,omitempty"`

	// serviceID is the ID of the service offering.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	ServiceID string `json:"serviceID,omitempty"`

	// planID is the ID of the plan that was last requested.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	PlanID string `json:"planID,omitempty"`

	// parameters that were last requested, without those of sensitive inputs, which are in parametersSecret.
	// +optional
	// +kubebuilder:validation:MaxProperties=256
	Parameters map[string]JSON `json:"parameters,omitempty"`

	// parametersSecret names the Secret that holds the parameters of sensitive inputs. A Secret that this object does not own
	// counts as missing.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	ParametersSecret string `json:"parametersSecret,omitempty"`

	// maintenanceVersion of the plan that was last requested, or that was offered when the instance was created.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	MaintenanceVersion string `json:"maintenanceVersion,omitempty"`

	// operation is the latest accepted operation.
	// +required
	Operation Operation `json:"operation,omitzero"`
}

// ServiceBinding is the binding that a platform requested through the OSB endpoint.
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a binding request cannot be changed: unbind, then bind again"
type ServiceBinding struct {
	// instanceID is the platform's ID of the service instance.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	InstanceID string `json:"instanceID,omitempty"`

	// bindingID is the platform's ID of the binding.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	BindingID string `json:"bindingID,omitempty"`

	// serviceID is the ID of the service offering.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	ServiceID string `json:"serviceID,omitempty"`

	// planID is the ID of the plan.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	PlanID string `json:"planID,omitempty"`

	// predecessorBindingID is the platform's ID of the binding that this one succeeds.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	PredecessorBindingID string `json:"predecessorBindingID,omitempty"`
}

// OperationVerb says what a platform requested.
// +kubebuilder:validation:Enum=Provision;Update;Deprovision
type OperationVerb string

const (
	// OperationProvision creates a service instance.
	OperationProvision OperationVerb = "Provision"
	// OperationUpdate changes its plan, parameters or maintenance version.
	OperationUpdate OperationVerb = "Update"
	// OperationDeprovision deletes it.
	OperationDeprovision OperationVerb = "Deprovision"
)

// Operation is one that a platform requested. The platform polls it by its number.
type Operation struct {
	// verb says what was requested.
	// +required
	Verb OperationVerb `json:"verb,omitempty"`

	// number of the operation on this object: 1 for the first, incremented by each accepted operation.
	// +required
	// +kubebuilder:validation:Minimum=1
	Number int64 `json:"number,omitempty"`
}
