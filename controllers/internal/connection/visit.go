// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// Visit is one reconcile of an object as far as it speaks to its Manager.
type Visit struct {
	pool    *Pool
	visitor visitor
	// conn is set by Enter.
	conn *Connection
	// over: the slot was given back; or there was none, and the place in the line is kept.
	over bool
}

// Visit begins the reconcile of an object by a controller.
func (p *Pool) Visit(controller string, object types.NamespacedName) *Visit {
	return &Visit{pool: p, visitor: visitor{controller, object}}
}

// Enter takes a slot of the Manager, without which no reconcile speaks to it. Where none is free it ends the reconcile: the worker
// goes on to others, and the object is woken when it is its turn. Only a status that is still empty says so, once the object is
// older than toldAfter.
func (v *Visit) Enter(c *Connection, o outcome.Object, u Urgency) error {
	if c.pool.lines.of(c.name).enter(v.visitor, u) {
		v.conn = c
		return nil
	}
	v.over = true
	if meta.FindStatusCondition(o.GetConditions(), v1alpha1.ReadyCondition) != nil {
		return outcome.Settled(0)
	}
	const message = "waiting for a turn: as many requests as CloudifyManager %s allows at a time are in progress"
	if left := toldAfter - time.Since(o.GetCreationTimestamp().Time); left > 0 {
		return outcome.WaitUntold(left, v1alpha1.ReasonQueued, message, c.name)
	}
	return outcome.Wait(v1alpha1.ReasonQueued, message, c.name)
}

// toldAfter is how old an object is that says that it waits for its first turn: most get theirs before, and a word less is a write
// less where many wait.
const toldAfter = 5 * time.Second

// End gives the slot back, also one that was offered and is not needed; err is how the reconcile ended, and may trip the breaker.
// Only the first call does.
func (v *Visit) End(manager string, err error) {
	if v.conn != nil {
		v.conn.Note(err)
	}
	if !v.over && manager != "" {
		v.pool.lines.of(manager).leave(v.visitor, verdictOf(err))
	}
	v.over = true
}

// Turns is the source of a controller's objects whose turn it is at their Manager.
func (p *Pool) Turns(controller string) source.Source { return p.lines.source(controller) }

// Waiting tells of a controller's objects whether they wait for their turn.
func (p *Pool) Waiting(controller string) func(reconcile.Request) bool {
	return func(r reconcile.Request) bool { return p.lines.waiting(visitor{controller, r.NamespacedName}) }
}

// verdictOf is what the end of a reconcile says about the Manager's speed. An outage says nothing: what opens after it begins with
// a single slot.
func verdictOf(err error) verdict {
	switch {
	case cloudify.IsLate(err), cloudify.IsThrottled(err):
		return slow
	case IsOutage(err), cloudify.IsAbandoned(err), cloudify.IsDoubtful(err):
		return unknown
	default:
		return good
	}
}
