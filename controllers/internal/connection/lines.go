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

// queue is that of a controller.
type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// lines are those of all Managers, and the queues of the controllers whose objects wait there.
type lines struct {
	mu       sync.Mutex
	managers map[string]*line
	queues   map[string]queue
}

func newLines() *lines { return &lines{managers: map[string]*line{}, queues: map[string]queue{}} }

// source is where a controller's objects come from whose turn it is at their Manager.
func (l *lines) source(controller string) source.Source {
	return source.Func(func(_ context.Context, queue queue) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.queues[controller] = queue
		return nil
	})
}

// turnPriority lets an object that has a slot go before all that have none.
const turnPriority = 100

// wake puts an object into its controller's queue.
func (l *lines) wake(next visitor) {
	l.mu.Lock()
	queue := l.queues[next.controller]
	l.mu.Unlock()
	if queue != nil {
		outcome.Add(queue, turnPriority, reconcile.Request{NamespacedName: next.object})
	}
}

// of is the line of a Manager. It is made once and stays.
func (l *lines) of(manager string) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	its, ok := l.managers[manager]
	if !ok {
		its = newLine(l.wake)
		l.managers[manager] = its
	}
	return its
}

// waiting reports whether an object of a controller waits for its turn at some Manager.
func (l *lines) waiting(v visitor) bool {
	l.mu.Lock()
	all := make([]*line, 0, len(l.managers))
	for _, line := range l.managers {
		all = append(all, line)
	}
	l.mu.Unlock()
	for _, line := range all {
		if line.waits(v) {
			return true
		}
	}
	return false
}

// length is how many objects wait for their turn at a Manager.
func (l *lines) length(manager string) int {
	l.mu.Lock()
	its := l.managers[manager]
	l.mu.Unlock()
	if its == nil {
		return 0
	}
	its.mu.Lock()
	defer its.mu.Unlock()
	return len(its.places)
}
