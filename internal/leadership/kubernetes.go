// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"context"
	"io"
	"net/http"
)

// Transport refuses whatever a reconcile would write in Kubernetes without proof of leadership: finalizers, status,
// Secrets. Requests outside of a reconcile pass, such as those of the OSB endpoint and of the lease itself.
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

// answer ends the context of a request once its answer was read.
type answer struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (a answer) Close() error {
	defer a.cancel()
	return a.ReadCloser.Close()
}
