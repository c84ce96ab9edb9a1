// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// recall returns the executions of a deployment that was just read, without asking for them, and false where they must be. It
// takes three things together: the list of what runs, which is seconds old and shows nothing of it; the deployment, whose latest
// execution ended well; and what is known of that execution, so that none has run of which nothing is known.
func (s *scope) recall(d *cloudify.Deployment, k known, list watch.Running, ended func(id string) (cloudify.Execution, bool)) ([]cloudify.Execution, bool) {
	if !list.Fresh() || len(list.Executions) > 0 || s.before.Status.Unanswered != nil || !s.holds() {
		return nil, false
	}
	executions, ok := k.over(ended)
	if k.remote == nil {
		executions, ok = s.untouched(d)
	}
	if !ok || !s.lastWentWell(d, executions) {
		return nil, false
	}
	s.listed = list.Began
	return executions, true
}

// lastWentWell tells whether the execution that a deployment names as its latest is the last known one that ran, and ended well.
func (s *scope) lastWentWell(d *cloudify.Deployment, executions []cloudify.Execution) bool {
	for i := range executions {
		if e := &executions[i]; s.ran(e) {
			return e.Succeeded() && e.ID == d.LatestExecution && d.LatestExecutionStatus == cloudify.LatestStatus(e.Status)
		}
	}
	return false
}

// untouched is the last execution of a deployment that was Ready, and on which nothing has run since: what came before it was
// judged then, and nothing of it matters any more.
func (s *scope) untouched(d *cloudify.Deployment) ([]cloudify.Execution, bool) {
	if !s.rests() {
		return nil, false
	}
	e := s.before.Status.Execution
	last := cloudify.Execution{
		ID: e.ID, WorkflowID: e.Workflow, DeploymentID: s.id, Status: e.Status,
		TotalOperations: int(e.TotalOperations), FinishedOperations: int(e.FinishedOperations),
	}
	if e.StartedAt != nil {
		last.StartedAt = e.StartedAt.Time
	}
	if e.EndedAt != nil {
		last.EndedAt = e.EndedAt.Time
	}
	trial := *s
	trial.remote, trial.executions = d, []cloudify.Execution{last}
	return trial.executions, trial.installed()
}

// rests tells whether the status says that the deployment is Ready, and which execution was the last, and ended well.
func (s *scope) rests() bool {
	e := s.before.Status.Execution
	ready := meta.IsStatusConditionTrue(s.before.Status.Conditions, v1alpha1.ReadyCondition) // for whatever generation
	return ready && s.existed() && e != nil && (&cloudify.Execution{Status: e.Status}).Succeeded() && s.before.Status.Unanswered == nil
}

// listPatience is how long a list of what runs is waited for: time for more than one, for of many that wait some come too late to
// rest on the first.
const listPatience = 10 * time.Second

// awaitList tells whether to wait for a list of what runs, where one that is fresh spares the deployment a list of its own: before
// something is to change on one that rests, and after something that is known has run. It is made for all that wait.
func (r *reconciler) awaitList(s *scope) bool {
	_, knows := r.known.get(s.deployment.UID)
	if !s.release.Has(cloudify.LatestExecution) || !s.holds() || s.removed() || !knows && (!s.rests() || s.settled()) {
		return false
	}
	list, now := r.Watcher.Running(s.manager.Name, s.id, s.key), time.Now()
	if list.Fresh() || len(list.Executions) > 0 || now.Sub(r.awaited.Since(s.deployment.UID, s.id, now)) >= listPatience {
		return false
	}
	r.Watcher.Await(s.manager.Name, s.key)
	return true
}
