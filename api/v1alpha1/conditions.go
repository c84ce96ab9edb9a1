// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Condition types. Ready, Reconciling and Stalled are those of kstatus; each other one states a fact outside Kubernetes.
const (
	// ReadyCondition is True when what the object stands for at the Manager matches the spec, False when it does not, and
	// Unknown when there is work to do and the Manager cannot be reached.
	ReadyCondition = "Ready"
	// ReconcilingCondition is present and True while the operator is working or waiting for something.
	ReconcilingCondition = "Reconciling"
	// StalledCondition is present and True when only a new spec, or a new value of the annotation
	// cloudify.co/requested-at, can help.
	StalledCondition = "Stalled"
	// DiscoveredCondition of a CloudifyManager with discovery is True when each blueprint at the Manager has a
	// CloudifyBlueprint. It covers only discovery; Ready covers only the connection.
	DiscoveredCondition = "Discovered"
	// OrphansFoundCondition of a CloudifyManager is True when the Manager holds deployments or blueprints that carry this
	// cluster's label and whose objects are gone. As with Drifted, True means that somebody should act. It does not affect
	// Ready.
	OrphansFoundCondition = "OrphansFound"
	// UploadedCondition of a CloudifyBlueprint is True when the Manager holds the blueprint of the spec, parsed and valid.
	UploadedCondition = "Uploaded"
	// OfferedCondition of a CloudifyBlueprint with an offering is True when the catalog of the OSB endpoint lists it.
	OfferedCondition = "Offered"
	// CreatedCondition of a CloudifyDeployment is True when the deployment exists at the Manager.
	CreatedCondition = "Created"
	// InstalledCondition of a CloudifyDeployment is True when its install workflow succeeded and nothing undid it, or when
	// every node instance is started, so that the Manager would refuse an install.
	InstalledCondition = "Installed"
	// UpToDateCondition of a CloudifyDeployment is True when inputs and revision at the Manager match the spec and no newer
	// revision of the blueprint exists.
	UpToDateCondition = "UpToDate"
	// DriftedCondition of a CloudifyDeployment is True when the Manager counts drifted or unavailable node instances
	// (releases 6.4 and later, by its last check_drift, check_status or heal). It is False while the operator itself is
	// running a workflow, because the counts then include what it has not started yet.
	DriftedCondition = "Drifted"
	// ExpiresSoonCondition of a CloudifyDeployment is present and True in the last tenth of spec.ttl. It does not affect Ready.
	ExpiresSoonCondition = "ExpiresSoon"
)

// Reasons of every kind.
const (
	// ReasonReady: everything matches the spec. Nothing to do.
	ReasonReady = "Ready"
	// ReasonManagerNotFound: no CloudifyManager has the name in the reference. Create it, or create the object again with
	// the correct reference: an object that has nothing at a Manager is deleted at once.
	ReasonManagerNotFound = "ManagerNotFound"
	// ReasonManagerNotReady: the CloudifyManager is not connected. See its Ready condition.
	ReasonManagerNotReady = "ManagerNotReady"
	// ReasonManagerUnreachable: the Manager does not answer. The message gives details; the operator keeps retrying.
	ReasonManagerUnreachable = "ManagerUnreachable"
	// ReasonNotCloudify: something other than the API of a Cloudify Manager answered. The message quotes it.
	ReasonNotCloudify = "NotCloudify"
	// ReasonManagerError: the Manager answered with an error that may be temporary. The operator keeps retrying.
	ReasonManagerError = "ManagerError"
	// ReasonKubernetesError: the Kubernetes API refused a request of the operator. The operator keeps retrying.
	ReasonKubernetesError = "KubernetesError"
	// ReasonManagerRefused: the Manager refuses the request. Change the spec as the message says, or request a retry.
	ReasonManagerRefused = "ManagerRefused"
	// ReasonForbidden: the Manager's user is not allowed to do this in the tenant. Give it a role that is; the operator
	// keeps retrying.
	ReasonForbidden = "Forbidden"
	// ReasonManagerBusy: the Manager asks to wait, usually for another execution. The operator continues by itself.
	ReasonManagerBusy = "ManagerBusy"
	// ReasonQueued: the object is new, and as many requests as the Manager may have at a time are in progress for others, or
	// the operator has just started and waits for the first list of the Manager's deployments. Its turn comes by itself.
	ReasonQueued = "Queued"
	// ReasonInventoryLost: many deployments vanished from the Manager at once. Nothing is created or released there until
	// somebody sets a new value of cloudify.co/requested-at on the CloudifyManager.
	ReasonInventoryLost = "InventoryLost"
	// ReasonDeleting: what the object stands for is being deleted at the Manager.
	ReasonDeleting = "Deleting"
	// ReasonInUse: deletion waits for the objects named in the message.
	ReasonInUse = "InUse"
)

