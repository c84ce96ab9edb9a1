// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Reasons of a CloudifyExecution, beside those of a CloudifyDeployment that it shares.
const (
	// ReasonSucceeded: the workflow has succeeded.
	ReasonSucceeded = "Succeeded"
	// ReasonStarting: the operator is about to start the workflow, or waits until a request without an answer can no longer
	// arrive.
	ReasonStarting = "Starting"
	// ReasonRunning: the workflow is running.
	ReasonRunning = "Running"
	// ReasonDeploymentBusy: the CloudifyDeployment has a change of its own to make first, or something else is running on it.
	ReasonDeploymentBusy = "DeploymentBusy"
	// ReasonExecutionQueued: an older CloudifyExecution of the same deployment goes first.
	ReasonExecutionQueued = "ExecutionQueued"
	// ReasonUnknownWorkflow: the deployment has no such workflow, or the operator runs it itself. The message lists those
	// that there are; create another CloudifyExecution.
	ReasonUnknownWorkflow = "UnknownWorkflow"
	// ReasonWorkflowUnavailable: the Manager does not offer the workflow in the deployment's current state. The message lists
	// those that it offers.
	ReasonWorkflowUnavailable = "WorkflowUnavailable"
	// ReasonInvalidParameters: the message names the parameters that are missing, unknown or wrong.
	ReasonInvalidParameters = "InvalidParameters"
	// ReasonExecutionFailed: the workflow failed. The message says why; create another CloudifyExecution to try again.
	ReasonExecutionFailed = "ExecutionFailed"
	// ReasonExecutionCancelled: the execution was cancelled, or is not started because of spec.cancel.
	ReasonExecutionCancelled = "ExecutionCancelled"
	// ReasonExecutionLost: the execution is no longer in the Manager's history, so nobody can tell how it ended, or whether it
	// began.
	ReasonExecutionLost = "ExecutionLost"
	// ReasonExecutionAmbiguous: the Manager did not answer the start, and it cannot be told which execution came of it. The
	// message names those that may have. It is not started again.
	ReasonExecutionAmbiguous = "ExecutionAmbiguous"
)
