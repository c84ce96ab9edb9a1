// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "slices"

func (p *parser) readWorkflows() error {
	p.blueprint.Workflows = map[string]Workflow{}
	return p.each("workflows", func(path string, entry *field) error {
		w, err := p.readWorkflow(at(path, entry))
		if err != nil {
			return err
		}
		p.blueprint.Workflows[entry.key] = w
		p.blueprint.WorkflowNames = append(p.blueprint.WorkflowNames, entry.key)
		return nil
	})
}

func (p *parser) readWorkflow(where place) (Workflow, error) {
	w := Workflow{Name: where.field.key, Parameters: map[string]Parameter{}}
	mapping, short := where.value.text()
	var parameters named[Input]
	if !short {
		e := where.value
		if err := mapOf(where, "mapping", "parameters", "is_cascading", "availability_rules"); err != nil {
			return w, err
		}
		if err := required(where.path, e, "mapping"); err != nil {
			return w, err
		}
		for key, typ := range map[string]string{"mapping": "string", "is_cascading": "boolean", "availability_rules": "dict"} {
			if err := typed(where.path, e, key, typ); err != nil {
				return w, err
			}
		}
		mapping, _ = e.at("mapping").text()
		w.IsCascading, _ = e.at("is_cascading").value().(bool)
		if rules := e.at("availability_rules"); rules != nil {
			if err := mapOf(at(where.path+".availability_rules", e.field("availability_rules")),
				"available", "node_instances_active", "node_types_required"); err != nil {
				return w, err
			}
			w.AvailabilityRules = rules.mapValue()
		}
		var err error
		if parameters, err = p.readDeclarations(where.path+".parameters", e.field("parameters"), parameterKeys); err != nil {
			return w, err
		}
	}
	for _, name := range parameters.names {
		w.Parameters[name] = parameters.by[name]
	}
	if w.Plugin, w.Operation = p.pluginOf(mapping); w.Plugin != "" {
		return w, nil
	}
	if _, ok := p.archive.files[mapping]; !ok {
		return w, refuse(where, "Could not extract plugin from workflow mapping '%s', which is declared for workflow '%s'. ",
			mapping, w.Name)
	}
	given := map[string]any{}
	if slices.Contains(parameters.names, scriptPath) {
		given[scriptPath] = nil
	}
	if err := p.checkScript(mapping, scriptWorkflow, "workflow", w.Name, given); err != nil {
		return w, refuse(where, "%s", err)
	}
	w.Plugin, w.Operation = scriptPlugin, scriptWorkflow
	description := "Workflow script executed by the script plugin"
	w.Parameters[scriptPath] = Input{Default: mapping, HasDefault: true, Description: description,
		raw: map[string]any{"default": mapping, "description": description}}
	return w, nil
}

// Map is the workflow as the plan shows it; in a deployment it also has a name and is available or not.
func (w Workflow) Map() map[string]any {
	parameters := map[string]any{}
	for name, p := range w.Parameters {
		parameters[name] = p.Map()
	}
	m := map[string]any{
		"plugin": w.Plugin, "operation": w.Operation, "parameters": parameters,
		"is_cascading": w.IsCascading, "availability_rules": nil,
	}
	if w.AvailabilityRules != nil {
		m["availability_rules"] = w.AvailabilityRules
	}
	return m
}
