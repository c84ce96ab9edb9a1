// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"container/list"
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// maxHold bounds how long one Retry-After holds requests back.
	maxHold = time.Minute
	// maxBriefHold is how long a brief caller waits for the end of a hold.
	maxBriefHold = 2 * time.Second
)

// gate lets requests through at a rate, and none during a Retry-After or once its
// client was closed. A waiting change goes before any read.
type gate struct {
	life context.Context // of the client
	rate *rate.Limiter   // nil: no ceiling

	mu            sync.Mutex
	changes       list.List // of chan struct{}, first come first served
	reads         list.List
	heldUntil     time.Time
	wakeScheduled bool
}

// newGate makes a gate without a ceiling if qps is zero.
func newGate(life context.Context, qps, burst int) *gate {
	g := &gate{life: life}
	if qps > 0 {
		g.rate = rate.NewLimiter(rate.Limit(qps), max(burst, 1))
	}
	return g
}

// limit sends a request once the gate lets it through.
func (g *gate) limit(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if err := g.enter(r.Context(), r.Method != http.MethodGet); err != nil {
			return nil, err
		}
		response, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		if wait := retryAfter(response); wait > 0 {
			g.hold(wait)
		}
		return response, nil
	})
}

func (g *gate) enter(ctx context.Context, change bool) error {
	g.mu.Lock()
	if held := time.Until(g.heldUntil); isBrief(ctx) && held > maxBriefHold {
		g.mu.Unlock()
		return abandonedError{cause: errHeld, after: held}
	}
	queue := &g.reads
	if change {
		queue = &g.changes
	}
	admitted := make(chan struct{})
	place := queue.PushBack(admitted)
	g.admit()
	g.mu.Unlock()

	var cause error
	select {
	case <-g.life.Done():
		cause = context.Cause(g.life)
	case <-ctx.Done():
		cause = context.Cause(ctx)
	case <-admitted:
		if g.life.Err() == nil {
			return nil
		}
		return abandonedError{cause: context.Cause(g.life)}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	queue.Remove(place) // nothing, if it was admitted at the same moment
	g.admit()
	return abandonedError{cause: cause}
}

// hold lets no request through for a while.
func (g *gate) hold(wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := time.Now().Add(min(wait, maxHold)); until.After(g.heldUntil) {
		g.heldUntil = until
	}
}

// admit lets through the requests that may go now, and runs again when the next may.
// The caller holds the lock.
func (g *gate) admit() {
	for {
		queue := &g.changes
		if queue.Len() == 0 {
			queue = &g.reads
		}
		if queue.Len() == 0 {
			return
		}
		if wait := g.take(); wait > 0 {
			g.wakeAfter(wait)
			return
		}
		close(queue.Remove(queue.Front()).(chan struct{}))
	}
}

// take takes a token, or says when there will be one.
func (g *gate) take() time.Duration {
	now := time.Now()
	if wait := g.heldUntil.Sub(now); wait > 0 {
		return wait
	}
	if g.rate == nil {
		return 0
	}
	reservation := g.rate.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

// delay is how long a request would have to wait now; zero: it would be sent at once.
func (g *gate) delay() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if wait := g.heldUntil.Sub(now); wait > 0 {
		return wait
	}
	if g.rate == nil {
		return 0
	}
	missing := 1 + float64(g.changes.Len()+g.reads.Len()) - g.rate.TokensAt(now)
	return time.Duration(max(0, missing/float64(g.rate.Limit())) * float64(time.Second))
}

func (g *gate) wakeAfter(wait time.Duration) {
	if g.wakeScheduled {
		return
	}
	g.wakeScheduled = true
	time.AfterFunc(wait, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.wakeScheduled = false
		g.admit()
	})
}

// retryAfter is the Retry-After of a Manager or a proxy before it, zero without one.
func retryAfter(response *http.Response) time.Duration {
	if response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	value := response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}
