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
