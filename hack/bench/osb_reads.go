// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// Paths of contests that are looked up again.
const (
	pollPath = "GET last_operation, in progress"
	putPath  = "PUT instance"
)

// bareHandler is what answers that rest on no request are compared with.
const bareHandler = "bare handler, same bytes"

// read is one request that is answered with the same bytes each time.
type read struct {
	path    string
	ask     rig.Ask
	clients []int
}

// catalogs are the ways to read a catalog of so many offerings.
func (b *bench) catalogs(ctx context.Context, o *rig.Operator, offerings int) ([]*load.Contest, error) {
	plain := rig.Ask{Method: http.MethodGet, Path: "catalog", Status: http.StatusOK}
	first, err := o.Platform.Request(plain)
	if err != nil {
		return nil, err
	}
	header, body, err := first.Answer(ctx)
	if err != nil {
		return nil, err
	}
	b.tell("the catalog has %d bytes", len(body))
	zipped, known := plain, plain
	zipped.Header = map[string]string{"Accept-Encoding": "gzip"}
	known.Header, known.Status = map[string]string{"If-None-Match": header.Get("ETag")}, http.StatusNotModified
	name := fmt.Sprintf("GET catalog, %d offerings", offerings)
	return b.against(ctx, o, []read{
		{name, plain, []int{1, 8, 64}},
		{name + ", gzip", zipped, []int{8, 64}},
		{name + ", If-None-Match", known, []int{8, 64}},
	})
}

// polls are the ways to ask for the state of an install that goes on.
func (b *bench) polls(ctx context.Context, o *rig.Operator, s *stage) ([]*load.Contest, error) {
	return b.against(ctx, o, []read{
		{pollPath, poll(s.running, s.operation), []int{1, 16, 64}},
		{"GET last_operation, without a token", poll(s.running, ""), []int{1, 16}},
	})
}

// against has the operator and a bare handler answer the same.
func (b *bench) against(ctx context.Context, o *rig.Operator, reads []read) ([]*load.Contest, error) {
	asks := make([]rig.Ask, 0, len(reads))
	for _, r := range reads {
		asks = append(asks, r.ask)
	}
	bare, err := b.StartBare(ctx, o, asks)
	if err != nil {
		return nil, err
	}
	var contests []*load.Contest
	for number, r := range reads {
		request, err := o.Platform.Request(r.ask)
		if err != nil {
			return nil, err
		}
		for _, clients := range r.clients {
			contests = append(contests, &load.Contest{
				Path: r.path, Clients: clients, Limit: bareHandler, Operator: sending(request), Bare: sending(bare[number]),
			})
		}
	}
	return contests, nil
}

// sending is a side that sends one request again and again.
func sending(r *rig.Request) load.Side {
	send := func(ctx context.Context, _ int) error { return r.Send(ctx) }
	return load.Side{Do: send, Warm: send}
}

// warming opens a client's connection.
func warming(p *rig.Platform) (load.Op, error) {
	r, err := p.Request(rig.Ask{Method: http.MethodGet, Path: "catalog", Status: http.StatusOK})
	if err != nil {
		return nil, err
	}
	return sending(r).Warm, nil
}

// fetches are GET of an instance, each client of one of its own.
func (b *bench) fetches(o *rig.Operator, pool []string) ([]*load.Contest, error) {
	requests := make([]*rig.Request, len(pool))
	for number, id := range pool {
		var err error
		if requests[number], err = o.Platform.Request(rig.Ask{Method: http.MethodGet, Path: "service_instances/" + id, Status: http.StatusOK}); err != nil {
			return nil, err
		}
	}
	send := func(ctx context.Context, client int) error { return requests[client].Send(ctx) }
	get := func(ctx context.Context, client int) error {
		return b.AsOperator.Get(ctx, rig.Deployments, pool[client], &v1alpha1.CloudifyDeployment{})
	}
	var contests []*load.Contest
	for _, clients := range []int{1, 8} {
		contests = append(contests, &load.Contest{
			Path: "GET instance", Clients: clients, Limit: "a live GET",
			Operator: load.Side{Do: send, Warm: send}, Bare: load.Side{Do: get},
		})
	}
	return contests, nil
}
