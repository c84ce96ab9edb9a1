// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "maps"

// Tasks of the plugin that runs scripts of the archive.
const (
	scriptPlugin   = "script"
	scriptTask     = "script_runner.tasks.run"
	scriptWorkflow = "script_runner.tasks.execute_workflow"
	scriptPath     = "script_path"
)

// operations is what GET /nodes shows of a node's operations: each by its full name, and by its
// short name where no other interface has one of that name.
func (p *parser) operations(ifaces interfaces, owner string) (map[string]map[string]any, error) {
	byName, seen := map[string]map[string]any{}, map[string]int{}
	for _, iface := range ifaces.names {
		for _, name := range ifaces.by[iface].names {
			op, err := p.operation(name, ifaces.by[iface].by[name], "In interface '"+iface+"' "+owner)
			if err != nil {
				return nil, err
			}
			byName[iface+"."+name] = op
			if seen[name]++; seen[name] == 1 {
				byName[name] = op
			} else {
				delete(byName, name)
			}
		}
	}
	return byName, nil
}

func (p *parser) operation(name string, op *operation, where string) (map[string]any, error) {
	result := map[string]any{"plugin": "", "operation": "", "inputs": map[string]any{}, "has_intrinsic_functions": false}
	for _, key := range operationSettings {
		result[key] = nil
	}
	if op.implementation == "" {
		return result, nil
	}
	maps.Copy(result, op.settings)
	inputs := maps.Clone(op.inputs)
	if inputs == nil {
		inputs = map[string]any{}
	}
	plugin, task := p.pluginOf(op.implementation)
	if plugin == "" {
		if _, ok := p.archive.files[op.implementation]; !ok {
			return nil, complain("Could not extract plugin from operation mapping '%s', which is declared for operation '%s'. %s",
				op.implementation, name, where)
		}
		if err := p.checkScript(op.implementation, scriptTask, "operation", name, inputs); err != nil {
			return nil, err
		}
		plugin, task = scriptPlugin, scriptTask
		inputs[scriptPath] = op.implementation
	}
	if result["executor"] == nil {
		result["executor"] = p.plugins.by[plugin]["executor"]
	}
	result["plugin"], result["operation"], result["inputs"] = plugin, task, inputs
	return result, nil
}

func (p *parser) checkScript(script, task, kind, name string, inputs map[string]any) error {
	if _, ok := inputs[scriptPath]; ok {
		return complain("Cannot define 'script_path' property in '%s' for %s '%s'", script, kind, name)
	}
	if !p.plugins.has(scriptPlugin) {
		return complain("Script plugin is not defined but it is required for mapping '%s' of %s '%s'", task, kind, name)
	}
	return nil
}

// shown is the interfaces as the plan shows them.
func shown(ifaces interfaces) map[string]map[string]any {
	result := map[string]map[string]any{}
	for _, iface := range ifaces.names {
		ops := map[string]any{}
		for name, op := range ifaces.by[iface].by {
			entry := map[string]any{"implementation": op.implementation, "inputs": op.inputs}
			if op.inputs == nil {
				entry["inputs"] = map[string]any{}
			}
			for _, key := range operationSettings {
				entry[key] = op.settings[key]
			}
			ops[name] = entry
		}
		result[iface] = ops
	}
	return result
}
