// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// IsOutage reports whether err ends a connection: the Manager does not answer, refuses the credentials, or is closed for
// maintenance.
func IsOutage(err error) bool {
	return cloudify.IsUnauthorized(err) || cloudify.IsUnreachable(err) && !cloudify.IsLate(err) || cloudify.IsMaintenance(err)
}

// breaker remembers why connections tripped, and wakes the CloudifyManagers that are to look.
type breaker struct {
	mu sync.Mutex
	// causes are why, by CloudifyManager, until its controller has looked.
	causes map[string]error
	queue  workqueue.TypedRateLimitingInterface[reconcile.Request]
}

// trip notes why a connection tripped.
func (b *breaker) trip(manager string, cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.causes == nil {
		b.causes = map[string]error{}
	}
	b.causes[manager] = cause
}

// takeCause returns, once, why a connection tripped; nil when it did not.
func (b *breaker) takeCause(manager string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	cause := b.causes[manager]
	delete(b.causes, manager)
	return cause
}

// source is where woken CloudifyManagers come from.
func (b *breaker) source() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.queue = queue
		return nil
	})
}

func (b *breaker) wake(manager string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.queue != nil {
		b.queue.Add(reconcile.Request{NamespacedName: types.NamespacedName{Name: manager}})
	}
}

// doubtInterval is the shortest time between two doubts: a proxy may refuse one kind of request alone, again and again.
const doubtInterval = 10 * time.Second

// doubt is whether it may be no Manager that answers over a connection.
type doubt struct {
	mu     sync.Mutex
	raised time.Time
	// open tells that it was not looked into since.
	open bool
}

// raise reports whether it is time to look.
func (d *doubt) raise() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.raised.IsZero() && time.Since(d.raised) < doubtInterval {
		return false
	}
	d.raised, d.open = time.Now(), true
	return true
}

// take tells, once, whether there is a doubt.
func (d *doubt) take() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.open
	d.open = false
	return was
}
