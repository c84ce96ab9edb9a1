// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package leadership proves, at the moment of a change, that this process leads and acts on what it read just now.
//
// A process can be stopped for longer than its lease and then go on in the middle of a reconcile, beside its successor:
// client-go finds out within seconds, and until then everything goes on as before. So whatever is changed, at a Manager or in
// Kubernetes, asks a Proof right before. A Proof knows the lease from the lock of the leader election itself (Lease), and
// goes by a clock that also runs while the process is stopped. What a change rests on counts as old as its reconcile
// (Observe, Reconciler): nothing that was read before a gap in the proof is acted upon after it.
package leadership

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// maxAge is how old the observation that a change rests on may be. It is as long as a reconcile may take, so that a
// reconcile at a slow Manager still gets to make its change.
const maxAge = 30 * time.Second

// Proof says whether this process leads.
type Proof struct {
	// renewal is how long one renewal of the lease proves that no other process leads, counted from the moment the renewal was
	// sent.
	renewal time.Duration
	// clock also runs while the process is stopped.
	clock func() time.Duration

	// term ends when leadership is lost; its cause says how.
	term context.Context
	end  context.CancelCauseFunc

	mu sync.Mutex
	// held: this process has led at some time. proven: it leads for as long as the renewal lasts.
	held, proven bool
	// running are the reconciles that have begun and not ended; retired: none begins any more.
	running int
	retired bool
	// renewed is when the last renewal was sent; since is when the present proof, which has no gaps, began.
	renewed, since time.Duration
}

// New returns a Proof in which one renewal of the lease holds for its renew deadline.
func New(renewDeadline time.Duration) *Proof {
	term, end := context.WithCancelCause(context.Background())
	return &Proof{renewal: renewDeadline, clock: sinceBoot, term: term, end: end}
}

// Alone returns the Proof of a process that has no rivals: it checks only the age of what was read.
func Alone() *Proof {
	p := New(math.MaxInt64)
	p.renew(p.clock())
	p.since = math.MinInt64
	return p
}

// RefusedError says why a change was not made, or why its answer was not awaited.
type RefusedError string

func (e RefusedError) Error() string { return string(e) }

// IsRefused reports whether a change was left to a later look, or to a successor.
func IsRefused(err error) bool {
	if _, ok := errors.AsType[RefusedError](err); ok {
		return true
	}
	return IsLost(err)
}

// LostError says how leadership was lost.
type LostError string

func (e LostError) Error() string { return "leadership lost: " + string(e) }

// IsLost reports whether this process must end because another one leads, or may lead.
func IsLost(err error) bool {
	_, ok := errors.AsType[LostError](err)
	return ok
}

// MayBegin returns nil if a change that rests on the observation of ctx may be made now; the error says why not.
func (p *Proof) MayBegin(ctx context.Context) error {
	if _, err := p.MayGoOn(ctx); err != nil {
		return err
	}
	if age := p.clock() - observedAt(ctx); age > maxAge {
		return RefusedError(fmt.Sprintf("it is based on an observation made %s ago", age.Round(time.Second)))
	}
	return nil
}

// MayGoOn returns for how long a change that was begun may go on before MayGoOn must be called again; the error says why it may
// not.
func (p *Proof) MayGoOn(ctx context.Context) (left time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := p.clock() - p.renewed
	switch {
	case p.term.Err() != nil:
		return 0, context.Cause(p.term)
	case !p.proven:
		return 0, RefusedError("it is not certain that this process leads")
	case since > p.renewal:
		return 0, RefusedError(fmt.Sprintf("it is not certain that this process leads: its lease was last renewed %s ago", since.Round(time.Second)))
	case !observed(ctx):
		return 0, RefusedError("it is not based on an observation")
	case observedAt(ctx) < p.since:
		return 0, RefusedError("it is based on an observation made before this process was certain to lead")
	}
	return min(p.renewal-since, time.Minute), nil
}

// While returns a context that ends with ctx, and at once when leadership is lost.
func (p *Proof) While(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(p.term, func() { cancel(context.Cause(p.term)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// renew notes a renewal that was sent at the time asked and granted now.
func (p *Proof) renew(asked time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	if !p.proven || now-p.renewed > p.renewal {
		p.since = now
	}
	p.held, p.proven, p.renewed = true, true, asked
}

// lapse notes that somebody else wrote the lease: until it is read, nobody knows who leads.
func (p *Proof) lapse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.proven = false
}

// lose ends leadership for good, where there was any, and reports whether there was.
func (p *Proof) lose(how string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held {
		p.end(LostError(how))
	}
	return p.held
}
