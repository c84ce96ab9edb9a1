// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"errors"
	"net"
	"net/http"
	"time"
)

// handshakeTime is how long a connection waits for the turn of its handshake: as long as the server waits for a header.
const handshakeTime = 10 * time.Second

var errHandshakes = errors.New("too many handshakes at once")

// Connection is one that has a place. Its methods may be called on nil, where a test serves requests without one.
type Connection struct {
	net.Conn
	all   *places
	place *place
}

// Served notes that the request reached a handler.
func (c *Connection) Served() {
	if c == nil {
		return
	}
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.place.unserved = false
}

// Recognise notes that the request carried right credentials: the connection is a caller's from now on.
func (c *Connection) Recognise() {
	if c == nil {
		return
	}
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if !c.place.gone && c.place.source != nil {
		c.all.unlist(c.place)
	}
}

// Close also gives the place back.
func (c *Connection) Close() error {
	c.all.mu.Lock()
	if !c.place.gone {
		c.all.leave(c.place)
		if c.place.unserved {
			refusedConnections.WithLabelValues(refusedHeader).Inc()
		}
	}
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// Read follows the computing of a handshake, and so ends its turn.
func (c *Connection) Read(b []byte) (int, error) {
	if c.place.handshake.computes.Load() {
		c.all.mu.Lock()
		c.all.handshakes.end(&c.place.handshake)
		c.all.mu.Unlock()
	}
	return c.Conn.Read(b)
}

// awaitHandshake takes a turn, which the connection gives back when it reads on, or is closed.
func (c *Connection) awaitHandshake() error {
	handshake := &c.place.handshake
	c.all.mu.Lock()
	if c.place.gone {
		c.all.mu.Unlock()
		return errHandshakes
	}
	c.all.handshakes.begin(handshake)
	begun := handshake.computes.Load()
	c.all.mu.Unlock()
	if begun {
		return nil
	}

	timeout := time.NewTimer(handshakeTime)
	defer timeout.Stop()
	select {
	case <-handshake.turn:
	case <-timeout.C:
	}
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if !handshake.computes.Load() {
		c.all.handshakes.forget(handshake)
		return errHandshakes
	}
	return nil
}

// changed follows what the HTTP server says of a connection.
func (c *Connection) changed(state http.ConnState) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	stranger := c.place.source != nil
	switch {
	case c.place.gone:
	case state == http.StateActive:
		c.place.unserved = true
		if !stranger {
			c.all.unlist(c.place)
		}
	case state == http.StateIdle && !stranger && c.place.element == nil:
		c.place.element = c.all.idle.PushBack(c.place)
	}
}
