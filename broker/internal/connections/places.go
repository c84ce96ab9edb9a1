// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"container/list"
	"net"
	"net/netip"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

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

// places are what a limited number of open connections have, one each. A connection that has carried right credentials is a caller's; all
// others are strangers'. Where there is no place for a newcomer a stranger makes room for it: the oldest of the address that has
// the most, so that a flood displaces itself and a caller from elsewhere stays. Then a caller's that has been idle for the
// longest; one with a request in flight stays in any case.
type places struct {
	max int

	mu        sync.Mutex
	taken     int
	strangers *list.List // in the order of their arrival
	idle      *list.List // callers' without a request, in the order in which they became so
	sources   map[netip.Prefix]*source

	handshakes handshakes
}

// place is that of one connection, guarded by the mutex of all.
type place struct {
	raw  net.Conn
	from netip.Prefix

	source  *source       // nil: a caller's
	element *list.Element // among strangers or idle; nil: a caller's with a request in flight
	gone    bool
	// unserved is that a request began to arrive, and did not reach a handler yet.
	unserved bool

	handshake handshake
}

func newPlaces(limit int) *places {
	return &places{max: limit, strangers: list.New(), idle: list.New(), sources: map[netip.Prefix]*source{}, handshakes: newHandshakes()}
}

// admit gives a newcomer a place, at the cost of another connection if need be; nil: there is none, and it is closed.
func (a *places) admit(raw net.Conn) *place {
	a.mu.Lock()
	var displaced *place
	if a.taken >= a.max {
		if displaced = a.displace(); displaced == nil {
			a.mu.Unlock()
			refusedConnections.WithLabelValues(refusedFull).Inc()
			reset(raw)
			return nil
		}
	}
	p := &place{raw: raw, from: SourceOf(raw.RemoteAddr().String())}
	p.source = a.sources[p.from]
	if p.source == nil {
		p.source = &source{}
		a.sources[p.from] = p.source
	}
	p.handshake.from = p.source
	p.source.strangers++
	p.element = a.strangers.PushBack(p)
	a.taken++
	openConnections.Inc()
	a.mu.Unlock()
	if displaced != nil {
		refusedConnections.WithLabelValues(refusedDisplaced).Inc()
		reset(displaced.raw)
	}
	return p
}

// displace takes the place of the connection that is the least loss, and returns it; called with mu held.
func (a *places) displace() *place {
	var least *place
	for e := a.strangers.Front(); e != nil; e = e.Next() {
		if p := e.Value.(*place); least == nil || p.source.strangers > least.source.strangers {
			least = p
		}
	}
	if longest := a.idle.Front(); least == nil && longest != nil {
		least = longest.Value.(*place)
	}
	if least != nil {
		a.leave(least)
	}
	return least
}

// leave takes a place back; called with mu held.
func (a *places) leave(p *place) {
	p.gone = true
	a.handshakes.end(&p.handshake)
	a.unlist(p)
	a.taken--
	openConnections.Dec()
}

// unlist takes a place out of the strangers' or the idle, because its connection is neither any more; called with mu held.
func (a *places) unlist(p *place) {
	switch {
	case p.source != nil:
		a.strangers.Remove(p.element)
		if p.source.strangers--; p.source.strangers == 0 {
			delete(a.sources, p.from)
		}
		p.source = nil
	case p.element != nil:
		a.idle.Remove(p.element)
	}
	p.element = nil
}

// reset closes a connection so that the kernel keeps nothing of it.
func reset(raw net.Conn) {
	if tcp, is := raw.(*net.TCPConn); is {
		_ = tcp.SetLinger(0)
	}
	_ = raw.Close()
}
