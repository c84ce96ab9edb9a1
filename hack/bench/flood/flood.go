// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package flood is a crowd of strangers before an endpoint on loopback, and one honest caller among them. The strangers come
// from many addresses of loopback without credentials, send the beginning of a long header over TLS, and hold on to their
// connections for as long as they can; a stranger that is cut off comes again. It is how make flood measures what a flood
// costs the operator. It ends by itself, and attacks nothing but loopback.
package flood

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Bounds of what a flood may be.
const (
	maxStrangers = 20_000
	maxTime      = 5 * time.Minute
	addresses    = 50
)

// Options of a flood.
type Options struct {
	// Address of the endpoint, on loopback.
	Address string
	// Strangers are the connections that are wanted at once.
	Strangers int
	// Rate is how many connections all of them open in a second.
	Rate int
	// HeaderBytes are how much of a header they send; strangers take the values in turn.
	HeaderBytes []int
	// Time is how long they stay.
	Time time.Duration

	// Honest asks as the honest caller does, over a new connection by the dialer; it comes from an address of its own.
	Honest func(context.Context, *http.Client) error
}

// Report is what came of a flood.
type Report struct {
	// Opened are the connections of strangers with a handshake, Cut those that the endpoint closed, and Held the most that
	// were open at once.
	Opened, Cut, Held int64
	// Latencies of the honest caller, sorted, and its first error.
	Latencies []time.Duration
	Err       error
}

// Slowest is the longest that the honest caller waited.
func (r *Report) Slowest() time.Duration {
	if len(r.Latencies) == 0 {
		return 0
	}
	return r.Latencies[len(r.Latencies)-1]
}

func (r *Report) String() string {
	quantile := func(q float64) time.Duration {
		if len(r.Latencies) == 0 {
			return 0
		}
		return r.Latencies[int(q*float64(len(r.Latencies)-1))].Round(time.Millisecond)
	}
	return fmt.Sprintf("strangers: %d connections opened, %d cut, %d at once at most; honest caller: %d requests, half within %v, 99 %% within %v, all within %v",
		r.Opened, r.Cut, r.Held, len(r.Latencies), quantile(.5), quantile(.99), quantile(1))
}

// Run floods an endpoint, and asks it as the honest caller four times a second all the while, each time over a new connection.
func Run(ctx context.Context, o Options) (*Report, error) {
	endpoint, err := net.ResolveTCPAddr("tcp", o.Address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("flood: %w", err)
	case !endpoint.IP.IsLoopback():
		return nil, fmt.Errorf("flood: %s is not on loopback", o.Address)
	case o.Strangers > maxStrangers, o.Time > maxTime:
		return nil, fmt.Errorf("flood: at most %d strangers for %v", maxStrangers, maxTime)
	}
	if err := raiseFileLimit(uint64(o.Strangers) + 1000); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.Time)
	defer cancel()
	c := &crowd{Options: o, ticket: make(chan struct{})}
	for _, size := range o.HeaderBytes {
		c.headers = append(c.headers, header(size))
	}
	var all sync.WaitGroup
	all.Go(func() { c.pace(ctx) })
	for i := range o.Strangers {
		all.Go(func() { c.stay(ctx, i) })
	}
	report := &Report{}
	all.Go(func() { report.Latencies, report.Err = o.ask(ctx) })
	all.Wait()
	report.Opened, report.Cut, report.Held = c.opened.Load(), c.cut.Load(), c.most.Load()
	return report, nil
}

// crowd are the strangers.
type crowd struct {
	Options
	headers []string
	// ticket lets one open a connection.
	ticket chan struct{}

	opened, cut, held, most atomic.Int64
}

// pace gives out tickets at the rate.
func (c *crowd) pace(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for range max(1, c.Rate/100) {
			select {
			case c.ticket <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}
}

// stay is one stranger: cut off, it comes again.
func (c *crowd) stay(ctx context.Context, number int) {
	dialer := &tls.Dialer{
		NetDialer: &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+number%addresses))}, Timeout: 30 * time.Second},
		Config:    &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // strangers trust everybody
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.ticket:
		}
		connection, err := dialer.DialContext(ctx, "tcp", c.Address)
		if err != nil {
			c.cut.Add(1)
			continue
		}
		c.opened.Add(1)
		c.hold(ctx, connection, c.headers[number%len(c.headers)])
	}
}

// hold sends the beginning of a request and waits for the end of the connection.
func (c *crowd) hold(ctx context.Context, connection net.Conn, header string) {
	held := c.held.Add(1)
	for most := c.most.Load(); held > most; most = c.most.Load() {
		if c.most.CompareAndSwap(most, held) {
			break
		}
	}
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Now()) })
	_, _ = io.WriteString(connection, header)
	_, _ = io.Copy(io.Discard, connection)
	if stop() {
		c.cut.Add(1)
	}
	c.held.Add(-1)
	_ = connection.Close()
}

// header is the beginning of a request, which never ends.
func header(size int) string {
	begin := "GET /v2/catalog HTTP/1.1\r\nHost: osb\r\nX-Long: "
	return begin + strings.Repeat("x", max(0, size-len(begin)))
}

// ask is the honest caller.
func (o Options) ask(ctx context.Context) (latencies []time.Duration, first error) {
	for ctx.Err() == nil {
		transport := &http.Transport{
			DialContext:     (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 2, 1)}}).DialContext,
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true, //nolint:gosec // it is on loopback
		}
		begun := time.Now()
		// A request that has begun is answered even if the flood ends meanwhile.
		err := o.Honest(context.WithoutCancel(ctx), &http.Client{Transport: transport, Timeout: 30 * time.Second})
		latencies = append(latencies, time.Since(begun))
		if err != nil && first == nil {
			first = err
		}
		select {
		case <-ctx.Done():
		case <-time.After(250*time.Millisecond + rand.N(50*time.Millisecond)):
		}
	}
	slices.Sort(latencies)
	return latencies, first
}

// raiseFileLimit lets this process have so many connections, or as many as it may: an endpoint that bounds them leaves few open.
func raiseFileLimit(files uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("flood: read the limit of open files: %w", err)
	}
	limit.Cur = max(limit.Cur, min(files, limit.Max))
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("flood: raise the limit of open files: %w", err)
	}
	return nil
}
