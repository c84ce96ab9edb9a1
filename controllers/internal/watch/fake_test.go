// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// The requests that a fakeManager counts.
const (
	deploymentLists = "deployments"
	executionLists  = "unfinished executions"
	executionReads  = "executions by id"
	uploadLists     = "blueprints by state"
	blueprintLists  = "blueprints by id"
	foundLists      = "blueprints"
)

// fakeManager is what a poller sees of a Manager. An answer is what was there when the request came, as with a real one.
type fakeManager struct {
	latency time.Duration
	// hidden executions are in no list of the unfinished ones.
	hidden map[string]bool

	mu          sync.Mutex
	deployments map[string]cloudify.Deployment
	executions  map[string]cloudify.Execution
	blueprints  map[string]cloudify.Blueprint
	broken      map[string]error
	requests    map[string][]time.Time
}

func newFakeManager(deployments int) *fakeManager {
	m := &fakeManager{
		hidden: map[string]bool{}, deployments: map[string]cloudify.Deployment{}, executions: map[string]cloudify.Execution{},
		blueprints: map[string]cloudify.Blueprint{}, broken: map[string]error{}, requests: map[string][]time.Time{},
	}
	for i := range deployments {
		m.put(deploymentID(i), "completed")
	}
	return m
}

func deploymentID(i int) string { return fmt.Sprintf("k8s-%04d", i) }

func objectOf(id string) types.NamespacedName {
	return types.NamespacedName{Namespace: "shop", Name: id}
}

func (m *fakeManager) put(id, executionStatus string) {
	m.change(func() {
		m.deployments[id] = cloudify.Deployment{
			ID: id, BlueprintID: "nodecellar", InstallationStatus: "active", LatestExecution: "install-" + id, LatestExecutionStatus: executionStatus,
		}
	})
}

func (m *fakeManager) remove(ids ...string) {
	m.change(func() {
		for _, id := range ids {
			delete(m.deployments, id)
		}
	})
}

func (m *fakeManager) execute(id, deployment, status string, finished, total int) {
	m.change(func() {
		m.executions[id] = cloudify.Execution{ID: id, DeploymentID: deployment, Status: status, FinishedOperations: finished, TotalOperations: total}
	})
}

func (m *fakeManager) upload(id, state string) {
	m.change(func() { m.blueprints[id] = cloudify.Blueprint{ID: id, State: state} })
}

func (m *fakeManager) fail(what string, err error) { m.change(func() { m.broken[what] = err }) }

func (m *fakeManager) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

func (m *fakeManager) count(what string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.requests[what])
}

// times is when executions were listed.
func (m *fakeManager) times() []time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.requests[executionLists])
}

func answer[T any](ctx context.Context, m *fakeManager, what string, all map[string]T, pick func(string, T) bool) ([]T, error) {
	m.mu.Lock()
	m.requests[what] = append(m.requests[what], time.Now())
	err := m.broken[what]
	var items []T
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if pick(id, all[id]) {
			items = append(items, all[id])
		}
	}
	m.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(m.latency):
	}
	if err != nil {
		return nil, err
	}
	return items, nil
}

func (m *fakeManager) ListDeployments(ctx context.Context, _ cloudify.DeploymentFilter) ([]cloudify.Deployment, error) {
	return answer(ctx, m, deploymentLists, m.deployments, func(string, cloudify.Deployment) bool { return true })
}

func (m *fakeManager) ListExecutions(ctx context.Context, filter cloudify.ExecutionFilter) ([]cloudify.Execution, error) {
	if filter.Active {
		return answer(ctx, m, executionLists, m.executions, func(id string, e cloudify.Execution) bool { return e.Active() && !m.hidden[id] })
	}
	return answer(ctx, m, executionReads, m.executions, func(id string, _ cloudify.Execution) bool { return slices.Contains(filter.IDs, id) })
}

func (m *fakeManager) ListBlueprints(ctx context.Context, filter cloudify.BlueprintFilter) ([]cloudify.Blueprint, error) {
	if len(filter.States) > 0 {
		return answer(ctx, m, uploadLists, m.blueprints, func(_ string, b cloudify.Blueprint) bool { return slices.Contains(filter.States, b.State) })
	}
	if filter.IDs == nil {
		return answer(ctx, m, foundLists, m.blueprints, func(string, cloudify.Blueprint) bool { return true })
	}
	return answer(ctx, m, blueprintLists, m.blueprints, func(id string, _ cloudify.Blueprint) bool { return slices.Contains(filter.IDs, id) })
}

// controller stands for a controller's queue: it counts who was woken.
type controller struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	mu    sync.Mutex
	woken map[types.NamespacedName]int
	// last is the priority with which it was woken last.
	last map[types.NamespacedName]int
}

func newController(t *testing.T, wakes source.Source) *controller {
	t.Helper()
	c := &controller{woken: map[types.NamespacedName]int{}, last: map[types.NamespacedName]int{}}
	if err := wakes.Start(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *controller) AddWithOpts(opts priorityqueue.AddOpts, requests ...reconcile.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, request := range requests {
		c.woken[request.NamespacedName]++
		c.last[request.NamespacedName] = *opts.Priority
	}
}

// take returns who was woken since the last take, and how often.
func (c *controller) take() map[types.NamespacedName]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	woken := c.woken
	c.woken = map[types.NamespacedName]int{}
	return woken
}

// once is what take returns when each of the deployments, or blueprints, was woken once.
func once(ids ...string) map[types.NamespacedName]int {
	woken := map[types.NamespacedName]int{}
	for _, id := range ids {
		woken[objectOf(id)] = 1
	}
	return woken
}

// bench is a Watcher at work in a bubble of time, with the controllers it wakes.
type bench struct {
	*Watcher
	remote                                         *fakeManager
	deployments, blueprints, managers, discoveries *controller
	executions                                     *controller // of CloudifyExecutions
	errors                                         []error
}

// at is the Manager of all tests.
const at = "default"

// inBubble runs a test on a Watcher whose Manager is not open yet.
func inBubble(t *testing.T, deployments int, test func(*testing.T, *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{remote: newFakeManager(deployments)}
		b.Watcher = New(Options{OnError: func(_ string, err error) { b.errors = append(b.errors, err) }})
		b.deployments = newController(t, b.Deployments())
		b.blueprints = newController(t, b.Blueprints())
		b.managers = newController(t, b.Managers())
		b.discoveries = newController(t, b.Discoveries())
		b.executions = newController(t, b.Runs())
		go func() {
			if err := b.Start(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		test(t, b)
	})
}

// track makes objects of the first deployments, which exist.
func (b *bench) track(deployments int) {
	for i := range deployments {
		b.Track(at, deploymentID(i), objectOf(deploymentID(i)), true)
	}
}

// settle makes all objects see what is there.
func (b *bench) settle() {
	for id, d := range b.remote.deployments {
		b.Settle(at, id, FingerprintOf(&d))
	}
}

// wait lets time pass until the poller is at rest.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// list makes a list and waits for it.
func (b *bench) list() {
	b.ListNow(at)
	wait(listGap + b.remote.latency)
}
