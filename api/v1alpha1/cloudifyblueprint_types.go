// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CloudifyBlueprintSpec names a blueprint at a Manager, or contains one to upload.
// +kubebuilder:validation:XValidation:rule="has(self.source) == has(oldSelf.source)",message="source can be neither added nor removed: create another CloudifyBlueprint instead"
// +kubebuilder:validation:XValidation:rule="!(has(self.source) && has(self.blueprintID))",message="blueprintID names an existing blueprint at the Manager; with a source, the operator chooses the ID: remove one of them"
// +kubebuilder:validation:XValidation:rule="has(self.managerRef) == has(oldSelf.managerRef)",message="managerRef is immutable: create another CloudifyBlueprint instead"
// +kubebuilder:validation:XValidation:rule="has(self.source) || !has(self.mainFile)",message="mainFile requires a source: remove it"
type CloudifyBlueprintSpec struct {
	// managerRef names the CloudifyManager that holds the blueprint. Unset: the one named default.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="managerRef is immutable: create another CloudifyBlueprint instead"
	ManagerRef *ManagerReference `json:"managerRef,omitempty"`

	// blueprintID is the ID of a blueprint that exists at the Manager. Unset: the name of this object. A changed
	// blueprintID is a new revision: existing deployments stay on theirs. Not allowed beside source.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9\-._~]+$`
	BlueprintID string `json:"blueprintID,omitempty"`

	// source is the blueprint itself, which the operator uploads. Changed content is uploaded as a new revision beside the
	// old one. Unset: the blueprint exists at the Manager.
	// +optional
	Source *BlueprintSource `json:"source,omitempty"`

	// mainFile is the file of the source that holds the service template. Unset: blueprint.yaml.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('/') && !self.contains('..')",message="mainFile must be a relative path inside the source"
	MainFile string `json:"mainFile,omitempty"`

	// deletionPolicy says what happens to the blueprint at the Manager when this object is deleted: Delete removes it with
	// all uploaded revisions; Orphan leaves everything there. Unset: Delete with a source, Orphan without one;
	// status.deletionPolicy shows the one in effect.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// allowedNamespaces says in which namespaces CloudifyDeployments may use this blueprint. Unset: only in its own.
	// Deployments in a namespace that lost access keep running and can still be deleted.
	// +optional
	AllowedNamespaces *AllowedNamespaces `json:"allowedNamespaces,omitempty"`

	// offering makes the blueprint a service offering: users choose among its plans when they deploy it, and the OSB
	// endpoint lists it in its catalog. Unset: the blueprint can be deployed only by creating a CloudifyDeployment.
	// +optional
	Offering *Offering `json:"offering,omitempty"`
}

// ManagerReference names a CloudifyManager.
type ManagerReference struct {
	// kind is CloudifyManager. It may be left out.
	// +optional
	// +kubebuilder:validation:Enum=CloudifyManager
	Kind string `json:"kind,omitempty"`

	// name of the CloudifyManager. Unset: default.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`
}

