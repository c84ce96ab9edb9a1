// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "maps"

// writePlan makes what GET /blueprints/{id} shows as plan.
func (p *parser) writePlan() {
	b := p.blueprint
	policies, scalingGroups := p.policies()
	nodes := []any{}
	for _, name := range p.nodes.names {
		nodes = append(nodes, p.nodes.by[name].plan())
	}
	workflows := map[string]any{}
	for name, w := range b.Workflows {
		workflows[name] = w.Map()
	}
	b.Plan = map[string]any{
		"description":                   p.root.at("description").value(),
		"metadata":                      p.root.at("metadata").value(),
		"version":                       p.version.plan(),
		"inputs":                        inputsPlan(b.Inputs),
		"outputs":                       outputsPlan(b.Outputs),
		"capabilities":                  outputsPlan(b.Capabilities),
		"labels":                        labelsPlan(b.Labels),
		"blueprint_labels":              labelsPlan(b.BlueprintLabels),
		"workflows":                     workflows,
		"nodes":                         nodes,
		"relationships":                 p.relationshipsPlan(),
		"groups":                        groupsPlan(p.groups),
		"scaling_groups":                scalingGroups,
		"policies":                      policies,
		"policy_types":                  p.root.at("policy_types").mapValue(),
		"policy_triggers":               p.root.at("policy_triggers").mapValue(),
		"deployment_plugins_to_install": p.nodePlugins(centralAgent),
		"host_agent_plugins_to_install": p.nodePlugins(hostAgent),
		"workflow_plugins_to_install":   p.workflowPlugins(),
		"imported_blueprints":           []any{},
		"namespaces_mapping":            map[string]any{},
		"data_types":                    p.dataTypesPlan(),
		"resource_tags":                 p.root.at("resource_tags").mapValue(),
		"deployment_settings":           p.settingsPlan(),
	}
	b.Plan["requirements"] = b.requirements()
}

func (v version) plan() map[string]any {
	return map[string]any{"raw": v.String(), "definitions_name": "cloudify_dsl", "definitions_version": []any{int64(1), int64(v)}}
}

func inputsPlan(inputs map[string]Input) map[string]any {
	result := map[string]any{}
	for name, input := range inputs {
		result[name] = input.raw
	}
	return result
}

func outputsPlan(outputs map[string]Output) map[string]any {
	result := map[string]any{}
	for name, output := range outputs {
		result[name] = output.raw
	}
	return result
}

func labelsPlan(labels map[string][]any) map[string]any {
	result := map[string]any{}
	for key, values := range labels {
		result[key] = map[string]any{"values": values}
	}
	return result
}

func groupsPlan(groups named[map[string]any]) map[string]any {
	result := map[string]any{}
	for name, group := range groups.by {
		result[name] = group
	}
	return result
}

func (n *nodeTemplate) plan() map[string]any {
	relationships := []any{}
	for _, r := range n.Relationships {
		relationships = append(relationships, map[string]any{
			"type": r.Type, "type_hierarchy": r.TypeHierarchy, "target_id": r.TargetID, "properties": r.Properties,
			"source_operations": r.SourceOperations, "target_operations": r.TargetOperations,
		})
	}
	m := map[string]any{
		"id": n.ID, "name": n.ID, "type": n.Type, "type_hierarchy": n.TypeHierarchy,
		"properties": n.Properties, "interfaces": n.Interfaces, "operations": n.Operations, "relationships": relationships,
		"capabilities":                  map[string]any{"scalable": map[string]any{"properties": n.scalable}},
		"instances":                     n.instances,
		"plugins":                       pluginList(n.plugins, ""),
		"deployment_plugins_to_install": pluginList(n.plugins, centralAgent),
	}
	if n.HostID != "" {
		m["host_id"] = n.HostID
	}
	return m
}

// pluginList is the plugins with that executor, all if it is empty.
func pluginList(plugins []map[string]any, executor string) []any {
	result := []any{}
	for _, plugin := range plugins {
		if executor == "" || plugin["executor"] == executor {
			result = append(result, plugin)
		}
	}
	return result
}

// nodePlugins are the plugins that all nodes need with one executor, each once.
func (p *parser) nodePlugins(executor string) []any {
	var all named[map[string]any]
	for _, name := range p.nodes.names {
		for _, plugin := range p.nodes.by[name].plugins {
			if plugin["executor"] == executor {
				all.add(plugin["name"].(string), plugin)
			}
		}
	}
	result := []any{}
	for _, name := range all.names {
		result = append(result, all.by[name])
	}
	return result
}

func (p *parser) workflowPlugins() []any {
	var needed named[map[string]any]
	for _, name := range p.blueprint.WorkflowNames {
		plugin := p.blueprint.Workflows[name].Plugin
		needed.add(plugin, p.plugins.by[plugin])
	}
	result := []any{}
	for _, name := range needed.names {
		result = append(result, maps.Clone(needed.by[name]))
	}
	return result
}

func (p *parser) relationshipsPlan() map[string]any {
	result := map[string]any{}
	for name, r := range p.relationships.by {
		result[name] = map[string]any{
			"name": name, "type_hierarchy": r.hierarchy, "properties": rawOf(r.properties),
			"derived_from":      p.root.at("relationships").at(name).at("derived_from").value(),
			"source_interfaces": shown(r.source), "target_interfaces": shown(r.target),
		}
	}
	return result
}

func (p *parser) dataTypesPlan() map[string]any {
	result := map[string]any{}
	for name, dt := range p.dataTypes {
		result[name] = dt.raw
	}
	return result
}

func (p *parser) settingsPlan() map[string]any {
	settings := map[string]any{"default_schedules": map[string]any{}, "default_groups": nil, "id_template": nil, "display_name": nil}
	maps.Copy(settings, p.root.at("deployment_settings").mapValue())
	return settings
}
