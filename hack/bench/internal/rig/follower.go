// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// readiness is what all kinds of the operator tell of themselves.
type readiness interface {
	client.Object
	IsReady() bool
}

// Follower knows which objects of a kind there are in a namespace, and which of them are ready. It watches: asking again and again
// would be work for the API server that nobody else's cluster has.
type Follower struct {
	watch watch.Interface

	mu      sync.Mutex
	ready   map[string]bool // by name
	changed chan struct{}   // closed at the next change
	err     error
}

// Follow begins to watch; Stop ends it.
func (r *Rig) Follow(ctx context.Context, list client.ObjectList, namespace string) (*Follower, error) {
	watcher, err := client.NewWithWatch(r.cluster.admin, client.Options{Scheme: Scheme})
	if err != nil {
		return nil, fmt.Errorf("build a client: %w", err)
	}
	if err := watcher.List(ctx, list, client.InNamespace(namespace)); err != nil {
		return nil, err
	}
	f := &Follower{ready: map[string]bool{}, changed: make(chan struct{})}
	if err := meta.EachListItem(list, func(o runtime.Object) error {
		f.note(watch.Event{Type: watch.Added, Object: o})
		return nil
	}); err != nil {
		return nil, err
	}
	f.watch, err = watcher.Watch(ctx, list, client.InNamespace(namespace), &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.GetResourceVersion()}})
	if err != nil {
		return nil, fmt.Errorf("watch %T: %w", list, err)
	}
	go func() {
		for event := range f.watch.ResultChan() {
			f.note(event)
		}
		f.note(watch.Event{Type: watch.Error})
	}()
	return f, nil
}

// Stop ends the watch.
func (f *Follower) Stop() { f.watch.Stop() }

func (f *Follower) note(event watch.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch o, known := event.Object.(readiness); {
	case event.Type == watch.Deleted && known:
		delete(f.ready, o.GetName())
	case event.Type != watch.Error && known:
		f.ready[o.GetName()] = o.IsReady()
	case event.Type == watch.Error:
		f.err = errors.New("the watch has ended")
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// Await waits until the names of objects, each with whether it is ready, are as wanted.
func (f *Follower) Await(ctx context.Context, what string, within time.Duration, wanted func(ready map[string]bool) bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		f.mu.Lock()
		over, count, changed, err := wanted(f.ready), len(f.ready), f.changed, f.err
		f.mu.Unlock()
		switch {
		case over:
			return nil
		case err != nil:
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s, of %d objects: %w", what, count, context.Cause(ctx))
		case <-changed:
		}
	}
}

// AllReady wants so many objects, all of them ready.
func AllReady(count int) func(map[string]bool) bool {
	return func(ready map[string]bool) bool {
		if len(ready) < count {
			return false
		}
		for _, is := range ready {
			if !is {
				return false
			}
		}
		return true
	}
}

// Ready wants one object to be ready.
func Ready(name string) func(map[string]bool) bool {
	return func(ready map[string]bool) bool { return ready[name] }
}

// Gone wants objects not to be there.
func Gone(names ...string) func(map[string]bool) bool {
	return func(ready map[string]bool) bool {
		for _, name := range names {
			if _, there := ready[name]; there {
				return false
			}
		}
		return true
	}
}
