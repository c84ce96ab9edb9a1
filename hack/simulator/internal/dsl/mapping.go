// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"maps"
	"path"
	"regexp"
	"strings"
)

// Tasks of the plugin that runs scripts, be they in the archive, behind a URL or in the blueprint itself.
const (
	scriptPlugin   = "script"
	scriptTask     = "script_runner.tasks.run"
	scriptWorkflow = "script_runner.tasks.execute_workflow"
	scriptPath     = "script_path"
	scriptSource   = "script_source"
	autoExecutor   = "auto"
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
	plugin, task, err := p.pluginOf(name, op.implementation)
	if err != nil {
		return nil, err
	}
	executor := p.plugins.by[plugin]["executor"]
	if key := p.scriptKey(op.implementation); key != "" {
		if err := p.checkScript(op.implementation, scriptTask, "operation", name, inputs); err != nil {
			return nil, err
		}
		plugin, task = scriptPlugin, scriptTask
		inputs[key] = op.implementation
		if executor = p.plugins.by[plugin]["executor"]; p.profile.autoExecutor {
			executor = autoExecutor
		}
	}
	if plugin == "" {
		return nil, complain("Could not extract plugin or a script resource is not found from operation mapping/script-path '%s', "+
			"which is declared for operation '%s'.%s", op.implementation, name, where)
	}
	if result["executor"] == nil {
		result["executor"] = executor
	}
	result["plugin"], result["operation"], result["inputs"] = plugin, task, inputs
	return result, nil
}

// scriptKey is the input in which a script is handed to the script plugin; "" if a mapping is none. A script goes before a
// plugin's task of the same name.
func (p *parser) scriptKey(mapping string) string {
	switch {
	case hasScheme(mapping), p.hasFile(mapping):
		return scriptPath
	case p.profile.inlineScripts && strings.Contains(strings.TrimSpace(mapping), "\n"):
		return scriptSource
	}
	return ""
}

// hasFile reports whether the archive has a file of that path from the main file on, whose namespace it does not know.
func (p *parser) hasFile(name string) bool {
	if i := strings.LastIndex(name, namespaceDelimiter); i >= 0 {
		name = name[i+len(namespaceDelimiter):]
	}
	_, ok := p.archive.files[path.Join(p.folder, name)]
	return ok
}

// scheme begins what Python takes for a URL; it removes line breaks and tabs before it looks.
var scheme = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)

func hasScheme(mapping string) bool {
	return scheme.MatchString(strings.TrimLeft(strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(mapping), " "))
}

func (p *parser) checkScript(script, task, kind, name string, inputs map[string]any) error {
	_, aPath := inputs[scriptPath]
	if _, aSource := inputs[scriptSource]; aPath || aSource {
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
