// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package doors

import (
	"errors"
	"time"
)

// Why a request is refused.
var (
	// ErrUnauthorized: there are no credentials, or wrong ones.
	ErrUnauthorized = errors.New("credentials are missing or wrong")
	// ErrForbidden: Kubernetes does not allow it to this caller.
	ErrForbidden = errors.New("the caller is not allowed to do this")
	// ErrOverloaded: Kubernetes is being asked about too many callers at once.
	ErrOverloaded = errors.New("too many callers are being checked at once")
	// ErrUnavailable: Kubernetes did not answer.
	ErrUnavailable = errors.New("temporarily unavailable")
)

// TooManyLoginsError is ErrUnauthorized for an address whose logins failed too often.
type TooManyLoginsError struct {
	// RetryAfter is when the address begins anew.
	RetryAfter time.Duration
}

func (e *TooManyLoginsError) Error() string {
	return "credentials are missing or wrong, and too many logins from this address have failed"
}
