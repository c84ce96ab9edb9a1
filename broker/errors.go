// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// What ends a request before the service is asked, beside the refusals of doors.
var (
	errVersion = errors.New("the header " + osb.VersionHeader + " must name a version 2.x of the API, such as " + osb.Version)
	errNoRoute = errors.New("this path does not exist")
	errTooMany = errors.New("too many requests at once")
)

// methodError is an existing path asked in a way that it does not have.
type methodError struct{ allowed []string }

func (e *methodError) Error() string {
	return fmt.Sprintf("this path accepts only %s", strings.Join(e.allowed, ", "))
}

// closedError is why the endpoint answers nobody for now. Platforms are told, for their operator to see.
type closedError struct{ reason string }

func (e *closedError) Error() string { return e.reason }
func (e *closedError) Unwrap() error { return service.ErrUnavailable }

// overloaded is what a request ends in for which there is no capacity. A 503 to a request that changes something would make a
// platform delete what it asked for.
func overloaded(r *http.Request) error {
	switch r.Method {
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		return errTooMany
	default:
		return service.ErrUnavailable
	}
}

// retryInterval is when to send a request again whose answer may soon be another.
const retryInterval = 5 * time.Second

// answers say what an error means to a platform; the first that fits holds. Without a description the text of the error is the
// description: it names nothing but what the caller did.
var answers = []struct {
	err               error
	status            int
	code, description string
}{
	{err: doors.ErrUnauthorized, status: http.StatusUnauthorized},
	{err: doors.ErrForbidden, status: http.StatusForbidden},
	{err: errVersion, status: http.StatusPreconditionFailed},
	{err: errNoRoute, status: http.StatusNotFound},
	{err: errTooMany, status: http.StatusTooManyRequests},
	{service.ErrConflict, http.StatusConflict, "", "The service instance or binding already exists with different attributes."},
	{service.ErrNotFound, http.StatusNotFound, "", "The service instance or binding does not exist, or is not ready yet."},
	{err: service.ErrGone, status: http.StatusGone},
	{service.ErrAsyncRequired, http.StatusUnprocessableEntity, osb.AsyncRequired, osb.AsyncRequiredDescription},
	{service.ErrBusy, http.StatusUnprocessableEntity, osb.ConcurrencyError, osb.ConcurrencyErrorDescription},
	{service.ErrMaintenanceInfo, http.StatusUnprocessableEntity, osb.MaintenanceInfoConflict, osb.MaintenanceInfoConflictDescription},
	{doors.ErrUnavailable, http.StatusServiceUnavailable, "", "The service broker is temporarily unavailable: retry later."},
	{service.ErrUnavailable, http.StatusServiceUnavailable, "", "The service broker is temporarily unavailable: retry later."},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "", "The service broker did not finish in time: retry later."},
	{context.Canceled, http.StatusServiceUnavailable, "", "The service broker is shutting down: retry."},
}

// responseFor is the only place where an error gets its status, its code and its words.
func responseFor(err error) *response {
	var malformed *osb.MalformedError
	var invalid *service.InvalidError
	var failure *service.FailedError
	var method *methodError
	var closed *closedError
	var logins *doors.TooManyLoginsError
	switch {
	case errors.As(err, &malformed), errors.As(err, &invalid):
		return failed(http.StatusBadRequest, "", err.Error())
	case errors.As(err, &failure):
		return failed(http.StatusUnprocessableEntity, "", err.Error())
	case errors.As(err, &method):
		answer := failed(http.StatusMethodNotAllowed, "", err.Error())
		answer.header = http.Header{"Allow": {strings.Join(method.allowed, ", ")}}
		return answer
	case errors.As(err, &closed):
		return failed(http.StatusServiceUnavailable, "", err.Error())
	case errors.As(err, &logins):
		answer := failed(http.StatusTooManyRequests, "", err.Error())
		answer.retryAfter = logins.RetryAfter
		return answer
	}
	for _, answer := range answers {
		if errors.Is(err, answer.err) {
			if answer.description == "" {
				answer.description = err.Error()
			}
			return failed(answer.status, answer.code, answer.description)
		}
	}
	return failed(http.StatusInternalServerError, "", "The service broker encountered an internal error.")
}

// failed is an answer that says what is wrong. That something is gone already is no error to a platform.
func failed(status int, code, description string) *response {
	answer := &response{status: status, body: osb.Error{Code: code, Description: description}}
	switch status {
	case http.StatusGone:
		answer.body = struct{}{}
	case http.StatusUnauthorized:
		answer.header = http.Header{"Www-Authenticate": {`Basic realm="cloudify-operator", charset="UTF-8"`, `Bearer realm="cloudify-operator"`}}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		answer.retryAfter = retryInterval
	}
	return answer
}
