// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CloudifyDeploymentSpec says which blueprint to deploy, and with which inputs.
// +kubebuilder:validation:XValidation:rule="has(self.deploymentID) == has(oldSelf.deploymentID)",message="deploymentID can be set only at creation: create another CloudifyDeployment instead"
// +kubebuilder:validation:XValidation:rule="has(self.osb) == has(oldSelf.osb)",message="osb can be set only at creation, by the OSB endpoint"
// +kubebuilder:validation:XValidation:rule="!(has(self.osb) && has(self.ttl))",message="a service instance cannot have a ttl: the platform that ordered it deletes it"
type CloudifyDeploymentSpec struct {
	// blueprintRef names the CloudifyBlueprint to deploy. The operator waits for one that does not exist yet or is not
	// ready. The reference cannot be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="blueprintRef is immutable: create a new CloudifyDeployment instead"
	BlueprintRef BlueprintReference `json:"blueprintRef,omitzero"`

	// plan is the name of a plan of the blueprint's offering. The plan fixes some inputs, which then cannot be set here.
	// Their values stay as applied until another plan is set. Unset: no plan.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Plan string `json:"plan,omitempty"`

	// inputs are the values of the blueprint's inputs, by name. Any JSON value except null, which is the same as omitting
	// the input. The blueprint defines their types and constraints; quote a string that YAML would read as a number or a
	// boolean. Intrinsic functions such as {get_secret: …} are refused. Omitted inputs get the blueprint's defaults.
	// +optional
	// +kubebuilder:validation:MaxProperties=256
	Inputs map[string]JSON `json:"inputs,omitempty"`

	// inputsFrom takes the values of inputs from Secrets, ConfigMaps and other CloudifyDeployments of this namespace. An input of type string gets the
	// value as it is; for an input of another type, the value is parsed as JSON. A changed value is applied like a changed
	// spec: within the resync period, or at once with --watch-references or a new value of the annotation
	// cloudify.co/requested-at.
	// +optional
	// +listType=map
	// +listMapKey=input
	// +kubebuilder:validation:MaxItems=64
	InputsFrom []InputSource `json:"inputsFrom,omitempty"`

	// revision says which revision of the blueprint the deployment uses, and whether it follows newer ones. Unset: it
	// keeps the one it was created with.
	// +optional
	Revision *RevisionSelection `json:"revision,omitempty"`

	// updatePolicy says whether updates wait for approval: Automatic carries them out; Approve shows each in
	// status.pendingUpdate and carries it out once the annotation cloudify.co/approved-update has its id. The first install,
	// the deletion and what a platform requests through the OSB endpoint need no approval. Unset: Automatic.
	// +optional
	UpdatePolicy UpdatePolicy `json:"updatePolicy,omitempty"`

	// displayName is shown in the Manager's console (releases 6.0 and later). Unset: namespace/name of this object.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[^[:cntrl:]]*$`
	DisplayName string `json:"displayName,omitempty"`

	// labels to put on the deployment at the Manager (releases 5.1.1 and later), in addition to the operator's own. Keys
	// are lower case. Labels that others set there stay, and so do labels that you remove here.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[a-z0-9._~-]{1,256}$'))",message="keys must consist of lower-case letters, digits and -._~"
	// +kubebuilder:validation:XValidation:rule="self.all(k, !k.startsWith('csys-') && !k.startsWith('k8s-') && k != 'managed-by')",message="keys beginning with csys- or k8s-, and managed-by, are reserved"
	// +kubebuilder:validation:XValidation:rule="self.all(k, self[k].matches('^[^\"[:cntrl:]]+$'))",message="values must not be empty or contain double quotes or control characters"
	Labels map[string]RemoteLabelValue `json:"labels,omitempty"`

	// install says how the deployment is installed.
	// +optional
	Install *InstallOptions `json:"install,omitempty"`

	// uninstall says how the deployment is uninstalled when this object is deleted.
	// +optional
	Uninstall *UninstallOptions `json:"uninstall,omitempty"`

	// deletionPolicy says what happens to the deployment when this object is deleted: Delete uninstalls and deletes it;
	// Orphan leaves everything at the Manager. Unset: Delete, or Orphan with a deploymentID; status.deletionPolicy shows
	// the one in effect.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// deploymentID adopts an existing deployment at the Manager. The deployment must carry the label k8s-adoptable-by with
	// the namespace of this object as its value, and must use a revision of the blueprint. Inputs that the spec does not
	// set stay as they are. Unset: the operator creates a deployment.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9\-._~]+$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="deploymentID can be set only at creation: create another CloudifyDeployment instead"
	DeploymentID string `json:"deploymentID,omitempty"`

	// outputsSecretName is the name of the Secret that receives capabilities and outputs. Unset: the name of this object
	// followed by -outputs, so the object's name then has at most 245 characters. The operator never overwrites a Secret
	// that belongs to something else.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	OutputsSecretName string `json:"outputsSecretName,omitempty"`

	// paused suspends all changes at the Manager. The operator still keeps the status up to date; deletion waits, unless
	// the deletion policy is Orphan.
	// +optional
	Paused bool `json:"paused,omitempty"`

	// maintenanceWindows are when the operator may update the deployment by itself: because revision.policy is Latest and there is
	// a newer revision, because a Secret or ConfigMap of inputsFrom changed, or because somebody changed the deployment at the
	// Manager. What you change in this spec, a first install, a retry that you request and a deletion never wait. Unset: at any
	// time.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	MaintenanceWindows []MaintenanceWindow `json:"maintenanceWindows,omitempty"`

	// ttl is how long this object is kept, for example 72h, counted from its creation: after that the operator deletes it, as
	// kubectl delete does, unless it is paused. The condition ExpiresSoon announces that a tenth of the time before. A greater
	// value keeps the object longer. Unset: it is kept until somebody deletes it.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s')",message="ttl must be at least 1s"
	TTL *metav1.Duration `json:"ttl,omitempty"`

	// osb is what a platform requested through the OSB endpoint. Only the endpoint writes it; an object without it is not a
	// service instance.
	// +optional
	OSB *ServiceInstance `json:"osb,omitempty"`
}

