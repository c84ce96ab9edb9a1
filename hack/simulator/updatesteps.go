// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// What an update says it does: its steps, and the nodes and node instances that they are about. It is the same whether the update
// is a preview or is carried out.

// updateStep is one thing that an update changes.
type updateStep struct {
	action, kind string   // "modify", "property"
	entity       []string // "nodes", "app", "properties", "size"
}

// node is the node that the step is about, "" if it is about none.
func (st updateStep) node() string {
	if st.entity[0] == "nodes" {
		return st.entity[1]
	}
	return ""
}

// stepsBetween are the steps from one version of a deployment to another. Every workflow that both have counts as modified.
func (s *Simulator) stepsBetween(before, after *deployment) []updateStep {
	var steps []updateStep
	if before.plan.Description != after.plan.Description {
		steps = append(steps, updateStep{"modify", "description", []string{"description"}})
	}
	for _, n := range after.nodes {
		old := before.node(n.ID)
		if old == nil {
			steps = append(steps, updateStep{"add", "node", []string{"nodes", n.ID}})
			continue
		}
		steps = append(steps, stepsOf("property", []string{"nodes", n.ID, "properties"}, old.properties, n.properties, false)...)
		steps = append(steps, stepsOf("operation", []string{"nodes", n.ID, "operations"}, s.operations(before, old), s.operations(after, n), false)...)
		steps = append(steps, relationshipSteps(old, n)...)
	}
	for _, n := range before.nodes {
		if after.node(n.ID) == nil {
			steps = append(steps, updateStep{"remove", "node", []string{"nodes", n.ID}})
		}
	}
	steps = append(steps, stepsOf("output", []string{"outputs"}, outputValues(before.plan), outputValues(after.plan), false)...)
	return append(steps, stepsOf("workflow", []string{"workflows"}, workflowMaps(before.plan), workflowMaps(after.plan), true)...)
}

// stepsOf compares the members of two maps; with always, those that both have differ.
func stepsOf(kind string, path []string, before, after map[string]any, always bool) []updateStep {
	var steps []updateStep
	for _, name := range slices.Sorted(maps.Keys(merged(before, after))) {
		old, had := before[name]
		value, has := after[name]
		entity := append(slices.Clone(path), name)
		switch {
		case !had:
			steps = append(steps, updateStep{"add", kind, entity})
		case !has:
			steps = append(steps, updateStep{"remove", kind, entity})
		case always || !reflect.DeepEqual(old, value):
			steps = append(steps, updateStep{"modify", kind, entity})
		}
	}
	return steps
}

// relationshipSteps compare the relationships of a node by their places; another target is one less and one more.
func relationshipSteps(before, after *node) []updateStep {
	var steps []updateStep
	for i := range max(len(before.Relationships), len(after.Relationships)) {
		had, has := i < len(before.Relationships), i < len(after.Relationships)
		if had && has && sameRelationship(before.Relationships[i], after.Relationships[i]) {
			continue
		}
		entity := []string{"nodes", after.ID, "relationships", strconv.Itoa(i)}
		if had {
			steps = append(steps, updateStep{"remove", "relationship", entity})
		}
		if has {
			steps = append(steps, updateStep{"add", "relationship", entity})
		}
	}
	return steps
}

func sameRelationship(a, b dsl.Relationship) bool {
	return a.Type == b.Type && a.TargetID == b.TargetID
}

func outputValues(plan *dsl.Blueprint) map[string]any {
	values := map[string]any{}
	for name, output := range plan.Outputs {
		values[name] = output.Value
	}
	return values
}

func workflowMaps(plan *dsl.Blueprint) map[string]any {
	all := map[string]any{}
	for name, w := range plan.Workflows {
		all[name] = w.Map()
	}
	return all
}

// describe notes in the update what it changes.
func (u *update) describe(s *Simulator, after *deployment) {
	before := u.deployment
	steps := s.stepsBetween(before, after)
	u.steps, u.plan = u.showSteps(s, steps), after.plan.Plan
	if s.profile.has(updatesLate) {
		u.nodes, u.instances = nodesOf(before, after, steps), instancesOf(before, after)
	}
}

// showSteps are the steps as rows; the older releases join the words of what a step is about.
func (u *update) showSteps(s *Simulator, steps []updateStep) []any {
	rows := []any{}
	for _, st := range steps {
		row := map[string]any{
			"id": s.uuid(), "action": st.action, "entity_type": st.kind, "entity_id": st.entity, "topology_order": 0,
			"visibility": "tenant", "deployment_update_id": u.id, "tenant_name": tenantName, "created_by": "admin",
			"resource_availability": "tenant", "private_resource": false,
		}
		if !s.profile.has(updatesLate) {
			row["entity_id"] = strings.Join(st.entity, ":")
		}
		rows = append(rows, row)
	}
	return rows
}

// nodesOf sums the steps up by nodes. The capabilities of every node that stays are listed.
func nodesOf(before, after *deployment, steps []updateStep) map[string]any {
	add, remove, modify := []any{}, []any{}, map[string][]string{}
	for _, st := range steps {
		switch id := st.node(); {
		case id == "":
		case st.kind != "node":
			modify[id] = append(modify[id], st.entity[2])
		case st.action == "add":
			add = append(add, st.entity)
		default:
			remove = append(remove, st.entity)
		}
	}
	for _, n := range after.nodes {
		if before.node(n.ID) != nil {
			modify[n.ID] = append(modify[n.ID], "capabilities")
		}
	}
	return map[string]any{
		"add": add, "remove": remove, "modify_attributes": modify, "host_plugins_to_uninstall": map[string]any{}, "cda_plugins_to_uninstall": []any{},
	}
}
