// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/store"
)

// Setup adds the endpoint to mgr, on every replica, unless it is off. served waits until the endpoint has ended: a manager whose
// leadership is lost ends before that.
func Setup(ctx context.Context, mgr ctrl.Manager, opts Options) (served func(), err error) {
	if opts.off() {
		return func() {}, nil
	}
	s, err := newService(ctx, mgr, opts)
	if err != nil {
		return nil, err
	}
	return setup(ctx, mgr, opts, s)
}

// newService is the service over the cache of mgr and a client of its own.
func newService(ctx context.Context, mgr ctrl.Manager, opts Options) (*service.Service, error) {
	direct, err := newClient(mgr)
	if err != nil {
		return nil, err
	}
	kept := store.New(mgr.GetClient(), direct, opts.Namespace, opts.WatchNamespaces...)
	if err := kept.Index(ctx, mgr.GetFieldIndexer()); err != nil {
		return nil, err
	}
	s := service.New(kept)
	return s, kept.WatchDepartures(ctx, mgr.GetCache(), s.NoteDeparture)
}

// newClient is a client of the API server alone. Where --kube-api-qps sets a ceiling it has one of its own, and controllers at work
// take nothing of it.
func newClient(mgr ctrl.Manager) (client.Client, error) {
	direct, err := client.New(mgr.GetConfig(), client.Options{HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper()})
	if err != nil {
		return nil, fmt.Errorf("build the client of the OSB endpoint: %w", err)
	}
	return direct, nil
}

// setup adds an endpoint for a service. The process is not ready before the endpoint can be, nor when it shuts down.
func setup(ctx context.Context, mgr ctrl.Manager, opts Options, operations operations) (served func(), err error) {
	inf := &informers{namespace: opts.Namespace}
	entrance, err := newDoors(mgr, opts)
	if err != nil {
		return nil, err
	}
	endpoint := newEndpoint(operations, entrance, inf.available)
	if err := inf.start(ctx, mgr.GetCache(), endpoint.catalog.changed); err != nil {
		return nil, err
	}
	server := newServer(opts, endpoint.handler(), func() error {
		if err := entrance.Usable(); err != nil {
			return err
		}
		return inf.available()
	})
	if err := mgr.Add(server); err != nil {
		return nil, fmt.Errorf("add the OSB endpoint: %w", err)
	}
	routable := func(*http.Request) error { return errors.Join(inf.filling(), server.Routable()) }
	if err := mgr.AddReadyzCheck("osb", routable); err != nil {
		return nil, fmt.Errorf("add the readiness check of the OSB endpoint: %w", err)
	}
	return server.running.Wait, nil
}

// newDoors are those that the options ask for.
func newDoors(mgr ctrl.Manager, opts Options) (*doors.Doors, error) {
	c := doors.Config{
		Open: opts.Insecure == InsecureOpen, CredentialsDir: opts.CredentialsDir,
		TokenAudience: opts.TokenAudience, Namespace: opts.Namespace, Limits: doors.DefaultLimits(),
	}
	if opts.TokenAudience != "" {
		direct, err := newClient(mgr)
		if err != nil {
			return nil, err
		}
		c.Client = direct
	}
	return doors.New(c), nil
}
