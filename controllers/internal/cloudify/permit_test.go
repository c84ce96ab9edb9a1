// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

var errFrozen = errors.New("it is not certain that this process leads")

// license permits until it is revoked.
type license struct {
	revoked atomic.Bool
	left    time.Duration // after which it is asked again; zero: an hour
}

func (l *license) MayBegin(ctx context.Context) error {
	_, err := l.MayGoOn(ctx)
	return err
}

func (l *license) MayGoOn(context.Context) (time.Duration, error) {
	if l.revoked.Load() {
		return 0, errFrozen
	}
	if l.left > 0 {
		return l.left, nil
	}
	return time.Hour, nil
}

// counting is a Manager that notes which requests reach it.
func counting(t *testing.T, handle http.HandlerFunc) (server *httptest.Server, arrived func() []string) {
	t.Helper()
	var mu sync.Mutex
	var requests []string
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests = append(requests, r.Method)
		mu.Unlock()
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	return server, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return requests
	}
}

func anything(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"items": []}`)) }

func create(ctx context.Context, c *Client) error {
	_, err := c.CreateDeployment(ctx, "cellar", NewDeployment{BlueprintID: "nodecellar"})
	return err
}

func TestWithoutPermissionNothingIsSent(t *testing.T) {
	changes := map[string]func(context.Context, *Client) error{
		"create": create,
		"start": func(ctx context.Context, c *Client) error {
			_, err := c.StartExecution(ctx, NewExecution{DeploymentID: "cellar", WorkflowID: "install"})
			return err
		},
		"cancel": func(ctx context.Context, c *Client) error {
			_, err := c.CancelExecution(ctx, "1", Cancel)
			return err
		},
		"label": func(ctx context.Context, c *Client) error {
			return c.PatchDeployment(ctx, "cellar", DeploymentPatch{})
		},
		"delete": func(ctx context.Context, c *Client) error { return c.DeleteDeployment(ctx, "cellar", false) },
		"upload": func(ctx context.Context, c *Client) error {
			_, err := c.UploadBlueprint(ctx, "shop", Upload{MainFile: "blueprint.yaml", Archive: bytes.NewReader([]byte("zip")), Size: 3})
			return err
		},
		"delete blueprint": func(ctx context.Context, c *Client) error { return c.DeleteBlueprint(ctx, "shop") },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server, arrived := counting(t, anything)
			server.Start()
			l := &license{}
			client := permitted(t, server, l)
			_, err := client.ListDeployments(t.Context(), DeploymentFilter{})
			g.Expect(err).NotTo(HaveOccurred())
			before := len(arrived())

			l.revoked.Store(true)
			err = change(t.Context(), client)
			g.Expect(err).To(MatchError(errFrozen))
			g.Expect(err).To(MatchError(ContainSubstring("not sent: ")))
			g.Expect(IsUnreachable(err)).To(BeFalse(), "the Manager is not to blame")
			_, err = client.ListDeployments(t.Context(), DeploymentFilter{})
			g.Expect(err).NotTo(HaveOccurred(), "who only reads needs no permission")
			g.Expect(arrived()[before:]).To(Equal([]string{"GET"}))
		})
	}
}

func permitted(t *testing.T, server *httptest.Server, l *license) *Client {
	t.Helper()
	client := connect(t, Config{Endpoint: server.URL, Permit: l, InsecureSkipVerify: server.TLS != nil})
	client.release.Store(&Release{7, 1, 0})
	return client
}

// Between a request's turn and its first byte a connection is dialled, and TLS negotiated. Whoever is frozen there must not
// send when it goes on.
func TestPermissionThatEndsBeforeThereIsAConnection(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "http", true: "https"}[secure], func(t *testing.T) {
			g := NewWithT(t)
			l := &license{}
			server, arrived := counting(t, anything)
			if secure {
				server.StartTLS()
			} else {
				server.Start()
			}
			client := permitted(t, server, l)
			dial := client.http.Transport.(*transport).connections.DialContext
			client.http.Transport.(*transport).connections.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				c, err := dial(ctx, network, address)
				l.revoked.Store(true) // frozen after the dial, thawed without the lease
				return c, err
			}
			err := create(t.Context(), client)
			g.Expect(err).To(MatchError(errFrozen))
			g.Expect(err).To(MatchError(ContainSubstring("not sent: ")))
			g.Expect(arrived()).To(BeEmpty())

			l.revoked.Store(false)
			client.http.Transport.(*transport).connections.DialContext = dial
			g.Expect(create(t.Context(), client)).To(Succeed(), "it is a matter of one request")
		})
	}
}

// A connection that was used before is guarded anew for each request.
func TestPermissionThatEndsOnAConnectionInUse(t *testing.T) {
	g := NewWithT(t)
	server, arrived := counting(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // an answer before the end would be a success
		anything(w, r)
	})
	server.Start()
	l := &license{}
	client := permitted(t, server, l)
	g.Expect(create(t.Context(), client)).To(Succeed())

	// The turn comes while it is permitted, and so does the head.
	pieces := 0
	_, err := client.UploadBlueprint(t.Context(), "shop", Upload{MainFile: "blueprint.yaml", Size: 1 << 20, Archive: reads(func(p []byte) (int, error) {
		pieces++
		l.revoked.Store(pieces > 3)
		return len(p), nil
	})})
	g.Expect(err).To(MatchError(errFrozen))
	g.Expect(err).To(MatchError(ContainSubstring("abandoned: ")), "the head is on its way, but not the whole archive")
	g.Expect(IsUnreachable(err)).To(BeFalse())

	l.revoked.Store(false)
	g.Expect(create(t.Context(), client)).To(Succeed())
	g.Expect(len(arrived())).To(BeNumerically("<=", 3))
}

type reads func([]byte) (int, error)

func (r reads) Read(p []byte) (int, error) { return r(p) }

// A change may take longer than one renewal lasts: it goes on while the permission does, and is given up with it.
func TestAChangeEndsWithItsPermission(t *testing.T) {
	g := NewWithT(t)
	answer := make(chan struct{})
	server, arrived := counting(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see its client go
		select {
		case <-answer:
			anything(w, r)
		case <-r.Context().Done():
		}
	})
	server.Start()
	l := &license{left: 10 * time.Millisecond}
	client := permitted(t, server, l)
	ended := make(chan error, 1)
	begin := func() { go func() { ended <- create(context.WithoutCancel(t.Context()), client) }() }

	begin()
	g.Eventually(arrived).Should(HaveLen(1))
	g.Consistently(ended, "100ms").ShouldNot(Receive(), "it is permitted all the time")
	answer <- struct{}{}
	g.Eventually(ended).Should(Receive(BeNil()))

	begin()
	g.Eventually(arrived).Should(HaveLen(2))
	l.revoked.Store(true)
	var err error
	g.Eventually(ended).Should(Receive(&err))
	g.Expect(err).To(MatchError(errFrozen))
	g.Expect(err).To(MatchError(ContainSubstring("abandoned: ")), "the Manager may carry it out")
	g.Expect(IsUnreachable(err)).To(BeFalse())
}
