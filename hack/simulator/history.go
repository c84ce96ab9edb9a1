// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import "slices"

// What a release knows by name. What is not listed here is known to all.

// fieldsSince says with which release a resource got a field.
var fieldsSince = map[string]map[string]release{
	"Blueprint": {
		"is_hidden": {4, 4}, "state": {5, 2}, "error": {5, 2}, "error_traceback": {5, 2}, "upload_execution": {5, 2},
		"labels": {6, 0}, "plan_p": {6, 3}, "requirements": {7, 0},
	},
	"Deployment": {
		"capabilities": {4, 6}, "site_name": {5, 0}, "runtime_only_evaluation": {5, 1}, "labels": {5, 2},
		"display_name": {6, 0}, "resource_tags": {6, 0}, "deployment_groups": {6, 0}, "deployment_group_id": {6, 0},
		"installation_status": {6, 0}, "deployment_status": {6, 0}, "latest_execution_status": {6, 0},
		"latest_execution_total_operations": {6, 0}, "latest_execution_finished_operations": {6, 0},
		"sub_services_status": {6, 0}, "sub_services_count": {6, 0}, "sub_environments_status": {6, 0}, "sub_environments_count": {6, 0},
		"has_sub_deployments": {6, 0}, "environment_type": {6, 0},
		"inputs_p": {6, 3}, "groups_p": {6, 3}, "policy_triggers_p": {6, 3}, "policy_types_p": {6, 3}, "outputs_p": {6, 3},
		"capabilities_p": {6, 3}, "scaling_groups_p": {6, 3}, "workflows_p": {6, 3},
		"workdir_zip": {6, 4}, "latest_execution": {6, 4}, "create_execution": {6, 4},
		"unavailable_instances": {6, 4}, "drifted_instances": {6, 4},
		"latest_execution_workflow_id": {7, 0},
	},
	"Execution": {
		"ended_at": {4, 4}, "status_display": {4, 4}, "is_dry_run": {4, 4}, "started_at": {4, 5}, "scheduled_for": {4, 6}, "resume": {4, 6},
		"deployment_display_name": {6, 0}, "total_operations": {6, 0}, "finished_operations": {6, 0},
		"allow_custom_parameters": {6, 0}, "execution_group_id": {6, 0}, "parameters_p": {6, 3},
	},
	"Node": {"unavailable_instances": {6, 4}, "drifted_instances": {6, 4}},
	"NodeInstance": {
		"index": {4, 6}, "system_properties": {6, 3}, "relationships_p": {6, 3}, "runtime_properties_p": {6, 3}, "scaling_groups_p": {6, 3},
		"has_configuration_drift": {6, 4}, "is_status_check_ok": {6, 4},
	},
}

// statusesSince says with which release an execution got a status. A filter for one that the
// database lacks breaks the query.
var statusesSince = map[string]release{
	statusKillCancelling: {4, 4}, statusQueued: {4, 5}, statusScheduled: {4, 6},
}

// actionsSince says the same of what can be done to an execution.
var actionsSince = map[string]release{
	"kill": {4, 4}, "resume": {4, 6}, "force-resume": {4, 6}, "requeue": {5, 1},
}

// routesSince says with which release a route was opened.
var routesSince = map[string]release{
	"GET cluster-status": {5, 0}, "GET config": {5, 0}, "GET managers": {5, 0}, "GET ok": {6, 0},
	"GET license": {4, 4}, "GET execution-schedules": {5, 2}, "GET tokens/{id}": {6, 4}, "DELETE tokens/{id}": {6, 4},
	"PATCH blueprints/{id}": {6, 0}, "PUT blueprints/{id}/validate": {5, 1},
	"PATCH deployments/{id}": {5, 1}, "GET deployments/{id}/capabilities": {4, 6}, "GET deployments/inter-deployment-dependencies": {4, 6},
	"PUT deployment-updates/{id}/update/initiate": {4, 4},
	"GET workflows": {6, 0}, "GET summary/{kind}": {4, 6},
	"GET labels/{kind}": {5, 2}, "GET labels/{kind}/{id}": {5, 2}, "POST searches/{kind}": {6, 0},
}

// routesUntil says with which release a route was closed.
var routesUntil = map[string]release{
	"PUT deployment-updates/{id}/update/initiate": {7, 0},
}

// offers reports whether the release has a route.
func (p profile) offers(r *route) bool {
	name := r.method + " " + r.pattern
	until, closed := routesUntil[name]
	return p.since(routesSince[name]) && (!closed || !p.since(until))
}

// known are the words of which the release knows.
func (p profile) known(words []string, since map[string]release) []string {
	return slices.DeleteFunc(slices.Clone(words), func(word string) bool { return !p.since(since[word]) })
}

// at is the resource as a release has it.
func (res *resource[T]) at(p profile) *resource[T] {
	if p.has(hidesWorkflows) {
		return res // the fields were written down from this one
	}
	known := &resource[T]{kind: res.kind}
	for _, f := range res.fields {
		if !p.since(fieldsSince[res.kind][f.name]) {
			continue
		}
		f.enum = p.known(f.enum, statusesSince)
		known.fields = append(known.fields, f)
	}
	return known
}
