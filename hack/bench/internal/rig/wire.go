// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"time"
)

// MaxClients are the clients that can ask a Platform at once.
const MaxClients = 64

// longest is how long the connection of a client lives.
const longest = 5 * time.Minute

// wire is the connection of one client who is measured. It writes requests as bytes and reads answers in the same goroutine:
// http.Transport would spend as much processor time on each request as the server, and what is measured would be the client.
type wire struct {
	connection *tls.Conn
	answers    *bufio.Reader
	stop       func() bool
}

// Message is a request as it is sent.
type Message struct {
	method, path string
	status       int
	bytes        []byte
	answer       int // how long its body was when a bare handler learned it
}

// AnswerSize is the length of the body that a bare handler gives.
func (m *Message) AnswerSize() int { return m.answer }

// Message makes a request ready to be sent, as often as one likes.
func (p *Platform) Message(a Ask) (*Message, error) {
	r, err := p.request(context.Background(), a)
	if err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	if err := r.Write(&raw); err != nil {
		return nil, fmt.Errorf("write a request: %w", err)
	}
	return &Message{method: a.Method, path: a.Path, status: a.Status, bytes: raw.Bytes()}, nil
}

// Connect gives a client a new connection; Send wants one.
func (p *Platform) Connect(ctx context.Context, client int) error {
	p.disconnect(client)
	dialer := &tls.Dialer{Config: p.trust}
	c, err := dialer.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return fmt.Errorf("connect client %d: %w", client, err)
	}
	if err := c.SetDeadline(time.Now().Add(longest)); err != nil {
		return err
	}
	p.wires[client] = &wire{
		connection: c.(*tls.Conn), answers: bufio.NewReaderSize(c, 64<<10),
		stop: context.AfterFunc(ctx, func() { _ = c.Close() }),
	}
	return nil
}

func (p *Platform) disconnect(client int) {
	if w := p.wires[client]; w != nil {
		w.stop()
		_ = w.connection.Close()
		p.wires[client] = nil
	}
}

func (p *Platform) close() {
	for client := range p.wires {
		p.disconnect(client)
	}
}

// Send asks as a client, and reads the answer to its end. Another status than the wanted one is an error.
func (p *Platform) Send(client int, m *Message) error {
	w := p.wires[client]
	if _, err := w.connection.Write(m.bytes); err != nil {
		return fmt.Errorf("send %s %s: %w", m.method, m.path, err)
	}
	answer, err := http.ReadResponse(w.answers, nil)
	if err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", m.method, m.path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != m.status {
		_, err := read(answer, m.status)
		return fmt.Errorf("%s %s: %w", m.method, m.path, err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
