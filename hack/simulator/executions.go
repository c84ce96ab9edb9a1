// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The statuses of an execution. Scheduled and queued wait, the last three are final.
const (
	statusScheduled       = "scheduled"
	statusQueued          = "queued"
	statusPending         = "pending"
	statusStarted         = "started"
	statusCancelling      = "cancelling"
	statusForceCancelling = "force_cancelling"
	statusKillCancelling  = "kill_cancelling"
	statusTerminated      = "terminated"
	statusFailed          = "failed"
	statusCancelled       = "cancelled"
)

var executionStatuses = []string{
	statusScheduled, statusQueued, statusPending, statusStarted, statusCancelling,
	statusForceCancelling, statusKillCancelling, statusTerminated, statusFailed, statusCancelled,
}

// The workflows that the Manager starts by itself.
const (
	workflowUpload = "upload_blueprint"
	workflowCreate = "create_deployment_environment"
	workflowDelete = "delete_deployment_environment"
	workflowUpdate = "update"
)

type execution struct {
	id, workflow, status       string
	deployment                 *deployment // nil for an upload
	blueprintID                string
	parameters                 map[string]any
	err                        any    // null until started, then "" or what went wrong
	brief                      string // err as an event says it, if that says it otherwise
	created, started, ended    time.Time
	allowCustom, dryRun, force bool
	resumed                    bool
	total, finished            int // operations

	update *update // whose work this is
	run    *run    // what is going on, nil if nothing is
	lost   bool    // the worker never heard of it
	script bool    // a workflow of the blueprint's own, which the worker cannot stop
	heeds  bool    // it asks whether it was cancelled
}

func (e *execution) final() bool {
	return e.status == statusTerminated || e.status == statusFailed || e.status == statusCancelled
}

// active reports whether the worker has the execution, or will have it in a moment.
func (e *execution) active() bool {
	return !e.final() && e.status != statusQueued && e.status != statusScheduled
}

func (e *execution) cancelling() bool {
	return e.status == statusCancelling || e.status == statusForceCancelling || e.status == statusKillCancelling
}

func (e *execution) String() string {
	return fmt.Sprintf("<Execution id=`%s` tenant=`%s` status=`%s` workflow_id=`%s`>", e.id, tenantName, e.status, e.workflow)
}

func statusDisplay(status string) string {
	if status == statusTerminated {
		return "completed"
	}
	return status
}

var executionFields = resource[execution]{kind: "Execution", fields: append([]field[execution]{
	{name: "created_at", value: func(e *execution) any { return timestamp(e.created) }},
	constant[execution]("visibility", "tenant"),
	{name: "id", value: func(e *execution) any { return e.id }},
	{name: "ended_at", value: func(e *execution) any { return timestamp(e.ended) }},
	{name: "error", value: func(e *execution) any { return e.err }},
	constant[execution]("is_system_workflow", false),
	constant[execution]("parameters_p", nil),
	{name: "parameters", value: func(e *execution) any { return e.parameters }},
	{name: "status", value: func(e *execution) any { return e.status }, enum: executionStatuses},
	{name: "workflow_id", value: func(e *execution) any { return e.workflow }},
	{name: "started_at", value: func(e *execution) any { return timestamp(e.started) }},
	constant[execution]("scheduled_for", nil),
	{name: "is_dry_run", value: func(e *execution) any { return e.dryRun }},
	{name: "resume", value: func(e *execution) any { return e.resumed }},
	{name: "total_operations", value: func(e *execution) any { return e.total }},
	{name: "finished_operations", value: func(e *execution) any { return e.finished }},
	{name: "allow_custom_parameters", value: func(e *execution) any { return e.allowCustom }},
	{name: "blueprint_id", value: func(e *execution) any { return textOrNull(e.blueprintID) }},
	{name: "execution_group_id", value: func(*execution) any { return nil }, use: queryOnly},
	{name: "deployment_display_name", value: func(e *execution) any {
		if e.deployment == nil {
			return nil
		}
		return e.deployment.displayName
	}},
	{name: "deployment_id", value: func(e *execution) any {
		if e.deployment == nil {
			return nil
		}
		return e.deployment.id
	}},
	{name: "status_display", value: func(e *execution) any { return statusDisplay(e.status) }},
}, ownership(func(*execution) string { return "tenant" })...)}

func listExecutions(r *request) (*response, error) {
	for _, id := range r.URL.Query()["deployment_id"] {
		if !r.sim.profile.has(filtersUnknown) && r.sim.deployments.get(id) == nil {
			return nil, notFound("Deployment", id)
		}
	}
	return list(r, &executionFields, r.sim.executions.rows)
}

