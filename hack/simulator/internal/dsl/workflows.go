// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

// parameterKeys are the members that the declaration of a parameter may have.
var parameterKeys = []string{"required", "default", "description", "type", "item_type", "constraints"}

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
			if err := p.checkAvailability(at(where.path+".availability_rules", e.field("availability_rules"))); err != nil {
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
	key := p.scriptKey(mapping)
	if key == "" {
		var err error
		if w.Plugin, w.Operation, err = p.pluginOf(w.Name, mapping); err != nil {
			return w, refuse(where, "%s", err)
		}
		if w.Plugin == "" {
			return w, refuse(where, "Could not extract plugin or a script resource is not found from workflow mapping/script-path '%s', "+
				"which is declared for workflow '%s'.", mapping, w.Name)
		}
		w.Missing = p.missing[w.Plugin]
		return w, nil
	}
	given := map[string]any{}
	for _, name := range parameters.names {
		given[name] = nil
	}
	if err := p.checkScript(mapping, scriptWorkflow, "workflow", w.Name, given); err != nil {
		return w, refuse(where, "%s", err)
	}
	w.Plugin, w.Operation = scriptPlugin, scriptWorkflow
	description := "Workflow script executed by the script plugin"
	w.Parameters[key] = Input{Default: mapping, HasDefault: true, Description: description,
		raw: map[string]any{"default": mapping, "description": description}}
	return w, nil
}

func (p *parser) checkAvailability(where place) error {
	if err := p.require(4, where, "availability_rules"); err != nil {
		return err
	}
	if err := mapOf(where, "available", "node_instances_active", "node_types_required"); err != nil {
		return err
	}
	for key, typ := range map[string]string{"available": "boolean", "node_instances_active": "list", "node_types_required": "list"} {
		if err := typed(where.path, where.value, key, typ); err != nil {
			return err
		}
	}
	f := where.value.field("node_instances_active")
	if f == nil {
		return nil
	}
	for _, item := range f.value.list {
		if value := item.show(); value != "all" && value != "partial" && value != "none" {
			return refuse(at(join(where.path, f.key), f), "Invalid definition of 'active_node_instances' availability rule: '%s'. "+
				"Allowed values: ('all', 'partial', 'none')", f.value.show())
		}
	}
	return nil
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
