// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"math/rand/v2"
	"time"

	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// poller makes the lists of one Manager, one after the other.
type poller struct {
	manager string
	api     API
	options Options
	ledger  *ledger
	cancel  context.CancelFunc
}

const (
	// listGap is the least time between the beginnings of two lists that were asked for.
	listGap = time.Second
	// blueprintsEvery is how much more seldom blueprints are listed than deployments.
	blueprintsEvery = 5
)

func (p *poller) run(ctx context.Context) {
	now := time.Now()
	look, deployments, blueprints, found := newPace(now), newPace(now), newPace(now.Add(p.options.List)), newPace(now)
	census := newPace(now.Add(p.options.List))
	counts := p.options.Cluster != ""
	for {
		now := time.Now()
		if p.ledger.busy() {
			look.hasten(now.Add(p.options.Busy), p.options.Busy)
		}
		if p.ledger.begun() { // what is quick is over before the next look
			quick := min(p.options.Busy, listGap)
			look.hasten(now.Add(quick), quick)
		}
		if at, asked := p.ledger.nextLook(); asked {
			look.hasten(latest(at, now), 0)
		}
		if at, asked := p.ledger.nextList(); asked {
			deployments.hasten(latest(at, now), 0)
		}
		if p.ledger.countsAgain() {
			census.hasten(now.Add(p.options.List), p.options.List)
		}
		due := earliest(look.due, deployments.due, blueprints.due)
		if counts {
			due = earliest(due, census.due)
		}
		every := p.ledger.discoversEvery()
		if every > 0 {
			found.hasten(now.Add(every), every)
			due = earliest(due, found.due)
		}
		timer := time.NewTimer(due.Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-p.ledger.kick:
			timer.Stop()
			continue
		case <-timer.C:
		}
		if counts && p.poll(ctx, census, p.count, func() time.Duration { return p.options.Count }) { // all of both were listed
			deployments.done(time.Now(), p.options.List)
			blueprints.done(time.Now(), blueprintsEvery*p.options.List)
		}
		p.poll(ctx, deployments, p.listDeployments, func() time.Duration { return p.options.List })
		p.poll(ctx, look, p.listUnfinished, p.lookInterval)
		if every > 0 && p.poll(ctx, found, p.listFound, p.ledger.discoversEvery) {
			blueprints.done(time.Now(), blueprintsEvery*p.options.List) // all were listed, those that are tracked among them
		}
		p.poll(ctx, blueprints, p.listBlueprints, func() time.Duration { return blueprintsEvery * p.options.List })
	}
}

func (p *poller) lookInterval() time.Duration {
	if p.ledger.busy() {
		return p.options.Busy
	}
	return p.options.Idle
}

// poll makes a list if it is due, and reports whether it did. The interval is asked for afterwards: the list may have shown
// that nothing runs any more.
func (p *poller) poll(ctx context.Context, pace *pace, list func(context.Context) error, interval func() time.Duration) bool {
	if ctx.Err() != nil || pace.due.After(time.Now()) {
		return false
	}
	err := list(ctx)
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil:
		if cloudify.IsUnauthorized(err) {
			p.cancel() // each wrong password brings the account nearer to its lock
		}
		pace.failed(time.Now(), p.options.Busy, p.options.Idle)
		log.FromContext(ctx).V(1).Info("Poll failed", "CloudifyManager", klog.KRef("", p.manager), "reason", err.Error())
		p.options.OnError(p.manager, err)
		return false
	default:
		pace.done(time.Now(), interval())
		return true
	}
}

// pace says when a list is due. Its slots are evenly spaced; due is up to a tenth of the interval later, so that not all
// operators ask at once.
type pace struct {
	slot, due time.Time
	failures  int
}

func newPace(first time.Time) *pace { return &pace{slot: first, due: first} }

// done moves to the next slot. What took longer than the interval is not caught up on.
func (p *pace) done(now time.Time, interval time.Duration) {
	p.failures = 0
	slot := p.slot.Add(interval)
	if !slot.After(now) {
		slot = now.Add(interval)
	}
	p.set(slot, interval)
}

// failed backs off from first to most.
func (p *pace) failed(now time.Time, first, most time.Duration) {
	delay := most
	if p.failures < 16 {
		delay = min(first<<p.failures, most)
	}
	p.failures++
	p.set(now.Add(delay), delay)
}

func (p *pace) set(slot time.Time, interval time.Duration) {
	p.slot, p.due = slot, slot.Add(rand.N(interval/10+1))
}

// hasten moves to an earlier slot. A Manager that does not answer is not asked more often.
func (p *pace) hasten(slot time.Time, interval time.Duration) {
	if p.failures == 0 && slot.Add(interval/10).Before(p.due) {
		p.set(slot, interval)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.Before(first) {
			first = t
		}
	}
	return first
}