// Reasons of events on objects of every kind.
const (
	// ReasonFinalizerRestored: somebody removed the finalizer from an object that is not being deleted, and the operator
	// restored it. To remove the object, set its deletionPolicy to Orphan and delete it.
	ReasonFinalizerRestored = "FinalizerRestored"
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

// Reasons of a CloudifyManager.
const (
	// ReasonUnauthorized: the Manager refuses the credentials. Correct the Secret; wrong passwords lock the account, so
	// at least a minute passes between attempts.
	ReasonUnauthorized = "Unauthorized"
	// ReasonMaintenance: the Manager is closed for maintenance or a restore. The operator continues by itself when that
	// ends.
	ReasonMaintenance = "Maintenance"
	// ReasonInvalidCredentials: the credentials Secret is missing or lacks keys, or a value is empty or ends with a line break.
	// The message names Secret and key.
	ReasonInvalidCredentials = "InvalidCredentials"
	// ReasonInvalidConfiguration: endpoint, credentials and TLS options do not make a valid connection. The message says
	// why.
	ReasonInvalidConfiguration = "InvalidConfiguration"
	// ReasonInvalidTLS: the certificate authorities are missing or are not certificates. The message names the object.
	ReasonInvalidTLS = "InvalidTLS"
	// ReasonCertificateRefused: the Manager's certificate is not trusted. Set tls.caRef or tls.serverName.
	ReasonCertificateRefused = "CertificateRefused"
	// ReasonTenantRefused: the tenant is unknown, or the user has no role in it. tenant cannot be changed.
	ReasonTenantRefused = "TenantRefused"
	// ReasonUnsupportedRelease: the operator does not support the Manager's release.
	ReasonUnsupportedRelease = "UnsupportedRelease"
)

// Reasons of the condition Discovered.
const (
	// ReasonDiscovered: every discovered blueprint has a CloudifyBlueprint.
	ReasonDiscovered = "Discovered"
	// ReasonNamespaceMissing: the namespace of spec.discovery does not exist or is being deleted. Create it.
	ReasonNamespaceMissing = "NamespaceMissing"
	// ReasonNamespaceNotWatched: the namespace of spec.discovery is not among those that the operator watches. Add it to
	// --watch-namespaces.
	ReasonNamespaceNotWatched = "NamespaceNotWatched"
	// ReasonLabelsUnsupported: the Manager's release does not support labels on blueprints, by which spec.discovery
	// selects, or on deployments, by which orphans are told from other deployments.
	ReasonLabelsUnsupported = "LabelsUnsupported"
	// ReasonUnfit: some blueprints cannot become CloudifyBlueprints. The message lists them.
	ReasonUnfit = "Unfit"
)

// Reasons of the condition OrphansFound, beside LabelsUnsupported.
const (
	// ReasonOrphansFound: status.orphans lists deployments and blueprints at the Manager without an object. Adopt or remove
	// them there.
	ReasonOrphansFound = "OrphansFound"
	// ReasonNoOrphans: everything that carries this cluster's label has an object.
	ReasonNoOrphans = "NoOrphans"
)

// Reasons of events that discovery makes on a CloudifyManager.
const (
	// ReasonNameTaken: a CloudifyBlueprint that discovery did not create has the name of a discovered one, which got
	// another name.
	ReasonNameTaken = "NameTaken"
)

// Reasons of a CloudifyBlueprint.
const (
	// ReasonUploading: the Manager is unpacking and parsing the blueprint.
	ReasonUploading = "Uploading"
	// ReasonUploaded: the Manager holds the blueprint of the spec.
	ReasonUploaded = "Uploaded"
	// ReasonUploadFailed: the Manager refused the blueprint. The message quotes the Manager; correct the source.
	ReasonUploadFailed = "UploadFailed"
	// ReasonBlueprintMissing: the blueprint of spec.blueprintID is not at the Manager. Upload it there, or correct the ID.
	ReasonBlueprintMissing = "BlueprintMissing"
	// ReasonSourceMissing: the ConfigMap of the source, or a key of it, is missing. The message names it.
	ReasonSourceMissing = "SourceMissing"
	// ReasonInvalidSource: the files do not make a valid blueprint archive, or the archive URL hides where it leads. The
	// message says why.
	ReasonInvalidSource = "InvalidSource"
	// ReasonNamespaceNotAllowed: the CloudifyManager does not accept blueprints of this namespace. Its administrator can
	// allow it in blueprintNamespaces.
	ReasonNamespaceNotAllowed = "NamespaceNotAllowed"
	// ReasonURLNotAllowed: the archive URL matches none of the archiveURLPrefixes of the CloudifyManager.
	ReasonURLNotAllowed = "URLNotAllowed"
)

// Reasons of the condition Offered.
const (
	// ReasonOffered: the catalog lists the offering.
	ReasonOffered = "Offered"
	// ReasonNotUploaded: no revision of the blueprint has been uploaded yet, so there is nothing to offer.
	ReasonNotUploaded = "NotUploaded"
	// ReasonOfferingNameTaken: an older offering already has the name. The message names its object; set
	// spec.offering.name.
	ReasonOfferingNameTaken = "OfferingNameTaken"
	// ReasonOfferingIDTaken: an older offering already has the ID of the offering or of a plan. Set another one.
	ReasonOfferingIDTaken = "OfferingIDTaken"
	// ReasonOfferingShadowed: a CloudifyBlueprint that discovery did not create represents the same blueprint of the
	// Manager, and takes its place in the catalog.
	ReasonOfferingShadowed = "OfferingShadowed"
	// ReasonOfferingWithdrawn: the annotation cloudify.co/withdrawn keeps the offering out of the catalog. Its value says
	// why.
	ReasonOfferingWithdrawn = "OfferingWithdrawn"
	// ReasonInvalidOffering: the offering is not valid for a catalog. The message says why; correct spec.offering.
	ReasonInvalidOffering = "InvalidOffering"
	// ReasonNotDeployable: the namespace of the service instances may not use the blueprint. Allow it in allowedNamespaces.
	ReasonNotDeployable = "NotDeployable"
)

// Reasons of a CloudifyBinding.
const (
	// ReasonDeploymentNotFound: the CloudifyDeployment does not exist. Create it, or delete the object.
	ReasonDeploymentNotFound = "DeploymentNotFound"
	// ReasonDeploymentReplaced: the CloudifyDeployment is not the one that the binding was created for. Delete the binding
	// and create it again.
	ReasonDeploymentReplaced = "DeploymentReplaced"
	// ReasonOutputsMissing: the CloudifyDeployment has no outputs Secret yet.
	ReasonOutputsMissing = "OutputsMissing"
	// ReasonInvalidCredentialsTemplate: the credentials cannot be rendered as the offering defines them. The message says
	// why.
	ReasonInvalidCredentialsTemplate = "InvalidCredentialsTemplate"
)

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
