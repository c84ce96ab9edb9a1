// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package osb

import "encoding/json"

// Catalog answers GET /v2/catalog.
type Catalog struct {
	// Services is never null.
	Services []Service `json:"services"`
}

// Service is a service offering.
type Service struct {
	ID                   string           `json:"id"`
	Name                 string           `json:"name"`
	Description          string           `json:"description"`
	Tags                 []string         `json:"tags,omitempty"`
	Bindable             bool             `json:"bindable"`
	InstancesRetrievable bool             `json:"instances_retrievable"`
	BindingsRetrievable  bool             `json:"bindings_retrievable"`
	AllowContextUpdates  bool             `json:"allow_context_updates"`
	PlanUpdateable       bool             `json:"plan_updateable"` // the misspelling is the protocol's
	Metadata             *ServiceMetadata `json:"metadata,omitempty"`
	Plans                []Plan           `json:"plans"`
}

// ServiceMetadata is what platforms show of a service offering.
type ServiceMetadata struct {
	DisplayName         string `json:"displayName,omitempty"`
	ImageURL            string `json:"imageUrl,omitempty"`
	LongDescription     string `json:"longDescription,omitempty"`
	ProviderDisplayName string `json:"providerDisplayName,omitempty"`
	DocumentationURL    string `json:"documentationUrl,omitempty"`
	SupportURL          string `json:"supportUrl,omitempty"`
}

// Plan of a service offering.
type Plan struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	// Free, Bindable and PlanUpdateable are always sent: platforms differ in what their absence means.
	Free                   bool                 `json:"free"`
	Bindable               bool                 `json:"bindable"`
	PlanUpdateable         bool                 `json:"plan_updateable"`
	BindingRotatable       bool                 `json:"binding_rotatable"`
	MaximumPollingDuration int64                `json:"maximum_polling_duration"`
	MaintenanceInfo        *PlanMaintenanceInfo `json:"maintenance_info,omitempty"`
	Metadata               *PlanMetadata        `json:"metadata,omitempty"`
	Schemas                *Schemas             `json:"schemas,omitempty"`
}

// MaintenanceInfo is sent by a platform that knows the version of a plan.
type MaintenanceInfo struct {
	Version string `json:"version"`
}

// PlanMaintenanceInfo is the version of a plan that new instances have.
type PlanMaintenanceInfo struct {
	Version     string `json:"version"`
	Description string `json:"description,omitempty"`
}

// PlanMetadata is what platforms show of a plan.
type PlanMetadata struct {
	DisplayName string     `json:"displayName,omitempty"`
	Bullets     []string   `json:"bullets,omitempty"`
	Costs       []PlanCost `json:"costs,omitempty"`
}

// PlanCost is one cost of a plan, by currency.
type PlanCost struct {
	Amount map[string]json.RawMessage `json:"amount"`
	Unit   string                     `json:"unit"`
}

// Schemas say which parameters a plan takes.
type Schemas struct {
	ServiceInstance InstanceSchemas `json:"service_instance"`
}

// InstanceSchemas are those of instances. What an update leaves out stays, so its schema requires nothing.
type InstanceSchemas struct {
	Create InputParameters `json:"create"`
	Update InputParameters `json:"update"`
}

// InputParameters are described by a JSON Schema of draft 4.
type InputParameters struct {
	Parameters json.RawMessage `json:"parameters"`
}
