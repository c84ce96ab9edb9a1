// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"runtime"
	"slices"
	"sync/atomic"
)

// handshakes are what a flood makes the process compute. So few of them are computed at once, and next is one of the address
// with the fewest strangers: a caller from elsewhere does not wait for a flood. They are guarded by the mutex of places.
type handshakes struct {
	free    int
	waiting []*handshake
}

// handshake is that of one connection.
type handshake struct {
	from *source
	// computes is that it has a turn. It alone may be read without the mutex.
	computes atomic.Bool
	// turn is closed when the handshake need not wait for one any more.
	turn chan struct{}
}

func newHandshakes() handshakes { return handshakes{free: runtime.GOMAXPROCS(0)} }

// begin gives a handshake its turn, or makes it wait for one.
func (h *handshakes) begin(s *handshake) {
	if h.free > 0 {
		h.free--
		s.computes.Store(true)
		return
	}
	s.turn = make(chan struct{})
	h.waiting = append(h.waiting, s)
}

// end gives the turn of a handshake to the next, or takes it out of those that wait.
func (h *handshakes) end(s *handshake) {
	if !s.computes.CompareAndSwap(true, false) {
		h.forget(s)
		return
	}
	if len(h.waiting) == 0 {
		h.free++
		return
	}
	next := slices.MinFunc(h.waiting, func(a, b *handshake) int { return a.from.strangers - b.from.strangers })
	next.computes.Store(true)
	h.forget(next)
}

// forget takes a handshake out of those that wait, and wakes it.
func (h *handshakes) forget(s *handshake) {
	if i := slices.Index(h.waiting, s); i >= 0 {
		h.waiting = slices.Delete(h.waiting, i, i+1)
		close(s.turn)
	}
}
