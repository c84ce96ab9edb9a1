// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"time"
)

// update is the record of a deployment update; its work is the execution.
type update struct {
	id, state                  string
	deployment                 *deployment
	execution                  *execution
	oldBlueprint, newBlueprint string
	oldInputs, newInputs       map[string]any
	steps                      []any
	created                    time.Time
	plan, nodes, instances     map[string]any // once prepared
	ask                        updateAsk
}

// The states of an update.
const (
	updateUpdating   = "updating"
	updateExecuting  = "executing_workflow" // of the older releases, as are the next two
	updateFinalizing = "finalizing"
	updatePreview    = "preview"
	updateSuccessful = "successful"
	updateFailed     = "failed"
)

var updateFields = resource[update]{kind: "DeploymentUpdate", fields: slices.Concat([]field[update]{
	{name: "created_at", value: func(u *update) any { return timestamp(u.created) }},
	{name: "id", value: func(u *update) any { return u.id }},
	constant[update]("visibility", "tenant"),
	constant[update]("deployment_plan_p", nil),
	{name: "deployment_plan", value: func(u *update) any { return mapOrNull(u.plan) }},
	constant[update]("deployment_update_node_instances_p", nil),
	{name: "deployment_update_node_instances", value: func(u *update) any { return mapOrNull(u.instances) }},
	constant[update]("deployment_update_deployment_p", nil),
	constant[update]("central_plugins_to_uninstall_p", nil),
	constant[update]("central_plugins_to_uninstall", nil),
	constant[update]("central_plugins_to_install_p", nil),
	constant[update]("central_plugins_to_install", nil),
	constant[update]("deployment_update_nodes_p", nil),
	{name: "deployment_update_nodes", value: func(u *update) any { return mapOrNull(u.nodes) }},
	constant[update]("modified_entity_ids_p", nil),
	constant[update]("modified_entity_ids", nil),
	constant[update]("old_inputs_p", nil),
	{name: "old_inputs", value: func(u *update) any { return mapOrNull(u.oldInputs) }},
	constant[update]("new_inputs_p", nil),
	{name: "new_inputs", value: func(u *update) any { return mapOrNull(u.newInputs) }},
	{name: "state", value: func(u *update) any { return u.state }},
	constant[update]("runtime_only_evaluation", false),
	constant[update]("keep_old_deployment_dependencies", false),
	{name: "deployment_id", value: func(u *update) any { return u.deployment.id }},
	{name: "execution_id", value: func(u *update) any {
		if u.state == updatePreview {
			return nil
		}
		return u.execution.id
	}},
	{name: "old_blueprint_id", value: func(u *update) any { return u.oldBlueprint }},
	{name: "new_blueprint_id", value: func(u *update) any { return u.newBlueprint }},
}, ownership(func(*update) string { return "tenant" }), []field[update]{
	{name: "steps", value: func(u *update) any { return append([]any{}, u.steps...) }, use: shownOnly},
	{name: "recursive_dependencies", value: func(*update) any { return nil }, use: shownOnly},
	{name: "schedules_to_create", value: func(*update) any { return nil }, use: shownOnly},
	{name: "schedules_to_delete", value: func(*update) any { return nil }, use: shownOnly},
	{name: "labels_to_create", value: func(*update) any { return nil }, use: shownOnly},
})}

func listUpdates(r *request) (*response, error) {
	return list(r, &updateFields, r.sim.updates.rows)
}

func getUpdate(r *request) (*response, error) {
	u := r.sim.updates.get(r.id())
	if u == nil {
		return nil, notFound("DeploymentUpdate", r.id())
	}
	return updateFields.answer(r, http.StatusOK, u)
}

func finalizeUpdate(r *request) (*response, error) { return getUpdate(r) }

// updateAsk is what a client asks of an update.
type updateAsk struct {
	skipInstall, skipUninstall, skipReinstall, skipDriftCheck, preview, ignoreFailure bool

	reinstall []any
}

// initiateUpdate merges the inputs and leaves the rest to the update workflow. It does not care
// what else is running. The older releases care, and prepare everything within the request.
func initiateUpdate(r *request) (*response, error) {
	s := r.sim
	if r.Method == http.MethodPost && !s.profile.has(postsUpdates) {
		return updateToArchive(r)
	}
	body, err := r.anyObject()
	if err != nil {
		return nil, err
	}
	inputs, given := body["inputs"]
	newInputs, ok := inputs.(map[string]any)
	if given && !ok && inputs != nil {
		return nil, badParameters("parameter `inputs` must be of type `dict`")
	}
	d := s.deployments.get(r.id())
	if d == nil {
		return nil, notFound("Deployment", r.id())
	}
	u, err := s.update(d, body, newInputs)
	if u != nil {
		r.change(d.id)
	}
	if err != nil {
		return nil, err
	}
	if u.ask.preview && s.profile.has(updatesLate) && !s.await(u.execution.final) {
		return nil, internalError()
	}
	return updateFields.answer(r, http.StatusOK, u)
}

