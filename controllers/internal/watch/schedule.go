// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"cmp"
	"math/rand/v2"
	"time"
)

// Options say how often to list. Each list comes up to a tenth of its interval late, at random.
type Options struct {
	// Busy is how often unfinished executions are listed while something of ours runs, by default 2 s.
	Busy time.Duration
	// Idle is how often they are listed otherwise, by default 30 s. It is also the longest back-off after an error.
	Idle time.Duration
	// List is how often the deployments are listed, by default a minute; the blueprints five times as seldom.
	List time.Duration
	// Count is how often what carries the label of this cluster is counted, by default 10 min; first after one List.
	Count time.Duration
	// Cluster is what that label says; empty: nothing is counted.
	Cluster string
	// OnError, if set, is called with each error of a list. It must not block. After a 401 a Manager is not asked again until
	// it is opened with another API.
	OnError func(manager string, err error)
}

// blueprintsEvery is how much more seldom blueprints are listed than deployments.
const blueprintsEvery = 5

func (o Options) withDefaults() Options {
	o.Busy = cmp.Or(o.Busy, 2*time.Second)
	o.Idle = cmp.Or(o.Idle, 30*time.Second)
	o.List = cmp.Or(o.List, time.Minute)
	o.Count = cmp.Or(o.Count, 10*time.Minute)
	if o.OnError == nil {
		o.OnError = func(string, error) {}
	}
	return o
}

// blueprints is how often the blueprints are listed.
func (o Options) blueprints() time.Duration { return blueprintsEvery * o.List }

const (
	// listGap is the least time between the beginnings of two lists that were asked for.
	listGap = time.Second
	// quickGap is the time to the first list after something began: what is quick is over by then, and somebody may be waiting.
	quickGap = 250 * time.Millisecond
	// few is how many may be at work at a Manager for that. Among many something begins all the time, and nothing is hastened.
	few = 8
)

// firstGap is the time to the first list after something began, while so many ends are waited for.
func (o Options) firstGap(following int) time.Duration {
	if following > few {
		return o.Busy
	}
	return min(o.Busy, quickGap)
}

// schedule says when a list is due. Its slots are evenly spaced; due is up to a tenth of the interval later, so that not all
// operators ask at once.
type schedule struct {
	slot, due time.Time
	failures  int
}

func newSchedule(first time.Time) *schedule { return &schedule{slot: first, due: first} }

// done moves to the next slot. What took longer than the interval is not caught up on.
func (s *schedule) done(now time.Time, interval time.Duration) {
	s.failures = 0
	slot := s.slot.Add(interval)
	if !slot.After(now) {
		slot = now.Add(interval)
	}
	s.set(slot, interval)
}

// failed backs off from first to most.
func (s *schedule) failed(now time.Time, first, most time.Duration) {
	delay := most
	if s.failures < 16 {
		delay = min(first<<s.failures, most)
	}
	s.failures++
	s.set(now.Add(delay), delay)
}

// hasten moves to an earlier slot. A Manager that does not answer is not asked more often.
func (s *schedule) hasten(slot time.Time, interval time.Duration) {
	if s.failures == 0 && slot.Add(interval/10).Before(s.due) {
		s.set(slot, interval)
	}
}

// hastenTo moves to a moment that may be over.
func (s *schedule) hastenTo(at, now time.Time) {
	if at.Before(now) {
		at = now
	}
	s.hasten(at, 0)
}

func (s *schedule) set(slot time.Time, interval time.Duration) {
	s.slot, s.due = slot, slot.Add(rand.N(interval/10+1))
}

// earliest is when the first of them is due.
func earliest(first *schedule, others ...*schedule) time.Time {
	due := first.due
	for _, s := range others {
		if s.due.Before(due) {
			due = s.due
		}
	}
	return due
}
