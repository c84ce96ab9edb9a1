// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"container/list"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// DefaultMaxConnections is how many connections are open at once unless the options say otherwise: more than requests are
// served at once, and few enough for strangers who hold them all to cost little memory.
const DefaultMaxConnections = 500

// Why a connection is refused, as a label.
const (
	// refusedDisplaced: it had shown no credentials when another came for which there was no place.
	refusedDisplaced = "displaced"
	// refusedFull: it came when all places were taken by callers with requests in flight.
	refusedFull = "full"
	// refusedHeader: the header of its request was too large, malformed, or not complete in time.
	refusedHeader = "header"
)

var (
	openConnections = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "cloudify_operator_broker_connections",
		Help: "Connections to the OSB endpoint that are open.",
	})
	refusedConnections = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cloudify_operator_broker_connections_refused_total",
		Help: "Connections to the OSB endpoint that were closed instead of being served.",
	}, []string{"reason"})
)

func init() {
	metrics.Registry.MustRegister(openConnections, refusedConnections)
	for _, reason := range []string{refusedDisplaced, refusedFull, refusedHeader} {
		refusedConnections.WithLabelValues(reason)
	}
}

// connections are those that are open, so many and no more. One that has carried right credentials is a caller's; all others
// are strangers'. Where there is no place for a newcomer a stranger makes room for it: the oldest of the address that has the
// most, so that a flood displaces itself and a caller who comes from elsewhere stays. Then a caller's that has been idle for
// the longest; one with a request in flight stays in any case.
type connections struct {
	max int

	mu        sync.Mutex
	open      int
	strangers *list.List // in the order of their arrival
	idle      *list.List // callers' without a request, in the order in which they became so
	sources   map[netip.Prefix]*source

	handshakes handshakes
}

// source is an address with connections of strangers.
type source struct{ strangers int }

// connection is one of them. All but Conn and from is guarded by the mutex of all.
type connection struct {
	net.Conn
	all  *connections
	from netip.Prefix

	source *source       // nil: a caller's
	place  *list.Element // among strangers or idle; nil: a caller's with a request in flight
	gone   bool
	// unserved is that a request began to arrive of which no handler was told.
	unserved bool

	// computes is that it has a turn for its handshake; turn is closed when it need not wait for one any more.
	computes atomic.Bool
	turn     chan struct{}
}

func newConnections(limit int) *connections {
	if limit <= 0 {
		limit = DefaultMaxConnections
	}
	return &connections{max: limit, strangers: list.New(), idle: list.New(), sources: map[netip.Prefix]*source{}, handshakes: newHandshakes()}
}

// bounded is a listener whose connections are counted.
type bounded struct {
	net.Listener
	all *connections
}

func (b bounded) Accept() (net.Conn, error) {
	for {
		raw, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := b.all.admit(raw); c != nil {
			return c, nil
		}
	}
}

// admit gives a newcomer a place, at the cost of another connection if need be; nil: there is none, and it is closed.
func (a *connections) admit(raw net.Conn) *connection {
	a.mu.Lock()
	var displaced *connection
	if a.open >= a.max {
		if displaced = a.displace(); displaced == nil {
			a.mu.Unlock()
			refusedConnections.WithLabelValues(refusedFull).Inc()
			reset(raw)
			return nil
		}
	}
	c := &connection{Conn: raw, all: a, from: sourceOf(raw.RemoteAddr().String())}
	c.source = a.sources[c.from]
	if c.source == nil {
		c.source = &source{}
		a.sources[c.from] = c.source
	}
	c.source.strangers++
	c.place = a.strangers.PushBack(c)
	a.open++
	openConnections.Inc()
	a.mu.Unlock()
	if displaced != nil {
		refusedConnections.WithLabelValues(refusedDisplaced).Inc()
		reset(displaced.Conn)
	}
	return c
}

// displace takes the place of the connection that is the least loss, and returns it; called with mu held.
func (a *connections) displace() *connection {
	var least *connection
	for e := a.strangers.Front(); e != nil; e = e.Next() {
		if c := e.Value.(*connection); least == nil || c.source.strangers > least.source.strangers {
			least = c
		}
	}
	if longest := a.idle.Front(); least == nil && longest != nil {
		least = longest.Value.(*connection)
	}
	if least != nil {
		least.leave()
	}
	return least
}

// leave gives the place back; called with mu held.
func (c *connection) leave() {
	c.gone = true
	c.endHandshake()
	c.leaveList()
	c.all.open--
	openConnections.Dec()
}

// leaveList is what it ends to be: a stranger's, or idle; called with mu held.
func (c *connection) leaveList() {
	switch {
	case c.source != nil:
		c.all.strangers.Remove(c.place)
		if c.source.strangers--; c.source.strangers == 0 {
			delete(c.all.sources, c.from)
		}
		c.source = nil
	case c.place != nil:
		c.all.idle.Remove(c.place)
	}
	c.place = nil
}

// Close also gives the place back.
func (c *connection) Close() error {
	c.all.mu.Lock()
	if !c.gone {
		c.leave()
		if c.unserved {
			refusedConnections.WithLabelValues(refusedHeader).Inc()
		}
	}
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// changed follows what the HTTP server says of a connection.
func (c *connection) changed(state http.ConnState) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	switch {
	case c.gone:
	case state == http.StateActive:
		c.unserved = true
		if c.source == nil {
			c.leaveList()
		}
	case state == http.StateIdle && c.source == nil && c.place == nil:
		c.place = c.all.idle.PushBack(c)
	}
}

// served is that a handler was told of the request.
func (c *connection) served() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.unserved = false
}

// recognise is that the request carried right credentials.
func (c *connection) recognise() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if !c.gone && c.source != nil {
		c.leaveList()
	}
}

type connectionKey struct{}

// attach lets requests find their connection.
func attach(ctx context.Context, conn net.Conn) context.Context {
	if c := beneath(conn); c != nil {
		return context.WithValue(ctx, connectionKey{}, c)
	}
	return ctx
}

// connectionOf is the connection of a request; nil where a test has others.
func connectionOf(r *http.Request) *connection {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	return c
}

// beneath is the connection below TLS.
func beneath(conn net.Conn) *connection {
	if secure, is := conn.(*tls.Conn); is {
		conn = secure.NetConn()
	}
	c, _ := conn.(*connection)
	return c
}

// reset closes a connection so that the kernel keeps nothing of it.
func reset(raw net.Conn) {
	if tcp, is := raw.(*net.TCPConn); is {
		_ = tcp.SetLinger(0)
	}
	_ = raw.Close()
}

// sourceOf is whom an address is counted for: its network where it is one of IPv6, for these are given out by networks.
func sourceOf(address string) netip.Prefix {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Prefix{}
	}
	ip := parsed.Addr().Unmap().WithZone("")
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	prefix, _ := ip.Prefix(bits) // both are in range
	return prefix
}
