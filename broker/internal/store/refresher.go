// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

const (
	// refreshInterval is how far apart two looks begin at least.
	refreshInterval = time.Second
	// refreshPatience is how long one look may take.
	refreshPatience = 10 * time.Second
)

// refresher shares one look among all requests that ask before it begins. A look that began earlier is of no use to them: what
// their platform read elsewhere may be newer.
type refresher struct {
	look func(context.Context) error

	mu    sync.Mutex
	next  *look // nil: no request waits for one
	began time.Time
}

type look struct {
	done chan struct{}
	err  error
}

func (r *refresher) refresh(ctx context.Context) error {
	waited := r.join()
	select {
	case <-waited.done:
		return waited.err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", service.ErrUnavailable, ctx.Err())
	}
}

// join returns the look that begins next.
func (r *refresher) join() *look {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil {
		r.next = &look{done: make(chan struct{})}
		time.AfterFunc(time.Until(r.began.Add(refreshInterval)), r.begin)
	}
	return r.next
}

func (r *refresher) begin() {
	r.mu.Lock()
	l := r.next
	r.next, r.began = nil, time.Now()
	r.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), refreshPatience)
	defer cancel()
	l.err = r.look(ctx)
	close(l.done)
}
