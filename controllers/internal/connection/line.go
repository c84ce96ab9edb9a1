// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"container/list"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Urgency says who goes first at a Manager whose slots are taken.
type Urgency int

const (
	// Change: a spec that changed, a request, a deletion.
	Change Urgency = iota
	// Begun: what was begun goes on.
	Begun
	// New: what is not at the Manager yet.
	New
	// Resync: nothing to do, as far as is known.
	Resync

	urgencies = int(Resync) + 1
)

const (
	// firstSlots is what a connection begins with. One that follows a lost connection begins with a single slot: a Manager
	// that hangs may answer one request, and a thousand objects would follow.
	firstSlots = 2
	// everyOldest: of so many slots one goes to the visitor that has waited longest, so that none waits for ever; everyIdle: only of
	// so many to one that has nothing to do, as after a start, when many are looked at again and others have work.
	everyOldest, everyIdle = 4, 4 * everyOldest
	// offerTime is how long a visitor that was woken has to come for its slot.
	offerTime = 10 * time.Second
)

// visitor is an object, as one controller reconciles it.
type visitor struct {
	controller string
	object     types.NamespacedName
}

// line hands out the slots of a Manager. A visitor with a slot has at most one request under way; one that finds none leaves, and
// is woken when a slot is its own. The number of slots follows the Manager: few at first, one more after each visit that went
// well, half after one that was answered too late or throttled. The line outlives connections: whoever waits keeps its place.
type line struct {
	// wake puts an object into its controller's queue; it does not block.
	wake func(visitor)

	mu sync.Mutex
	// open reports whether there is a connection, and delay how long a request over it would wait.
	open  bool
	delay func() time.Duration
	// slots is how many there are now, first how many a connection begins with, most how many there may be.
	slots, first, most int

	held    map[visitor]*slot
	waiting [urgencies]list.List // of *place
	places  map[visitor]*place
	// arrivals and handed count.
	arrivals, handed int
	scheduled        bool
}

// slot is held by a visitor, or was offered to one that has not come yet.
type slot struct{ taken bool }

// place is that of a visitor in the line.
type place struct {
	visitor visitor
	arrived int
	urgency Urgency
	element *list.Element
}

func newLine(wake func(visitor)) *line {
	return &line{wake: wake, first: firstSlots, held: map[visitor]*slot{}, places: map[visitor]*place{}}
}

// begin starts handing out the slots of a connection: the first few, unless it replaces one that is still good.
func (l *line) begin(most int, delay func() time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.open {
		l.slots = l.first
	}
	l.open, l.delay, l.slots, l.first, l.most = true, delay, min(l.slots, most), firstSlots, most
	l.handOut()
}

// distrust lets the next connection begin with a single slot.
func (l *line) distrust() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.first = 1
}

// end stops handing out slots. Those that are held are given back as their visits end.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = false
}

// enter takes a slot, or a place in the line if none is free or others wait. Whoever comes again keeps its place.
func (l *line) enter(v visitor, u Urgency) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[v] == nil {
		l.queue(v, u)
		l.handOutBut(v)
	}
	s := l.held[v]
	if s == nil {
		return false
	}
	s.taken = true
	return true
}

// queue puts a visitor in the line, or forward where it is more urgent than before.
func (l *line) queue(v visitor, u Urgency) {
	p := l.places[v]
	switch {
	case p == nil:
		l.arrivals++
		p = &place{visitor: v, arrived: l.arrivals}
		l.places[v] = p
	case p.urgency <= u:
		return
	default:
		l.waiting[p.urgency].Remove(p.element)
	}
	p.urgency, p.element = u, l.waiting[u].PushBack(p)
}

// remove is called with mu held.
func (l *line) remove(p *place) {
	l.waiting[p.urgency].Remove(p.element)
	delete(l.places, p.visitor)
}

// verdict is what a visit says about the speed of a Manager.
type verdict int

const (
	unknown verdict = iota
	good
	slow
)

// leave gives a slot back, taken or merely offered, or a place that is not needed any more.
func (l *line) leave(v visitor, told verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.places[v]; p != nil {
		l.remove(p)
	}
	s := l.held[v]
	if s == nil {
		return
	}
	delete(l.held, v)
	switch {
	case s.taken && told == good:
		l.slots = min(l.slots+1, l.most)
	case s.taken && told == slow:
		l.slots = max(l.slots/2, 1)
	}
	l.handOut()
}

// waits reports whether a visitor waits for a slot, or has one.
func (l *line) waits(v visitor) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.places[v] != nil || l.held[v] != nil
}

func (l *line) handOut() { l.handOutBut(visitor{}) }

// handOutBut gives the free slots to those who wait, and wakes them, except the one who is here. It is called with mu held.
func (l *line) handOutBut(here visitor) {
	for l.open && len(l.held) < l.slots && len(l.places) > 0 {
		if wait := l.delay(); wait > 0 {
			l.comeBackAfter(wait)
			return
		}
		p := l.next()
		l.remove(p)
		offer := &slot{}
		l.held[p.visitor] = offer
		if p.visitor != here {
			time.AfterFunc(offerTime, func() { l.withdraw(p.visitor, offer) })
			l.wake(p.visitor)
		}
	}
}

// share is of how many slots one goes to the longest waiting although others are more urgent.
func (u Urgency) share() int {
	if u == Resync {
		return everyIdle
	}
	return everyOldest
}

// next is whose turn it is: the most urgent, or at times the one who has waited longest.
func (l *line) next() *place {
	l.handed++
	var first *place
	for u := range Urgency(urgencies) {
		front := l.waiting[u].Front()
		if front == nil {
			continue
		}
		p := front.Value.(*place)
		if first == nil || l.handed%u.share() == 0 && p.arrived < first.arrived {
			first = p
		}
	}
	return first
}

// withdraw takes back an offer that was not taken up: the object is gone, or does not need it any more. One that comes later
// queues anew.
func (l *line) withdraw(v visitor, offer *slot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[v] == offer && !offer.taken {
		delete(l.held, v)
		l.handOut()
	}
}

// comeBackAfter hands out again when a request would be sent; called with mu held.
func (l *line) comeBackAfter(wait time.Duration) {
	if l.scheduled {
		return
	}
	l.scheduled = true
	time.AfterFunc(wait, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.scheduled = false
		l.handOut()
	})
}
