// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// RemoteManager is a simulated Cloudify Manager behind a URL.
type RemoteManager struct {
	*simulator.Simulator
	URL string
}

// StartManager serves a simulated Manager on loopback until the test ends. Its time runs fast, unless options say otherwise.
func StartManager(tb testing.TB, options simulator.Options) *RemoteManager {
	tb.Helper()
	if options.TimeScale == 0 && options.Now == nil {
		options.TimeScale = 20
	}
	manager := simulator.New(options)
	return &RemoteManager{Simulator: manager, URL: Serve(tb, manager)}
}

// Serve serves handler on loopback until the test ends, and returns its URL.
func Serve(tb testing.TB, handler http.Handler) string {
	tb.Helper()
	server := httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	return server.URL
}

// Events are what was announced about an object, in any order.
func (e *Environment) Events(tb testing.TB, o client.Object) []eventsv1.Event {
	tb.Helper()
	var list eventsv1.EventList
	if err := e.Client.List(context.Background(), &list); err != nil {
		tb.Fatalf("testenv: list events: %v", err)
	}
	var about []eventsv1.Event
	for _, event := range list.Items {
		if event.Regarding.UID == o.GetUID() {
			about = append(about, event)
		}
	}
	return about
}
