// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import "sync"

// A Manager answers several requests at once, and what each of them finds when it looks may be from before the others wrote:
// of installs that are asked for in one moment two are accepted, of uploads one breaks on a row that was not there. In the
// simulator requests are answered one after the other, so a race is played: requests wait until all have come, and are
// answered in the order in which they came, each as if at its look the others had not been. Meanwhile nothing falls due, or what
// the first began could be over before the last has looked.

// race is between so many requests. It has the simulator's lock.
type race struct {
	sim *Simulator
	// looks says of a request's first look, its second and so on how many of the requests make it before any has written; the
	// last counts for all further looks.
	looks []int
	made  map[any]bool // rows that the requests wrote

	racers []*racer
	gate   chan struct{} // closed when all have come, or the race no longer waits for others
	open   sync.Once

	unanswered int
	running    bool // from the gate's opening until all are answered
}

// racer is a request in a race; nil is one in none.
type racer struct {
	race     *race
	place    int // in the order of arrival
	finished chan struct{}
}

// joined notes a request that arrived.
func (r *race) joined() *racer {
	racer := &racer{race: r, place: len(r.racers), finished: make(chan struct{})}
	r.racers = append(r.racers, racer)
	r.unanswered++
	if len(r.racers) == r.looks[0] {
		r.start()
	}
	return racer
}

func (r *race) start() {
	r.open.Do(func() {
		if r.unanswered > 0 {
			r.running = true
			r.sim.racing++
		}
		close(r.gate)
	})
}

// await waits for the others to come, and for those that came before to be answered.
func (r *racer) await() {
	if r == nil {
		return
	}
	<-r.race.gate
	if r.place > 0 {
		<-r.race.racers[r.place-1].finished
	}
}

// finish lets the next have its turn.
func (r *racer) finish() {
	if r == nil {
		return
	}
	defer r.race.sim.enter()()
	close(r.finished)
	if r.race.unanswered--; r.race.running && r.race.unanswered == 0 {
		r.race.running = false
		r.race.sim.racing--
	}
}

// wrote notes a row that the request wrote.
func (r *racer) wrote(row any) {
	if r != nil {
		r.race.made[row] = true
	}
}

// misses reports whether a row was not yet there at the request's first look (0), its second, and so on.
func (r *racer) misses(look int, row any) bool {
	return r != nil && r.race.made[row] && r.place < r.race.looks[min(look, len(r.race.looks)-1)]
}

// missing removes from executions those that the request's look misses.
func (r *racer) missing(look int, executions []*execution) []*execution {
	var seen []*execution
	for _, e := range executions {
		if !r.misses(look, e) {
			seen = append(seen, e)
		}
	}
	return seen
}

// Race lets so many requests to a route, 2 and more, look at the Manager before any of them writes. The first waits for the
// others, or for the end of the race. Requests that look more than once, as a DELETE does, can be told how many make the
// second look before any writes: one, and the others lose there.
func (s *Simulator) Race(route string, looks ...int) (end func()) {
	r := &race{sim: s, looks: looks, made: map[any]bool{}, gate: make(chan struct{})}
	leave := s.inject(fault{route: route, race: r}, looks[:1])
	return func() {
		leave()
		defer s.enter()()
		r.start()
	}
}
