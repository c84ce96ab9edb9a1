// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Offering presents a blueprint to the users who deploy it, in the terms of the Open Service Broker API.
type Offering struct {
	// id of the service offering. It must stay the same as long as instances exist. Unset: a UUID derived from the names of
	// the cluster, the namespace and this object, so that an object created again under its name is the same offering.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9._-]+$`
	ID string `json:"id,omitempty"`

	// name of the service offering, as platforms show it and users type it. Unset: the blueprint ID in lower case, with a
	// hyphen in place of each unsupported character.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$`
	Name string `json:"name,omitempty"`

	// description of the service offering. Unset: that of the service template, or the name if the template has none.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`

	// tags by which applications find services of a kind, for example mysql.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	Tags []string `json:"tags,omitempty"`

	// bindable says whether platforms may create bindings. Unset: true.
	// +optional
	Bindable *bool `json:"bindable,omitempty"`

	// metadata is what platforms show about the offering.
	// +optional
	Metadata *OfferingMetadata `json:"metadata,omitempty"`

	// sensitiveInputs are inputs whose values are secret, in addition to those the blueprint hides: the operator keeps what
	// a platform sends for them in a Secret, and never shows or returns it.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	SensitiveInputs []string `json:"sensitiveInputs,omitempty"`

	// plans are named sets of inputs, for spec.plan of a CloudifyDeployment and for the plans of the service offering.
	// Unset: one named default that fixes no inputs.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Plans []Plan `json:"plans,omitempty"`

	// binding defines the credentials of a binding. Unset: all capabilities, or all outputs if the deployment has no
	// capabilities.
	// +optional
	Binding *BindingTemplate `json:"binding,omitempty"`
}

// OfferingMetadata is what platforms show about a service offering.
type OfferingMetadata struct {
	// displayName of the offering.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	DisplayName string `json:"displayName,omitempty"`

	// imageUrl of a picture: an https or data URL.
	// +optional
	// +kubebuilder:validation:MaxLength=65536
	ImageURL string `json:"imageUrl,omitempty"`

	// longDescription of the offering.
	// +optional
	// +kubebuilder:validation:MaxLength=8192
	LongDescription string `json:"longDescription,omitempty"`

	// providerDisplayName is the name of the service's provider.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	ProviderDisplayName string `json:"providerDisplayName,omitempty"`

	// documentationUrl is where the service is documented.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	DocumentationURL string `json:"documentationUrl,omitempty"`

	// supportUrl is where users get help.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	SupportURL string `json:"supportUrl,omitempty"`
}

// Plan is a set of inputs chosen by the author of an offering.
type Plan struct {
	// name by which a CloudifyDeployment and a platform choose the plan.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// id of the plan for platforms. It must stay the same as long as instances exist. Unset: a UUID derived from the
	// offering's ID and the name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9._-]+$`
	ID string `json:"id,omitempty"`

	// description of the plan, for users who choose one. Unset: the name.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`

	// free says whether the plan costs nothing. Unset: true.
	// +optional
	Free *bool `json:"free,omitempty"`

	// inputs that the plan fixes: users cannot set them. Intrinsic functions are allowed here. A changed value reaches only
	// new deployments; existing ones keep the applied values until their spec.plan changes, or a platform accepts a new
	// maintenanceInfo.
	// +optional
	// +kubebuilder:validation:MaxProperties=256
	Inputs map[string]JSON `json:"inputs,omitempty"`

	// metadata is what platforms show about the plan.
	// +optional
	Metadata *PlanMetadata `json:"metadata,omitempty"`

	// maximumPollingDuration is how long a platform waits for an operation, for example 2h, in whole seconds. Unset: 2h.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s')",message="maximumPollingDuration must be at least 1s"
	MaximumPollingDuration *metav1.Duration `json:"maximumPollingDuration,omitempty"`

	// maintenanceInfo lets platforms offer an upgrade: if its version differs from an instance's, they may request an
	// upgrade, which moves the instance to the newest revision of the blueprint and to the plan's current inputs.
	// +optional
	MaintenanceInfo *MaintenanceInfo `json:"maintenanceInfo,omitempty"`
}

// MaintenanceInfo says which version of a plan new instances get.
type MaintenanceInfo struct {
	// version is a semantic version 2.0, for example 1.2.0.
	// +required
	// +kubebuilder:validation:MinLength=5
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`
	Version string `json:"version,omitempty"`

	// description of what an upgrade to this version brings, and whether the service is interrupted.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`
}

// PlanMetadata is what platforms show about a plan.
type PlanMetadata struct {
	// displayName of the plan.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	DisplayName string `json:"displayName,omitempty"`

	// bullets are features of the plan.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=255
	Bullets []string `json:"bullets,omitempty"`

	// costs of the plan.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Costs []PlanCost `json:"costs,omitempty"`
}

// PlanCost is one cost of a plan.
type PlanCost struct {
	// amount by currency, for example {"eur": 9.5}.
	// +required
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	Amount map[string]JSON `json:"amount,omitempty"`

	// unit that the amount is for, for example MONTHLY.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Unit string `json:"unit,omitempty"`
}

// OfferingStatus is a service offering with the defaults of the spec filled in.
type OfferingStatus struct {
	// id of the service offering.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	ID string `json:"id,omitempty"`

	// name of the service offering.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`

	// description of the service offering.
	// +optional
	// +kubebuilder:validation:MaxLength=4096
	Description string `json:"description,omitempty"`

	// plans by name, with their IDs.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Plans []PlanStatus `json:"plans,omitempty"`

	// schema is the JSON Schema (draft-04) of all inputs of the blueprint; a plan's schema leaves out the inputs that the
	// plan fixes. Secret inputs have the format password and no default.
	// +optional
	Schema *JSON `json:"schema,omitempty"`
}

// PlanStatus is a plan with the defaults of the spec filled in.
type PlanStatus struct {
	// name of the plan.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`

	// id of the plan.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	ID string `json:"id,omitempty"`
}
