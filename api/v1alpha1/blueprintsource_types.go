// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// BlueprintSource holds a blueprint in exactly one of three ways.
// +kubebuilder:validation:XValidation:rule="[has(self.archive), has(self.configMapRef), has(self.inline)].filter(x, x).size() == 1",message="set exactly one of archive, configMapRef and inline"
type BlueprintSource struct {
	// archive is a blueprint archive (zip, tar, tar.gz or tar.bz2 with one top-level folder) that the Manager downloads.
	// +optional
	Archive *ArchiveSource `json:"archive,omitempty"`

	// configMapRef takes the files from a ConfigMap of the same namespace. The operator notices a change within the resync
	// period, or at once with --watch-references or a new value of the annotation cloudify.co/requested-at.
	// +optional
	ConfigMapRef *ConfigMapSource `json:"configMapRef,omitempty"`

	// inline holds the files in this object.
	// +optional
	Inline *InlineSource `json:"inline,omitempty"`
}

// ArchiveSource is a blueprint archive behind a URL.
type ArchiveSource struct {
	// url of the archive, which the Manager downloads. It must begin with one of the archiveURLPrefixes of the
	// CloudifyManager. Content behind an unchanged URL is not downloaded again: version your URLs.
	// +required
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[^/?#@[:space:]]+/[^#[:space:]]+$')",message="url must be an http(s) URL with a path, without user info or fragment"
	// +kubebuilder:validation:XValidation:rule="!self.matches('(\\\\.|%2[eE])(\\\\.|%2[eE])|\\\\\\\\|%5[cC]')",message="url must not contain backslashes or two dots in a row, not even encoded, because its prefix decides whether it is allowed"
	URL string `json:"url,omitempty"`
}

// ConfigMapSource is a blueprint in a ConfigMap.
type ConfigMapSource struct {
	// name of the ConfigMap, in the namespace of this object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// items maps keys to files. Unset: every key is a file of that name.
	// +optional
	// +listType=map
	// +listMapKey=path
	// +kubebuilder:validation:MaxItems=256
	Items []KeyToPath `json:"items,omitempty"`
}

// KeyToPath maps a key to a file.
type KeyToPath struct {
	// key in the ConfigMap whose value is the file.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key,omitempty"`

	// path of the file, relative to the top folder of the blueprint. It may include folders.
	// +required
	Path FilePath `json:"path,omitempty"`
}

// FilePath is a relative path inside a blueprint.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:XValidation:rule="!self.startsWith('/') && !self.contains('..') && !self.contains('\\\\')",message="must be a relative path with forward slashes and without '..'"
type FilePath string

// InlineSource is a blueprint written in the object.
type InlineSource struct {
	// files of the blueprint, the main file among them.
	// +required
	// +listType=map
	// +listMapKey=path
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=128
	Files []InlineFile `json:"files,omitempty"`
}

// InlineFile is one file of a blueprint.
type InlineFile struct {
	// path of the file, relative to the top folder of the blueprint.
	// +required
	Path FilePath `json:"path,omitempty"`

	// content of the file. It may be empty.
	// +required
	// +kubebuilder:validation:MaxLength=262144
	Content *string `json:"content,omitempty"`
}
