// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Permit is asked before anything is changed at the Manager. The context is that of the call.
type Permit interface {
	// MayBegin reports whether a change may be sent now.
	MayBegin(context.Context) error
	// MayGoOn reports whether one that was begun may go on, and for how long before it must be asked again.
	MayGoOn(context.Context) (time.Duration, error)
}

// permitError ends a request that was not permitted, or no longer. In the latter case the Manager may have carried it out.
type permitError struct {
	error
	begun bool
}

func (e permitError) Error() string {
	if e.begun {
		return "abandoned: " + e.error.Error()
	}
	return "not sent: " + e.error.Error()
}
func (e permitError) Unwrap() error { return e.error }

// permit sends a change only while that is permitted: it asks when the gate has let the request through, once more when there
// is a connection and the first byte is about to be written, which may be much later, and from then on until the answer has
// been read.
func permit(permit Permit, next http.RoundTripper) http.RoundTripper {
	if permit == nil {
		return next
	}
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			return next.RoundTrip(r.WithContext(withGuard(r.Context(), nil)))
		}
		p := &permission{permit: permit}
		p.ctx, p.cancel = context.WithCancelCause(r.Context())
		if err := p.begin(); err != nil {
			p.end()
			return nil, err
		}
		response, err := next.RoundTrip(r.WithContext(withGuard(p.ctx, p.check)))
		if err != nil {
			p.end()
			return nil, err
		}
		response.Body = &answerBody{ReadCloser: response.Body, closed: p.end}
		return response, nil
	})
}

// permission is that of one request.
type permission struct {
	permit Permit
	// ctx is the request's. It ends when the permission does.
	ctx    context.Context
	cancel context.CancelCauseFunc
	// lapses is when the permission must be asked for again.
	lapses *time.Timer
	// begun tells that something may have been written.
	begun atomic.Bool
}

// begin asks for the permission, and from then on again before it lapses.
func (p *permission) begin() error {
	if err := p.permit.MayBegin(p.ctx); err != nil {
		return permitError{error: err}
	}
	p.lapses = time.AfterFunc(time.Hour, p.goOn)
	p.goOn()
	return context.Cause(p.ctx)
}

func (p *permission) goOn() {
	if p.ctx.Err() != nil {
		return
	}
	left, err := p.permit.MayGoOn(p.ctx)
	if err != nil {
		p.cancel(permitError{err, p.begun.Load()})
		return
	}
	p.lapses.Reset(left)
}

// check asks right before each piece that is written.
func (p *permission) check() error {
	if !p.begun.Swap(true) {
		if err := p.permit.MayBegin(p.ctx); err != nil {
			return permitError{error: err}
		}
		return nil
	}
	if _, err := p.permit.MayGoOn(p.ctx); err != nil {
		return permitError{err, true}
	}
	return nil
}

func (p *permission) end() {
	if p.lapses != nil {
		p.lapses.Stop()
	}
	p.cancel(nil)
}

// guardedConn is a connection to the Manager. Requests use it one after the other, so it can check the current one before each
// piece that is written.
type guardedConn struct {
	net.Conn
	check atomic.Pointer[func() error]
}

func (c *guardedConn) Write(b []byte) (int, error) {
	if check := c.check.Load(); check != nil {
		if err := (*check)(); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(b)
}

// guarded dials connections that can be guarded.
func guarded(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &guardedConn{Conn: c}, nil
	}
}

// withGuard has the request's connection guarded by this check, once there is one; nil: by none.
func withGuard(ctx context.Context, check func() error) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) { guard(got.Conn, check) }})
}

// guard gives a connection, below its TLS, the check of the request that is about to use it.
func guard(c net.Conn, check func() error) {
	for {
		switch layer := c.(type) {
		case *guardedConn:
			layer.check.Store(nil)
			if check != nil {
				layer.check.Store(&check)
			}
			return
		case interface{ NetConn() net.Conn }:
			c = layer.NetConn()
		default:
			return
		}
	}
}

// notPermitted returns why a request was not permitted, nil if it was.
func notPermitted(err error) error {
	if refusal, ok := errors.AsType[permitError](err); ok {
		return refusal
	}
	return nil
}
