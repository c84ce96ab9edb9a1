// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"net/http"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// env is the control plane that the stories run with.
var env *testenv.Environment

// UseEnvironment sets it.
func UseEnvironment(e *testenv.Environment) { env = e }

// NewService is the service of an endpoint over the cache of mgr.
func NewService(ctx context.Context, mgr ctrl.Manager, opts Options) (*service.Service, error) {
	return newService(ctx, mgr, opts)
}

// Open is the handler of an endpoint that lets everybody in, for stories of platforms over HTTP.
func Open(s *service.Service) http.Handler {
	return newEndpoint(s, openDoors(), func() error { return nil }).handler()
}