func getExecution(r *request) (*response, error) {
	e := r.sim.executions.get(r.id())
	if e == nil {
		return nil, notFound("Execution", r.id())
	}
	return executionFields.answer(r, http.StatusOK, e)
}

// startExecution checks in the Manager's order. The refusals of prepare leave a failed row.
func startExecution(r *request) (*response, error) {
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	ask, err := readStart(body)
	if err != nil {
		return nil, err
	}
	ask.dryRun, ask.queue = ask.dryRun && r.sim.profile.has(dryRuns), ask.queue && r.sim.profile.has(queues)
	ask.racer = r.racer
	ask.scheduled = ask.scheduled && r.sim.profile.since(statusesSince[statusScheduled])
	d := r.sim.deployments.get(ask.deploymentID)
	if d == nil {
		return nil, notFound("Deployment", ask.deploymentID)
	}
	if ask.scheduled {
		r.change("")
		return answer(http.StatusCreated, hollowExecution(statusScheduled))
	}
	e, err := r.sim.start(d, ask)
	if e != nil {
		r.change(e.id)
	}
	if err != nil {
		return nil, err
	}
	return executionFields.answer(r, http.StatusCreated, e)
}

// start is what a client asks with POST executions.
type start struct {
	deploymentID, workflow            string
	parameters                        map[string]any
	allowCustom, force, queue, dryRun bool
	scheduled                         bool
	racer                             *racer
}

func readStart(body object) (start, error) {
	var ask start
	var err error
	if ask.workflow, err = body.required("workflow_id"); err != nil {
		return ask, err
	}
	if ask.deploymentID, err = body.required("deployment_id"); err != nil {
		return ask, err
	}
	for name, flag := range map[string]*bool{
		"allow_custom_parameters": &ask.allowCustom, "force": &ask.force, "queue": &ask.queue, "dry_run": &ask.dryRun,
	} {
		if *flag, err = body.flag(name); err != nil {
			return ask, err
		}
	}
	switch parameters := body["parameters"].(type) {
	case nil:
	case map[string]any:
		ask.parameters = parameters
	default:
		return ask, badParameters("request body's 'parameters' field must be a dict but is of type %s", pythonType(parameters))
	}
	ask.scheduled = body["scheduled_time"] != nil
	return ask, nil
}

// hollowExecution is a row that is none: every member null, and null numbers 0.
func hollowExecution(status string) map[string]any {
	shown := map[string]any{}
	for _, name := range executionFields.names(queryOnly) {
		shown[name] = nil
	}
	shown["total_operations"], shown["finished_operations"] = 0, 0
	shown["allow_custom_parameters"], shown["private_resource"] = false, false
	shown["status"], shown["status_display"] = textOrNull(status), textOrNull(status)
	return shown
}

var executionActions = []string{"cancel", "force-cancel", "kill", "resume", "force-resume", "requeue"}

func actOnExecution(r *request) (*response, error) {
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	action, err := body.required("action")
	if err != nil {
		return nil, err
	}
	if actions := r.sim.profile.known(executionActions, actionsSince); !slices.Contains(actions, action) {
		return nil, badParameters("Invalid action: %s, Valid action values are: %s", action, pythonList(actions))
	}
	e := r.sim.executions.get(r.id())
	if e == nil {
		return nil, refuse(http.StatusNotFound, "not_found_error", "Requested `Execution` ['%s'] was not found", r.id())
	}
	if strings.HasSuffix(action, "resume") {
		err = r.sim.resume(e, action == "force-resume")
	} else {
		err = r.sim.cancel(e, action)
	}
	if err != nil {
		return nil, err
	}
	r.change(e.id)
	return executionFields.answer(r, http.StatusOK, e)
}

// setExecutionStatus is what workers do, and administrators can: an execution that is not over gets another status.
func setExecutionStatus(r *request) (*response, error) {
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	status, err := body.required("status")
	if err != nil {
		return nil, err
	}
	e := r.sim.executions.get(r.id())
	switch {
	case e == nil:
		return nil, notFound("Execution", r.id())
	case e.final() || !slices.Contains(executionStatuses, status):
		return nil, refuse(http.StatusBadRequest, "invalid_exception_status_update",
			"Invalid relationship - can't change status from %s to %s for \"%s\" execution while running \"%s\" workflow.", e.status, status, e.id, e.workflow)
	case status == statusTerminated || status == statusFailed || status == statusCancelled:
		reason, err := body.text("error")
		if err != nil {
			return nil, err
		}
		r.sim.finish(e, status, reason)
	default:
		e.status = status
	}
	r.change(e.id)
	return executionFields.answer(r, http.StatusOK, e)
}
