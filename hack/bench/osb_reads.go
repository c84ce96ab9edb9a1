// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// Paths of contests that are looked up again.
const (
	pollPath   = "GET last_operation, in progress"
	putPath    = "PUT instance"
	deletePath = "DELETE instance"
)

func catalogPath(offerings int) string {
	return fmt.Sprintf("GET catalog, %s offerings", report.Count(offerings))
}

// read is one request that is answered with the same bytes each time.
type read struct {
	path    string
	ask     rig.Ask
	clients []int
}

// catalogs are the ways to read a catalog of so many offerings.
func catalogs(ctx context.Context, o *rig.Operator, offerings int) ([]read, error) {
	plain := rig.Ask{Method: http.MethodGet, Path: "catalog", Status: http.StatusOK}
	header, _, err := o.Platform.Answer(ctx, plain)
	if err != nil {
		return nil, err
	}
	zipped, known := plain, plain
	zipped.Header = map[string]string{"Accept-Encoding": "gzip"}
	known.Header, known.Status = map[string]string{"If-None-Match": header.Get("ETag")}, http.StatusNotModified
	name := catalogPath(offerings)
	return []read{
		{name, plain, []int{1, 8, 64}},
		{name + ", gzip", zipped, []int{8, 64}},
		{name + ", If-None-Match", known, []int{8, 64}},
	}, nil
}

// against has the operator and a bare handler answer the same.
func (b *bench) against(ctx context.Context, o *rig.Operator, reads []read) ([]*load.Contest, error) {
	asks := make([]rig.Ask, 0, len(reads))
	for _, r := range reads {
		asks = append(asks, r.ask)
	}
	bare, messages, err := b.StartBare(ctx, o, asks)
	if err != nil {
		return nil, err
	}
	var contests []*load.Contest
	for number, r := range reads {
		message, err := o.Platform.Message(r.ask)
		if err != nil {
			return nil, err
		}
		limit := fmt.Sprintf("bare handler, %s bytes", report.Count(messages[number].AnswerSize()))
		for _, clients := range r.clients {
			contests = append(contests, &load.Contest{
				Path: r.path, Clients: clients, Limit: limit,
				Operator: repeating(o.Platform, message), Bare: repeating(bare, messages[number]),
			})
		}
	}
	return contests, nil
}

// repeating is a side whose clients send one message again and again.
func repeating(p *rig.Platform, m *rig.Message) load.Side {
	return load.Side{Warm: p.Connect, Do: func(_ context.Context, client int) error { return p.Send(client, m) }}
}

// asking is a side whose clients ask something else each time.
func asking(p *rig.Platform, ask func(client int) (rig.Ask, error)) load.Side {
	return load.Side{Warm: p.Connect, Do: func(_ context.Context, client int) error {
		next, err := ask(client)
		if err != nil {
			return err
		}
		message, err := p.Message(next)
		if err != nil {
			return err
		}
		return p.Send(client, message)
	}}
}

// fetches are GET of an instance, each client of one of its own.
func (b *bench) fetches(o *rig.Operator, pool []string) []*load.Contest {
	get := func(ctx context.Context, client int) error {
		return b.AsOperator.Get(ctx, rig.Deployments, pool[client], &v1alpha1.CloudifyDeployment{})
	}
	var contests []*load.Contest
	for _, clients := range []int{1, 8} {
		contests = append(contests, &load.Contest{
			Path: "GET instance", Clients: clients, Limit: "a live GET", Bare: load.Side{Do: get},
			Operator: asking(o.Platform, func(client int) (rig.Ask, error) {
				return rig.Ask{Method: http.MethodGet, Path: "service_instances/" + pool[client], Status: http.StatusOK}, nil
			}),
		})
	}
	return contests
}
