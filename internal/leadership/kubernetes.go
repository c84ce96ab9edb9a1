// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"context"
	"io"
	"net/http"
)

// Transport refuses what a reconcile would write in Kubernetes without proof: finalizers, status, Secrets, all of it. What
// is no reconcile's, as the requests of the OSB endpoint and the lease itself, passes.
func (p *Proof) Transport(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet || !observed(r.Context()) {
			return next.RoundTrip(r)
		}
		if err := p.MayBegin(r.Context()); err != nil {
			return nil, err
		}
		left, err := p.MayGoOn(r.Context())
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(r.Context(), left)
		response, err := next.RoundTrip(r.WithContext(ctx))
		if err != nil {
			cancel()
			return nil, err
		}
		response.Body = answer{response.Body, cancel}
		return response, nil
	})
}

// roundTrip is a RoundTripper made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer lets go of a request when its answer was read.
type answer struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (a answer) Close() error {
	defer a.cancel()
	return a.ReadCloser.Close()
}
