// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"slices"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// deployment is a row that a create_deployment_environment fills in.
type deployment struct {
	id, displayName, visibility string
	blueprintID                 string
	created, updated            time.Time
	runtimeOnly                 bool
	labels                      []label
	given                       map[string]any // inputs as requested
	givenLabels                 []label

	// From here on unset until the environment is created.
	plan                          *dsl.Blueprint
	inputs, outputs, capabilities map[string]any
	workflows                     map[string]dsl.Workflow
	nodes                         []*node
	groups                        map[string][]string // IDs of the instances of scaling groups

	executions     []*execution // by creation
	latest, create *execution
	installation   string // "" until the create execution has started
	status         string
}

const (
	installationActive   = "active"
	installationInactive = "inactive"

	deploymentGood      = "good"
	deploymentBusy      = "in_progress"
	deploymentAttention = "requires_attention"
)

var deploymentFields = resource[deployment]{kind: "Deployment", fields: slices.Concat([]field[deployment]{
	{name: "created_at", value: func(d *deployment) any { return timestamp(d.created) }},
	{name: "id", value: func(d *deployment) any { return d.id }},
	{name: "visibility", value: func(d *deployment) any { return d.visibility }},
	{name: "description", value: func(d *deployment) any { return d.fromPlan("description") }},
	constant[deployment]("inputs_p", nil),
	{name: "inputs", value: func(d *deployment) any { return mapOrNull(d.inputs) }},
	constant[deployment]("groups_p", nil),
	{name: "groups", value: func(d *deployment) any { return d.fromPlan("groups") }},
	constant[deployment]("permalink", nil),
	constant[deployment]("policy_triggers_p", nil),
	{name: "policy_triggers", value: func(d *deployment) any { return d.fromPlan("policy_triggers") }},
	constant[deployment]("policy_types_p", nil),
	{name: "policy_types", value: func(d *deployment) any { return d.fromPlan("policy_types") }},
	constant[deployment]("outputs_p", nil),
	{name: "outputs", value: func(d *deployment) any { return mapOrNull(d.outputs) }},
	constant[deployment]("capabilities_p", nil),
	{name: "capabilities", value: func(d *deployment) any { return mapOrNull(d.capabilities) }},
	constant[deployment]("scaling_groups_p", nil),
	{name: "scaling_groups", value: (*deployment).showScalingGroups},
	{name: "updated_at", value: func(d *deployment) any { return timestamp(d.updated) }},
	constant[deployment]("workflows_p", nil),
	{name: "workflows", value: (*deployment).junkWorkflows},
	{name: "runtime_only_evaluation", value: func(d *deployment) any { return d.runtimeOnly }},
	{name: "installation_status", value: (*deployment).showInstallation,
		stored: func(d *deployment) any { return textOrNull(d.installation) },
		enum:   []string{installationActive, installationInactive}},
	{name: "deployment_status", value: func(d *deployment) any { return d.status },
		enum: []string{deploymentGood, deploymentBusy, deploymentAttention}},
	constant[deployment]("sub_services_status", nil),
	constant[deployment]("sub_environments_status", nil),
	constant[deployment]("sub_services_count", 0),
	constant[deployment]("sub_environments_count", 0),
	{name: "display_name", value: func(d *deployment) any { return d.displayName }},
	{name: "resource_tags", value: func(d *deployment) any { return d.fromPlan("resource_tags") }},
	{name: "drifted_instances", value: func(d *deployment) any { return d.count(func(i *instance) bool { return i.drifted }) }},
	{name: "unavailable_instances", value: func(d *deployment) any { return d.count(func(i *instance) bool { return !i.statusOK }) }},
	{name: "deployment_group_id", value: func(*deployment) any { return nil }, use: queryOnly},
	{name: "latest_execution", value: func(d *deployment) any { return d.latest.id }},
	{name: "latest_execution_finished_operations", value: func(d *deployment) any { return d.latest.finished }},
	{name: "latest_execution_total_operations", value: func(d *deployment) any { return d.latest.total }},
	{name: "latest_execution_workflow_id", value: func(d *deployment) any { return d.latest.workflow }},
	{name: "create_execution", value: func(d *deployment) any { return d.create.id }},
	{name: "blueprint_id", value: func(d *deployment) any { return d.blueprintID }},
	constant[deployment]("site_name", nil),
	{name: "latest_execution_status", value: (*deployment).showLatest,
		stored: func(d *deployment) any { return d.latest.status }, enum: executionStatuses},
	{name: "environment_type", value: (*deployment).environmentType},
	constant[deployment]("has_sub_deployments", false),
}, ownership(func(d *deployment) string { return d.visibility }), []field[deployment]{
	{name: "workdir_zip", value: func(*deployment) any { return nil }, use: shownOnly},
	{name: "labels", value: func(d *deployment) any { return showLabels(d.labels) }, use: shownOnly},
	{name: "deployment_groups", value: func(*deployment) any { return []any{} }, use: shownOnly},
})}

func mapOrNull(m map[string]any) any {
	if m == nil {
		return nil
	}
	return m
}

