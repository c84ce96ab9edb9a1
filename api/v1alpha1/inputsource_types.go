// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// InputSource takes the value of an input from a key of a Secret or of a ConfigMap, or from another deployment.
// +kubebuilder:validation:XValidation:rule="[has(self.secretKeyRef), has(self.configMapKeyRef), has(self.deploymentRef)].filter(x, x).size() == 1",message="set exactly one of secretKeyRef, configMapKeyRef and deploymentRef"
type InputSource struct {
	// input is the name of the input that gets the value. It must not also be in inputs.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Input string `json:"input,omitempty"`

	// secretKeyRef names a key of a Secret. The operator sends the value to the Manager and shows it nowhere else.
	// +optional
	SecretKeyRef *KeyReference `json:"secretKeyRef,omitempty"`

	// configMapKeyRef names a key of a ConfigMap.
	// +optional
	ConfigMapKeyRef *KeyReference `json:"configMapKeyRef,omitempty"`

	// deploymentRef names a capability or an output of another CloudifyDeployment. A new deployment is created once that one
	// is Ready. When the value changes, it is applied like a changed spec, at once. As long as this object refers to it, that
	// one is not uninstalled.
	// +optional
	DeploymentRef *OutputReference `json:"deploymentRef,omitempty"`
}

// OutputReference names a capability or an output of a CloudifyDeployment in the same namespace.
// +kubebuilder:validation:XValidation:rule="has(self.capability) != has(self.output)",message="set exactly one of capability and output"
type OutputReference struct {
	// name of the CloudifyDeployment. The operator waits for one that is missing.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// capability whose value the input gets.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Capability string `json:"capability,omitempty"`

	// output whose value the input gets.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Output string `json:"output,omitempty"`
}

// KeyReference names a key of an object in the same namespace.
type KeyReference struct {
	// name of the Secret or ConfigMap. The operator waits for one that is missing.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// key whose value the input gets.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key,omitempty"`
}
