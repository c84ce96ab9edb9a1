// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// wakes puts objects into the queue of their controller, or keeps them until there is one. It never blocks; the queue leaves
// out what it already holds.
type wakes struct {
	mu      sync.Mutex
	queue   workqueue.TypedRateLimitingInterface[reconcile.Request]
	pending map[types.NamespacedName]struct{}
}

func (w *wakes) wake(object types.NamespacedName) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queue != nil {
		w.queue.Add(reconcile.Request{NamespacedName: object})
		return
	}
	if w.pending == nil {
		w.pending = map[types.NamespacedName]struct{}{}
	}
	w.pending[object] = struct{}{}
}

// source is for one controller.
func (w *wakes) source() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.queue = queue
		for object := range w.pending {
			queue.Add(reconcile.Request{NamespacedName: object})
		}
		w.pending = nil
		return nil
	})
}
