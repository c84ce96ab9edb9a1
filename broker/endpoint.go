// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"net/http"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
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

	// Catalog is what is offered, in the order of the IDs. It reads nothing but the cache.
	Catalog(context.Context) (*osb.Catalog, error)
}

// access decides who comes in and what callers may do; the package doors has it. Both methods may ask Kubernetes and wait for
// the answer, seconds at most; both answer the same question again at no cost, for a while. They change nothing but counts. Their
// errors are those of package doors, and errors.go says what each means to a platform.
type access interface {
	// Enter finds out who the caller of a request is: doors.ErrUnauthorized, or a *doors.TooManyLoginsError, without right
	// credentials; doors.ErrOverloaded or doors.ErrUnavailable while that cannot be found out. Right credentials are never refused
	// for wrong ones that came from the same address.
	Enter(*http.Request) (*doors.Caller, error)
	// Authorize returns nil where a caller may use a verb on a resource of the API group osb.cloudify.co: otherwise
	// doors.ErrForbidden, or doors.ErrOverloaded or doors.ErrUnavailable as above; doors.ErrUnauthorized where there is no caller.
	Authorize(ctx context.Context, caller *doors.Caller, verb, resource string) error
}

// endpoint answers platforms.
type endpoint struct {
	service operations
	catalog *catalog
	access  access
	// available is why nothing can be answered now; nil: everything can.
	available func() error
	// slots are taken by the requests in flight.
	slots chan struct{}
}

func newEndpoint(service operations, access access, available func() error) *endpoint {
	return &endpoint{
		service: service, access: access, available: available,
		catalog: &catalog{render: service.Catalog},
		slots:   make(chan struct{}, maxInFlight),
	}
}
