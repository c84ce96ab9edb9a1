// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// abandonedError ends a request that we gave up ourselves: before it was sent, or
// while it only read. It says nothing about the Manager, and nothing was changed.
type abandonedError struct {
	cause error
	after time.Duration // when it may be sent
}

func (e abandonedError) Error() string { return "abandoned: " + e.cause.Error() }
func (e abandonedError) Unwrap() error { return e.cause }

// IsAbandoned reports whether we gave a request up ourselves, before it was sent or
// while it only read.
func IsAbandoned(err error) bool {
	_, ok := errors.AsType[abandonedError](err)
	return ok
}

var (
	errHeld      = errors.New("the Manager asked for a pause")
	errClosed    = errors.New("the connection was closed")
	errOutOfTime = errors.New("time ran out")
)

type briefKey struct{}

// Brief bounds the time that its caller spends on a Manager. A request that a Retry-After
// would hold back for long is not sent, and what is under way when the time is over
// is given up: neither means that the Manager is away.
func Brief(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.WithValue(ctx, briefKey{}, true), limit, errOutOfTime)
}

func isBrief(ctx context.Context) bool {
	brief, _ := ctx.Value(briefKey{}).(bool)
	return brief
}

// endReads gives up the reads that are under way when the client is closed. A change
// goes on: only its own answer tells what became of it.
func endReads(life context.Context, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodGet {
			return next.RoundTrip(r)
		}
		ctx, cancel := context.WithCancelCause(r.Context())
		unwatch := context.AfterFunc(life, func() { cancel(abandonedError{cause: context.Cause(life)}) })
		done := func() { unwatch(); cancel(nil) }
		response, err := next.RoundTrip(r.WithContext(ctx))
		if err != nil {
			if cause := context.Cause(ctx); IsAbandoned(cause) {
				err = cause
			}
			done()
			return nil, err
		}
		response.Body = &answerBody{ReadCloser: response.Body, closed: done}
		return response, nil
	})
}
