// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"net"
	"net/http"
	"testing"

	. "github.com/onsi/gomega"
)

// visitor is a connection from an address that only can be closed.
type visitor struct {
	net.Conn
	address string
	closed  bool
}

func (v *visitor) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.ParseIP(v.address), Port: 1}
}

func (v *visitor) Close() error {
	v.closed = true
	return nil
}

// Where all places are taken, the connection that is the least loss makes room.
func TestWhoMakesRoom(t *testing.T) {
	const stranger, idle, serving = "stranger", "idle", "serving"
	type open struct{ address, as string }
	for name, row := range map[string]struct {
		open      []open
		displaced int // -1: the newcomer
	}{
		"the only stranger":                      {[]open{{"192.0.2.1", stranger}}, 0},
		"the oldest of the crowd":                {[]open{{"192.0.2.1", stranger}, {"192.0.2.2", stranger}, {"192.0.2.2", stranger}}, 1},
		"the oldest of several crowds":           {[]open{{"192.0.2.1", stranger}, {"192.0.2.2", stranger}}, 0},
		"a network of IPv6 is one crowd":         {[]open{{"192.0.2.1", stranger}, {"2001:db8::1", stranger}, {"2001:db8::2", stranger}}, 1},
		"a stranger before an idle caller":       {[]open{{"192.0.2.1", idle}, {"192.0.2.1", stranger}}, 1},
		"callers are in no crowd":                {[]open{{"192.0.2.1", stranger}, {"192.0.2.2", idle}, {"192.0.2.2", idle}, {"192.0.2.2", stranger}}, 0},
		"the caller that is idle for longest":    {[]open{{"192.0.2.1", serving}, {"192.0.2.2", idle}, {"192.0.2.3", idle}}, 1},
		"nobody where all callers are served":    {[]open{{"192.0.2.1", serving}, {"192.0.2.1", serving}}, -1},
		"an idle caller before one being served": {[]open{{"192.0.2.1", serving}, {"192.0.2.1", idle}}, 1},
	} {
		g := NewWithT(t)
		all := newPlaces(len(row.open))
		var visitors []*visitor
		for _, o := range row.open {
			v := &visitor{address: o.address}
			c := &Connection{Conn: v, all: all, place: all.admit(v)}
			if o.as != stranger {
				c.changed(http.StateActive)
				c.Recognise()
			}
			if o.as == idle {
				c.changed(http.StateIdle)
			}
			visitors = append(visitors, v)
		}
		newcomer := &visitor{address: "198.51.100.1"}
		admitted := all.admit(newcomer)
		for i, v := range visitors {
			g.Expect(v.closed).To(Equal(i == row.displaced), "%s: %d", name, i)
		}
		g.Expect(newcomer.closed).To(Equal(row.displaced < 0), name)
		g.Expect(admitted == nil).To(Equal(row.displaced < 0), name)
		g.Expect(all.taken).To(Equal(len(row.open)), name)
	}
}

// Places are given back once, however often a connection is closed, and nothing is kept of an address that is gone.
func TestPlacesAreGivenBack(t *testing.T) {
	g := NewWithT(t)
	all := newPlaces(2)
	v := &visitor{address: "192.0.2.1"}
	c := &Connection{Conn: v, all: all, place: all.admit(v)}
	g.Expect(all.sources).To(HaveLen(1))
	g.Expect(c.Close()).To(Succeed())
	g.Expect(c.Close()).To(Succeed())
	g.Expect(all.taken).To(Equal(0))
	g.Expect(all.sources).To(BeEmpty())
	g.Expect(all.strangers.Len()).To(Equal(0))
}
