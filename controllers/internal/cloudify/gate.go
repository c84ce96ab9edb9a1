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

// maxHold bounds how long one Retry-After holds requests back.
const maxHold = time.Minute

// gate lets requests through at a rate and a few at a time. A waiting change gets
// the next free slot, before any read.
type gate struct {
	rate  *rate.Limiter
	slots int

	mu            sync.Mutex
	inFlight      int
	changes       list.List // of chan struct{}, first come first served
	reads         list.List
	heldUntil     time.Time
	wakeScheduled bool
}

func newGate(qps float64, burst, slots int) *gate {
	return &gate{rate: rate.NewLimiter(rate.Limit(qps), burst), slots: slots}
}

// limit sends a request once the gate lets it through, and gives its slot back
// when the answer has been read.
func (g *gate) limit(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if err := g.enter(r.Context(), r.Method != http.MethodGet); err != nil {
			return nil, err
		}
		response, err := next.RoundTrip(r)
		if err != nil {
			g.leave()
			return nil, err
		}
		if wait := retryAfter(response); wait > 0 {
			g.hold(wait)
		}
		response.Body = &answerBody{ReadCloser: response.Body, closed: sync.OnceFunc(g.leave)}
		return response, nil
	})
}

// waitingError ends a request that was never sent.
type waitingError struct{ error }

func (e waitingError) Error() string {
	return "not sent, for others had to go first: " + e.error.Error()
}
func (e waitingError) Unwrap() error { return e.error }

func (g *gate) enter(ctx context.Context, change bool) error {
	g.mu.Lock()
	queue := &g.reads
	if change {
		queue = &g.changes
	}
	admitted := make(chan struct{})
	place := queue.PushBack(admitted)
	g.admit()
	g.mu.Unlock()

	select {
	case <-admitted:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-admitted: // at the same moment
		g.inFlight--
		g.admit()
	default:
		queue.Remove(place)
	}
	return waitingError{context.Cause(ctx)}
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	g.admit()
}

// hold lets nobody through for a while.
func (g *gate) hold(wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := time.Now().Add(min(wait, maxHold)); until.After(g.heldUntil) {
		g.heldUntil = until
	}
}

// admit lets through whoever may go now, and comes back when the next may go.
// The caller holds the lock.
func (g *gate) admit() {
	for g.inFlight < g.slots {
		queue := &g.changes
		if queue.Len() == 0 {
			queue = &g.reads
		}
		if queue.Len() == 0 {
			return
		}
		if wait := g.wait(); wait > 0 {
			g.wakeAfter(wait)
			return
		}
		g.inFlight++
		close(queue.Remove(queue.Front()).(chan struct{}))
	}
}

// wait takes a token, or says when there will be one.
func (g *gate) wait() time.Duration {
	now := time.Now()
	if wait := g.heldUntil.Sub(now); wait > 0 {
		return wait
	}
	reservation := g.rate.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
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

// retryAfter is how long the Manager, or what stands before it, wants to be left
// alone. Zero if it does not say.
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
