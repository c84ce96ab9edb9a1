// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"math/rand/v2"
	"time"
)

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
