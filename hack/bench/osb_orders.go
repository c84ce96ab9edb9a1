// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// mostOrders bounds the objects that a round makes, for it must also remove them.
const mostOrders = 600

// orders are PUT and DELETE of instances: what a round orders it also takes away, and the limit does the same to objects like those
// that the operator makes. They keep the finalizer that a deprovision waits for until both were measured.
func (b *bench) orders(ctx context.Context, o *rig.Operator, put, remove string, clients ...int) ([]*load.Contest, error) {
	model, err := b.pristine(ctx, o.Platform)
	if err != nil {
		return nil, err
	}
	var contests []*load.Contest
	for _, n := range clients {
		asked, created := &stock{}, &stock{}
		most := min(mostOrders, 200*n)
		contests = append(contests,
			&load.Contest{
				Path: put, Clients: n, Limit: "a Create", Most: most,
				Operator: ordering(o.Platform, asked),
				Bare:     load.Side{Do: b.creating(model, created)},
			},
			&load.Contest{
				Path: remove, Clients: n, Limit: "a GET and a DELETE", Most: most,
				Operator: removing(o.Platform, asked),
				Bare:     load.Side{Do: b.deleting(created)},
				Tidy: func(ctx context.Context) error {
					for _, s := range []*stock{asked, created} {
						if err := b.clear(ctx, s); err != nil {
							return err
						}
					}
					return nil
				},
			})
	}
	return contests, nil
}

// serial numbers all objects of a process, so that no name comes twice.
var serial atomic.Int64

// pristine is an instance as the endpoint stores it, which no controller has seen.
func (b *bench) pristine(ctx context.Context, p *rig.Platform) (*v1alpha1.CloudifyDeployment, error) {
	id := fmt.Sprintf("pristine-%d", serial.Add(1))
	if _, _, err := p.Answer(ctx, order(id, 0)); err != nil {
		return nil, err
	}
	var d v1alpha1.CloudifyDeployment
	return &d, b.AsAdmin.Get(ctx, rig.Deployments, id, &d)
}

func ordering(p *rig.Platform, into *stock) load.Side {
	return asking(p, func(int) (rig.Ask, error) {
		id := fmt.Sprintf("ordered-%d", serial.Add(1))
		into.put(id)
		return order(id, 0), nil
	})
}

func (b *bench) creating(model *v1alpha1.CloudifyDeployment, into *stock) load.Op {
	return func(ctx context.Context, _ int) error {
		d := rig.Renamed(model, fmt.Sprintf("created-%d", serial.Add(1)))
		if err := b.AsOperator.Create(ctx, rig.Deployments, d); err != nil {
			return err
		}
		into.put(d.Name)
		return nil
	}
}

func removing(p *rig.Platform, from *stock) load.Side {
	return asking(p, func(int) (rig.Ask, error) {
		id, some := from.take()
		if !some {
			return rig.Ask{}, load.ErrExhausted
		}
		return rig.Ask{
			Method: http.MethodDelete, Status: http.StatusAccepted,
			Path: "service_instances/" + id + "?accepts_incomplete=true&service_id=" + offered + "&plan_id=" + offeredPlan,
		}, nil
	})
}

func (b *bench) deleting(from *stock) load.Op {
	return func(ctx context.Context, _ int) error {
		name, some := from.take()
		if !some {
			return load.ErrExhausted
		}
		var d v1alpha1.CloudifyDeployment
		if err := b.AsOperator.Get(ctx, rig.Deployments, name, &d); err != nil {
			return err
		}
		return b.AsOperator.Delete(ctx, rig.Deployments, &d)
	}
}

// clear removes what is in a stock, and what was taken from it and still has its finalizer.
func (b *bench) clear(ctx context.Context, s *stock) error {
	all, left := s.empty()
	return load.Each(ctx, writers, len(all), func(ctx context.Context, number int) error {
		var d v1alpha1.CloudifyDeployment
		name := all[number]
		if err := b.AsAdmin.Patch(ctx, rig.Deployments, name, types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), &d); err != nil {
			return err
		}
		if slices.Contains(left, name) {
			return b.AsAdmin.Delete(ctx, rig.Deployments, &d)
		}
		return nil
	})
}
