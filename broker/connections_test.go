// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// crowded is an endpoint over TLS with few places.
func crowded(t *testing.T, places int, f *fake) (address string, trusted *tls.Config) {
	t.Helper()
	folder, credentials := t.TempDir(), credentialsDir(t)
	certificate(t, folder)
	e := newEndpoint(f, passwordDoors(credentials), func() error { return nil })
	r := run(t, Options{BindAddress: "127.0.0.1:0", CertDir: folder, CredentialsDir: credentials, Namespace: "n", MaxConnections: places}, e)
	return (<-r.address).String(), &tls.Config{InsecureSkipVerify: true} //nolint:gosec // it is looked at
}

// dial connects from an address of loopback.
func dial(t *testing.T, from, address string, secure *tls.Config) net.Conn {
	t.Helper()
	dialer := &net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	var connection net.Conn
	var err error
	if secure == nil {
		connection, err = dialer.Dial("tcp", address)
	} else {
		connection, err = tls.DialWithDialer(dialer, "tcp", address, secure)
	}
	if err != nil {
		t.Fatalf("connect from %s: %v", from, err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// visitor is a platform that comes from an address and keeps its connection.
func visitor(t *testing.T, from, address string, trusted *tls.Config) *platform {
	transport := &http.Transport{
		TLSClientConfig: trusted, MaxIdleConnsPerHost: 1,
		DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return (&platform{t: t, url: "https://" + address, client: &http.Client{Transport: transport}}).
		with(osb.VersionHeader, "2.14").with("Authorization", basic("u", "p"))
}

// refusals are the connections that were refused for a reason.
func refusals(t *testing.T, reason string) float64 {
	t.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "cloudify_operator_broker_connections_refused_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			if metric.GetLabel()[0].GetValue() == reason {
				return metric.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("nothing is said of the reason %s", reason)
	return 0
}

// closed reports whether the other side has closed a connection that it never answered.
func closed(connection net.Conn) func() bool {
	return func() bool {
		_ = connection.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := connection.Read(make([]byte, 1))
		return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
	}
}

// Strangers who hold all places make room: the oldest of the address that has the most. Who has shown credentials stays, and
// comes in whatever the strangers do.
func TestStrangersMakeRoom(t *testing.T) {
	g := NewWithT(t)
	address, trusted := crowded(t, 10, &fake{})
	displaced := refusals(t, "displaced")
	caller := visitor(t, "127.0.0.1", address, trusted)
	connections := 0
	caller.client.Transport.(*http.Transport).DialContext = counting(caller.client.Transport.(*http.Transport).DialContext, &connections)
	g.Expect(caller.ask("GET", "/v2/catalog", "").status).To(Equal(200))

	lonely := dial(t, "127.0.0.3", address, nil)
	var flood []net.Conn
	for range 30 {
		flood = append(flood, dial(t, "127.0.0.2", address, nil))
	}
	for _, c := range flood[:22] {
		g.Eventually(closed(c)).WithTimeout(patience).Should(BeTrue())
	}
	for _, c := range flood[22:] {
		g.Expect(closed(c)()).To(BeFalse(), "there are places for these")
	}
	g.Expect(closed(lonely)()).To(BeFalse(), "its address has one only")
	g.Expect(refusals(t, "displaced") - displaced).To(Equal(22.0))

	g.Expect(caller.ask("GET", "/v2/catalog", "").status).To(Equal(200))
	g.Expect(connections).To(Equal(1), "the connection of a caller stays")
	another := visitor(t, "127.0.0.4", address, trusted)
	g.Expect(another.ask("GET", "/v2/catalog", "").status).To(Equal(200), "there is always a place for a newcomer")
	g.Expect(another.with("Authorization", "").ask("GET", "/v2/catalog", "").status).To(Equal(401))
}

func counting(dial func(context.Context, string, string) (net.Conn, error), n *int) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		*n++
		return dial(ctx, network, address)
	}
}

// Where callers have all places a newcomer takes that of one without a request; one who is being served is not cut off.
func TestCallersAreServedToTheEnd(t *testing.T) {
	g := NewWithT(t)
	entered, leave := make(chan struct{}, 10), make(chan struct{})
	address, trusted := crowded(t, 2, &fake{wait: func(context.Context) { entered <- struct{}{}; <-leave }})
	release := sync.OnceFunc(func() { close(leave) })
	t.Cleanup(release) // or the end of the server would wait
	full := refusals(t, "full")
	status := make(chan int, 2)
	ask := func(from string) {
		p := visitor(t, from, address, trusted)
		go func() { status <- p.send("GET", instanceURL, "").status }()
		<-entered
	}
	idle := visitor(t, "127.0.0.1", address, trusted)
	g.Expect(idle.ask("GET", "/v2/catalog", "").status).To(Equal(200))
	ask("127.0.0.2")
	ask("127.0.0.3")                                       // in the place of the one without a request
	if late, err := net.Dial("tcp", address); err == nil { // otherwise it was closed before Dial looked at it
		t.Cleanup(func() { _ = late.Close() })
		g.Eventually(closed(late)).WithTimeout(patience).Should(BeTrue())
	}
	g.Eventually(func() float64 { return refusals(t, "full") - full }).WithTimeout(patience).Should(Equal(1.0))
	release()
	g.Expect(<-status).To(Equal(200))
	g.Expect(<-status).To(Equal(200))
}

// Headers are bounded in size and time.
func TestHeaders(t *testing.T) {
	g := NewWithT(t)
	address, trusted := crowded(t, 10, &fake{})
	refused := func() float64 { return refusals(t, "header") }
	before := refused()
	p := visitor(t, "127.0.0.1", address, trusted)
	g.Expect(p.with("X-Long", strings.Repeat("x", 12<<10)).ask("GET", "/v2/catalog", "").status).To(Equal(200))
	g.Expect(refused()).To(Equal(before))
	g.Expect(p.with("X-Long", strings.Repeat("x", 24<<10)).send("GET", "/v2/catalog", "").status).To(Equal(431))
	g.Eventually(refused).WithTimeout(patience).Should(Equal(before + 1))

	slow := dial(t, "127.0.0.1", address, trusted)
	_, err := io.WriteString(slow, "GET /v2/catalog HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	g.Expect(err).NotTo(HaveOccurred())
	g.Eventually(closed(slow)).WithTimeout(patience).Should(BeTrue())
	g.Eventually(refused).WithTimeout(patience).Should(Equal(before + 2))
}

// The endpoint speaks with those ciphers only that encrypt and authenticate in one.
func TestCipherSuites(t *testing.T) {
	g := NewWithT(t)
	address, _ := crowded(t, 10, &fake{})
	shake := func(suite uint16) error {
		c, err := tls.Dial("tcp", address, &tls.Config{
			InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite}, //nolint:gosec // it is looked at
		})
		if err == nil {
			err = c.Close()
		}
		return err
	}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		switch sound := strings.Contains(suite.Name, "GCM") || strings.Contains(suite.Name, "CHACHA20"); {
		case !strings.HasPrefix(suite.Name, "TLS_ECDHE_ECDSA"): // not for this certificate, or of TLS 1.3
		case sound:
			g.Expect(shake(suite.ID)).To(Succeed(), suite.Name)
		default:
			g.Expect(shake(suite.ID)).NotTo(Succeed(), suite.Name)
		}
	}
	for _, id := range cipherSuites {
		g.Expect(tls.CipherSuiteName(id)).NotTo(ContainSubstring("CBC"))
	}
}
