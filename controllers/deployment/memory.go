// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// known is what a close look saw of a deployment that something runs on, or was asked to run after it: the executions, newest
// first, with their parameters.
type known struct {
	remote     *cloudify.Deployment
	executions []cloudify.Execution
}

// memory holds what is known of each object's deployment while something runs there. It saves asking the Manager for what it
// said before, and decides nothing: without it, as after a restart or any error, all is asked for.
type memory struct {
	mu sync.Mutex
	of map[types.UID]known
}

func (m *memory) get(uid types.UID) (known, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.of[uid]
	return k, ok
}

// take is get, and leaves nothing behind.
func (m *memory) take(uid types.UID) (known, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.of[uid]
	delete(m.of, uid)
	return k, ok
}

func (m *memory) keep(uid types.UID, k known) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil {
		m.of = map[types.UID]known{}
	}
	m.of[uid] = k
}

func (m *memory) forget(uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.of, uid)
}

// remember keeps what a reconcile came to know, while something runs. One that ended in any other way leaves nothing.
func (r *reconciler) remember(s *scope, out outcome.Outcome) {
	k, started := known{s.history.remote, s.history.executions}, s.effect.started
	switch {
	case out.Kind == outcome.Unchanged:
		return // nothing was asked, or it was taken
	case out.Kind != outcome.Waiting || !s.history.looked || !s.holds():
		r.known.forget(s.deployment.UID)
		return
	case s.effect.made != nil:
		k.remote = s.effect.made
		if s.effect.made.CreateExecution != "" {
			k.executions = []cloudify.Execution{{ID: s.effect.made.CreateExecution, WorkflowID: workflowCreate, DeploymentID: s.id, Status: "pending"}}
		}
	case started != nil:
		k.executions = slices.Insert(slices.Clone(k.executions), 0, *started)
	case s.history.active() == nil && !s.effect.removing:
		r.known.forget(s.deployment.UID)
		return
	}
	r.known.keep(s.deployment.UID, k)
}

// follow goes by the list of what runs alone, as long as all there is to do is to wait: how far an execution is stands in the
// list, and the rest is as it was seen before. Whatever else is next rests on a look at the deployment.
func (r *reconciler) follow(s *scope) bool {
	k, ok := r.known.get(s.deployment.UID)
	if !ok || s.before.Status.Unanswered != nil {
		return false
	}
	executions, ok := k.running(r.Watcher.Running(s.manager.Name, s.id, s.key))
	if !ok {
		return false
	}
	followed := s.facts
	followed.history = s.history.with(k.remote, executions)
	followed.timing = followed.judge(time.Now(), r.CancelGrace)
	if nextStep(&followed).step != stepWait {
		return false
	}
	followed.history.looked = true
	s.facts, s.followed = followed, true
	return true
}

// running are the executions that are known with what a list says of those that run, false where none does, or one of which too
// little is known. What is followed and was asked for after the list began runs until a list can tell.
func (k known) running(list watch.Running) (executions []cloudify.Execution, ok bool) {
	executions = slices.Clone(k.executions)
	listed := map[string]bool{}
	for _, row := range list.Executions {
		listed[row.ID] = true
		i := slices.IndexFunc(executions, func(e cloudify.Execution) bool { return e.ID == row.ID })
		switch {
		case i >= 0:
			row.Parameters = executions[i].Parameters
			executions[i] = row
		case workflowOf(row.WorkflowID).byManager:
			executions = slices.Insert(executions, 0, row)
		default: // its parameters tell who started it
			return nil, false
		}
	}
	active := false
	for i := range executions {
		if e := &executions[i]; e.Active() {
			active = true
			if !listed[e.ID] && list.Newer {
				return nil, false
			}
		}
	}
	return executions, active
}

// over are the executions that are known now that none of them runs any more, false where one ended in another way than well, or
// is not known to have ended: their parameters and errors matter then.
func (k known) over(ended func(id string) (cloudify.Execution, bool)) (executions []cloudify.Execution, ok bool) {
	executions = slices.Clone(k.executions)
	for i := range executions {
		e := &executions[i]
		if !e.Active() {
			continue
		}
		row, told := ended(e.ID)
		if !told || !row.Succeeded() {
			return nil, false
		}
		row.Parameters = e.Parameters
		*e = row
	}
	return executions, true
}

// awaitList reports whether to wait for a list of what runs, where one that is fresh spares the deployment a list of its own: before
// something is to change on one that rests, and after something that is known has run. It is made for all that wait.
func (r *reconciler) awaitList(s *scope) bool {
	_, knows := r.known.get(s.deployment.UID)
	if !s.history.release.Has(cloudify.LatestExecution) || !s.holds() || s.removed() || !knows && (!s.rests() || s.settled()) {
		return false
	}
	list, now := r.Watcher.Running(s.manager.Name, s.id, s.key), time.Now()
	if list.Fresh() || len(list.Executions) > 0 || now.Sub(r.awaited.Since(s.deployment.UID, s.id, now)) >= listPatience {
		return false
	}
	r.Watcher.Await(s.manager.Name, s.key)
	return true
}

// listPatience is how long a list of what runs is waited for.
const listPatience = 3 * time.Second
