// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CloudifyDeploymentStatus says what is known about the deployment at the Manager.
type CloudifyDeploymentStatus struct {
	// observedGeneration is the generation of the spec that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// lastHandledRequest is the value of the annotation cloudify.co/requested-at for which a step was last started.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	LastHandledRequest string `json:"lastHandledRequest,omitempty"`

	// lastHandledOperation is the number of the platform's operation for which a step was last started: a greater number in
	// spec.osb requests a retry, as cloudify.co/requested-at does.
	// +optional
	LastHandledOperation int64 `json:"lastHandledOperation,omitempty"`

	// lastHandledApproval is the value of the annotation cloudify.co/approved-update that the operator last carried out, or
	// refused because no update with that id was pending.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	LastHandledApproval string `json:"lastHandledApproval,omitempty"`

	// conditions are Ready, Reconciling, Stalled, Created, Installed, UpToDate, Drifted and ExpiresSoon.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// deploymentID at the Manager.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	DeploymentID string `json:"deploymentID,omitempty"`

	// blueprintID is the revision of the blueprint that the deployment uses at the Manager.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	BlueprintID string `json:"blueprintID,omitempty"`

	// deletionPolicy is the policy in effect.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// execution is the latest execution of a workflow on the deployment, whoever started it.
	// +optional
	Execution *ExecutionStatus `json:"execution,omitempty"`

	// applied is what the operator last applied completely. The operator writes it when the object first becomes Ready for
	// a generation, or for a revision that it follows.
	// +optional
	Applied *AppliedStatus `json:"applied,omitempty"`

	// observedInputs identify the values from outside the spec that this status describes, as observedGeneration does for
	// the spec.
	// +optional
	ObservedInputs *ObservedInputs `json:"observedInputs,omitempty"`

	// pendingUpdate is the update that waits for approval, or that was approved and is not complete yet (updatePolicy Approve).
	// +optional
	PendingUpdate *PendingUpdate `json:"pendingUpdate,omitempty"`

	// previewExecution is the ID of the execution in which the Manager previewed an update, if nothing ran since. It changed
	// nothing, so status.execution still shows the one before.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	PreviewExecution string `json:"previewExecution,omitempty"`

	// newerBlueprintID is the newest revision of the blueprint, if the deployment uses another.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	NewerBlueprintID string `json:"newerBlueprintID,omitempty"`

	// timedOutExecution is the ID of the execution that the operator last cancelled because it ran longer than the spec
	// allows. The operator writes it before it asks the Manager to cancel.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	TimedOutExecution string `json:"timedOutExecution,omitempty"`

	// awaitedWindow is when the maintenance window begins for which an update waits.
	// +optional
	AwaitedWindow *metav1.Time `json:"awaitedWindow,omitempty"`

	// expiresAt is when the operator deletes this object because spec.ttl is over.
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`

	// unanswered is the last change that the operator requested and the Manager did not answer in time. The request may
	// still arrive, so the operator repeats it only when it no longer can.
	// +optional
	Unanswered *UnansweredChange `json:"unanswered,omitempty"`

	// binding names the Secret with capabilities and outputs, which makes this object a Provisioned Service as
	// servicebinding.io defines it.
	// +optional
	Binding *LocalObjectReference `json:"binding,omitempty"`
}

// UnansweredChange is a change that the Manager did not answer in time.
type UnansweredChange struct {
	// step is what was requested, such as Install.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Step string `json:"step,omitempty"`

	// at is when the operator gave up waiting for an answer, by its own clock.
	// +required
	At metav1.MicroTime `json:"at,omitzero"`
}

// AppliedStatus is what the operator last applied completely.
type AppliedStatus struct {
	// generation of the spec.
	// +required
	Generation int64 `json:"generation,omitempty"`

	// plan whose inputs were applied.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Plan string `json:"plan,omitempty"`

	// spec identifies what the spec asked for then that an update applies: plan, inputs, inputsFrom and revision.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Spec string `json:"spec,omitempty"`

	// planInputs are the names of the inputs that the plan fixed.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=256
	PlanInputs []string `json:"planInputs,omitempty"`

	// blueprintID is the revision of the blueprint.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	BlueprintID string `json:"blueprintID,omitempty"`

	// approvedUpdate is the id of the approved update that was applied last.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ApprovedUpdate string `json:"approvedUpdate,omitempty"`

	// operation is the number of the platform's operation that was applied: spec.osb.operation.number at that time.
	// +optional
	Operation int64 `json:"operation,omitempty"`

	// maintenanceVersion is the version of the plan that was applied.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	MaintenanceVersion string `json:"maintenanceVersion,omitempty"`
}

// ObservedInputs are digests of what inputs take from outside the spec. No value can be guessed from them: they are derived
// from versions, and from what only those who may read the blueprint know.
type ObservedInputs struct {
	// plan changes with the inputs that the plan fixes.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Plan string `json:"plan,omitempty"`

	// references changes with the versions of the Secrets and ConfigMaps that inputsFrom refers to.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	References string `json:"references,omitempty"`

	// deployments changes with the versions of the outputs of the CloudifyDeployments that inputsFrom refers to.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Deployments string `json:"deployments,omitempty"`
}
