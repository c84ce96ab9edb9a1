// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// Watcher watches Managers. It is a Runnable of the leader: there are no pollers but while it runs.
type Watcher struct {
	options Options

	deployments, blueprints, runs, managers, discoveries queue

	mu       sync.Mutex
	ctx      context.Context // that of Start, nil while it does not run
	pollers  sync.WaitGroup
	memories map[string]*memory
	open     map[string]*poller
}

// New returns a Watcher of nothing.
func New(options Options) *Watcher {
	return &Watcher{options: options.withDefaults(), memories: map[string]*memory{}, open: map[string]*poller{}}
}

// Deployments is the source of CloudifyDeployments to look at, for one controller.
func (w *Watcher) Deployments() source.Source { return w.deployments.source() }

// Blueprints is the source of CloudifyBlueprints to look at, for one controller.
func (w *Watcher) Blueprints() source.Source { return w.blueprints.source() }

// Runs is the source of CloudifyExecutions to look at, for one controller.
func (w *Watcher) Runs() source.Source { return w.runs.source() }

// Managers is the source of CloudifyManagers to look at, for one controller.
func (w *Watcher) Managers() source.Source { return w.managers.source() }

// Discoveries is the source of CloudifyManagers whose blueprints were listed, for one controller.
func (w *Watcher) Discoveries() source.Source { return w.discoveries.source() }

// NeedLeaderElection makes the manager start w on the leader only.
func (w *Watcher) NeedLeaderElection() bool { return true }

// Start runs the pollers of all open connections until ctx ends, and returns when the last has stopped.
func (w *Watcher) Start(ctx context.Context) error {
	w.mu.Lock()
	w.ctx = ctx
	for _, p := range w.open {
		w.launch(p)
	}
	w.mu.Unlock()

	<-ctx.Done()
	w.mu.Lock()
	w.ctx = nil
	w.mu.Unlock()
	w.pollers.Wait()
	return nil
}

// launch is called with mu held, while w runs.
func (w *Watcher) launch(p *poller) {
	ctx, cancel := context.WithCancel(w.ctx)
	p.cancel = cancel
	w.pollers.Go(func() { p.run(ctx) })
}

// Open begins to watch a Manager through api, in place of the api it was opened with before; the same api changes nothing.
func (w *Watcher) Open(manager string, api API) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p, ok := w.open[manager]; ok && p.lists.api == api {
		return
	}
	w.close(manager)
	m := w.memoryLocked(manager)
	m.reopen()
	p := &poller{
		manager: manager, options: w.options, cancel: func() {},
		lists: lists{api: api, memory: m, cluster: w.options.Cluster},
	}
	w.open[manager] = p
	if w.ctx != nil {
		w.launch(p)
	}
}

// Close stops watching a Manager, without waiting. What is tracked and followed there is kept for the next Open.
func (w *Watcher) Close(manager string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.close(manager)
}

// Polled is when a Manager last told what runs and what exists there, whichever is longer ago; zero: it has not told both yet.
func (w *Watcher) Polled(manager string) time.Time {
	w.mu.Lock()
	m, known := w.memories[manager]
	w.mu.Unlock()
	if !known {
		return time.Time{}
	}
	m.Lock()
	defer m.Unlock()
	if m.executionsMade.Before(m.deploymentsMade) {
		return m.executionsMade
	}
	return m.deploymentsMade
}

// close is called with mu held.
func (w *Watcher) close(manager string) {
	p, ok := w.open[manager]
	if !ok {
		return
	}
	p.cancel()
	p.lists.memory.reopen()
	delete(w.open, manager)
}

// lock returns the memory of a Manager with its lock held: the caller unlocks it.
func (w *Watcher) lock(manager string) *memory {
	w.mu.Lock()
	m := w.memoryLocked(manager)
	w.mu.Unlock()
	m.Lock()
	return m
}

// memoryLocked is called with mu held.
func (w *Watcher) memoryLocked(manager string) *memory {
	m, ok := w.memories[manager]
	if !ok {
		name := types.NamespacedName{Name: manager}
		m = newMemory(&w.deployments, &w.blueprints, &w.runs, func() { w.managers.wake(name) }, func() { w.discoveries.wake(name) })
		w.memories[manager] = m
	}
	return m
}
