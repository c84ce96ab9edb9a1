// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"errors"
	"fmt"
)

// What an operation ends in other than success. The broker's errors.go gives each its status and error code.
var (
	// ErrConflict: the instance or binding exists with other attributes, or is an object that no platform made.
	ErrConflict = errors.New("already exists with different attributes")
	// ErrNotFound: what is asked for does not exist, or is not there yet.
	ErrNotFound = errors.New("does not exist")
	// ErrGone: what is to be deleted does not exist.
	ErrGone = errors.New("no longer exists")
	// ErrAsyncRequired: the platform must accept an incomplete operation.
	ErrAsyncRequired = errors.New("asynchronous operations required")
	// ErrBusy: another operation on the same resource must end first.
	ErrBusy = errors.New("another operation is in progress")
	// ErrMaintenanceInfo: the version is not the one that the catalog has.
	ErrMaintenanceInfo = errors.New("maintenance_info.version differs from that of the catalog")
	// ErrUnavailable: what is needed cannot be had now; nothing was changed.
	ErrUnavailable = errors.New("temporarily unavailable")
)

// What a Store says beside ErrNotFound and ErrUnavailable. No operation ends in these.
var (
	// ErrExists: there is an object of that name.
	ErrExists = errors.New("already exists")
	// ErrStale: the object was changed or replaced since it was read.
	ErrStale = errors.New("was changed since it was read")
	// ErrForeign: the object of that name is not what a platform made under this ID.
	ErrForeign = fmt.Errorf("belongs to somebody else: %w", ErrNotFound)
)

// FailedError says why an instance cannot be used: its creation failed. Only its deletion, or the same request to create it, helps.
type FailedError struct{ Reason string }

func (e *FailedError) Error() string { return "the service instance could not be created: " + e.Reason }

// InvalidError says what is wrong with a request, never a value of it.
type InvalidError struct{ Reason string }

func (e *InvalidError) Error() string { return e.Reason }
