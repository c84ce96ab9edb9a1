// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Answer is what the operator answered to a request.
type Answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// StartBare starts this program again as a handler over TLS that gives some of the operator's answers and does nothing else: the
// limit of whatever is served by Go's HTTP server. The answers are asked of the operator now; in the requests that are returned the
// paths are the same.
func (r *Rig) StartBare(ctx context.Context, o *Operator, asks []Ask) ([]*Request, error) {
	answers := map[string]Answer{}
	for number, ask := range asks {
		request, err := o.Platform.Request(ask)
		if err != nil {
			return nil, err
		}
		header, body, err := request.Answer(ctx)
		if err != nil {
			return nil, err
		}
		header.Del("Date")
		answers[barePath(number)] = Answer{Status: ask.Status, Header: header, Body: body}
	}
	encoded, err := json.Marshal(answers)
	if err != nil {
		return nil, fmt.Errorf("encode answers: %w", err)
	}
	path := filepath.Join(r.dir, "answers.json")
	if err := os.WriteFile(path, encoded, 0o600); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	process, err := launch(r.dir, "bare", self, "--bare", path, "--bare-address", address, "--bare-cert-dir", r.certificates())
	if err != nil {
		return nil, err
	}
	platform := newPlatform("https://"+address, r.trusted)
	r.stops = append(r.stops, process.Stop, func() error { platform.close(); return nil })
	requests := make([]*Request, len(asks))
	for number, ask := range asks {

		if requests[number], err = platform.Request(ask); err != nil {
			return nil, err
		}
		requests[number].url.Path = barePath(number)
	}
	return requests, process.until(ctx, "to answer", func(ctx context.Context) error { return requests[0].Send(ctx) })
}

func barePath(number int) string { return fmt.Sprintf("/%d", number) }

// ServeBare is what the program does that StartBare starts.
func ServeBare(ctx context.Context, answers, address, certificates string) error {
	encoded, err := os.ReadFile(answers)
	if err != nil {
		return err
	}
	known := map[string]Answer{}
	if err := json.Unmarshal(encoded, &known); err != nil {
		return fmt.Errorf("read %s: %w", answers, err)
	}
	server := &http.Server{
		Addr: address, ReadHeaderTimeout: time.Minute,
		// The OSB endpoint speaks HTTP/1.1 too.
		Protocols: new(http.Protocols),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := known[r.URL.Path]
			header := w.Header()
			for name, values := range answer.Header {
				header[name] = values
			}
			w.WriteHeader(answer.Status)
			_, _ = w.Write(answer.Body)
		}),
	}
	server.Protocols.SetHTTP1(true)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	err = server.ListenAndServeTLS(filepath.Join(certificates, "tls.crt"), filepath.Join(certificates, "tls.key"))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
