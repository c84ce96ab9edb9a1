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

// openings wake the objects that found a Manager without a connection, when it opens. A change of the CloudifyManager's status
// cannot: it may have been Ready all the time, above all through a restart of the operator.
type openings struct {
	mu        sync.Mutex
	listeners []func(manager string)
}

// source is where what waits for a connection comes from, once it opens; waiting finds it.
func (o *openings) source(waiting func(ctx context.Context, manager string) outcome.Woken) source.Source {
	return source.Func(func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.listeners = append(o.listeners, func(manager string) {
			outcome.AddMany(queue, waiting(ctx, manager))
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
