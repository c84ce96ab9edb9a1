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

// turns are the lines of all Managers, and the queues of the controllers whose objects wait there.
type turns struct {
	mu     *sync.Mutex
	lines  map[string]*line
	queues map[string]queue
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

func newTurns() turns {
	return turns{mu: &sync.Mutex{}, lines: map[string]*line{}, queues: map[string]queue{}}
}

// Turns is the source of a controller's objects whose turn it is at their Manager.
func (p *Pool) Turns(controller string) source.Source {
	return source.Func(func(_ context.Context, queue queue) error {
		p.turns.mu.Lock()
		defer p.turns.mu.Unlock()
		p.turns.queues[controller] = queue
		return nil
	})
}

// turnPriority lets an object that has a slot go before all that have none.
const turnPriority = 100

// wake puts an object into its controller's queue.
func (t turns) wake(next turn) {
	t.mu.Lock()
	queue := t.queues[next.controller]
	t.mu.Unlock()
	if queue != nil {
		outcome.Add(queue, turnPriority, reconcile.Request{NamespacedName: next.object})
	}
}

// line is that of a Manager. It is made once and stays, as the watcher's ledger does.
func (t turns) line(manager string) *line {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.lines[manager]
	if !ok {
		l = newLine(t.wake)
		t.lines[manager] = l
	}
	return l
}

// waiting tells whether an object of a controller waits for its turn at some Manager.
func (t turns) waiting(of turn) bool {
	t.mu.Lock()
	lines := make([]*line, 0, len(t.lines))
	for _, l := range t.lines {
		lines = append(lines, l)
	}
	t.mu.Unlock()
	for _, l := range lines {
		if l.waits(of) {
			return true
		}
	}
	return false
}

// Waiting tells of a controller's objects whether they wait for their turn.
func (p *Pool) Waiting(controller string) func(reconcile.Request) bool {
	return func(r reconcile.Request) bool { return p.turns.waiting(turn{controller, r.NamespacedName}) }
}
