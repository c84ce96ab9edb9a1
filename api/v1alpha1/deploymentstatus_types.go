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

// PreviewState says what is known of the changes that an update would make.
// +kubebuilder:validation:Enum=Made;Refused;Pending;Unsupported
type PreviewState string

const (
	// PreviewMade: the Manager said what the update would change.
	PreviewMade PreviewState = "Made"
	// PreviewRefused: the Manager refuses the update.
	PreviewRefused PreviewState = "Refused"
	// PreviewPending: the Manager could not be asked yet.
	PreviewPending PreviewState = "Pending"
	// PreviewUnsupported: the Manager's release has no previews (before 5.0).
	PreviewUnsupported PreviewState = "Unsupported"
)

// PendingUpdate is an update that waits for approval: what it would change, in names, never in values. Each list has at most
// 50 names.
type PendingUpdate struct {
	// id of the update. To approve it, set the annotation cloudify.co/approved-update to it. Whatever changes what the update
	// would do makes another id. No value can be guessed from it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	ID string `json:"id,omitempty"`

	// approved is set once somebody approved the update and the operator carries it out.
	// +optional
	Approved bool `json:"approved,omitempty"`

	// summary is id and changes in a line, for kubectl's column; set only while the update waits for approval.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Summary string `json:"summary,omitempty"`

	// inputs are the names of the inputs whose values change.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=256
	Inputs []string `json:"inputs,omitempty"`

	// fromBlueprintID is the revision that the deployment has.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	FromBlueprintID string `json:"fromBlueprintID,omitempty"`

	// toBlueprintID is the revision that it would get; the same where only inputs change.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	ToBlueprintID string `json:"toBlueprintID,omitempty"`

	// preview says whether the Manager was asked what the update would change: Made, and what follows is its answer; Refused,
	// it would fail; Pending, the operator asks later; Unsupported, releases before 5.0 cannot tell.
	// +optional
	Preview PreviewState `json:"preview,omitempty"`

	// message says why the Manager refuses the update, or why it could not be asked yet.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// nodes are those of the blueprint that would be added, removed or changed.
	// +optional
	Nodes NodeChanges `json:"nodes,omitzero"`

	// relationships are the nodes whose relationships change.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=256
	Relationships []string `json:"relationships,omitempty"`

	// mayReinstall are the nodes whose properties change. The Manager reinstalls them, unless their check_drift operation
	// finds no drift.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=256
	MayReinstall []string `json:"mayReinstall,omitempty"`

	// omitted is how many names did not fit into these lists.
	// +optional
	Omitted int32 `json:"omitted,omitempty"`
}

// NodeChanges are what an update does to the nodes of a deployment.
type NodeChanges struct {
	// added nodes are installed.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=256
	Added []string `json:"added,omitempty"`

	// removed nodes are uninstalled.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=256
	Removed []string `json:"removed,omitempty"`

	// changed nodes get other properties or operations.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=256
	Changed []string `json:"changed,omitempty"`
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

// ExecutionStatus describes an execution of a workflow.
type ExecutionStatus struct {
	// id of the execution at the Manager.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	ID string `json:"id,omitempty"`

	// workflow that it executes, for example install.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Workflow string `json:"workflow,omitempty"`

	// status as the Manager reports it: pending, started, terminated (which means success), failed, cancelled and others.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Status string `json:"status,omitempty"`

	// startedAt is when it started.
	// +optional
	StartedAt *metav1.Time `json:"startedAt,omitempty"`

	// endedAt is when it ended.
	// +optional
	EndedAt *metav1.Time `json:"endedAt,omitempty"`

	// firstSeenAt is when the operator first saw it, by its own clock: timeouts count from then. Set only while it runs.
	// +optional
	FirstSeenAt *metav1.MicroTime `json:"firstSeenAt,omitempty"`

	// cancelledAt is when the operator last asked it to stop (cancel, force-cancel or kill), or first saw it stopping, by
	// its own clock. Set only while it runs.
	// +optional
	CancelledAt *metav1.MicroTime `json:"cancelledAt,omitempty"`

	// finishedOperations is how many of totalOperations are done.
	// +optional
	FinishedOperations int32 `json:"finishedOperations,omitempty"`

	// totalOperations is the number of operations of the workflow; 0 while it is unknown.
	// +optional
	TotalOperations int32 `json:"totalOperations,omitempty"`

	// progress is finishedOperations/totalOperations, for kubectl's column; set only while the execution runs.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Progress string `json:"progress,omitempty"`

	// error is the Manager's reason for a failure, in its own words, with the values of sensitive inputs masked.
	// +optional
	// +kubebuilder:validation:MaxLength=4096
	Error string `json:"error,omitempty"`
}
