// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
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
	k, started := known{remote: s.history.remote, executions: s.history.executions}, s.effect.started
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
	executions, ok := k.followed(r.Watcher.Running(s.manager.Name, s.id, s.key))
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

// followed are the executions that are known with what a list says of those that run, false where none does, or one of which too
// little is known. What is followed and was asked for after the list began runs until a list can tell.
func (k known) followed(list watch.Running) (executions []cloudify.Execution, ok bool) {
	executions = slices.Clone(k.executions)
	listed := map[string]bool{}
	for _, row := range list.Executions {
		listed[row.ID] = true
		i := slices.IndexFunc(executions, func(e cloudify.Execution) bool { return e.ID == row.ID })
		switch {
		case i >= 0:
			row.Parameters = executions[i].Parameters
			executions[i] = row
		case workflowOf(row.WorkflowID).byManager && row.WorkflowID != workflowUpdate:
			executions = slices.Insert(executions, 0, row)
		default: // its parameters tell who started it, or whether it is a preview
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

// listPatience is how long a list of what runs is waited for: time for more than one, for of many that wait some come too late to
// rest on the first.
const listPatience = 10 * time.Second

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

// recall returns the executions of a deployment that was just read, without asking for them, and when the list began that they
// rest on; zero: the Manager must be asked. It takes three things together: the list of what runs, which is seconds old and shows
// nothing of it; the deployment, whose latest execution ended well; and what is known of that execution, so that none has run of
// which nothing is known.
func (f *facts) recall(d *cloudify.Deployment, k known, list watch.Running, ended func(id string) (cloudify.Execution, bool)) (executions []cloudify.Execution, began leadership.Moment) {
	if !list.Fresh() || len(list.Executions) > 0 || f.before.Status.Unanswered != nil || !f.holds() {
		return nil, 0
	}
	executions, ok := k.over(ended)
	if k.remote == nil {
		executions, ok = f.untouched(d)
	}
	if !ok || !f.history.lastWentWell(d, executions) {
		return nil, 0
	}
	return executions, list.Began
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

// lastWentWell reports whether the execution that a deployment names as its latest is the last known one that ran, and ended well.
func (h *history) lastWentWell(d *cloudify.Deployment, executions []cloudify.Execution) bool {
	for i := range executions {
		if e := &executions[i]; h.ran(e) {
			return e.Succeeded() && e.ID == d.LatestExecution && d.LatestExecutionStatus == cloudify.LatestStatus(e.Status)
		}
	}
	return false
}

// untouched is the last execution of a deployment that was Ready, and on which nothing has run since: what came before it was
// dealt with then, and nothing of it matters any more.
func (f *facts) untouched(d *cloudify.Deployment) ([]cloudify.Execution, bool) {
	if !f.rests() {
		return nil, false
	}
	e := f.before.Status.Execution
	last := cloudify.Execution{
		ID: e.ID, WorkflowID: e.Workflow, DeploymentID: f.id, Status: e.Status,
		TotalOperations: int(e.TotalOperations), FinishedOperations: int(e.FinishedOperations),
	}
	if e.StartedAt != nil {
		last.StartedAt = e.StartedAt.Time
	}
	if e.EndedAt != nil {
		last.EndedAt = e.EndedAt.Time
	}
	trial := f.history.with(d, []cloudify.Execution{last})
	return trial.executions, trial.installed()
}

// rests reports whether the status says that the deployment is Ready, and which execution was the last, and ended well.
func (o *object) rests() bool {
	e := o.before.Status.Execution
	ready := meta.IsStatusConditionTrue(o.before.Status.Conditions, v1alpha1.ReadyCondition) // for whatever generation
	return ready && o.existed() && e != nil && (&cloudify.Execution{Status: e.Status}).Succeeded() && o.before.Status.Unanswered == nil
}
