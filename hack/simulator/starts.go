// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"errors"
	"net/http"
	"strings"
)

// start begins a workflow on a deployment, or refuses. A refusal may leave a failed execution,
// which is returned beside the error.
func (s *Simulator) start(d *deployment, ask start) (*execution, error) {
	if err := d.environmentReady(); err != nil {
		if refusal, ok := errors.AsType[*apiError](err); ok && refusal.code == "deployment_creation_error" && !s.profile.has(explainsCreates) {
			return nil, internalError()
		}
		return nil, err
	}
	workflow, ok := d.workflows[ask.workflow]
	if !ok {
		return nil, refuse(http.StatusBadRequest, "nonexistent_workflow_error",
			"Workflow %s does not exist in the deployment %s", ask.workflow, d.id)
	}
	parameters, err := s.checkParameters(d, ask, workflow)
	if err != nil {
		return nil, err
	}
	e := s.newExecution(d, ask.workflow, parameters)
	e.allowCustom, e.dryRun, e.force = ask.allowCustom, ask.dryRun, ask.force
	if !ask.force {
		if err := s.dependentsAffected(d, ask.workflow); err != nil {
			return s.refused(e, err), err
		}
		if busy := ask.racer.missing(0, d.unfinished()); len(busy) > 0 {
			if ask.queue {
				s.record(e, statusQueued)
				return e, nil
			}
			return nil, existingExecutions(busy)
		}
		if err := d.available(ask.workflow, workflow); err != nil {
			return s.refused(e, err), err
		}
	}
	s.record(e, statusPending)
	ask.racer.wrote(e)
	s.dispatch(e, s.planOf(e))
	return e, nil
}

// dequeue starts the oldest queued execution of a deployment that has become free.
func (s *Simulator) dequeue(d *deployment) {
	var next *execution
	for _, e := range d.executions {
		if e.active() {
			return
		}
		if e.status == statusQueued && next == nil {
			next = e
		}
	}
	if next == nil {
		return
	}
	if err := d.available(next.workflow, d.workflows[next.workflow]); err != nil {
		next.status, next.err, next.ended = statusFailed, "Error dequeueing execution: "+err.Error(), s.clock.now()
		s.dequeue(d)
		return
	}
	s.dispatch(next, s.planOf(next))
}

func (s *Simulator) newExecution(d *deployment, workflow string, parameters map[string]any) *execution {
	e := &execution{id: s.uuid(), workflow: workflow, deployment: d, parameters: parameters, created: s.stamp()}
	if d != nil {
		e.blueprintID = d.blueprintID
	}
	return e
}

// record adds an execution to the Manager's rows.
func (s *Simulator) record(e *execution, status string) {
	e.status = status
	s.executions.add(e.id, e)
	if e.deployment != nil {
		e.deployment.executions = append(e.deployment.executions, e)
	}
}

// refused leaves the row of an execution that was refused when it was prepared. It never ran,
// and its deployment does not point at it.
func (s *Simulator) refused(e *execution, err error) *execution {
	if !s.profile.has(storesRefusals) {
		return nil
	}
	s.record(e, statusFailed)
	e.err, e.ended = "Error preparing execution: "+err.Error(), s.clock.now()
	return e
}

func existingExecutions(running []*execution) *apiError {
	list := make([]string, 0, len(running))
	for _, e := range running {
		list = append(list, e.String())
	}
	return refuse(http.StatusBadRequest, "existing_running_execution_error",
		"The following executions are currently running for this deployment: [%s]. "+
			"To execute this workflow anyway, pass \"force=true\" as a query parameter to this request", strings.Join(list, ", "))
}
