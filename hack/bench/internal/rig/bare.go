// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/loopback"
)

// Answer is what the operator answered to a request.
type Answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// StartBare starts this program again as a handler over TLS that gives some of the operator's answers and does nothing else: the
// limit of whatever is served by Go's HTTP server. The answers are asked of the operator now; the messages that are returned ask for
// them, and are as long as those that the operator gets.
func (r *Rig) StartBare(ctx context.Context, o *Operator, asks []Ask) (*Platform, []*Message, error) {
	answers := map[string]Answer{}
	for number, ask := range asks {
		header, body, err := o.Platform.Answer(ctx, ask)
		if err != nil {
			return nil, nil, err
		}
		for _, each := range []string{"Date", "Connection"} { // of this answer alone
			header.Del(each)
		}
		answers[pathOf(numbered(number, ask.Path))] = Answer{Status: ask.Status, Header: header, Body: body}
	}
	platform, err := r.launchBare(ctx, answers)
	if err != nil {
		return nil, nil, err
	}
	messages := make([]*Message, len(asks))
	for number, ask := range asks {
		ask.Path = numbered(number, ask.Path)
		if messages[number], err = platform.Message(ask); err != nil {
			return nil, nil, err
		}
		messages[number].answer = len(answers[pathOf(ask.Path)].Body)
	}
	return platform, messages, nil
}

// numbered is a path of the same length whose first letter tells which answer is meant.
func numbered(number int, path string) string { return string(rune('A'+number)) + path[1:] }

// pathOf is a path without its query.
func pathOf(path string) string {
	bare, _, _ := strings.Cut(path, "?")
	return bare
}

func (r *Rig) launchBare(ctx context.Context, answers map[string]Answer) (*Platform, error) {
	encoded, err := json.Marshal(answers)
	if err != nil {
		return nil, fmt.Errorf("encode answers: %w", err)
	}
	path := filepath.Join(r.dir, "answers.json")
	if err := os.WriteFile(path, encoded, 0o600); err != nil {
		return nil, err
	}
	var address string
	if err := loopback.Addresses(&address); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	process, err := launch(r.dir, "bare", nil, self, "--bare", path, "--bare-address", address, "--bare-cert-dir", r.certificates())
	if err != nil {
		return nil, err
	}
	platform := newPlatform(address, r.trusted)
	r.stops = append(r.stops, process.Stop, func() error { platform.close(); return nil })
	return platform, process.until(ctx, "to answer", func(ctx context.Context) error { return platform.Connect(ctx, 0) })
}

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
			answer := known[r.URL.Path[len("/v2/"):]]
			maps.Copy(w.Header(), answer.Header)
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
