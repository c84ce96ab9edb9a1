// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// looks is how often deployment and executions are read until they belong together.
const looks = 3

// look reads the deployment, and its executions where the deployment and what is known do not tell all that there is to tell of
// them. One that should not be there is looked for first: where it is not, it has no executions.
func (r *reconciler) look(ctx context.Context, s *scope) (remote *cloudify.Deployment, executions []cloudify.Execution, err error) {
	r.awaited.Forget(s.deployment.UID)
	s.looked = leadership.Now()
	k, ok := r.known.take(s.deployment.UID) // what comes of the look says what is known next
	if absent := s.removed() || !s.existed() && !ok; absent || s.history.release.Has(cloudify.LatestExecution) {
		if remote, err = s.readRemote(ctx); err != nil {
			return nil, nil, err
		}
		ended := func(id string) (cloudify.Execution, bool) { return r.Watcher.Ended(s.manager.Name, id) }
		list := r.Watcher.Running(s.manager.Name, s.id, s.key)
		if executions, s.listed = s.recall(remote, k, list, ended); s.listed != 0 {
			return remote, executions, nil
		}
	}
	return s.lookClosely(ctx, remote)
}

func (s *scope) readRemote(ctx context.Context) (*cloudify.Deployment, error) {
	remote, err := s.conn.GetDeployment(ctx, s.id)
	if err != nil {
		return nil, fmt.Errorf("read deployment %s: %w", s.id, err)
	}
	return remote, nil
}

// lookClosely reads the executions, and then the deployment, unless it was read before and shows no less. Executions first: what
// one did that has ended shows in the deployment, and what began since is refused a companion. The other way round, a deployment
// read while an execution ran would be taken for its result. What began between the two reads is in the deployment
// only, be it its own creation: look again.
func (s *scope) lookClosely(ctx context.Context, remote *cloudify.Deployment) (_ *cloudify.Deployment, executions []cloudify.Execution, err error) {
	for range looks {
		if executions, err = listExecutions(ctx, s); err != nil {
			return nil, nil, err
		}
		if remote != nil && s.history.shows(remote, executions) {
			return remote, executions, nil
		}
		if remote, err = s.readRemote(ctx); err != nil {
			return nil, nil, err
		}
		if len(executions) > 0 && unlisted(remote, executions) == "" {
			return remote, executions, nil
		}
	}
	id := unlisted(remote, executions)
	if id == "" {
		return remote, executions, nil // old executions are cleared away, here all of them
	}
	began, err := s.conn.GetExecution(ctx, id)
	switch {
	case cloudify.IsNotFound(err): // this one, too
		return remote, executions, nil
	case err != nil:
		return nil, nil, fmt.Errorf("read execution %s: %w", id, err)
	}
	return nil, nil, outcome.WaitFor(soon, s.reasonOf(began), "execution %s of deployment %s is not listed yet; looking again", id, s.id)
}

// shows reports whether a deployment that was read before its executions shows what they did: something runs, and all there is to
// do is to wait or to cancel, or the last that ran is the one that it names, and had ended for it too.
func (h *history) shows(d *cloudify.Deployment, executions []cloudify.Execution) bool {
	if !h.release.Has(cloudify.LatestExecution) || unlisted(d, executions) != "" {
		return false
	}
	ended := false
	for i := range executions {
		e := &executions[i]
		if e.Active() {
			return true
		}
		if !ended && h.ran(e) {
			if e.ID != d.LatestExecution || cloudify.LatestStatus(e.Status) != d.LatestExecutionStatus {
				return false
			}
			ended = true
		}
	}
	return ended
}

// unlisted is an execution that the deployment names and that is not in the list, "" if there is none. What a list that was cut
// lacks may be older.
func unlisted(d *cloudify.Deployment, listed []cloudify.Execution) string {
	if len(listed) >= maxExecutions {
		return ""
	}
	for _, id := range []string{d.CreateExecution, d.LatestExecution} {
		if id != "" && !slices.ContainsFunc(listed, func(e cloudify.Execution) bool { return e.ID == id }) {
			return id
		}
	}
	return ""
}

// listExecutions reads the latest executions, and behind many of other workflows those that the next step depends on: a failure
// would be forgotten, and repeated, once somebody had checked the deployment often enough.
func listExecutions(ctx context.Context, s *scope) ([]cloudify.Execution, error) {
	filter := cloudify.ExecutionFilter{DeploymentID: s.id, NewestFirst: true, Limit: maxExecutions, WithParameters: true}
	latest, err := s.conn.ListExecutions(ctx, filter)
	if cloudify.IsNotFound(err) { // old releases miss the deployment already here
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list executions of deployment %s: %w", s.id, err)
	}
	if len(latest) < maxExecutions {
		return latest, nil
	}
	filter.WorkflowIDs = ownWorkflows
	own, err := s.conn.ListExecutions(ctx, filter)
	if err != nil && !cloudify.IsNotFound(err) {
		return nil, fmt.Errorf("list own executions of deployment %s: %w", s.id, err)
	}
	for i := range own {
		if !slices.ContainsFunc(latest, func(e cloudify.Execution) bool { return e.ID == own[i].ID }) {
			latest = append(latest, own[i])
		}
	}
	return latest, nil
}