// update begins an update, or refuses. A refusal may leave a failed update, which is returned beside the error.
func (s *Simulator) update(d *deployment, body object, newInputs map[string]any) (*update, error) {
	blueprintID, err := body.text("blueprint_id")
	if err != nil {
		return nil, err
	}
	if blueprintID == "" && newInputs == nil && !s.profile.has(updatesEmpty) {
		return nil, badParameters("Must supply either the `blueprint_id` parameter, or new inputs, in order the preform a deployment update")
	}
	if blueprintID == "" {
		blueprintID = d.blueprintID
	}
	if s.blueprints.get(blueprintID) == nil {
		return nil, notFound("Blueprint", blueprintID)
	}
	u := &update{
		deployment: d, state: updateUpdating, created: s.stamp(), oldBlueprint: d.blueprintID, newBlueprint: blueprintID,
		oldInputs: d.inputs, newInputs: merged(d.inputs, newInputs),
	}
	parameters := updateParameters(u, body, newInputs)
	if err := u.ask.read(parameters); err != nil {
		return nil, err
	}
	u.execution = s.newExecution(d, workflowUpdate, parameters)
	u.execution.allowCustom, u.execution.update = true, u
	u.id = d.id + "-" + s.uuid()
	parameters["update_id"] = u.id
	if !s.profile.has(updatesLate) {
		return u.initiateWithin(s, s.blueprints.get(blueprintID).parsed, parameters["force"] == true)
	}
	s.updates.add(u.id, u)
	if err := s.dependentsAffected(d, workflowUpdate); err != nil && parameters["force"] != true {
		u.state = updateFailed
		s.refused(u.execution, err)
		return u, err
	}
	s.record(u.execution, statusPending)
	s.dispatch(u.execution, u.work)
	return u, nil
}

func merged(old, changes map[string]any) map[string]any {
	all := maps.Clone(old)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, changes)
	return all
}

// updateParameters are those of the execution: everything asked for, with defaults.
func updateParameters(u *update, body object, inputs map[string]any) map[string]any {
	parameters := map[string]any{"blueprint_id": u.newBlueprint, "inputs": mapOrNull(inputs), "workflow_id": nil, "reinstall_list": []any{}}
	for _, name := range []string{
		"preview", "runtime_only_evaluation", "force", "reevaluate_active_statuses", "auto_correct_types", "install_first", "ignore_failure",
		"skip_reinstall", "skip_uninstall", "skip_install", "skip_drift_check", "force_reinstall", "skip_heal",
	} {
		parameters[name] = false
	}
	parameters["update_plugins"] = true
	for name := range parameters {
		if value := body[name]; value != nil && name != "inputs" {
			parameters[name] = value
		}
	}
	return parameters
}

func (a *updateAsk) read(parameters object) (err error) {
	for name, flag := range map[string]*bool{
		"skip_install": &a.skipInstall, "skip_uninstall": &a.skipUninstall, "skip_reinstall": &a.skipReinstall,
		"preview": &a.preview, "ignore_failure": &a.ignoreFailure, "skip_drift_check": &a.skipDriftCheck,
	} {
		if *flag, err = parameters.flag(name); err != nil {
			return badParameters("%s must be <true/false>, got %v", name, parameters[name])
		}
	}
	a.reinstall, _ = parameters["reinstall_list"].([]any)
	return nil
}

// difference is what the new plan changes.
type difference struct {
	added, changed, removed []string // node IDs
}

// compareNodes tells which nodes of two versions of a deployment differ in their properties or in
// what their operations get.
func (s *Simulator) compareNodes(before, after *deployment) difference {
	var diff difference
	for _, n := range after.nodes {
		old := before.node(n.ID)
		switch {
		case old == nil:
			diff.added = append(diff.added, n.ID)
		case !reflect.DeepEqual(old.properties, n.properties) || !reflect.DeepEqual(s.operations(before, old), s.operations(after, n)):
			diff.changed = append(diff.changed, n.ID)
		}
	}
	for _, n := range before.nodes {
		if after.node(n.ID) == nil {
			diff.removed = append(diff.removed, n.ID)
		}
	}
	return diff
}

// operations are a node's, with what can be evaluated evaluated.
func (s *Simulator) operations(d *deployment, n *node) map[string]any {
	operations := map[string]any{}
	for name, operation := range n.Operations {
		resolved, err := s.resolveStatic(d, operation)
		if err != nil {
			resolved = operation
		}
		operations[name] = resolved
	}
	return operations
}
