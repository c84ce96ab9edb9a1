// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package osb

// Words that tell a platform what kind of error it meets. Clients know these errors by their descriptions, to the letter.
const (
	AsyncRequired           = "AsyncRequired"
	ConcurrencyError        = "ConcurrencyError"
	MaintenanceInfoConflict = "MaintenanceInfoConflict"

	AsyncRequiredDescription           = "This service plan requires client support for asynchronous service operations."
	ConcurrencyErrorDescription        = "The Service Broker does not support concurrent requests that mutate the same resource."
	MaintenanceInfoConflictDescription = "The maintenance_info.version field provided in the request does not match the maintenance_info.version field provided in the Service Broker's Catalog."
)

// Error is the body of every answer other than success.
type Error struct {
	Code        string `json:"error,omitempty"`
	Description string `json:"description,omitempty"`
}
