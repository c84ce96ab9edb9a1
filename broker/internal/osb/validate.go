// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package osb

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a platform sends. The protocol has none; these leave room for every platform.
const (
	maxID         = 1024
	maxParameters = 256
)

// Validate reports whether the request is well formed: what every instance needs is there.
func (r *ProvisionRequest) Validate() error {
	return first(
		checkID("instance_id", r.InstanceID),
		mandatory("service_id", r.ServiceID),
		mandatory("plan_id", r.PlanID),
		mandatory("organization_guid", r.OrganizationGUID),
		mandatory("space_guid", r.SpaceGUID),
		checkParameters(len(r.Parameters)),
		checkVersion(r.MaintenanceInfo),
	)
}

// Validate reports whether the request is well formed. Everything but the service may stay as it is.
func (r *UpdateRequest) Validate() error {
	return first(
		checkID("instance_id", r.InstanceID),
		mandatory("service_id", r.ServiceID),
		bounded("plan_id", r.PlanID),
		checkParameters(len(r.Parameters)),
		checkVersion(r.MaintenanceInfo),
	)
}

// Validate reports whether the request is well formed.
func (r *DeprovisionRequest) Validate() error {
	return first(
		checkID("instance_id", r.InstanceID),
		mandatory("service_id", r.ServiceID),
		mandatory("plan_id", r.PlanID),
	)
}

// Validate reports whether the request is well formed. A successor has service and plan of its predecessor.
func (r *BindRequest) Validate() error {
	err := first(
		checkID("instance_id", r.InstanceID),
		checkID("binding_id", r.BindingID),
		checkParameters(len(r.Parameters)),
	)
	if r.PredecessorBindingID != "" {
		return first(err,
			checkID("predecessor_binding_id", r.PredecessorBindingID),
			bounded("service_id", r.ServiceID),
			bounded("plan_id", r.PlanID),
		)
	}
	return first(err, mandatory("service_id", r.ServiceID), mandatory("plan_id", r.PlanID))
}

// Validate reports whether the request is well formed.
func (r *UnbindRequest) Validate() error {
	return first(
		checkID("instance_id", r.InstanceID),
		checkID("binding_id", r.BindingID),
		mandatory("service_id", r.ServiceID),
		mandatory("plan_id", r.PlanID),
	)
}

// Validate reports whether the request is well formed. Whatever operation is asked for has an answer.
func (r *PollRequest) Validate() error {
	err := checkID("instance_id", r.InstanceID)
	if r.BindingID != "" {
		return first(err, checkID("binding_id", r.BindingID))
	}
	return err
}

// ValidateIDs reports whether an instance and a binding could have these IDs.
func ValidateIDs(instanceID, bindingID string) error {
	return first(checkID("instance_id", instanceID), checkID("binding_id", bindingID))
}

// ValidateInstanceID reports whether an instance could have this ID.
func ValidateInstanceID(id string) error { return checkID("instance_id", id) }

// checkID leaves platforms every ID that somebody could mean: those that get lost in a path are refused.
func checkID(name, id string) error {
	switch {
	case id == "":
		return malformed("%s is empty", name)
	case len(id) > maxID:
		return malformed("%s is longer than %d bytes", name, maxID)
	case id == ".", id == "..":
		return malformed("%s must not be . or ..", name)
	case !utf8.ValidString(id):
		return malformed("%s is not valid UTF-8", name)
	case strings.ContainsFunc(id, unicode.IsControl):
		return malformed("%s contains control characters", name)
	}
	return nil
}

func mandatory(name, value string) error {
	if value == "" {
		return malformed("%s is missing or empty", name)
	}
	return bounded(name, value)
}

func bounded(name, value string) error {
	switch {
	case len(value) > maxID:
		return malformed("%s is longer than %d bytes", name, maxID)
	case !utf8.ValidString(value):
		return malformed("%s is not valid UTF-8", name)
	}
	return nil
}

func checkParameters(number int) error {
	if number > maxParameters {
		return malformed("there are more than %d parameters", maxParameters)
	}
	return nil
}

func checkVersion(info *MaintenanceInfo) error {
	if info == nil {
		return nil
	}
	return bounded("maintenance_info.version", info.Version)
}