// fromPlan is a member that the environment copies from the plan.
func (d *deployment) fromPlan(key string) any {
	if d.plan == nil {
		return nil
	}
	return d.plan.Plan[key]
}

func (d *deployment) showInstallation() any {
	if d.installation == "" {
		return installationInactive
	}
	return d.installation
}

func (d *deployment) showLatest() any {
	switch {
	case d.latest.status == statusTerminated:
		return "completed"
	case d.latest.final():
		return d.latest.status
	default:
		return "in_progress"
	}
}

func (d *deployment) environmentType() any {
	for _, l := range d.labels {
		if l.key == "csys-env-type" {
			return l.value
		}
	}
	return ""
}

func (d *deployment) count(which func(*instance) bool) int {
	count := 0
	for _, n := range d.nodes {
		count += n.count(which)
	}
	return count
}

func (d *deployment) allStarted() bool {
	return d.count(func(i *instance) bool { return i.state != stateStarted }) == 0
}

// refresh computes the statuses that the Manager stores when an execution changes its own. A
// deployment without instances is active; a delete, even one that fails, leaves the statuses as
// they are.
func (d *deployment) refresh(changed *execution) {
	if changed.workflow == workflowDelete {
		return
	}
	d.installation = installationInactive
	unbegun := changed.workflow == workflowCreate && changed.started.IsZero() && !changed.final()
	if d.allStarted() && !unbegun {
		d.installation = installationActive
	}
	switch {
	case changed.status == statusPending:
	case !changed.final():
		d.status = deploymentBusy
	case changed.status == statusFailed || d.installation == installationInactive:
		d.status = deploymentAttention
	default:
		d.status = deploymentGood
	}
}

// unfinished are the executions that keep another from starting.
func (d *deployment) unfinished() []*execution {
	var busy []*execution
	for _, e := range d.executions {
		if !e.final() && e.status != statusScheduled {
			busy = append(busy, e)
		}
	}
	return busy
}

func listDeployments(r *request) (*response, error) {
	if filter := r.URL.Query().Get("_filter_id"); filter != "" {
		return nil, notFound("DeploymentsFilter", filter)
	}
	return list(r, r.sim.deploymentFields(r.flag("_get_data")), r.sim.deployments.rows)
}

func getDeployment(r *request) (*response, error) {
	d := r.sim.deployments.get(r.id())
	if d == nil {
		return nil, notFound("Deployment", r.id())
	}
	return r.sim.deploymentFields(true).answer(r, http.StatusOK, d)
}

// deploymentFields are those of a deployment, with its real workflows: what GET of one shows, and
// every answer of a release that hides them nowhere.
func (s *Simulator) deploymentFields(withData bool) *resource[deployment] {
	if !withData && s.profile.has(hidesWorkflows) {
		return &deploymentFields
	}
	res := resource[deployment]{kind: deploymentFields.kind, fields: slices.Clone(deploymentFields.fields)}
	for i := range res.fields {
		if res.fields[i].name == "workflows" {
			res.fields[i].value = func(d *deployment) any { return d.showWorkflows(s.profile) }
		}
	}
	return &res
}

func patchDeployment(r *request) (*response, error) {
	d := r.sim.deployments.get(r.id())
	if d == nil {
		return nil, notFound("Deployment", r.id())
	}
	body, err := r.anyObject()
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, illegalAction("Update a deployment request must include at least one parameter to update")
	}
	if body["blueprint_id"] != nil {
		return nil, refuse(http.StatusForbidden, "only_deployment_update", "Use deployment update to change the blueprint of a deployment")
	}
	for _, name := range []string{"inputs", "outputs", "capabilities", "description", "workflows"} {
		if body[name] != nil && d.plan != nil {
			return nil, conflict("%s is already set", name)
		}
	}
	displayName, err := body.text("display_name")
	if err != nil {
		return nil, err
	}
	labels, err := readLabels(body["labels"])
	if err != nil {
		return nil, err
	}
	if displayName != "" {
		d.displayName = displayName
	}
	if body["labels"] != nil {
		d.labels = r.sim.newLabels(labels)
	}
	r.change(d.id)
	return r.sim.deploymentFields(false).answer(r, http.StatusOK, d)
}

func setDeploymentVisibility(r *request) (*response, error) {
	d := r.sim.deployments.get(r.id())
	if d == nil {
		return nil, notFound("Deployment", r.id())
	}
	wanted, err := readVisibility(r)
	if err != nil {
		return nil, err
	}
	if b := r.sim.blueprints.get(d.blueprintID); b != nil && wider(wanted, b.visibility) {
		return nil, illegalAction("The visibility of deployment `%s` can't be wider than the visibility of its blueprint `%s`. "+
			"Current blueprint visibility is %s", d.id, b.id, b.visibility)
	}
	if err := widen(d.id, &d.visibility, wanted); err != nil {
		return nil, err
	}
	r.change(d.id)
	return r.sim.deploymentFields(false).answer(r, http.StatusOK, d)
}
