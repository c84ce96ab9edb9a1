// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"sync"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// openings wake whoever found a Manager without a connection. Its CloudifyManager cannot: it may have said Ready all the
// time, above all through a restart of the operator.
type openings struct {
	mu        sync.Mutex
	listeners []func(manager string)
}

// Openings is a source of what waits for a Manager, which waiting finds, at the moment its connection opens.
func (p *Pool) Openings(waiting func(ctx context.Context, manager string) []reconcile.Request) source.Source {
	return source.Func(func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		p.openings.mu.Lock()
		defer p.openings.mu.Unlock()
		p.openings.listeners = append(p.openings.listeners, func(manager string) {
			outcome.Add(queue, outcome.Crowd, waiting(ctx, manager)...)
		})
		return nil
	})
}

func (o *openings) tell(manager string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, listener := range o.listeners {
		listener(manager)
	}
}
