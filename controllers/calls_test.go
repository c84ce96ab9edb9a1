// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// calls counts the requests of an operator to the API server, as "GET secrets" or, for one of them, "GET secrets/{name}".
type calls struct {
	mu     sync.Mutex
	counts map[string]int
}

// counted is a transport that counts.
func (c *calls) counted(next http.RoundTripper) http.RoundTripper { return counter{c, next} }

type counter struct {
	calls *calls
	next  http.RoundTripper
}

func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.calls.mu.Lock()
	if c.calls.counts == nil {
		c.calls.counts = map[string]int{}
	}
	c.calls.counts[callOf(r)]++
	c.calls.mu.Unlock()
	return c.next.RoundTrip(r)
}

func callOf(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case parts[0] == "api" && len(parts) > 2:
		parts = parts[2:]
	case parts[0] == "apis" && len(parts) > 3:
		parts = parts[3:]
	default:
		return r.Method + " discovery"
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	call := r.Method + " " + parts[0]
	if len(parts) > 1 {
		call += "/{name}"
	}
	return call
}

func (c *calls) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.counts)
}

// ofOne returns how many read, changed or created a single object.
func (c *calls) ofOne() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for call, times := range c.counts {
		if strings.HasSuffix(call, "{name}") || strings.HasPrefix(call, http.MethodPost) {
			n += times
		}
	}
	return n
}

// writes returns how many changed or created objects of these kinds.
func (c *calls) writes(kinds ...string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for call, times := range c.counts {
		method, object, _ := strings.Cut(call, " ")
		kind, _, _ := strings.Cut(object, "/")
		if method != http.MethodGet && slices.Contains(kinds, kind) {
			n += times
		}
	}
	return n
}

func (c *calls) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprint(maps.Clone(c.counts))
}

// of returns how often one call was made.
func (c *calls) of(call string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[call]
}
