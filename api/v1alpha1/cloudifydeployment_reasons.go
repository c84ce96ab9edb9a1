// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Reasons of a CloudifyDeployment.
const (
	// ReasonBlueprintNotFound: the CloudifyBlueprint does not exist. Create it; blueprintRef cannot be changed.
	ReasonBlueprintNotFound = "BlueprintNotFound"
	// ReasonBlueprintNotReady: the CloudifyBlueprint is not ready. See its Ready condition.
	ReasonBlueprintNotReady = "BlueprintNotReady"
	// ReasonBlueprintNotAllowed: the CloudifyBlueprint may not be used from this namespace. Its owner can allow it in
	// allowedNamespaces.
	ReasonBlueprintNotAllowed = "BlueprintNotAllowed"
	// ReasonInvalidInputs: the message names the inputs that are missing, unknown or wrong. Correct spec.inputs.
	ReasonInvalidInputs = "InvalidInputs"
	// ReasonReferenceMissing: a Secret, ConfigMap or CloudifyDeployment of inputsFrom or parametersFrom, or what is named of it, is
	// missing. The message names it.
	ReasonReferenceMissing = "ReferenceMissing"
	// ReasonReferenceNotReady: a CloudifyDeployment of inputsFrom is not Ready yet. The message names it, and says why.
	ReasonReferenceNotReady = "ReferenceNotReady"
	// ReasonCircularReference: the CloudifyDeployments that the message names refer to each other in a circle. Remove one of the
	// references.
	ReasonCircularReference = "CircularReference"
	// ReasonUpdateUnsupported: the Manager's release cannot update a deployment. Revert inputs and revision, or delete the
	// object and create it again.
	ReasonUpdateUnsupported = "UpdateUnsupported"
	// ReasonUpdating: inputs or revision are being updated.
	ReasonUpdating = "Updating"
	// ReasonUpdateFailed: the update failed. Correct what the message says, or request a retry.
	ReasonUpdateFailed = "UpdateFailed"
	// ReasonUpdateCancelled: somebody cancelled the update. To run it, request a retry.
	ReasonUpdateCancelled = "UpdateCancelled"
	// ReasonUpToDate: inputs and revision match the spec.
	ReasonUpToDate = "UpToDate"
	// ReasonOutdated: inputs or revision differ from the spec's; the operator is about to update them.
	ReasonOutdated = "Outdated"
	// ReasonNewerRevision: the blueprint has a newer revision. To move to it, set spec.revision.
	ReasonNewerRevision = "NewerRevision"
	// ReasonAwaitingWindow: an update that nobody requested waits for a maintenance window. The message says when it begins; to
	// update at once, request a retry.
	ReasonAwaitingWindow = "AwaitingWindow"
	// ReasonInvalidMaintenanceWindow: a schedule or time zone of spec.maintenanceWindows is not valid. The message says why.
	ReasonInvalidMaintenanceWindow = "InvalidMaintenanceWindow"
	// ReasonUnknownRevision: spec.revision.blueprintID is not a revision of the blueprint. The message lists them.
	ReasonUnknownRevision = "UnknownRevision"
	// ReasonUnknownPlan: spec.plan is not a plan of the blueprint's offering. The message lists them.
	ReasonUnknownPlan = "UnknownPlan"
	// ReasonNewerPlan: the plan now fixes other inputs than were applied. To apply them, set spec.plan to another plan and
	// back.
	ReasonNewerPlan = "NewerPlan"
	// ReasonAwaitingApproval: an update is due, and spec.updatePolicy is Approve. The message says what it would change. To
	// approve it, set the annotation cloudify.co/approved-update to its id.
	ReasonAwaitingApproval = "AwaitingApproval"
	// ReasonPreviewRefused: an update waits for approval, and the Manager's preview says that it would fail. Correct what the
	// message says, or request a retry of the preview.
	ReasonPreviewRefused = "PreviewRefused"
	// ReasonPaused: a step is due, but spec.paused is set.
	ReasonPaused = "Paused"
	// ReasonRecreating: the deployment vanished from the Manager; the operator creates it again.
	ReasonRecreating = "Recreating"
	// ReasonTimedOut: the workflow ran longer than its timeout and was cancelled. Request a retry, or raise the timeout; or
	// create another CloudifyExecution.
	ReasonTimedOut = "TimedOut"
	// ReasonNotDrifted: the Manager counts no instances that drifted or are unavailable.
	ReasonNotDrifted = "NotDrifted"
	// ReasonInstancesDrifted: the Manager counts drifted or unavailable node instances. Run heal, with a
	// CloudifyExecution or at the Manager.
	ReasonInstancesDrifted = "InstancesDrifted"
	// ReasonSecretConflict: the outputs Secret exists and does not belong to this object. Delete it, or set
	// outputsSecretName.
	ReasonSecretConflict = "SecretConflict"
	// ReasonAdopting: the object has adopted the deployment; the operator brings it in line with the spec next.
	ReasonAdopting = "Adopting"
	// ReasonAdoptionMissing: the deployment to adopt is not at the Manager.
	ReasonAdoptionMissing = "AdoptionMissing"
	// ReasonAdoptionNotAllowed: the deployment to adopt does not carry the label k8s-adoptable-by with this namespace.
	ReasonAdoptionNotAllowed = "AdoptionNotAllowed"
	// ReasonAdoptionConflict: another object holds the deployment to adopt. The message names it.
	ReasonAdoptionConflict = "AdoptionConflict"
	// ReasonAdoptionMismatch: the deployment to adopt was created from another blueprint.
	ReasonAdoptionMismatch = "AdoptionMismatch"
	// ReasonAdoptionUnsupported: the Manager's release does not support labels, so no deployment can be marked as
	// adoptable.
	ReasonAdoptionUnsupported = "AdoptionUnsupported"
	// ReasonOlderDeploymentExists: the Manager still has the deployment of an earlier object of this name, so no second one was
	// created. The message names it: adopt it with spec.deploymentID, or set the annotation cloudify.co/install-anew.
	ReasonOlderDeploymentExists = "OlderDeploymentExists"
	// ReasonAwaitingDeletion: the deployment of an earlier object of this name is being removed from the Manager. The operator
	// continues by itself after that.
	ReasonAwaitingDeletion = "AwaitingDeletion"
	// ReasonExpiresSoon: spec.ttl is over soon; the object is then deleted. To keep it, raise spec.ttl or remove it.
	ReasonExpiresSoon = "ExpiresSoon"
	// ReasonExpired: spec.ttl is over, and the operator deletes the object.
	ReasonExpired = "Expired"
	// ReasonCreating: the Manager is preparing the deployment.
	ReasonCreating = "Creating"
	// ReasonCreated: the deployment exists.
	ReasonCreated = "Created"
	// ReasonCreateFailed: the Manager could not prepare the deployment. Correct the spec, or request a retry.
	ReasonCreateFailed = "CreateFailed"
	// ReasonInstalling: the install workflow is running.
	ReasonInstalling = "Installing"
	// ReasonInstalled: the install workflow succeeded.
	ReasonInstalled = "Installed"
	// ReasonInstallFailed: the install workflow failed. Correct what the message says, then request a retry.
	ReasonInstallFailed = "InstallFailed"
	// ReasonInstallCancelled: somebody cancelled the install workflow. To run it, request a retry.
	ReasonInstallCancelled = "InstallCancelled"
	// ReasonNotInstalled: no install workflow has succeeded.
	ReasonNotInstalled = "NotInstalled"
	// ReasonCancelling: a workflow is being cancelled, because the object is deleted, or because of spec.cancel.
	ReasonCancelling = "Cancelling"
	// ReasonUninstalling: the uninstall workflow is running.
	ReasonUninstalling = "Uninstalling"
	// ReasonUninstallFailed: the uninstall workflow failed or was cancelled. Correct what the message says, then request a
	// retry; or set deletionPolicy to Orphan.
	ReasonUninstallFailed = "UninstallFailed"
	// ReasonDeleteFailed: the Manager could not delete the deployment. Request a retry, or set deletionPolicy to Orphan.
	ReasonDeleteFailed = "DeleteFailed"
	// ReasonDependentsExist: other deployments use this one, so the Manager will not remove it. Delete those first.
	ReasonDependentsExist = "DependentsExist"
	// ReasonExecutionRunning: the operator waits for an execution that somebody else, or a CloudifyExecution, started.
	ReasonExecutionRunning = "ExecutionRunning"
	// ReasonForeignUninstall: somebody else is uninstalling the deployment at the Manager, or has done so. The operator
	// installs it again: to prevent that, set spec.paused or delete the object.
	ReasonForeignUninstall = "ForeignUninstall"
	// ReasonForeignDelete: somebody else is deleting the deployment at the Manager. The operator creates it again, unless
	// it was adopted: to prevent that, set spec.paused or delete the object.
	ReasonForeignDelete = "ForeignDelete"
	// ReasonConfirming: the deployment is no longer found; the operator checks once more before it acts.
	ReasonConfirming = "Confirming"
	// ReasonNotFound: the deployment does not exist at the Manager.
	ReasonNotFound = "NotFound"
)

// Reasons of events on a CloudifyDeployment.
const (
	// ReasonOutputsOmitted: names or sizes of outputs do not fit into a Secret. The message names them; correct the blueprint.
	ReasonOutputsOmitted = "OutputsOmitted"
	// ReasonOutputsNotEvaluated: the Manager could not evaluate some outputs. The message names them; correct the blueprint.
	ReasonOutputsNotEvaluated = "OutputsNotEvaluated"
	// ReasonApprovalOutdated: the annotation cloudify.co/approved-update names an update that is not pending, so nothing was
	// done. Approve the one in status.pendingUpdate, if that is what you want.
	ReasonApprovalOutdated = "ApprovalOutdated"
)
