// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"net/http"

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

	// Catalog is what is offered, in the order of the IDs.
	Catalog(context.Context) (*osb.Catalog, error)
}

// access decides who comes in and what callers may do; the package doors has it. errors.go says what its refusals, the errors
// of that package, mean to a platform. Both methods may ask Kubernetes, and wait for an answer as long as the context of the
// request allows.
type access interface {
	// Enter finds out who asks, and returns the request with that in its context. The same credentials may come with every
	// request, and right ones are never refused for wrong ones that somebody else sent.
	Enter(*http.Request) (*http.Request, error)
	// Authorize tells why the caller of a request may not use a verb on a resource, in the words of the API group
	// osb.cloudify.co. The request is one that Enter returned.
	Authorize(r *http.Request, verb, resource string) error
}

// endpoint answers platforms.
type endpoint struct {
	service operations
	catalog *catalog
	access  access
	// available tells why nothing can be answered now.
	available func(context.Context) error
	// slots are taken by the requests in flight.
	slots chan struct{}
}

func newEndpoint(service operations, access access, available func(context.Context) error) *endpoint {
	return &endpoint{
		service: service, access: access, available: available,
		catalog: &catalog{render: service.Catalog},
		slots:   make(chan struct{}, maxInFlight),
	}
}
