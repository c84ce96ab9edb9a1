// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the API group cloudify.co: what people write in YAML and what the operator answers in status.
//
// The types are data only: shape, bounds and CEL rules are markers, reading helpers stand in accessors.go, condition types
// and the reasons that kinds share in conditions.go, those of one kind beside it. No controller writes to a spec; no field has a default where "unset" means something.
//
// +kubebuilder:object:generate=true
// +groupName=cloudify.co
package v1alpha1
