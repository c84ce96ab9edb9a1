// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package osb

import "encoding/json"

// Identity is the originating identity that a platform claims: the user in whose name it asks.
type Identity struct {
	// Platform is the first word of the header, such as kubernetes.
	Platform string
	// Value is a JSON object, as the platform defines it.
	Value json.RawMessage
}

// MaintenanceInfo is sent by a platform that knows the version of a plan.
type MaintenanceInfo struct {
	Version string `json:"version"`
}

// ProvisionRequest is PUT /v2/service_instances/{instance_id}.
type ProvisionRequest struct {
	InstanceID        string    `json:"-"`
	AcceptsIncomplete bool      `json:"-"`
	Identity          *Identity `json:"-"`

	ServiceID        string                     `json:"service_id"`
	PlanID           string                     `json:"plan_id"`
	OrganizationGUID string                     `json:"organization_guid"`
	SpaceGUID        string                     `json:"space_guid"`
	Context          json.RawMessage            `json:"context"`
	Parameters       map[string]json.RawMessage `json:"parameters"`
	MaintenanceInfo  *MaintenanceInfo           `json:"maintenance_info"`
}

// UpdateRequest is PATCH /v2/service_instances/{instance_id}.
type UpdateRequest struct {
	InstanceID        string    `json:"-"`
	AcceptsIncomplete bool      `json:"-"`
	Identity          *Identity `json:"-"`

	ServiceID string `json:"service_id"`
	// PlanID is empty when the plan stays.
	PlanID  string          `json:"plan_id"`
	Context json.RawMessage `json:"context"`
	// Parameters is nil when they stay.
	Parameters      map[string]json.RawMessage `json:"parameters"`
	MaintenanceInfo *MaintenanceInfo           `json:"maintenance_info"`
}

// DeprovisionRequest is DELETE /v2/service_instances/{instance_id}.
type DeprovisionRequest struct {
	InstanceID        string
	AcceptsIncomplete bool
	Identity          *Identity

	ServiceID, PlanID string
}

// BindRequest is PUT /v2/service_instances/{instance_id}/service_bindings/{binding_id}.
type BindRequest struct {
	InstanceID, BindingID string    `json:"-"`
	AcceptsIncomplete     bool      `json:"-"`
	Identity              *Identity `json:"-"`

	ServiceID            string                     `json:"service_id"`
	PlanID               string                     `json:"plan_id"`
	Context              json.RawMessage            `json:"context"`
	Parameters           map[string]json.RawMessage `json:"parameters"`
	PredecessorBindingID string                     `json:"predecessor_binding_id"`
}

// UnbindRequest is DELETE /v2/service_instances/{instance_id}/service_bindings/{binding_id}.
type UnbindRequest struct {
	InstanceID, BindingID string
	AcceptsIncomplete     bool
	Identity              *Identity

	ServiceID, PlanID string
}

// PollRequest is GET last_operation of an instance or, with a BindingID, of a binding. Service and plan are hints that decide
// nothing: after a change of plan platforms differ in which one they send.
type PollRequest struct {
	InstanceID, BindingID string
	// Operation is what the platform was given, or anything else, or nothing.
	Operation string
}
