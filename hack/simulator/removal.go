// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// deleteDeployment refuses while something runs, somebody depends on the deployment or instances
// are live; force overrides the last two. It looks for what runs again when it starts the workflow.
func deleteDeployment(r *request) (*response, error) {
	s := r.sim
	d := s.deployments.get(r.id())
	if d == nil {
		return nil, notFound("Deployment", r.id())
	}
	override := "force"
	if !s.profile.has(forceDeletes) {
		override = "ignore_live_nodes"
	}
	if err := s.deletable(d, r.racer.missing(0, d.unfinished()), r.flag(override)); err != nil {
		return nil, err
	}
	if busy := r.racer.missing(1, d.unfinished()); len(busy) > 0 {
		return nil, existingExecutions(busy)
	}
	r.change(d.id)
	body, err := s.deploymentFields(false).answer(r, http.StatusOK, d)
	if err != nil {
		return nil, err
	}
	if !s.profile.has(deletesLater) {
		s.removeDeployment(d.id)
		return body, nil
	}
	e := s.newExecution(d, workflowDelete, map[string]any{
		"force": r.flag("force"), "delete_logs": r.flag("delete_logs"), "recursive": r.flag("recursive"),
	})
	e.allowCustom = true
	s.record(e, statusPending)
	r.racer.wrote(e)
	d.status = deploymentBusy
	s.dispatch(e, s.planOf(e))
	if !s.profile.has(deletesSilently) {
		return body, nil
	}
	return noContent()
}

func (s *Simulator) deletable(d *deployment, busy []*execution, force bool) error {
	inUse := func(reason string) error {
		return refuse(http.StatusBadRequest, "dependent_exists_error", "Can't delete deployment %s - %s", d.id, reason)
	}
	if len(busy) > 0 {
		ids := make([]string, 0, len(busy))
		for _, e := range busy {
			ids = append(ids, e.id)
		}
		return inUse("There are running or queued executions for this deployment. Running executions ids: " + strings.Join(ids, ","))
	}
	if force {
		return nil
	}
	if dependents := s.dependents(d); dependents != "" {
		return inUse("the following existing installations depend on it:\n" + dependents)
	}
	var live []string
	for _, n := range d.nodesByCreation() {
		for _, i := range n.instances {
			if i.live() {
				live = append(live, i.id)
			}
		}
	}
	if len(live) > 0 {
		return inUse("There are live nodes for this deployment. Live nodes ids: " + strings.Join(live, ","))
	}
	return nil
}

// deleteEnvironment is the plan of a delete_deployment_environment: with the deployment go its
// executions and their events.
func deleteEnvironment(r *run) error {
	r.then(2*r.sim.worker.task, func() error {
		r.sim.removeDeployment(r.execution.deployment.id)
		return nil
	})
	return nil
}

func (s *Simulator) removeDeployment(id string) {
	d := s.deployments.get(id)
	if d == nil {
		return
	}
	for _, e := range d.executions {
		e.run = nil
		s.executions.remove(e.id)
	}
	for _, u := range slices.Clone(s.updates.rows) {
		if u.deployment == d {
			s.updates.remove(u.id)
		}
	}
	s.removeEvents(d)
	s.removeDependencies(d)
	s.deployments.remove(id)
}
