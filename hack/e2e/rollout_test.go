// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// beside is an endpoint of another replica: the same certificate and credentials at another address.
func (e *endpoint) beside(t *testing.T) *endpoint {
	return &endpoint{url: "https://" + testenv.FreeAddress(t), certs: e.certs, credentials: e.credentials}
}

// callers keep their connections to an endpoint, and ask on and on.
type callers struct {
	// target is the address to which new connections lead.
	target atomic.Value

	mu sync.Mutex
	// answered counts requests, parted those whose answer ended the connection; cut are those that got no answer.
	answered, parted int
	cut              []string
	stop             context.CancelFunc
	done             sync.WaitGroup
}

// call starts callers, who stop with the test at the latest.
func call(t *testing.T, e *endpoint, crowd int) *callers {
	t.Helper()
	c := &callers{}
	c.lead(e)
	ctx, stop := context.WithCancel(t.Context())
	c.stop = stop
	for range crowd {
		c.done.Go(func() { c.ask(ctx) })
	}
	t.Cleanup(c.end)
	return c
}

func (c *callers) lead(e *endpoint) { c.target.Store(strings.TrimPrefix(e.url, "https://")) }

func (c *callers) end() {
	c.stop()
	c.done.Wait()
}

// ask is one caller. Its requests can be sent once only, so that no cut is mended unseen.
func (c *callers) ask(ctx context.Context) {
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // whoever serves is not what is tested
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, c.target.Load().(string))
		},
	}
	defer transport.CloseIdleConnections()
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://endpoint/v2/service_instances/x", io.NopCloser(strings.NewReader("{}")))
		if err != nil {
			c.note(false, err)
			return
		}
		r.SetBasicAuth("platform", "to-be-replaced")
		r.Header.Set("X-Broker-API-Version", "2.17")
		answer, err := transport.RoundTrip(r)
		if err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
		if ctx.Err() == nil {
			c.note(answer != nil && answer.Close, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (c *callers) note(parted bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	dial := (*net.OpError)(nil)
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		// Nothing was asked: a Service would lead elsewhere.
	case err != nil:
		c.cut = append(c.cut, fmt.Sprint(time.Now().Format(time.StampMilli), " ", err))
	default:
		c.answered++
		if parted {
			c.parted++
		}
	}
}

func (c *callers) count() (answered, parted int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answered, c.parted
}

// In a rolling update each replica is stopped under load once the next one is ready. New connections lead elsewhere a second later,
// as kube-proxy is late, and no request is cut.
func TestARollingUpdateCutsNothing(t *testing.T) {
	g := NewWithT(t)
	e := openEndpoint(t)
	serving := startOperator(t, e.flags()...)
	load := call(t, e, 8)
	for range 2 {
		next := e.beside(t)
		successor := startOperator(t, next.flags()...)
		noticed := time.AfterFunc(time.Second, func() { load.lead(next) })
		g.Expect(serving.shutDown(syscall.SIGTERM)).To(Succeed())
		noticed.Stop()
		e, serving = next, successor
	}
	load.end()
	answered, parted := load.count()
	g.Expect(load.cut).To(BeEmpty(), "of %d requests", answered)
	g.Expect(answered).To(BeNumerically(">", 100))
	g.Expect(parted).To(BeNumerically(">=", 16), "each caller is asked to go, twice")
}

// A leader that loses the API server ends; those whom its endpoint serves are asked to go before it does.
func TestALeaderWithoutAnAPIServerDrains(t *testing.T) {
	g := NewWithT(t)
	e := openEndpoint(t)
	api, kubeconfig := newAPIDoor(t, install(t).user)
	o := startOperatorWith(t, kubeconfig, append(e.flags(), elected...)...)
	g.Eventually(o.output).WithTimeout(patience).Should(ContainSubstring("Successfully acquired lease"))
	load := call(t, e, 4)
	g.Eventually(func() int { answered, _ := load.count(); return answered }).WithTimeout(patience).Should(BeNumerically(">", 10))
	_, before := load.count()
	api.set(apiShut)
	g.Eventually(func() int { _, parted := load.count(); return parted }).WithTimeout(patience).Should(BeNumerically(">", before))
	noticed := time.AfterFunc(time.Second, func() { load.lead(e.beside(t)) }) // where nobody is
	defer noticed.Stop()
	g.Expect(o.awaitEnd()).NotTo(Succeed(), "its exit status should say that something was wrong")
	load.end()
	_, parted := load.count()
	g.Expect(load.cut).To(BeEmpty())
	g.Expect(parted-before).To(BeNumerically(">=", 4), "each caller is asked to go")
}

// A leader that is stopped hands over at once, while it drains its endpoint: the next reconcile is its successor's.
func TestALeaderHandsOverAtOnce(t *testing.T) {
	e := openEndpoint(t)
	leader := startOperator(t, append(e.flags(), "--leader-elect")...)
	s := newStory(t, leader)
	s.create(s.shop())
	s.awaitReady()
	second := startOperator(t, append(e.beside(t).flags(), "--leader-elect")...)
	s.operator = second
	s.manager.ResetRequests()

	asked := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- leader.shutDown(syscall.SIGTERM) }()
	s.Eventually(second.output).WithPolling(10 * time.Millisecond).Should(ContainSubstring(`"Starting workers","controller":"cloudifydeployment"`))
	led := time.Since(asked)
	change := &frozenStory{story: s}
	change.patch(`{"spec":{"inputs":{"port":8081}}}`)
	s.Eventually(func() bool {
		d, err := s.deployment()
		return err == nil && d.Status.ObservedGeneration == d.Generation
	}).WithPolling(10 * time.Millisecond).Should(BeTrue())
	reconciled := time.Since(asked)
	t.Logf("the successor led after %v and had reconciled a change after %v", led, reconciled)
	s.Expect(reconciled).To(BeNumerically("<", 3*time.Second), "it takes less than two seconds, on a machine that has time")
	s.Expect(<-ended).To(Succeed())
	s.awaitReady()
	s.deleteAll()
	s.awaitGone()
}
