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

// wakes puts objects into the queue of their controller, or keeps them until there is one. It never blocks; the queue leaves
// out what it already holds.
type wakes struct {
	mu    sync.Mutex
	queue workqueue.TypedRateLimitingInterface[reconcile.Request]
	// pending are those that are kept, with their priority.
	pending map[types.NamespacedName]int
}

// wake is for an object that something happened to.
func (w *wakes) wake(object types.NamespacedName) { w.add(object, 0) }

// look is for one that has been waiting for a list and may well be as it should be: work goes before it.
func (w *wakes) look(object types.NamespacedName) { w.add(object, handler.LowPriority) }

func (w *wakes) add(object types.NamespacedName, priority int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queue != nil {
		outcome.Add(w.queue, priority, reconcile.Request{NamespacedName: object})
		return
	}
	if w.pending == nil {
		w.pending = map[types.NamespacedName]int{}
	}
	if kept, found := w.pending[object]; !found || kept < priority {
		w.pending[object] = priority
	}
}

// source is for one controller.
func (w *wakes) source() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.queue = queue
		for object, priority := range w.pending {
			outcome.Add(queue, priority, reconcile.Request{NamespacedName: object})
		}
		w.pending = nil
		return nil
	})
}
