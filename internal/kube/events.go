// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"context"
	"fmt"
	"sync"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	eventsclient "k8s.io/client-go/kubernetes/typed/events/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/recorder"
)

// Events writes what is recorded, and whatever is left when the process ends: the manager's own recorder is cut off in the
// middle of a write, so that a rollout would lose the events of its last moment and log an error for each.
type Events struct {
	ctrl.Manager

	broadcaster events.EventBroadcaster
	writes      *writes
	stop        func()
}

const (
	// settle is how long nothing is written once all was, and lastWrites how long the end waits for that.
	settle     = 200 * time.Millisecond
	lastWrites = 3 * time.Second
)

// WithEvents returns mgr with recorders that write through its own connection until Close.
func WithEvents(mgr ctrl.Manager) (*Events, error) {
	client, err := eventsclient.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("make a client for events: %w", err)
	}
	sink := &writes{EventSink: &events.EventSinkImpl{Interface: client}}
	ctx, stop := context.WithCancel(ctrl.LoggerInto(context.Background(), mgr.GetLogger().WithName("events")))
	broadcaster := events.NewBroadcaster(sink) // which logs no events: the words of a Manager may hold the value of an input
	if err := broadcaster.StartRecordingToSinkWithContext(ctx); err != nil {
		stop()
		return nil, fmt.Errorf("start to record events: %w", err)
	}
	return &Events{Manager: mgr, broadcaster: broadcaster, writes: sink, stop: stop}, nil
}

// GetEventRecorder returns a recorder in the name of a controller.
func (e *Events) GetEventRecorder(name string) recorder.EventRecorder {
	return e.broadcaster.NewRecorder(e.GetScheme(), name).(recorder.EventRecorder)
}

// Close writes what was recorded before, and ends. An API server that does not answer holds it up for three seconds.
func (e *Events) Close() {
	defer e.stop()
	e.writes.count(0)
	for deadline := time.Now().Add(lastWrites); !e.writes.settled() && time.Now().Before(deadline); {
		time.Sleep(settle / 10)
	}
	e.broadcaster.Shutdown()
}

// writes is a sink that knows whether it is at work. The broadcaster does not tell which events it still holds, but it holds
// none for long.
type writes struct {
	events.EventSink

	mu    sync.Mutex
	open  int
	since time.Time // when open was last counted
}

func (w *writes) Create(ctx context.Context, event *eventsv1.Event) (*eventsv1.Event, error) {
	defer w.begin()()
	return w.EventSink.Create(ctx, event)
}

func (w *writes) Patch(ctx context.Context, event *eventsv1.Event, data []byte) (*eventsv1.Event, error) {
	defer w.begin()()
	return w.EventSink.Patch(ctx, event, data)
}

func (w *writes) begin() (end func()) {
	w.count(1)
	return func() { w.count(-1) }
}

func (w *writes) count(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open, w.since = w.open+n, time.Now()
}

func (w *writes) settled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open == 0 && time.Since(w.since) >= settle
}
