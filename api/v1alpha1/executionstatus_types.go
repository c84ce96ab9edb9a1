// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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
