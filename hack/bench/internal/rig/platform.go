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
	"net/http"
	"strings"
)

// What a platform logs in with.
const username, password = "platform", "platform"

// Platform is who asks an OSB endpoint, or what the endpoint is compared with.
type Platform struct {
	address string
	trust   *tls.Config
	header  http.Header
	// client asks what is not measured.
	client *http.Client
	// wires are the connections of those who are measured.
	wires [MaxClients]*wire
}

func newPlatform(address string, trusted *x509.CertPool) *Platform {
	login := &http.Request{Header: http.Header{"X-Broker-Api-Version": {"2.17"}, "User-Agent": {"bench"}}}
	login.SetBasicAuth(username, password)
	trust := &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}
	return &Platform{address: address, trust: trust, header: login.Header, client: &http.Client{
		// Whoever wants gzip says so.
		Transport: &http.Transport{TLSClientConfig: trust.Clone(), DisableCompression: true, DisableKeepAlives: true},
	}}
}

// Ask is a request.
type Ask struct {
	Method, Path string // below /v2/, with its query
	Header       map[string]string
	Body         any
	Status       int // that is wanted
}

func (p *Platform) request(ctx context.Context, a Ask) (*http.Request, error) {
	var body []byte
	if a.Body != nil {
		var err error
		if body, err = json.Marshal(a.Body); err != nil {
			return nil, fmt.Errorf("encode a body: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, a.Method, "https://"+p.address+"/v2/"+a.Path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = p.header.Clone()
	for name, value := range a.Header {
		r.Header.Set(name, value)
	}
	if a.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// Answer asks once, and returns all of the answer.
func (p *Platform) Answer(ctx context.Context, a Ask) (http.Header, []byte, error) {
	r, err := p.request(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := read(answer, a.Status)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", a.Method, a.Path, err)
	}
	return answer.Header, body, nil
}

// Into asks once and decodes the answer.
func (p *Platform) Into(ctx context.Context, a Ask, into any) error {
	_, body, err := p.Answer(ctx, a)
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
