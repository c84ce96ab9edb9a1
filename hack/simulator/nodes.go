// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// The states of a node instance that more than one place knows.
const (
	stateUninitialized = "uninitialized"
	stateStarted       = "started"
	stateDeleted       = "deleted"
)

// node is a node template as a deployment has it.
type node struct {
	dsl.Node
	deployment *deployment
	order      int            // by creation
	properties map[string]any // what can be resolved at creation is
	instances  []*instance
	planned    int // instances that are wanted
	indexed    int // the last index given to one
}

type instance struct {
	id      string
	node    *node
	index   int
	state   string
	version int
	runtime map[string]any

	statusOK  bool // what unavailable_instances counts
	checkedAt time.Time
	drifted   bool // what drifted_instances counts
	checked   *driftCheck
	groups    []membership
}

func (i *instance) enter(state string) {
	i.state = state
	i.version++
}

// live reports whether the instance stands in the way of deleting its deployment.
func (i *instance) live() bool { return i.state != stateUninitialized && i.state != stateDeleted }

// newNode makes a node with its instances, uninitialized.
func (s *Simulator) newNode(d *deployment, template dsl.Node) (*node, error) {
	properties, err := s.resolveProperties(d, template)
	if err != nil {
		return nil, err
	}
	s.nodeCount++
	n := &node{Node: template, deployment: d, order: s.nodeCount, properties: properties, planned: template.DefaultInstances}
	for range max(template.DefaultInstances, 1) {
		i := s.newInstance(n)
		s.joinGroups(d, i)
		n.instances = append(n.instances, i)
	}
	return n, nil
}

func (s *Simulator) newInstance(n *node) *instance {
	n.indexed++
	return &instance{
		id: n.ID + "_" + s.word(6, lowerAlphanumeric), node: n, index: n.indexed,
		state: stateUninitialized, version: 1, runtime: map[string]any{},
	}
}

// host is the instance that contains this one, null outside of a compute node.
func (i *instance) host() any {
	if i.node.HostID == "" {
		return nil
	}
	if i.node.HostID == i.node.ID {
		return i.id
	}
	if host := i.node.deployment.node(i.node.HostID); host != nil && len(host.instances) > 0 {
		return host.instances[0].id
	}
	return nil
}

var instanceFields = resource[instance]{kind: "NodeInstance", fields: append([]field[instance]{
	{name: "id", value: func(i *instance) any { return i.id }},
	{name: "visibility", value: func(i *instance) any { return i.node.deployment.visibility }},
	{name: "host_id", value: (*instance).host},
	{name: "index", value: func(i *instance) any { return i.index }},
	constant[instance]("relationships_p", nil),
	{name: "relationships", value: (*instance).showRelationships},
	constant[instance]("runtime_properties_p", nil),
	{name: "runtime_properties", value: func(i *instance) any { return i.runtime }},
	{name: "system_properties", value: (*instance).showSystem},
	constant[instance]("scaling_groups_p", nil),
	{name: "scaling_groups", value: (*instance).showGroups},
	{name: "state", value: func(i *instance) any { return i.state }},
	{name: "version", value: func(i *instance) any { return i.version }},
	{name: "has_configuration_drift", value: func(i *instance) any { return i.drifted }},
	{name: "is_status_check_ok", value: func(i *instance) any { return i.statusOK }},
	{name: "node_id", value: func(i *instance) any { return i.node.ID }},
	{name: "deployment_id", value: func(i *instance) any { return i.node.deployment.id }},
}, ownership(func(i *instance) string { return i.node.deployment.visibility })...)}

func (i *instance) showRelationships() any {
	shown := []any{}
	for _, r := range i.node.Relationships {
		if target := i.node.deployment.node(r.TargetID); target != nil {
			for _, t := range target.instances {
				shown = append(shown, map[string]any{"type": r.Type, "target_name": r.TargetID, "target_id": t.id})
			}
		}
	}
	return shown
}

func (i *instance) showGroups() any {
	shown := []any{}
	for _, m := range i.groups {
		shown = append(shown, map[string]any{"name": m.name, "id": m.id})
	}
	return shown
}

func (i *instance) showSystem() any {
	if i.checkedAt.IsZero() {
		return nil
	}
	shown := map[string]any{"previous_status": nil, "status": map[string]any{
		"ok": i.statusOK, "result": nil, "task": nil, "timestamp": i.checkedAt.UTC().Format("2006-01-02T15:04:05.000000"),
	}}
	if i.checked != nil {
		shown["configuration_drift"] = map[string]any{
			"ok": true, "result": i.checked.result, "task": "script_runner.tasks.run", "timestamp": i.checked.at,
		}
	}
	return shown
}

