// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package osb

import (
	"encoding/json"
	"time"
)

// ProvisionResponse answers a PUT of an instance: 202 with an operation, 200 without.
type ProvisionResponse struct {
	DashboardURL string `json:"dashboard_url,omitempty"`
	Operation    string `json:"operation,omitempty"`
}

// UpdateResponse answers a PATCH of an instance: 202 with an operation, 200 without.
type UpdateResponse struct {
	DashboardURL string `json:"dashboard_url,omitempty"`
	Operation    string `json:"operation,omitempty"`
}

// DeprovisionResponse answers a DELETE of an instance: 202 with an operation, 200 without.
type DeprovisionResponse struct {
	Operation string `json:"operation,omitempty"`
}

// Instance answers a GET of an instance. Parameters of sensitive inputs are not in it.
type Instance struct {
	ServiceID       string                     `json:"service_id"`
	PlanID          string                     `json:"plan_id"`
	DashboardURL    string                     `json:"dashboard_url,omitempty"`
	Parameters      map[string]json.RawMessage `json:"parameters,omitempty"`
	MaintenanceInfo *MaintenanceInfo           `json:"maintenance_info,omitempty"`
}

// BindResponse answers a PUT of a binding: 202 with an operation and nothing else; without one 201 where this request
// created it, and 200 where it was there.
type BindResponse struct {
	Created     bool           `json:"-"`
	Operation   string         `json:"operation,omitempty"`
	Credentials map[string]any `json:"credentials,omitempty"`
}

// Binding answers a GET of a binding.
type Binding struct {
	Credentials map[string]any             `json:"credentials"`
	Parameters  map[string]json.RawMessage `json:"parameters,omitempty"`
}

// OperationState is how far an operation is.
type OperationState string

// States of an operation.
const (
	InProgress OperationState = "in progress"
	Succeeded  OperationState = "succeeded"
	Failed     OperationState = "failed"
)

// LastOperation answers a poll.
type LastOperation struct {
	State       OperationState `json:"state"`
	Description string         `json:"description,omitempty"`
	// InstanceUsable is set for a failed update or deprovision.
	InstanceUsable *bool `json:"instance_usable,omitempty"`
	// UpdateRepeatable is set for a failed update; false: the same one will never succeed.
	UpdateRepeatable *bool `json:"update_repeatable,omitempty"`
	// RetryAfter is when to poll again, a header; zero: the platform decides.
	RetryAfter time.Duration `json:"-"`
}
