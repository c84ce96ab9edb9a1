// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// trips wakes CloudifyManagers whose breaker tripped.
type trips struct {
	mu    sync.Mutex
	queue workqueue.TypedRateLimitingInterface[reconcile.Request]
}

// Trips is the source of CloudifyManagers whose breaker tripped.
func (p *Pool) Trips() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		p.trips.mu.Lock()
		defer p.trips.mu.Unlock()
		p.trips.queue = queue
		return nil
	})
}

func (t *trips) wake(manager string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.queue != nil {
		t.queue.Add(reconcile.Request{NamespacedName: types.NamespacedName{Name: manager}})
	}
}
