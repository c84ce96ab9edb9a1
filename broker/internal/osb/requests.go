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

// ProvisionRequest is PUT /v2/service_instances/{instance_id}.
type ProvisionRequest struct {
	InstanceID        string
	AcceptsIncomplete bool
	Identity          *Identity

	ServiceID        string
	PlanID           string
	OrganizationGUID string
	SpaceGUID        string
	Context          json.RawMessage
	Parameters       map[string]json.RawMessage
	MaintenanceInfo  *MaintenanceInfo
}

// Decode reads the body.
func (r *ProvisionRequest) Decode(body []byte) error {
	m, err := decode(body)
	return first(err,
		m.text("service_id", &r.ServiceID),
		m.text("plan_id", &r.PlanID),
		m.text("organization_guid", &r.OrganizationGUID),
		m.text("space_guid", &r.SpaceGUID),
		m.object("context", &r.Context),
		m.parameters(&r.Parameters),
		m.maintenanceInfo(&r.MaintenanceInfo),
	)
}

// UpdateRequest is PATCH /v2/service_instances/{instance_id}.
type UpdateRequest struct {
	InstanceID        string
	AcceptsIncomplete bool
	Identity          *Identity

	ServiceID string
	// PlanID is empty when the plan stays.
	PlanID  string
	Context json.RawMessage
	// Parameters is nil when they stay.
	Parameters      map[string]json.RawMessage
	MaintenanceInfo *MaintenanceInfo
}

// Decode reads the body. What the instance was like before is not trusted, only looked at for its form.
func (r *UpdateRequest) Decode(body []byte) error {
	m, err := decode(body)
	return first(err,
		m.text("service_id", &r.ServiceID),
		m.text("plan_id", &r.PlanID),
		m.object("context", &r.Context),
		m.parameters(&r.Parameters),
		m.maintenanceInfo(&r.MaintenanceInfo),
		m.object("previous_values", new(json.RawMessage)),
	)
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
	InstanceID, BindingID string
	AcceptsIncomplete     bool
	Identity              *Identity

	ServiceID            string
	PlanID               string
	Context              json.RawMessage
	Parameters           map[string]json.RawMessage
	PredecessorBindingID string
}

// Decode reads the body. The application that binds decides nothing.
func (r *BindRequest) Decode(body []byte) error {
	m, err := decode(body)
	return first(err,
		m.text("service_id", &r.ServiceID),
		m.text("plan_id", &r.PlanID),
		m.object("context", &r.Context),
		m.parameters(&r.Parameters),
		m.text("predecessor_binding_id", &r.PredecessorBindingID),
		m.text("app_guid", new(string)),
		m.object("bind_resource", new(json.RawMessage)),
	)
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
