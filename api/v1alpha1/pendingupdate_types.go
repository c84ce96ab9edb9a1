// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

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
