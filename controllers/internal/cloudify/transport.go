// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// transport is the chain that every request of a client goes through, and the
// connections at its end, which http.Client can close.
type transport struct {
	http.RoundTripper
	gate        *gate
	connections *http.Transport
}

func (t *transport) CloseIdleConnections() { t.connections.CloseIdleConnections() }

// newTransport chains what happens to a request, in this order: wait until it may be
// sent, end a read when the client is closed, limit the time, ask for permission,
// measure, add credentials and tenant, send.
func newTransport(life context.Context, config Config) (*transport, error) {
	connections, err := newConnections(config)
	if err != nil {
		return nil, err
	}
	gate := newGate(life, config.QPS, cmp.Or(config.Burst, config.QPS))
	chain := identify(config, connections)
	chain = measure(chain)
	chain = permit(config.Permit, chain)
	chain = limitTime(cmp.Or(config.Timeout, defaultTimeout), chain)
	chain = endReads(life, chain)
	chain = gate.limit(chain)
	return &transport{RoundTripper: chain, gate: gate, connections: connections}, nil
}

func newConnections(config Config) (*http.Transport, error) {
	trust := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         config.ServerName,
		InsecureSkipVerify: config.InsecureSkipVerify,
	}
	if config.CA != nil {
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(config.CA) {
			return nil, errors.New("the CA contains no PEM certificate")
		}
	}
	// Without HTTP/2, so that a connection carries one request at a time: see guardedConn.
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           guarded((&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext),
		TLSClientConfig:       trust,
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   config.maxInFlight(),
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}, nil
}

// identify adds who asks and for which tenant.
func identify(config Config, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", cmp.Or(config.UserAgent, defaultUserAgent))
		r.Header.Set("Tenant", config.Tenant)
		if config.Token != "" {
			r.Header.Set("Authentication-Token", config.Token)
		} else {
			r.SetBasicAuth(config.Username, config.Password)
		}
		return next.RoundTrip(r)
	})
}

// limitTime gives up on a request when its answer is not complete in time.
func limitTime(limit time.Duration, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		limit := limit
		switch {
		case callOf(r).patient:
			limit *= patientFactor
		case r.Method != http.MethodGet:
			limit *= changeFactor
		}
		ctx, cancel := context.WithTimeoutCause(r.Context(), limit, noAnswerError(limit))
		response, err := next.RoundTrip(r.WithContext(ctx))
		if err != nil {
			if cause := context.Cause(ctx); errors.Is(cause, noAnswerError(limit)) {
				err = cause
			}
			cancel()
			return nil, err
		}
		response.Body = &answerBody{ReadCloser: response.Body, closed: cancel, cause: func() error { return context.Cause(ctx) }}
		return response, nil
	})
}

// noAnswerError is the time that a request was given.
type noAnswerError time.Duration

func (e noAnswerError) Error() string { return fmt.Sprintf("no answer within %s", time.Duration(e)) }

// Timeout makes it a net.Error in all but name.
func (e noAnswerError) Timeout() bool { return true }
