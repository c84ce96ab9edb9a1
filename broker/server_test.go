// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

const patience = 30 * time.Second

// running is a server of an endpoint, and how to stop it.
type running struct {
	*server
	address chan net.Addr
	stop    context.CancelFunc
	stopped chan struct{}
}

func run(t *testing.T, options Options, e *endpoint) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{
		server:  newServer(options, e.handler(), func() error { return e.access.(*doors.Doors).Usable() }),
		address: make(chan net.Addr, 10), stop: stop, stopped: make(chan struct{}),
	}
	r.notice = 300 * time.Millisecond
	r.listening = func(a net.Addr) { r.address <- a }
	go func() {
		defer close(r.stopped)
		if err := r.Start(ctx); err != nil {
			t.Errorf("Start: %v", err)
		}
	}()
	t.Cleanup(func() { stop(); <-r.stopped })
	return r
}

// certificate writes one for 127.0.0.1 into a folder and returns its serial number.
func certificate(t *testing.T, folder string) *big.Int {
	t.Helper()
	g := NewWithT(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	g.Expect(err).NotTo(HaveOccurred())
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	g.Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "osb"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	g.Expect(err).NotTo(HaveOccurred())
	private, err := x509.MarshalPKCS8PrivateKey(key)
	g.Expect(err).NotTo(HaveOccurred())
	write(t, filepath.Join(folder, "tls.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	write(t, filepath.Join(folder, "tls.crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return serial
}

// An endpoint whose certificate is not there yet is not ready, and serves when it is; a new one is used without a restart.
func TestCertificates(t *testing.T) {
	g := NewWithT(t)
	folder, credentials := t.TempDir(), credentialsDir(t)
	e := newEndpoint(&fake{}, passwordDoors(credentials), func() error { return nil })
	r := run(t, Options{BindAddress: "127.0.0.1:0", CertDir: folder, CredentialsDir: credentials, Namespace: "n"}, e)
	ready := r.Ready
	g.Eventually(ready).WithTimeout(patience).Should(MatchError(ContainSubstring("tls.crt")))
	g.Expect(r.Routable()).To(Succeed(), "a missing certificate holds up nothing else")

	first := certificate(t, folder)
	g.Eventually(ready).WithTimeout(patience).Should(Succeed())
	address := (<-r.address).String()
	serial := func() *big.Int {
		connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // it is looked at
		if err != nil {
			return nil
		}
		defer func() { _ = connection.Close() }()
		return connection.ConnectionState().PeerCertificates[0].SerialNumber
	}
	g.Expect(serial()).To(Equal(first))

	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}} //nolint:gosec // as above
	p := (&platform{t: t, url: "https://" + address, client: client}).with(osb.VersionHeader, "2.14").with("Authorization", basic("u", "p"))
	g.Expect(p.ask("GET", "/v2/catalog", "").status).To(Equal(200))
	g.Expect(p.with("Authorization", "").ask("GET", "/v2/catalog", "").status).To(Equal(401))
	plain, err := http.Get("http://" + address)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(plain.Body.Close()).To(Succeed())
	g.Expect(plain.StatusCode).To(Equal(400), "there is no way in without TLS")

	second := certificate(t, folder)
	g.Eventually(serial).WithTimeout(patience).Should(Equal(second))
	g.Expect(p.ask("GET", "/v2/catalog", "").status).To(Equal(200))
}

// What is wrong with the options is said, and ends nothing.
func TestWrongOptionsAreSaid(t *testing.T) {
	g := NewWithT(t)
	r := run(t, Options{BindAddress: "127.0.0.1:0", Insecure: InsecureHTTP, Namespace: "n"}, openEndpoint(&fake{}))
	g.Eventually(func() error { return r.Ready() }).WithTimeout(patience).Should(MatchError(ContainSubstring("otherwise nobody can log in")))
	g.Consistently(r.stopped).WithTimeout(500 * time.Millisecond).ShouldNot(BeClosed())
}

// An address that is taken is tried again.
func TestAddressInUse(t *testing.T) {
	g := NewWithT(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	r := run(t, Options{BindAddress: taken.Addr().String(), Insecure: InsecureOpen, Namespace: "n"}, openEndpoint(&fake{}))
	ready := r.Ready
	g.Eventually(ready).WithTimeout(patience).Should(MatchError(ContainSubstring("in use")))
	g.Expect(taken.Close()).To(Succeed())
	g.Eventually(ready).WithTimeout(patience).Should(Succeed())
}

// At the end readiness goes first; requests are still answered, and those in flight come to their end.
func TestEndpointDrains(t *testing.T) {
	g := NewWithT(t)
	entered, leave := make(chan struct{}, 10), make(chan struct{})
	f := &fake{wait: func(context.Context) { entered <- struct{}{}; <-leave }}
	r := run(t, Options{BindAddress: "127.0.0.1:0", Insecure: InsecureOpen, Namespace: "n"}, openEndpoint(f))
	p := (&platform{t: t, url: "http://" + (<-r.address).String(), client: &http.Client{}}).with(osb.VersionHeader, "2.14")
	slow := make(chan int, 1)
	go func() { slow <- p.send("PUT", bindingURL, bindBody).status }()
	<-entered

	g.Expect(newServer(Options{}, nil, nil).Routable()).To(MatchError(errStarting))
	g.Expect(r.Routable()).To(Succeed())
	r.stop()
	g.Eventually(func() error { return r.Ready() }).Should(MatchError(errStopping))
	g.Expect(r.Routable()).To(MatchError(errStopping))
	g.Expect(p.ask("GET", "/v2/catalog", "").status).To(Equal(200), "until others have noticed")
	g.Eventually(func() error {
		connection, err := net.Dial("tcp", p.url[len("http://"):])
		if err == nil {
			err = connection.Close()
		}
		return err
	}).WithTimeout(patience).ShouldNot(Succeed())
	g.Expect(r.stopped).NotTo(BeClosed())
	close(leave)
	g.Expect(<-slow).To(Equal(200))
	g.Eventually(r.stopped).WithTimeout(patience).Should(BeClosed())
	g.Expect(r.Routable()).To(MatchError(errStopping))
}

// What does not end is told to, and answered.
func TestSlowRequestsAreCut(t *testing.T) {
	g := NewWithT(t)
	entered := make(chan struct{})
	f := &fake{err: context.Canceled, wait: func(ctx context.Context) { close(entered); <-ctx.Done() }}
	e := openEndpoint(f)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s := newServer(Options{BindAddress: "127.0.0.1:0", Insecure: InsecureOpen, Namespace: "n"}, e.handler(), func() error { return nil })
	s.notice, s.drain = 0, 100*time.Millisecond
	address := make(chan net.Addr, 1)
	s.listening = func(a net.Addr) { address <- a }
	stopped := make(chan error, 1)
	go func() { stopped <- s.Start(ctx) }()
	p := (&platform{t: t, url: fmt.Sprintf("http://%s", <-address), client: &http.Client{}}).with(osb.VersionHeader, "2.14")
	slow := make(chan int, 1)
	go func() { slow <- p.send("PUT", bindingURL, bindBody).status }()
	<-entered
	stop()
	g.Eventually(slow).WithTimeout(patience).Should(Receive(Equal(503)))
	g.Eventually(stopped).WithTimeout(patience).Should(Receive(BeNil()))
}

// The endpoint follows the credentials; the process is ready without them.
func TestReadinessOfCredentials(t *testing.T) {
	g := NewWithT(t)
	credentials := newFolder(t, map[string]string{"username": "u"})
	e := newEndpoint(&fake{}, passwordDoors(credentials), func() error { return errors.New("unused") })
	r := run(t, Options{BindAddress: "127.0.0.1:0", Insecure: InsecureHTTP, CredentialsDir: credentials, Namespace: "n"}, e)
	ready := r.Ready
	g.Eventually(ready).WithTimeout(patience).Should(MatchError(ContainSubstring("password")))
	g.Expect(r.Routable()).To(Succeed())
	write(t, filepath.Join(credentials, "password"), "p")
	g.Eventually(ready).WithTimeout(patience).Should(Succeed())
}
