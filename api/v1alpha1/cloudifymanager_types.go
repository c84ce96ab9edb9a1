// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CloudifyManagerSpec says where a Cloudify Manager is, how to log in, and who may use it.
type CloudifyManagerSpec struct {
	// endpoint is the URL of the Manager, for example https://manager.example.com. The API is expected below it, at
	// /api/v3.1. It has no user info, query or fragment; credentials belong in credentialsSecretRef.
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[^/?#@[:space:]]+/?$')",message="endpoint must be http(s)://host[:port] without user info, path, query or fragment"
	Endpoint string `json:"endpoint,omitempty"`

	// tenant is the tenant to work in. One tenant is one trust domain: whoever may deploy through this CloudifyManager can,
	// through the tenant's blueprints, reach everything in the tenant. The tenant cannot be changed, because the operator
	// would lose track of its deployments: create another CloudifyManager instead.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="tenant is immutable: create another CloudifyManager instead"
	Tenant string `json:"tenant,omitempty"`

	// credentialsSecretRef names a Secret in the operator's namespace with the keys username and password, or token. The
	// operator notices a changed Secret at once.
	// +required
	CredentialsSecretRef LocalObjectReference `json:"credentialsSecretRef,omitzero"`

	// tls says how the operator verifies the Manager's certificate. Unset: against the system's certificate authorities.
	// +optional
	TLS *ManagerTLS `json:"tls,omitempty"`

	// blueprintNamespaces chooses the namespaces whose CloudifyBlueprints may refer to this Manager. Blueprints are
	// code that runs at the Manager, so the default is the operator's own namespace. The namespace of discovery is
	// always accepted.
	// +optional
	BlueprintNamespaces *BlueprintNamespaces `json:"blueprintNamespaces,omitempty"`

	// archiveURLPrefixes lists the prefixes that source.archive.url of a CloudifyBlueprint may have. The Manager downloads
	// archives from its own position in the network, so a URL without a listed prefix is refused. A prefix names the scheme
	// and the whole host and ends with a slash, for example https://artifacts.example.com/blueprints/.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=9
	// +kubebuilder:validation:items:MaxLength=1024
	// +kubebuilder:validation:items:Pattern=`^https?://[^/?#@\s]+/([^?#\s]*/)?$`
	ArchiveURLPrefixes []string `json:"archiveURLPrefixes,omitempty"`

	// console says where users find the Manager's console.
	// +optional
	Console *ManagerConsole `json:"console,omitempty"`

	// discovery creates CloudifyBlueprints for the blueprints that the Manager has. Unset: no discovery.
	// +optional
	Discovery *ManagerDiscovery `json:"discovery,omitempty"`

	// rateLimit limits the requests to the Manager, for a small or shared Manager. Unset: at most 16 at a time, without a
	// fixed rate. A connection starts with few requests at a time and increases them up to the limit while the Manager
	// responds well, so a slow Manager gets fewer in any case. The operator always honors 429 and Retry-After.
	// +optional
	RateLimit *ManagerRateLimit `json:"rateLimit,omitempty"`
}

// ManagerRateLimit limits the requests to a Manager.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="!has(self.burst) || has(self.qps)",message="burst has no effect without qps: set qps, or remove burst"
type ManagerRateLimit struct {
	// inFlight is the maximum number of concurrent requests for objects: the operator works on that many
	// CloudifyDeployments and CloudifyBlueprints at once, and the others wait for their turn. The lists by which it notices
	// changes at the Manager are extra, one request at a time. Unset: 16.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=256
	InFlight int32 `json:"inFlight,omitempty"`

	// qps is the maximum average number of requests per second. Unset: no limit. Setting up a deployment takes 7 requests
	// (10 before release 6.4), in addition to the lists that serve all objects.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	QPS int32 `json:"qps,omitempty"`

	// burst is how many requests may be sent at once after a pause. It requires qps. Unset: the value of qps.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	Burst int32 `json:"burst,omitempty"`
}

// ManagerConsole says where users find the Manager's console.
type ManagerConsole struct {
	// url of the console. The dashboard_url of a service instance points below it.
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[^?#@[:space:]]+$')",message="url must be http(s)://host[:port][/path] without user info, query or fragment"
	URL string `json:"url,omitempty"`
}

// ManagerDiscovery says which blueprints of the Manager become CloudifyBlueprints, and where.
type ManagerDiscovery struct {
	// namespace that receives the CloudifyBlueprints. It must exist. Whoever may write CloudifyBlueprints there can run
	// code at the Manager.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Namespace string `json:"namespace,omitempty"`

	// interval between two lists of the Manager's blueprints, at least 10s. Unset: 1m.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('10s')",message="interval must be at least 10s"
	Interval *metav1.Duration `json:"interval,omitempty"`

	// labels that a blueprint must carry at the Manager, each with this value (releases 6.0 and later). Unset: all
	// blueprints of the tenant are found.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	Labels map[string]RemoteLabelValue `json:"labels,omitempty"`

	// allowedNamespaces is copied to the CloudifyBlueprints: it says from which namespaces they may be deployed. Unset: only their
	// own namespace.
	// +optional
	AllowedNamespaces *AllowedNamespaces `json:"allowedNamespaces,omitempty"`

	// offered says whether the CloudifyBlueprints are service offerings in the catalog of the OSB endpoint.
	// +required
	Offered *bool `json:"offered,omitempty"`
}

// ManagerTLS says how the operator verifies the Manager's certificate.
// +kubebuilder:validation:XValidation:rule="!(has(self.insecureSkipVerify) && self.insecureSkipVerify && has(self.caRef))",message="caRef has no effect with insecureSkipVerify: remove one of them"
type ManagerTLS struct {
	// caRef names the certificate authorities, in PEM, that sign the Manager's certificate.
	// +optional
	CARef *CAReference `json:"caRef,omitempty"`

	// serverName is the name that the certificate must carry, if it differs from the endpoint's host.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	ServerName string `json:"serverName,omitempty"`

	// insecureSkipVerify accepts any certificate. Anybody between the operator and the Manager can then read the credentials.
	// +optional
	InsecureSkipVerify bool `json:"insecureSkipVerify,omitempty"`

	// allowHTTP permits an endpoint that begins with http://, over which credentials and inputs travel unencrypted.
	// +optional
	AllowHTTP bool `json:"allowHTTP,omitempty"`
}

// CAReference names a ConfigMap or Secret in the operator's namespace that holds certificate authorities.
type CAReference struct {
	// kind is ConfigMap or Secret.
	// +required
	// +kubebuilder:validation:Enum=ConfigMap;Secret
	Kind string `json:"kind,omitempty"`

	// name of the ConfigMap or Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// key whose value is the PEM text. Unset: ca.crt.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key,omitempty"`
}

// BlueprintNamespaces chooses the namespaces whose CloudifyBlueprints may refer to a Manager.
// +kubebuilder:validation:XValidation:rule="(self.from == 'Selector') == has(self.selector)",message="selector is required when from is Selector, and forbidden otherwise"
// +kubebuilder:validation:XValidation:rule="!has(self.selector) || !has(self.selector.matchExpressions) || self.selector.matchExpressions.all(e, e.operator in ['In', 'NotIn'] ? has(e.values) && size(e.values) > 0 : e.operator in ['Exists', 'DoesNotExist'] && (!has(e.values) || size(e.values) == 0))",message="matchExpressions need an operator: In or NotIn with values, Exists or DoesNotExist without"
type BlueprintNamespaces struct {
	// from is Operator (the operator's own namespace), All, or Selector.
	// +required
	// +kubebuilder:validation:Enum=Operator;All;Selector
	From NamespacesFrom `json:"from,omitempty"`

	// selector chooses namespaces by their labels when from is Selector.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// CloudifyManagerStatus says what is known about the Manager.
type CloudifyManagerStatus struct {
	// observedGeneration is the generation of the spec that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// lastHandledRequest is the value of the annotation cloudify.co/requested-at that the operator last acted on.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	LastHandledRequest string `json:"lastHandledRequest,omitempty"`

	// conditions are Ready, Reconciling, Stalled, OrphansFound and, with discovery, Discovered.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// release of the Manager, for example 7.1.0.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Release string `json:"release,omitempty"`

	// edition of the Manager: community or premium.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Edition string `json:"edition,omitempty"`

	// orphans are deployments and blueprints at the Manager that carry this cluster's label and whose objects are gone. The
	// operator never deletes them. Unset: none are known.
	// +optional
	Orphans *Orphans `json:"orphans,omitempty"`
}

// CloudifyManager is a connection to a Cloudify Manager: where it is, the tenant and the credentials to use, and who
// may use it. Its deletion waits until no CloudifyBlueprint or CloudifyDeployment depends on it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=cfym
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Endpoint",type=string,JSONPath=`.spec.endpoint`
// +kubebuilder:printcolumn:name="Tenant",type=string,JSONPath=`.spec.tenant`
// +kubebuilder:printcolumn:name="Release",type=string,JSONPath=`.status.release`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 63",message="the name of a CloudifyManager must have at most 63 characters"
type CloudifyManager struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the usual object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says where the Manager is, how to log in, and who may use it.
	// +required
	// +kubebuilder:validation:XValidation:rule="!self.endpoint.startsWith('http://') || (has(self.tls) && has(self.tls.allowHTTP) && self.tls.allowHTTP)",message="an http:// endpoint sends credentials unencrypted: use https://, or set tls.allowHTTP"
	Spec CloudifyManagerSpec `json:"spec,omitzero"`

	// status says what is known about the Manager.
	// +optional
	Status CloudifyManagerStatus `json:"status,omitzero"`
}

// CloudifyManagerList is a list of CloudifyManagers.
//
// +kubebuilder:object:root=true
type CloudifyManagerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []CloudifyManager `json:"items"`
}