// AllowedNamespaces chooses the namespaces that may use a blueprint.
// +kubebuilder:validation:XValidation:rule="(self.from == 'Selector') == has(self.selector)",message="selector is required when from is Selector, and forbidden otherwise"
// +kubebuilder:validation:XValidation:rule="!has(self.selector) || !has(self.selector.matchExpressions) || self.selector.matchExpressions.all(e, e.operator in ['In', 'NotIn'] ? has(e.values) && size(e.values) > 0 : e.operator in ['Exists', 'DoesNotExist'] && (!has(e.values) || size(e.values) == 0))",message="matchExpressions need an operator: In or NotIn with values, Exists or DoesNotExist without"
type AllowedNamespaces struct {
	// from is Same (the blueprint's own namespace), All, or Selector.
	// +required
	// +kubebuilder:validation:Enum=Same;All;Selector
	From NamespacesFrom `json:"from,omitempty"`

	// selector chooses namespaces by their labels when from is Selector.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// CloudifyBlueprintStatus says what is known about the blueprint at the Manager.
type CloudifyBlueprintStatus struct {
	// observedGeneration is the generation of the spec that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// lastHandledRequest is the value of the annotation cloudify.co/requested-at that the operator last acted on.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	LastHandledRequest string `json:"lastHandledRequest,omitempty"`

	// conditions are Ready, Reconciling, Stalled, Uploaded and, with an offering, Offered.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// blueprintID is the ID of the newest revision at the Manager. New deployments use it.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	BlueprintID string `json:"blueprintID,omitempty"`

	// observedSource identifies the version of the source's ConfigMap that this status describes, as observedGeneration
	// does for the spec.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ObservedSource string `json:"observedSource,omitempty"`

	// createdAt is when that blueprint was created at the Manager. It distinguishes that blueprint from one uploaded later
	// under the same ID.
	// +optional
	CreatedAt *metav1.MicroTime `json:"createdAt,omitempty"`

	// deletionPolicy is the policy in effect.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// description of the blueprint, from the service template.
	// +optional
	// +kubebuilder:validation:MaxLength=4096
	Description string `json:"description,omitempty"`

	// inputs that the blueprint declares, sorted by name. For display only: hidden inputs are listed without their
	// default, and at most 256 inputs are shown.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=256
	Inputs []BlueprintInput `json:"inputs,omitempty"`

	// outputs that the blueprint declares, by name.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=256
	Outputs []string `json:"outputs,omitempty"`

	// capabilities that the blueprint declares, by name.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=256
	Capabilities []string `json:"capabilities,omitempty"`

	// workflows that the blueprint declares, by name.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MaxLength=256
	Workflows []string `json:"workflows,omitempty"`

	// offering is the service offering as the catalog of the OSB endpoint lists it, with the defaults of the spec filled
	// in; absent while the condition Offered is not True.
	// +optional
	Offering *OfferingStatus `json:"offering,omitempty"`

	// revisions uploaded by the operator, newest first, and how many CloudifyDeployments use each. The newest three stay at
	// the Manager, and older ones stay as long as a deployment uses them. All are deleted with this object when the
	// deletion policy is Delete.
	// +optional
	// +listType=map
	// +listMapKey=blueprintID
	// +kubebuilder:validation:MaxItems=1024
	Revisions []BlueprintRevision `json:"revisions,omitempty"`
}

// BlueprintInput describes an input of a blueprint.
type BlueprintInput struct {
	// name of the input.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Name string `json:"name,omitempty"`

	// type of the input, for example string, integer, list.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Type string `json:"type,omitempty"`

	// description of the input.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`

	// required says whether a deployment must set the input.
	// +optional
	Required bool `json:"required,omitempty"`

	// default is the value of an input that is not set. Left out where the input is hidden or the value is large.
	// +optional
	Default *JSON `json:"default,omitempty"`

	// constraints as the blueprint writes them, for example {"in_range":[1,5]}.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=1024
	Constraints []string `json:"constraints,omitempty"`
}

// BlueprintRevision is one upload of a blueprint.
type BlueprintRevision struct {
	// blueprintID of the revision at the Manager, for spec.revision.blueprintID of a CloudifyDeployment.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	BlueprintID string `json:"blueprintID,omitempty"`

	// uploadedAt is when the upload succeeded. Unset: it has not succeeded yet.
	// +optional
	UploadedAt *metav1.Time `json:"uploadedAt,omitempty"`

	// deployments is the number of CloudifyDeployments that use this revision.
	// +optional
	Deployments int32 `json:"deployments,omitempty"`
}

// CloudifyBlueprint is a blueprint (a TOSCA service template) at a Cloudify Manager: either uploaded by the operator, or
// already there.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cfyb,categories=cloudify
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Manager",type=string,JSONPath=`.metadata.annotations.cloudify\.co/manager`
// +kubebuilder:printcolumn:name="Blueprint",type=string,JSONPath=`.status.blueprintID`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type CloudifyBlueprint struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the usual object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec names a blueprint at a Manager, or contains one to upload.
	// +required
	Spec CloudifyBlueprintSpec `json:"spec,omitzero"`

	// status says what is known about the blueprint at the Manager.
	// +optional
	Status CloudifyBlueprintStatus `json:"status,omitzero"`
}

// CloudifyBlueprintList is a list of CloudifyBlueprints.
//
// +kubebuilder:object:root=true
type CloudifyBlueprintList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []CloudifyBlueprint `json:"items"`
}
