// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CloudifyExecutionSpec says which workflow to run on which deployment. Once it has been started, only cancel and
// ttlAfterFinished have an effect.
// +kubebuilder:validation:XValidation:rule="self.deploymentRef == oldSelf.deploymentRef && self.workflow == oldSelf.workflow",message="deploymentRef and workflow are immutable: create another CloudifyExecution instead"
// +kubebuilder:validation:XValidation:rule="has(self.parametersFrom) == has(oldSelf.parametersFrom) && (!has(self.parametersFrom) || self.parametersFrom == oldSelf.parametersFrom)",message="parametersFrom is immutable: create another CloudifyExecution instead"
// +kubebuilder:validation:XValidation:rule="(has(self.dryRun) && self.dryRun) == (has(oldSelf.dryRun) && oldSelf.dryRun)",message="dryRun is immutable: create another CloudifyExecution instead"
// +kubebuilder:validation:XValidation:rule="has(self.timeout) == has(oldSelf.timeout) && (!has(self.timeout) || self.timeout == oldSelf.timeout)",message="timeout is immutable: create another CloudifyExecution instead"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.cancel) || !oldSelf.cancel || (has(self.cancel) && self.cancel)",message="cancel cannot be taken back: create another CloudifyExecution instead"
type CloudifyExecutionSpec struct {
	// deploymentRef names the CloudifyDeployment, in the namespace of this object. The operator waits for one that does not
	// exist yet or is not installed yet. It owns this object: when it is deleted, so is this object.
	// +required
	DeploymentRef LocalObjectReference `json:"deploymentRef,omitzero"`

	// workflow to run. Not one that the operator runs itself (install, uninstall, update, create_…, delete_…, csys_…): those
	// follow from the CloudifyDeployment.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Workflow string `json:"workflow,omitempty"`

	// parameters of the workflow, by name. Any JSON value except null, which is the same as omitting the parameter. The
	// blueprint defines their types and constraints; intrinsic functions such as {get_secret: …} are refused. Changing them
	// once the workflow is started has no effect.
	// +optional
	// +kubebuilder:validation:MaxProperties=256
	Parameters map[string]JSON `json:"parameters,omitempty"`

	// parametersFrom takes the values of parameters from Secrets and ConfigMaps of this namespace, read when the workflow is
	// started. A parameter of type string gets the value as it is; for another type, the value is parsed as JSON. The Manager
	// keeps parameters in clear text with the execution.
	// +optional
	// +listType=map
	// +listMapKey=parameter
	// +kubebuilder:validation:MaxItems=64
	ParametersFrom []ParameterSource `json:"parametersFrom,omitempty"`

	// dryRun asks the Manager for a dry run (releases 4.4 and later): it then runs no operations of nodes. A workflow that is
	// a script runs nevertheless.
	// +optional
	DryRun bool `json:"dryRun,omitempty"`

	// timeout is how long the workflow may run, by the operator's clock. The operator then cancels it, after the grace period
	// by force. Unset: as long as it takes.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s')",message="timeout must be at least 1s"
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// cancel ends the execution: the operator cancels one that runs, and does not start one that waits.
	// +optional
	Cancel bool `json:"cancel,omitempty"`

	// ttlAfterFinished is how long this object stays after the execution has ended or was refused. Unset: until somebody
	// deletes it.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('0s')",message="ttlAfterFinished must not be negative"
	TTLAfterFinished *metav1.Duration `json:"ttlAfterFinished,omitempty"`
}

// ParameterSource takes the value of a parameter from a key of a Secret or of a ConfigMap.
// +kubebuilder:validation:XValidation:rule="has(self.secretKeyRef) != has(self.configMapKeyRef)",message="set exactly one of secretKeyRef and configMapKeyRef"
type ParameterSource struct {
	// parameter is the name of the parameter that gets the value. It must not also be in parameters.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Parameter string `json:"parameter,omitempty"`

	// secretKeyRef names a key of a Secret. The operator sends the value to the Manager and shows it nowhere else.
	// +optional
	SecretKeyRef *KeyReference `json:"secretKeyRef,omitempty"`

	// configMapKeyRef names a key of a ConfigMap.
	// +optional
	ConfigMapKeyRef *KeyReference `json:"configMapKeyRef,omitempty"`
}

// CloudifyExecutionStatus says how far the execution is.
type CloudifyExecutionStatus struct {
	// observedGeneration is the generation of the spec that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready (the workflow has succeeded), Reconciling (it waits or runs), and Stalled (it failed, was cancelled
	// or was refused, and is not repeated).
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// start is the operator's intent to start the workflow, written before it asks the Manager.
	// +optional
	Start *ExecutionStart `json:"start,omitempty"`

	// execution at the Manager.
	// +optional
	Execution *ExecutionStatus `json:"execution,omitempty"`

	// timedOut is true once the operator cancels the execution because it ran longer than spec.timeout. The operator writes
	// it before it asks the Manager to cancel.
	// +optional
	TimedOut bool `json:"timedOut,omitempty"`

	// finishedAt is when the operator saw that the execution had ended, or that it cannot be started. ttlAfterFinished
	// counts from then.
	// +optional
	FinishedAt *metav1.Time `json:"finishedAt,omitempty"`
}

// ExecutionStart is the intent to start a workflow. After a lost answer it tells which execution is this object's: one that is
// newer, of the same workflow with the same parameters, and of no other object.
type ExecutionStart struct {
	// at is when the operator was about to ask the Manager, by its own clock.
	// +required
	At metav1.MicroTime `json:"at,omitzero"`

	// after is the ID of the deployment's newest execution at that time.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	After string `json:"after,omitempty"`

	// parameters is a digest of what the parameters were made of. No value can be guessed from it.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Parameters string `json:"parameters,omitempty"`
}

// CloudifyExecution is one run of a workflow on a CloudifyDeployment, as a Job is one run of a pod. It runs at most once: a
// failure is an answer, and is not retried. Deleting one that runs cancels it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cfyx,categories=cloudify
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Deployment",type=string,JSONPath=`.spec.deploymentRef.name`
// +kubebuilder:printcolumn:name="Workflow",type=string,JSONPath=`.spec.workflow`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.execution.status`
// +kubebuilder:printcolumn:name="Progress",type=string,JSONPath=`.status.execution.progress`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type CloudifyExecution struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the usual object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says which workflow to run on which deployment.
	// +required
	Spec CloudifyExecutionSpec `json:"spec,omitzero"`

	// status says how far the execution is.
	// +optional
	Status CloudifyExecutionStatus `json:"status,omitzero"`
}

// CloudifyExecutionList is a list of CloudifyExecutions.
//
// +kubebuilder:object:root=true
type CloudifyExecutionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []CloudifyExecution `json:"items"`
}
