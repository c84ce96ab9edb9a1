// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

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
// judged then, and nothing of it matters any more.
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
