// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"container/heap"
	"time"
)

// clock tells the time at the Manager and runs what falls due. Nothing runs in the background:
// whoever enters the simulator first lets the clock catch up.
type clock struct {
	source  func() time.Time
	offset  time.Duration // what Step added
	stepped bool          // source stands still
	instant time.Time     // of the event being run, zero outside of one
	agenda  agenda
	planned int
}

// epoch is when a clock of the simulator's own begins.
var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func newClock(options Options) clock {
	switch {
	case options.Now != nil:
		return clock{source: options.Now}
	case options.TimeScale > 0:
		start := time.Now()
		return clock{source: func() time.Time {
			return start.Add(time.Duration(float64(time.Since(start)) * options.TimeScale)).UTC()
		}}
	default:
		return clock{source: func() time.Time { return epoch }, stepped: true}
	}
}

func (c *clock) now() time.Time {
	if !c.instant.IsZero() {
		return c.instant
	}
	return c.source().Add(c.offset).UTC()
}

// after plans f for d from now.
func (c *clock) after(d time.Duration, f func()) {
	c.planned++
	heap.Push(&c.agenda, appointment{due: c.now().Add(d), order: c.planned, do: f})
}

// catchUp runs everything due, each thing at the instant it was due at.
func (c *clock) catchUp() {
	if !c.instant.IsZero() {
		return
	}
	for now := c.now(); len(c.agenda) > 0 && !c.agenda[0].due.After(now); {
		next := heap.Pop(&c.agenda).(appointment)
		c.instant = next.due
		next.do()
		c.instant = time.Time{}
	}
}

func (c *clock) advance(d time.Duration) {
	c.offset += d
	c.catchUp()
}

// advanceToNext moves to the next thing on the agenda, or just past the deadline.
func (c *clock) advanceToNext(deadline time.Time) {
	to := deadline.Add(time.Millisecond)
	if len(c.agenda) > 0 && c.agenda[0].due.Before(to) {
		to = c.agenda[0].due
	}
	c.advance(to.Sub(c.now()))
}

type appointment struct {
	due   time.Time
	order int // among those due at one instant
	do    func()
}

// agenda is a heap of appointments, the earliest first.
type agenda []appointment

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a agenda) Less(i, j int) bool {
	if !a[i].due.Equal(a[j].due) {
		return a[i].due.Before(a[j].due)
	}
	return a[i].order < a[j].order
}
func (a *agenda) Push(x any) { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	last := len(*a) - 1
	x := (*a)[last]
	*a = (*a)[:last]
	return x
}
