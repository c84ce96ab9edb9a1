// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"io"
	"net/http"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// operations are what the protocol can ask for; the package service has them.
type operations interface {
	Provision(context.Context, *osb.ProvisionRequest) (*osb.ProvisionResponse, error)
	Update(context.Context, *osb.UpdateRequest) (*osb.UpdateResponse, error)
	Deprovision(context.Context, *osb.DeprovisionRequest) (*osb.DeprovisionResponse, error)
	Instance(ctx context.Context, instanceID string) (*osb.Instance, error)
	InstanceOperation(context.Context, *osb.PollRequest) (*osb.LastOperation, error)

	Bind(context.Context, *osb.BindRequest) (*osb.BindResponse, error)
	Unbind(context.Context, *osb.UnbindRequest) error
	Binding(ctx context.Context, instanceID, bindingID string) (*osb.Binding, error)
	BindingOperation(context.Context, *osb.PollRequest) (*osb.LastOperation, error)

	// Offerings are the blueprints that are offered, in the order of their IDs.
	Offerings(context.Context) ([]*v1alpha1.CloudifyBlueprint, error)
}

// endpoint answers platforms.
type endpoint struct {
	service operations
	catalog *catalog
	doors   *doors
	// available tells why nothing can be answered now.
	available func(context.Context) error
	// slots are taken by the requests in flight.
	slots chan struct{}
}

func newEndpoint(service operations, doors *doors, available func(context.Context) error) *endpoint {
	return &endpoint{
		service: service, doors: doors, available: available,
		catalog: &catalog{offerings: service.Offerings},
		slots:   make(chan struct{}, maxInFlight),
	}
}

// handler is the endpoint with all checks in their order.
func (e *endpoint) handler() http.Handler {
	mux := e.newMux()
	return chain(mux,
		trim,
		identify,
		measure(mux),
		survive,
		check(e.enter),
		check(only(speaks)),
		admit(e.slots),
		check(only(cleanPath)),
		bound,
	)
}

// enter notes who asks, and that the connection is a caller's.
func (e *endpoint) enter(r *http.Request) (*http.Request, error) {
	connection := connectionOf(r)
	if connection != nil {
		connection.served()
	}
	who, err := e.doors.authenticate(r)
	if err != nil {
		return nil, err
	}
	if connection != nil {
		connection.recognise()
	}
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, who)), nil
}

// only refuses requests, and leaves those that pass as they are.
func only(refuse func(*http.Request) error) func(*http.Request) (*http.Request, error) {
	return func(r *http.Request) (*http.Request, error) { return r, refuse(r) }
}

// form is a request that is well formed or not.
type form interface{ Validate() error }

// body is a form that is read from a body.
type body interface {
	form
	Decode([]byte) error
}

// read fills a request from the body, whatever its Content-Type says.
func read(r *http.Request, request body) error {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return unread(err)
	}
	if err := request.Decode(content); err != nil {
		return err
	}
	return request.Validate()
}

// acceptsIncomplete tells whether the platform can wait. Parameters are taken from the URL only: FormValue would eat a body
// that calls itself a form.
func acceptsIncomplete(r *http.Request) bool {
	return r.URL.Query().Get("accepts_incomplete") == "true"
}