var nodeFields = resource[node]{kind: "Node", fields: append([]field[node]{
	{name: "id", value: func(n *node) any { return n.ID }},
	{name: "visibility", value: func(n *node) any { return n.deployment.visibility }},
	{name: "deploy_number_of_instances", value: func(n *node) any { return n.DefaultInstances }},
	{name: "host_id", value: func(n *node) any { return textOrNull(n.HostID) }},
	{name: "max_number_of_instances", value: func(n *node) any { return n.MaxInstances }},
	{name: "min_number_of_instances", value: func(n *node) any { return n.MinInstances }},
	{name: "number_of_instances", value: func(n *node) any { return n.planned }},
	{name: "planned_number_of_instances", value: func(n *node) any { return n.planned }},
	constant[node]("plugins", []any{}),
	constant[node]("plugins_to_install", []any{}),
	{name: "properties", value: func(n *node) any { return n.properties }},
	{name: "relationships", value: (*node).showRelationships},
	{name: "operations", value: func(n *node) any { return n.Operations }},
	{name: "type", value: func(n *node) any { return n.Type }},
	{name: "type_hierarchy", value: func(n *node) any { return n.TypeHierarchy }},
	{name: "drifted_instances", value: func(n *node) any { return n.count(func(i *instance) bool { return i.drifted }) }},
	{name: "unavailable_instances", value: func(n *node) any { return n.count(func(i *instance) bool { return !i.statusOK }) }},
	{name: "actual_number_of_instances", value: func(n *node) any { return len(n.instances) }},
	{name: "deployment_id", value: func(n *node) any { return n.deployment.id }},
	{name: "blueprint_id", value: func(n *node) any { return n.deployment.blueprintID }},
}, ownership(func(n *node) string { return n.deployment.visibility })...)}

func (n *node) count(which func(*instance) bool) int {
	count := 0
	for _, i := range n.instances {
		if which(i) {
			count++
		}
	}
	return count
}

func (n *node) showRelationships() any {
	shown := []any{}
	for _, r := range n.Relationships {
		shown = append(shown, map[string]any{
			"type": r.Type, "type_hierarchy": r.TypeHierarchy, "target_id": r.TargetID, "properties": r.Properties,
			"source_operations": r.SourceOperations, "target_operations": r.TargetOperations,
		})
	}
	return shown
}

func listNodes(r *request) (*response, error) {
	var rows []*node
	for _, d := range r.sim.selected(r) {
		rows = append(rows, d.nodesByCreation()...)
	}
	return list(r, &nodeFields, rows)
}

func listInstances(r *request) (*response, error) {
	var rows []*instance
	for _, d := range r.sim.selected(r) {
		for _, n := range d.nodesByCreation() {
			rows = append(rows, n.instances...)
		}
	}
	return list(r, &instanceFields, rows)
}

// selected are the deployments whose nodes a list can show: one filter spares going through all.
func (s *Simulator) selected(r *request) []*deployment {
	wanted := r.URL.Query()["deployment_id"]
	if len(wanted) != 1 {
		return s.deployments.rows
	}
	if d := s.deployments.get(wanted[0]); d != nil {
		return []*deployment{d}
	}
	return nil
}

func getInstance(r *request) (*response, error) {
	for _, d := range r.sim.deployments.rows {
		for _, i := range d.instances() {
			if i.id == r.id() {
				return instanceFields.answer(r, http.StatusOK, i)
			}
		}
	}
	return nil, notFound("NodeInstance", r.id())
}

func (d *deployment) node(id string) *node {
	i := slices.IndexFunc(d.nodes, func(n *node) bool { return n.ID == id })
	if i < 0 {
		return nil
	}
	return d.nodes[i]
}

func (d *deployment) nodesByCreation() []*node {
	return slices.SortedFunc(slices.Values(d.nodes), func(a, b *node) int { return a.order - b.order })
}

// instances are all, those of relationship targets before those of their sources.
func (d *deployment) instances() []*instance {
	var all []*instance
	for _, n := range d.nodes {
		all = append(all, n.instances...)
	}
	return all
}

// setRuntime merges runtime properties into an instance's; null takes one away.
func (i *instance) setRuntime(properties map[string]any) {
	if len(properties) == 0 {
		return
	}
	i.runtime = maps.Clone(i.runtime)
	maps.Copy(i.runtime, properties)
	maps.DeleteFunc(i.runtime, func(_ string, value any) bool { return value == nil })
	i.version++
}
