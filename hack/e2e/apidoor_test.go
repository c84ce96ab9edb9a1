// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// apiDoor stands before the API server, and knows nothing of what goes through: that is encrypted.
type apiDoor struct {
	target   string
	listener net.Listener

	mu    sync.Mutex
	state apiState
	open  map[net.Conn]bool
}

// apiState is what a door does.
type apiState int

const (
	// apiOpen lets all through.
	apiOpen apiState = iota
	// apiMute lets requests through, and keeps the answers.
	apiMute
	// apiShut ends what is open, and opens nothing.
	apiShut
)

// newAPIDoor returns a door, and a kubeconfig that leads through it.
func newAPIDoor(t *testing.T, user string) (*apiDoor, string) {
	t.Helper()
	server, err := url.Parse(env.RestConfig.Host)
	if err != nil {
		t.Fatal(err)
	}
	if server.Host == "" {
		server.Host = env.RestConfig.Host
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &apiDoor{target: server.Host, listener: listener, open: map[net.Conn]bool{}}
	go d.serve()
	t.Cleanup(func() {
		_ = listener.Close()
		d.set(apiShut)
	})
	kubeconfig := strings.ReplaceAll(read(t, env.UserKubeconfigFile(t, user)), d.target, listener.Addr().String())
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	return d, path
}

// set changes what the door does.
func (d *apiDoor) set(state apiState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = state
	if state == apiShut {
		for c := range d.open {
			_ = c.Close()
		}
		clear(d.open)
	}
}

func (d *apiDoor) serve() {
	for {
		near, err := d.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", d.target)
		if err != nil || !d.admit(near, far) {
			_ = near.Close()
			if far != nil {
				_ = far.Close()
			}
			continue
		}
		go d.carry(far, near, false)
		go d.carry(near, far, true)
	}
}

// admit notes connections, unless the door is shut.
func (d *apiDoor) admit(connections ...net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state == apiShut {
		return false
	}
	for _, c := range connections {
		d.open[c] = true
	}
	return true
}

// carry copies what comes from one end to the other, until one is closed.
func (d *apiDoor) carry(to, from net.Conn, answers bool) {
	_, _ = io.Copy(gate{d, to, answers}, from)
	_, _ = to.Close(), from.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, to)
	delete(d.open, from)
}

// gate is the way out of a door.
type gate struct {
	door    *apiDoor
	to      net.Conn
	answers bool
}

func (g gate) Write(p []byte) (int, error) {
	g.door.mu.Lock()
	muted := g.answers && g.door.state == apiMute
	g.door.mu.Unlock()
	if muted {
		return len(p), nil
	}
	return g.to.Write(p)
}
