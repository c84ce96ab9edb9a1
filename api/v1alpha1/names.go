// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import "time"

const (
	// Finalizer holds an object until what it stands for at the Manager is gone or let go. It is set before anything
	// exists there and leaves last.
	Finalizer = "cloudify.co/finalizer"

	// ManagerAnnotation says which CloudifyManager an object belongs to for good. The operator sets it together with
	// the finalizer and reads it when the object is deleted, because the blueprint may be gone by then.
	ManagerAnnotation = "cloudify.co/manager"

	// RequestedAtAnnotation asks the operator to try a stalled step once more; any new value will do, usually a time.
	RequestedAtAnnotation = "cloudify.co/requested-at"

	// InstallAnewAnnotation has a new CloudifyDeployment installed although the deployment of an earlier object of its name is
	// still at the Manager; any value will do.
	InstallAnewAnnotation = "cloudify.co/install-anew"

	// ApprovedUpdateAnnotation approves the pending update of a CloudifyDeployment whose id is its value.
	ApprovedUpdateAnnotation = "cloudify.co/approved-update"
)

// TraceparentAnnotation names the span of the request that created or last changed an object, in the form of W3C Trace Context: the
// reconciles that work for it continue its trace while the operator sends traces. The OSB endpoint sets it, with the generation that
// its request made behind it; whoever else changes a spec may set it without.
const TraceparentAnnotation = "cloudify.co/traceparent"

// Annotations that the OSB endpoint keeps on what it creates.
const (
	// OSBContextAnnotation is the context that the platform sent last. It decides nothing.
	OSBContextAnnotation = "cloudify.co/osb-context"
	// OSBIdentityAnnotation is the originating identity that the platform claimed last. It authorises nothing.
	OSBIdentityAnnotation = "cloudify.co/osb-originating-identity"
	// OSBFormerSecretsAnnotation names Secrets of parameters that were replaced and are still to be deleted, with commas
	// between them. Only those that the instance owns are deleted.
	OSBFormerSecretsAnnotation = "cloudify.co/osb-former-secrets"
	// OSBFailureToldAnnotation records which failed operation was reported to a platform that repeated its request, when, and
	// how often the request had been started again before.
	OSBFailureToldAnnotation = "cloudify.co/osb-failure-told"
)

// OSBInstanceLabel is on a CloudifyBinding that the OSB endpoint created: the name of the CloudifyDeployment.
const OSBInstanceLabel = "cloudify.co/osb-instance"

// DiscoveredByLabel is on a CloudifyBlueprint that was found at the CloudifyManager it names.
const DiscoveredByLabel = "cloudify.co/discovered-by"

// WithdrawnAnnotation takes a CloudifyBlueprint out of the catalog of the OSB endpoint, whatever its offering says; its value
// says why. Discovery sets it on what it would delete if no CloudifyDeployments were made of it.
const WithdrawnAnnotation = "cloudify.co/withdrawn"

// Annotations of an outputs Secret.
const (
	// OutputsExecutionAnnotation says after which execution the Secret was written.
	OutputsExecutionAnnotation = "cloudify.co/execution"
	// OutputsDescriptionAnnotation tells which keys are capabilities, and which hold JSON.
	OutputsDescriptionAnnotation = "cloudify.co/outputs"
	// OutputsIncompleteAnnotation names the keys that have no value, or an old one, because the Manager could not evaluate them.
	OutputsIncompleteAnnotation = "cloudify.co/incomplete"
	// OutputsOmittedAnnotation names what the Secret cannot hold, because its name cannot be a key or its value is too large.
	OutputsOmittedAnnotation = "cloudify.co/omitted"
)

// DefaultDiscoveryInterval is how often blueprints are listed where the CloudifyManager does not say.
const DefaultDiscoveryInterval = time.Minute

// DefaultManagerName is the CloudifyManager meant by a reference without a name.
const DefaultManagerName = "default"

// Labels the operator puts on deployments and blueprints at the Manager (releases 5.1.1 and later). The Manager
// lower-cases keys and accepts no slash.
const (
	RemoteLabelCluster   = "k8s-cluster"
	RemoteLabelNamespace = "k8s-namespace"
	RemoteLabelName      = "k8s-name"
	RemoteLabelManagedBy = "managed-by"
	// RemoteLabelAdoptableBy lets CloudifyDeployments of the namespace that is its value adopt the deployment.
	RemoteLabelAdoptableBy = "k8s-adoptable-by"
	// ManagedBy is the value of RemoteLabelManagedBy.
	ManagedBy = "cloudify-operator"
)
