// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"maps"
	"net/http"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// available evaluates a workflow's availability rules; blueprints before DSL 1.4 have none.
func (d *deployment) available(name string, workflow dsl.Workflow) error {
	if d.isAvailable(workflow) {
		return nil
	}
	return refuse(http.StatusBadRequest, "unavailable_workflow_error", "Workflow not available: %s", name)
}

func (d *deployment) isAvailable(workflow dsl.Workflow) bool {
	if workflow.AvailabilityRules["available"] == false {
		return false
	}
	if wanted, ok := workflow.AvailabilityRules["node_instances_active"].([]any); ok {
		if !slices.ContainsFunc(d.activity(), func(is string) bool { return slices.Contains(wanted, any(is)) }) {
			return false
		}
	}
	if types, ok := workflow.AvailabilityRules["node_types_required"].([]any); ok {
		return slices.ContainsFunc(types, func(t any) bool {
			return slices.ContainsFunc(d.nodes, func(n *node) bool {
				return slices.ContainsFunc(n.TypeHierarchy, func(h string) bool { return any(h) == t })
			})
		})
	}
	return true
}

// activity classifies the node instances. The classes overlap: without instances all are active
// and none is.
func (d *deployment) activity() []string {
	started := d.count(func(i *instance) bool { return i.state == stateStarted })
	total := d.count(func(*instance) bool { return true })
	idle := d.count(func(i *instance) bool { return !i.live() })
	var is []string
	if started == total {
		is = append(is, "all")
	}
	if started == 0 {
		is = append(is, "none")
	}
	if started < total && idle < total {
		is = append(is, "partial")
	}
	return is
}

// showWorkflows is what GET of one deployment shows; the list before there are any is empty.
func (d *deployment) showWorkflows(p profile) any {
	shown := []any{}
	for _, name := range d.workflowNames() {
		shown = append(shown, p.workflow(d.showWorkflow(name), d))
	}
	return shown
}

// workflow is one of a deployment's as the release shows it.
func (p profile) workflow(shown map[string]any, d *deployment) map[string]any {
	if !p.since(release{4, 4}) {
		return map[string]any{"name": shown["name"], "created_at": timestamp(d.created), "parameters": shown["parameters"]}
	}
	if !p.since(release{6, 4}) {
		delete(shown, "is_available")
		delete(shown, "availability_rules")
	}
	return shown
}

func (d *deployment) workflowNames() []string {
	if d.plan == nil {
		return nil
	}
	return d.plan.WorkflowNames
}

// junkWorkflows is what 7.1 shows in lists and after PUT and PATCH.
func (d *deployment) junkWorkflows() any {
	if d.workflows == nil {
		return nil
	}
	return []any{map[string]any{
		"name": nil, "plugin": nil, "operation": nil, "parameters": nil,
		"is_cascading": nil, "is_available": nil, "availability_rules": nil,
	}}
}

func (d *deployment) showWorkflow(name string) map[string]any {
	w := d.workflows[name]
	parameters := map[string]any{}
	for parameter, declared := range w.Parameters {
		parameters[parameter] = declared.Map()
	}
	return map[string]any{
		"name": name, "plugin": w.Plugin, "operation": w.Operation, "parameters": parameters,
		"is_cascading": w.IsCascading, "is_available": d.isAvailable(w), "availability_rules": mapOrNull(w.AvailabilityRules),
	}
}

// listWorkflows shows each workflow of the chosen deployments once.
func listWorkflows(r *request) (*response, error) {
	chosen, err := deploymentFields.at(r.sim.profile).filter(r.sim.deployments.rows, r.URL.Query())
	if err != nil {
		return nil, err
	}
	return workflowList(r.sim.profile, chosen)
}

func workflowList(p profile, deployments []*deployment) (*response, error) {
	shown, seen := []any{}, map[string]bool{}
	for _, d := range deployments {
		for _, name := range d.workflowNames() {
			if !seen[name] {
				seen[name] = true
				shown = append(shown, p.workflow(d.showWorkflow(name), d))
			}
		}
	}
	return answer(http.StatusOK, map[string]any{
		"items":    shown,
		"metadata": map[string]any{"pagination": map[string]any{"total": len(shown), "size": len(shown), "offset": 0}},
	})
}

// checkParameters evaluates the functions in defaults before it checks.
func (s *Simulator) checkParameters(d *deployment, ask start, workflow dsl.Workflow) (map[string]any, error) {
	declared := maps.Clone(workflow.Parameters)
	for name, parameter := range declared {
		value, err := s.resolve(d, parameter.Default)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "bad_parameters_error", "%s", err)
		}
		parameter.Default = value
		declared[name] = parameter
	}
	workflow.Parameters = declared
	parameters, err := workflow.CheckParameters(ask.parameters, ask.allowCustom, inventory{sim: s, deployment: d})
	if err != nil {
		return nil, inputRefusal(err)
	}
	return parameters, nil
}
