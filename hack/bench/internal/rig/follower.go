// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"fmt"
	"sync"
	"time"

	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
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
	cancel context.CancelFunc

	mu      sync.Mutex
	ready   map[string]bool // by name
	changed chan struct{}   // closed at the next change
}

// Follow begins to watch objects of the kind of o; Stop ends it.
func (r *Rig) Follow(ctx context.Context, o client.Object, namespace string) (*Follower, error) {
	objects, err := cache.New(r.cluster.admin, cache.Options{Scheme: Scheme, DefaultNamespaces: map[string]cache.Config{namespace: {}}})
	if err != nil {
		return nil, fmt.Errorf("build a cache: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &Follower{cancel: cancel, ready: map[string]bool{}, changed: make(chan struct{})}
	go func() { _ = objects.Start(ctx) }() // it ends with ctx alone
	if err := f.watch(ctx, objects, o); err != nil {
		cancel()
		return nil, fmt.Errorf("watch %T: %w", o, err)
	}
	return f, nil
}

// watch begins to note what becomes of objects, and returns when it knows those that there were.
func (f *Follower) watch(ctx context.Context, objects cache.Cache, o client.Object) error {
	informer, err := objects.GetInformer(ctx, o)
	if err != nil {
		return err
	}
	noted, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc: f.note, UpdateFunc: func(_, now any) { f.note(now) }, DeleteFunc: f.drop,
	})
	if err != nil {
		return err
	}
	if !toolscache.WaitForCacheSync(ctx.Done(), noted.HasSynced) {
		return context.Cause(ctx)
	}
	return nil
}

// Stop ends the watch.
func (f *Follower) Stop() { f.cancel() }

func (f *Follower) note(now any) {
	if o, known := now.(readiness); known {
		f.change(func() { f.ready[o.GetName()] = o.IsReady() })
	}
}

func (f *Follower) drop(last any) {
	if unseen, missed := last.(toolscache.DeletedFinalStateUnknown); missed {
		last = unseen.Obj
	}
	if o, known := last.(readiness); known {
		f.change(func() { delete(f.ready, o.GetName()) })
	}
}

func (f *Follower) change(how func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how()
	close(f.changed)
	f.changed = make(chan struct{})
}

// Await waits until the names of objects, each with whether it is ready, are as wanted.
func (f *Follower) Await(ctx context.Context, what string, within time.Duration, wanted func(ready map[string]bool) bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		f.mu.Lock()
		over, count, changed := wanted(f.ready), len(f.ready), f.changed
		f.mu.Unlock()
		if over {
			return nil
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
