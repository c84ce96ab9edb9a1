// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// BindingTemplate defines the credentials of a binding.
type BindingTemplate struct {
	// type of the service as servicebinding.io defines it, for example postgresql: the key type.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	Type string `json:"type,omitempty"`

	// provider of the service as servicebinding.io defines it: the key provider.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	Provider string `json:"provider,omitempty"`

	// rotatable lets platforms rotate a binding by requesting a successor. The credentials are the deployment's own, so the
	// successor has the same ones until the deployment's credentials change.
	// +optional
	Rotatable bool `json:"rotatable,omitempty"`

	// keys of the credentials. If any key refers to a capability or an output, only those referred to are included;
	// otherwise all capabilities are added to these keys, or all outputs if the deployment has no capabilities.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Keys []BindingKey `json:"keys,omitempty"`
}

// BindingKey is one key of the credentials of a binding.
// +kubebuilder:validation:XValidation:rule="[has(self.capability), has(self.output), has(self.value), has(self.template)].filter(x, x).size() == 1",message="set exactly one of capability, output, value and template"
type BindingKey struct {
	// name of the key.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[-._a-zA-Z0-9]+$`
	Name string `json:"name,omitempty"`

	// capability whose value the key has.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Capability string `json:"capability,omitempty"`

	// output whose value the key has.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Output string `json:"output,omitempty"`

	// value of the key, the same in every binding.
	// +optional
	// +kubebuilder:validation:MaxLength=4096
	Value *string `json:"value,omitempty"`

	// template builds the value from other values, for example "postgres://{{ .username }}:{{ .password | urlquery }}@{{
	// .host }}/". It may use the function urlquery and, as fields, the names of capabilities, of outputs, and of keys that
	// are not templates; nothing else is allowed. A missing field is an error.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Template string `json:"template,omitempty"`
}
