// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"cmp"
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// API is what is asked of a Manager. Its values must be comparable, as pointers are.
type API interface {
	ListDeployments(context.Context, cloudify.DeploymentFilter) ([]cloudify.Deployment, error)
	ListExecutions(context.Context, cloudify.ExecutionFilter) ([]cloudify.Execution, error)
	ListBlueprints(context.Context, cloudify.BlueprintFilter) ([]cloudify.Blueprint, error)
}

// Options say how often to look. Each look comes up to a tenth of its interval late, at random.
type Options struct {
	// Busy is how often unfinished executions are listed while something of ours runs, by default 2 s.
	Busy time.Duration
	// Idle is how often they are listed else, by default 30 s. It is also the longest back-off after an error.
	Idle time.Duration
	// List is how often the deployments are listed, by default a minute; the blueprints five times as seldom.
	List time.Duration
	// Count is how often what carries the label of this cluster is counted, by default 10 min; first after one List.
	Count time.Duration
	// Cluster is what that label says; empty: nothing is counted.
	Cluster string
	// OnError, if set, is told of each error of a poll. It must not block. After a 401 a Manager is not asked again until
	// it is opened with another API.
	OnError func(manager string, err error)
}

// Watcher watches Managers. It is a Runnable of the leader: there are no pollers but while it runs.
type Watcher struct {
	options Options

	deployments, blueprints, managers, discoveries wakes

	mu      sync.Mutex
	ctx     context.Context // that of Start, nil while it does not run
	pollers sync.WaitGroup
	ledgers map[string]*ledger
	open    map[string]*poller
}

// New returns a Watcher of nothing.
func New(options Options) *Watcher {
	options.Busy = cmp.Or(options.Busy, 2*time.Second)
	options.Idle = cmp.Or(options.Idle, 30*time.Second)
	options.List = cmp.Or(options.List, time.Minute)
	options.Count = cmp.Or(options.Count, 10*time.Minute)
	if options.OnError == nil {
		options.OnError = func(string, error) {}
	}
	return &Watcher{options: options, ledgers: map[string]*ledger{}, open: map[string]*poller{}}
}

// Deployments is the source of CloudifyDeployments to look at, for one controller.
func (w *Watcher) Deployments() source.Source { return w.deployments.source() }

// Blueprints is the source of CloudifyBlueprints to look at, for one controller.
func (w *Watcher) Blueprints() source.Source { return w.blueprints.source() }

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
	if p, ok := w.open[manager]; ok && p.api == api {
		return
	}
	w.close(manager)
	l := w.lockedLedger(manager)
	l.reopen()
	p := &poller{manager: manager, api: api, options: w.options, ledger: l, cancel: func() {}}
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

// close is called with mu held.
func (w *Watcher) close(manager string) {
	p, ok := w.open[manager]
	if !ok {
		return
	}
	p.cancel()
	p.ledger.reopen()
	delete(w.open, manager)
}

func (w *Watcher) ledger(manager string) *ledger {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lockedLedger(manager)
}

// lockedLedger is ledger with mu held.
func (w *Watcher) lockedLedger(manager string) *ledger {
	l, ok := w.ledgers[manager]
	if !ok {
		name := types.NamespacedName{Name: manager}
		l = newLedger(&w.deployments, &w.blueprints, func() { w.managers.wake(name) }, func() { w.discoveries.wake(name) })
		w.ledgers[manager] = l
	}
	return l
}
