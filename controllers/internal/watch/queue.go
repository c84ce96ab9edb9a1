// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// queue wakes objects: it puts them into the queue of their controller, or keeps them until there is one. It never blocks; the
// controller's queue leaves out what it already holds.
type queue struct {
	mu         sync.Mutex
	controller workqueue.TypedRateLimitingInterface[reconcile.Request]
	// pending are the objects that are kept, with their priority.
	pending map[types.NamespacedName]int
}

// wake is for an object that something happened to.
func (q *queue) wake(object types.NamespacedName) { q.add(object, 0) }

// wakeMany is for an object that may be one of many to which something happened while nobody looked, as before a start.
func (q *queue) wakeMany(object types.NamespacedName) { q.add(object, outcome.Crowd) }

// wakeLow is for an object that has been waiting for a list and may well be as it should be: work goes before it.
func (q *queue) wakeLow(object types.NamespacedName) { q.add(object, handler.LowPriority) }

func (q *queue) add(object types.NamespacedName, priority int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.controller != nil {
		outcome.Add(q.controller, priority, reconcile.Request{NamespacedName: object})
		return
	}
	if q.pending == nil {
		q.pending = map[types.NamespacedName]int{}
	}
	if kept, found := q.pending[object]; !found || kept < priority {
		q.pending[object] = priority
	}
}

// source is for one controller.
func (q *queue) source() source.Source {
	return source.Func(func(_ context.Context, controller workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.controller = controller
		for object, priority := range q.pending {
			outcome.Add(controller, priority, reconcile.Request{NamespacedName: object})
		}
		q.pending = nil
		return nil
	})
}
