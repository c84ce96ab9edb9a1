// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// BindingTemplate says how the credentials of a binding are made.
type BindingTemplate struct {
	// type of the service as servicebinding.io knows it, for example postgresql: the key type.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	Type string `json:"type,omitempty"`

	// provider of the service as servicebinding.io knows it: the key provider.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	Provider string `json:"provider,omitempty"`

	// rotatable lets platforms request a successor of a binding. The credentials are the deployment's own, so a
	// successor has the same ones until the deployment's change.
	// +optional
	Rotatable bool `json:"rotatable,omitempty"`

	// keys of the credentials. Capabilities and outputs that no key here names are left out, unless no key here names any:
	// then all capabilities are added to these, or all outputs of a deployment without capabilities.
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

	// value of the key, the same for each binding.
	// +optional
	// +kubebuilder:validation:MaxLength=4096
	Value *string `json:"value,omitempty"`

	// template makes the value of other keys, for example "postgres://{{ .username }}:{{ .password | urlquery }}@{{ .host }}/".
	// It may use the function urlquery and fields, which are the names of capabilities, of outputs, and of keys that are not
	// templates; nothing else is allowed. A missing field is an error.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Template string `json:"template,omitempty"`
}
