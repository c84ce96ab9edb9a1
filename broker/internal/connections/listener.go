// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
)

// Limit is a listener that has at most so many connections open at once.
func Limit(listener net.Listener, connections int) net.Listener {
	return limited{Listener: listener, all: newPlaces(connections)}
}

type limited struct {
	net.Listener
	all *places
}

func (l limited) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if p := l.all.admit(raw); p != nil {
			return &Connection{Conn: raw, all: l.all, place: p}, nil
		}
	}
}

// AwaitHandshake is tls.Config's GetConfigForClient, which is called between the first message of a client and what is computed
// for the answer to it.
func AwaitHandshake(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if c, is := hello.Conn.(*Connection); is {
		return nil, c.awaitHandshake()
	}
	return nil, nil //nolint:nilnil // the configuration stays
}

// Serve has a server say what its connections do, and requests find theirs.
func Serve(server *http.Server) {
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		if c := beneath(conn); c != nil {
			return context.WithValue(ctx, key{}, c)
		}
		return ctx
	}
	server.ConnState = func(conn net.Conn, state http.ConnState) {
		if c := beneath(conn); c != nil {
			c.changed(state)
		}
	}
}

type key struct{}

// Of is the connection of a request; nil where a test serves requests without one.
func Of(r *http.Request) *Connection {
	c, _ := r.Context().Value(key{}).(*Connection)
	return c
}

// beneath is the connection below TLS.
func beneath(conn net.Conn) *Connection {
	if secure, is := conn.(*tls.Conn); is {
		conn = secure.NetConn()
	}
	c, _ := conn.(*Connection)
	return c
}
