// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// connections that a platform keeps open, at least as many as there are clients at once.
const connections = 64

// Platform is who asks an OSB endpoint, or what the endpoint is compared with, over connections that stay open.
type Platform struct {
	base      *url.URL
	header    http.Header
	transport *http.Transport
}

func newPlatform(base string, trusted *x509.CertPool) *Platform {
	parsed, err := url.Parse(base)
	if err != nil {
		panic(err) // it is made of a free address
	}
	login := &http.Request{Header: http.Header{"X-Broker-Api-Version": {"2.17"}, "User-Agent": {"bench"}}}
	login.SetBasicAuth(username, password)
	return &Platform{base: parsed, header: login.Header, transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: connections, MaxIdleConns: connections, IdleConnTimeout: 5 * time.Minute,
		DisableCompression: true, // whoever wants gzip says so
	}}
}

func (p *Platform) close() { p.transport.CloseIdleConnections() }

// Ask is a request that can be sent again and again.
type Ask struct {
	Method, Path string // below /v2/, with its query
	Header       map[string]string
	Body         any
	Status       int // that is wanted
}

// Request makes an Ask ready to be sent as often as one likes: what can be done once is done here.
func (p *Platform) Request(a Ask) (*Request, error) {
	target, err := p.base.Parse("/v2/" + a.Path)
	if err != nil {
		return nil, fmt.Errorf("path %s: %w", a.Path, err)
	}
	r := &Request{platform: p, method: a.Method, url: target, header: p.header, status: a.Status}
	if len(a.Header) > 0 {
		r.header = p.header.Clone()
		for _, name := range slices.Sorted(maps.Keys(a.Header)) {
			r.header.Set(name, a.Header[name])
		}
	}
	if a.Body != nil {
		if r.body, err = json.Marshal(a.Body); err != nil {
			return nil, fmt.Errorf("encode a body: %w", err)
		}
		r.header = r.header.Clone()
		r.header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// Request is one that is sent again and again.
type Request struct {
	platform *Platform
	method   string
	url      *url.URL
	header   http.Header
	body     []byte
	status   int
}

// Send asks, and reads the answer to its end. Another status than the wanted one is an error.
func (r *Request) Send(ctx context.Context) error {
	answer, err := r.roundTrip(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != r.status {
		_, err := read(answer, r.status)
		return fmt.Errorf("%s %s: %w", r.method, r.url.Path, err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// Answer asks, and returns all of the answer.
func (r *Request) Answer(ctx context.Context) (http.Header, []byte, error) {
	answer, err := r.roundTrip(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := read(answer, r.status)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", r.method, r.url.Path, err)
	}
	return answer.Header, body, nil
}

func (r *Request) roundTrip(ctx context.Context) (*http.Response, error) {
	request := (&http.Request{
		Method: r.method, URL: r.url, Host: r.url.Host, Header: r.header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if r.body != nil {
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(r.body)), int64(len(r.body))
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.body)), nil }
	}
	return r.platform.transport.RoundTrip(request)
}

// Into asks once and decodes the answer.
func (p *Platform) Into(ctx context.Context, a Ask, into any) error {
	r, err := p.Request(a)
	if err != nil {
		return err
	}
	_, body, err := r.Answer(ctx)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// read reads an answer that must have a status.
func read(answer *http.Response, status int) ([]byte, error) {
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return nil, err
	case answer.StatusCode != status:
		return nil, fmt.Errorf("answered %s, not %d: %s", answer.Status, status, strings.TrimSpace(string(body)))
	}
	return body, nil
}
