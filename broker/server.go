// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/connections"
)

// Times of connections. A platform sends its request at once, and the answer may take as long as a handler may.
const (
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second
	writeTime  = maxTime + 10*time.Second
	idleTime   = 2 * time.Minute

	// maxHeader of a request. net/http takes 4096 bytes more than MaxHeaderBytes, and as many again where it has read ahead.
	maxHeader = 16 << 10

	// retryTime is how far apart tries to open are, and looks at readiness.
	retryTime = 2 * time.Second
)

// server opens the endpoint, and opens it again when what it needs is there: a mistake in its options stops nothing else.
type server struct {
	options Options
	handler http.Handler
	// ready is why the endpoint behind the address cannot answer; nil: it can.
	ready func() error
	// listening is called with the address on which the endpoint is served; it may be nil.
	listening func(net.Addr)

	// notice is how long the endpoint goes on after it says that it is not ready, for others to notice; drain how long
	// requests in flight may take after that. Together they are less than a pod has for its end.
	notice, drain time.Duration

	certificates *certwatcher.CertWatcher

	// running waits for the end of Start. stopping: connections are to end with their next answer.
	running  sync.WaitGroup
	stopping atomic.Bool

	mu    sync.Mutex
	state error
}

// Why the endpoint is not served.
var (
	errStarting = errors.New("the OSB endpoint is not serving yet")
	errStopping = errors.New("the OSB endpoint is shutting down")
)

func newServer(options Options, handler http.Handler, ready func() error) *server {
	return &server{options: options, handler: handler, ready: ready, notice: 3 * time.Second, drain: 15 * time.Second, state: errStarting}
}

// NeedLeaderElection is false: every replica serves.
func (s *server) NeedLeaderElection() bool { return false }

// Start serves until the context ends, and then for as long as requests in flight take.
func (s *server) Start(ctx context.Context) error {
	s.running.Add(1)
	defer s.running.Done()
	logger := log.FromContext(ctx).WithName("osb")
	ctx = log.IntoContext(ctx, logger)
	started.Store(s)
	defer started.CompareAndSwap(s, nil)
	go s.complain(ctx)
	for ctx.Err() == nil {
		listener, err := s.listen(ctx)
		if err == nil {
			err = s.serve(ctx, listener)
		}
		s.setState(err)
		select {
		case <-ctx.Done():
		case <-time.After(retryTime):
		}
	}
	s.setState(errStopping)
	return nil
}

// complain logs why the endpoint is not ready, once for each reason.
func (s *server) complain(ctx context.Context) {
	logger, last := log.FromContext(ctx), ""
	for ctx.Err() == nil {
		err := s.Ready()
		switch text := fmt.Sprint(err); {
		case ctx.Err() != nil, text == last, errors.Is(err, errStarting):
		case err == nil:
			logger.Info("The OSB endpoint is ready")
			last = text
		default:
			logger.Error(err, "The OSB endpoint is not ready")
			last = text
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryTime):
		}
	}
}

// Routable is why nothing may be sent to this process: it starts, or it shuts down. What the endpoint lacks is no such reason, for
// it is lacking everywhere: another process would answer no better, and controllers need none of it.
func (s *server) Routable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.state, errStarting) || errors.Is(s.state, errStopping) {
		return s.state
	}
	return nil
}

// Ready is why the endpoint cannot be used; nil: it can.
func (s *server) Ready() error {
	s.mu.Lock()
	state := s.state
	s.mu.Unlock()
	if state != nil {
		return state
	}
	return s.ready()
}

func (s *server) setState(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = err
}

// listen opens the address, with TLS where that is asked for.
func (s *server) listen(ctx context.Context) (net.Listener, error) {
	address, err := s.options.address()
	if err != nil {
		return nil, err
	}
	if s.options.Insecure == "" && s.certificates == nil {
		if s.certificates, err = watchCertificates(ctx, s.options.CertDir); err != nil {
			return nil, err
		}
	}
	opened, err := net.Listen("tcp", address.String())
	if err != nil {
		return nil, fmt.Errorf("serve the OSB endpoint: %w", err)
	}
	listener := connections.Limit(opened, s.options.maxConnections())
	if s.options.Insecure != "" {
		return listener, nil
	}
	return tls.NewListener(listener, tlsConfig(s.certificates)), nil
}

// serve answers what comes in until the context ends: first it says so, then it stops listening and lets requests end.
func (s *server) serve(ctx context.Context, listener net.Listener) error {
	logger := log.FromContext(ctx)
	requests, cut := context.WithCancel(log.IntoContext(context.WithoutCancel(ctx), logger))
	defer cut()
	server := &http.Server{
		Handler: s.parting(s.handler), BaseContext: func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader - 4096,
		DisableGeneralOptionsHandler: true, Protocols: &http.Protocols{},
		// A handshake that fails is the mistake of whoever connects, and no error of ours.
		ErrorLog: slog.NewLogLogger(logr.ToSlogHandler(logger.V(1)), slog.LevelInfo),
	}
	connections.Serve(server)
	server.Protocols.SetHTTP1(true) // no platform asks for more, and one connection is one request at a time
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	logger.Info("Serving the OSB endpoint", "address", listener.Addr().String(), "insecure", s.options.Insecure)
	s.setState(nil)
	if s.listening != nil {
		s.listening(listener.Addr())
	}
	select {
	case err := <-done:
		return fmt.Errorf("serve the OSB endpoint: %w", err)
	case <-ctx.Done():
	}
	s.setState(errStopping)
	s.stopping.Store(true)
	time.Sleep(s.notice)
	patience, stop := context.WithTimeout(context.WithoutCancel(ctx), s.drain)
	defer stop()
	if server.Shutdown(patience) != nil {
		cut() // ends the waiting of those that are still in flight
		time.Sleep(time.Second)
		_ = server.Close()
	}
	return errStopping
}

// parting asks callers for another connection, which leads to another replica, with every answer since the endpoint is stopping:
// one that is closed at the end might cut off a request that is on its way.
func (s *server) parting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(lastAnswer{w, &s.stopping}, r) })
}

// lastAnswer ends the connection with the answer, once that is to be.
type lastAnswer struct {
	http.ResponseWriter
	stopping *atomic.Bool
}

func (a lastAnswer) WriteHeader(status int) {
	if a.stopping.Load() {
		a.Header().Set("Connection", "close")
	}
	a.ResponseWriter.WriteHeader(status)
}
