// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"crypto/tls"
	"errors"
	"runtime"
	"slices"
	"time"
)

// handshakeTime is how long a connection waits for the turn of its handshake.
const handshakeTime = headerTime

var errHandshakes = errors.New("too many handshakes at once")

// handshakes are what a flood makes the process compute. So few of them are computed at once, and next is one of the address
// with the fewest strangers: who comes from elsewhere does not wait for a flood. They are guarded by the mutex of connections.
type handshakes struct {
	free    int
	waiting []*connection
}

func newHandshakes() handshakes { return handshakes{free: runtime.GOMAXPROCS(0)} }

// configure is asked between the first message of a client and what is computed for the answer to it.
func configure(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if c, is := hello.Conn.(*connection); is {
		return nil, c.awaitHandshake()
	}
	return nil, nil //nolint:nilnil // the configuration stays
}

// awaitHandshake takes a turn, which the connection gives back when it reads on, or is closed.
func (c *connection) awaitHandshake() error {
	a := c.all
	a.mu.Lock()
	switch {
	case c.gone:
		a.mu.Unlock()
		return errHandshakes
	case a.handshakes.free > 0:
		a.handshakes.free--
		c.computes.Store(true)
		a.mu.Unlock()
		return nil
	}
	c.turn = make(chan struct{})
	a.handshakes.waiting = append(a.handshakes.waiting, c)
	a.mu.Unlock()

	timeout := time.NewTimer(handshakeTime)
	defer timeout.Stop()
	select {
	case <-c.turn:
	case <-timeout.C:
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !c.computes.Load() {
		a.handshakes.forget(c)
		return errHandshakes
	}
	return nil
}

// Read is what follows the computing.
func (c *connection) Read(b []byte) (int, error) {
	if c.computes.Load() {
		c.all.mu.Lock()
		c.endHandshake()
		c.all.mu.Unlock()
	}
	return c.Conn.Read(b)
}

// endHandshake gives the turn of a connection to the next, or takes it out of those that wait; called with the mutex held.
func (c *connection) endHandshake() {
	h := &c.all.handshakes
	if !c.computes.CompareAndSwap(true, false) {
		h.forget(c)
		return
	}
	if len(h.waiting) == 0 {
		h.free++
		return
	}
	next := slices.MinFunc(h.waiting, func(a, b *connection) int { return a.crowd() - b.crowd() })
	next.computes.Store(true)
	h.forget(next)
}

// forget takes a connection out of those that wait, and wakes it.
func (h *handshakes) forget(c *connection) {
	if i := slices.Index(h.waiting, c); i >= 0 {
		h.waiting = slices.Delete(h.waiting, i, i+1)
		close(c.turn)
	}
}

// crowd is how many strangers are at the address of a connection.
func (c *connection) crowd() int {
	if c.source == nil {
		return 0
	}
	return c.source.strangers
}