// RevisionPolicy says whether a deployment follows its blueprint.
// +kubebuilder:validation:Enum=Keep;Latest
type RevisionPolicy string

const (
	// RevisionPolicyKeep keeps the revision; a newer one is announced in the condition UpToDate.
	RevisionPolicyKeep RevisionPolicy = "Keep"
	// RevisionPolicyLatest moves to the newest revision as soon as it is ready.
	RevisionPolicyLatest RevisionPolicy = "Latest"
)

// RevisionSelection says which revision of its blueprint a deployment uses.
// +kubebuilder:validation:XValidation:rule="!(has(self.policy) && self.policy == 'Latest' && has(self.blueprintID))",message="blueprintID requires policy Keep: remove blueprintID or the policy"
type RevisionSelection struct {
	// policy is Keep, which stays on a revision and announces newer ones in the condition UpToDate, or Latest, which moves
	// to each newer one as soon as it is ready. Unset: Keep.
	// +optional
	Policy RevisionPolicy `json:"policy,omitempty"`

	// blueprintID moves the deployment to this revision, which may be any of those in the CloudifyBlueprint's status.
	// Unset: it stays on the one it has.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	BlueprintID string `json:"blueprintID,omitempty"`
}

// UpdatePolicy says whether updates of a deployment wait for approval.
// +kubebuilder:validation:Enum=Automatic;Approve
type UpdatePolicy string

const (
	// UpdatePolicyAutomatic carries updates out.
	UpdatePolicyAutomatic UpdatePolicy = "Automatic"
	// UpdatePolicyApprove shows what an update would change, and carries it out once somebody approves it.
	UpdatePolicyApprove UpdatePolicy = "Approve"
)

// InstallOptions say how a deployment is installed.
type InstallOptions struct {
	// timeout after which the operator cancels the creation or a running install, for example 30m. A changed spec or a new
	// value of the annotation cloudify.co/requested-at retries it. Unset: no timeout.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s')",message="timeout must be at least 1s"
	Timeout *metav1.Duration `json:"timeout,omitempty"`
}

// UninstallOptions say how a deployment is uninstalled.
type UninstallOptions struct {
	// ignoreFailure continues when operations of the uninstall fail, and deletes the deployment anyway. What these
	// operations should have removed may then remain.
	// +optional
	IgnoreFailure bool `json:"ignoreFailure,omitempty"`

	// timeout after which the operator cancels a running uninstall, or the deletion after it, for example 30m. A changed
	// spec or a new value of the annotation cloudify.co/requested-at retries it. Unset: no timeout.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s')",message="timeout must be at least 1s"
	Timeout *metav1.Duration `json:"timeout,omitempty"`
}

// RemoteLabelValue is the value of a label at the Manager.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
type RemoteLabelValue string

// BlueprintReference names a CloudifyBlueprint.
type BlueprintReference struct {
	// namespace of the CloudifyBlueprint, which must allow this one (allowedNamespaces). Unset: the namespace of this object.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// name of the CloudifyBlueprint.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// CloudifyDeployment is a deployment of a blueprint at a Cloudify Manager: the operator creates and installs it, keeps it
// as the spec says, and uninstalls and deletes it with this object.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cfyd,categories=cloudify
// +kubebuilder:metadata:labels="servicebinding.io/provisioned-service=true"
// +kubebuilder:validation:XValidation:rule="has(self.spec.outputsSecretName) || size(self.metadata.name) <= 245 || (oldSelf.hasValue() && !has(oldSelf.value().spec.outputsSecretName))",message="the name is too long for the outputs Secret, whose name adds -outputs: use at most 245 characters, or set spec.outputsSecretName",optionalOldSelf=true
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Blueprint",type=string,JSONPath=`.spec.blueprintRef.name`
// +kubebuilder:printcolumn:name="Progress",type=string,JSONPath=`.status.execution.progress`
// +kubebuilder:printcolumn:name="Expires",type=string,JSONPath=`.status.expiresAt`
// +kubebuilder:printcolumn:name="Awaits Approval",type=string,priority=1,JSONPath=`.status.pendingUpdate.summary`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type CloudifyDeployment struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the usual object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says which blueprint to deploy, and with which inputs.
	// +required
	Spec CloudifyDeploymentSpec `json:"spec,omitzero"`

	// status says what is known about the deployment at the Manager.
	// +optional
	Status CloudifyDeploymentStatus `json:"status,omitzero"`
}

// CloudifyDeploymentList is a list of CloudifyDeployments.
//
// +kubebuilder:object:root=true
type CloudifyDeploymentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []CloudifyDeployment `json:"items"`
}
