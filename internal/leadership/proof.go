// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package leadership proves, at the moment of a change, that this process leads and acts on what it read just now.
//
// A process can be stopped for longer than its lease and then go on in the middle of a reconcile, beside its successor:
// client-go finds out within seconds, and until then everything goes on as before. So whatever is changed, at a Manager or in
// Kubernetes, asks a Proof right before. A Proof knows the lease from the lock of the leader election itself (Lease), and
// reckons with a clock that runs while the process does not. What a change rests on is as old as its reconcile
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

// maxAge is how old the observation may be that a change rests on. It is as long as a reconcile may take: a slow Manager
// must not keep one from ever coming to its change.
const maxAge = 30 * time.Second

// Proof says whether this process leads.
type Proof struct {
	// renewal is for how long one renewal of the lease proves that nobody else leads, counted from the moment it was asked for.
	renewal time.Duration
	// clock runs while the process is stopped.
	clock func() time.Duration

	// term ends when leadership is lost; its cause says how.
	term context.Context
	end  context.CancelCauseFunc

	mu sync.Mutex
	// held tells that this process led at some time, proven that it does as long as the renewal lasts.
	held, proven bool
	// renewed is when the last renewal was asked for, since the beginning of a proof without gaps.
	renewed, since time.Duration
}

// New returns a Proof that one renewal of a lease gives for a while, its renew deadline.
func New(renewDeadline time.Duration) *Proof {
	term, end := context.WithCancelCause(context.Background())
	return &Proof{renewal: renewDeadline, clock: sinceBoot, term: term, end: end}
}

// Alone returns the Proof of a process that has no rivals: only the age of what it read is looked at.
func Alone() *Proof {
	p := New(math.MaxInt64)
	p.renew(p.clock())
	p.since = math.MinInt64
	return p
}

// RefusedError is why a change was not made, or its answer not waited for.
type RefusedError string

func (e RefusedError) Error() string { return string(e) }

// IsRefused reports whether a change was left to a later look, or to a successor.
func IsRefused(err error) bool {
	if _, ok := errors.AsType[RefusedError](err); ok {
		return true
	}
	return IsLost(err)
}

// LostError is how leadership was lost.
type LostError string

func (e LostError) Error() string { return "leadership lost: " + string(e) }

// IsLost reports whether this process must end, for another one leads or may.
func IsLost(err error) bool {
	_, ok := errors.AsType[LostError](err)
	return ok
}

// MayBegin tells whether something may be changed now that rests on the observation of ctx.
func (p *Proof) MayBegin(ctx context.Context) error {
	if _, err := p.MayGoOn(ctx); err != nil {
		return err
	}
	if age := p.clock() - observedAt(ctx); age > maxAge {
		return RefusedError(fmt.Sprintf("what it rests on was read %s ago", age.Round(time.Second)))
	}
	return nil
}

// MayGoOn tells whether a change that was begun may go on, and for how long until that must be asked again.
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
		return 0, RefusedError("it rests on no observation")
	case observedAt(ctx) < p.since:
		return 0, RefusedError("what it rests on was read before it was certain that this process leads")
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

// renew notes a renewal that was asked for at a time and granted now.
func (p *Proof) renew(asked time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	if !p.proven || now-p.renewed > p.renewal {
		p.since = now
	}
	p.held, p.proven, p.renewed = true, true, asked
}

// lapse notes that the lease was written by somebody: who leads is to be seen.
func (p *Proof) lapse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.proven = false
}

// lose ends leadership for good, where there was any, and tells whether there was.
func (p *Proof) lose(how string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held {
		p.end(LostError(how))
	}
	return p.held
}
