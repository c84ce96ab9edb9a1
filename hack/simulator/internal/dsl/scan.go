// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"fmt"
	"maps"
	"slices"
)

// found is a function in a blueprint: where it stands, and in which node, if any.
type found struct {
	name, path, node string
	args             any
	relationship     bool
}

// scan calls f for every function in nodes, outputs, capabilities, labels and so on, in the order in
// which the Manager looks at them; inputs are not among them.
func (b *Blueprint) scan(f func(found) error) error {
	for _, n := range b.Nodes {
		in := found{node: n.ID}
		if err := scanValue(n.Properties, in.under("nodes."+n.ID+".properties"), f); err != nil {
			return err
		}
		if err := scanOperations(n.Operations, in, "nodes."+n.ID+".operations", f); err != nil {
			return err
		}
		in.relationship = true
		for _, r := range n.Relationships {
			for _, ops := range []map[string]map[string]any{r.SourceOperations, r.TargetOperations} {
				if err := scanOperations(ops, in, "nodes."+n.ID+"."+r.Type, f); err != nil {
					return err
				}
			}
		}
	}
	for _, section := range []struct {
		name   string
		values map[string]Output
	}{{"outputs", b.Outputs}, {"capabilities", b.Capabilities}} {
		for _, name := range slices.Sorted(maps.Keys(section.values)) {
			if err := scanValue(section.values[name].raw, found{path: section.name + "." + name}, f); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Labels)) {
		if err := scanValue(map[string]any{"values": b.Labels[name]}, found{path: "labels." + name}, f); err != nil {
			return err
		}
	}
	return scanValue(b.Plan["deployment_settings"], found{path: "deployment_settings"}, f)
}

func (in found) under(path string) found {
	in.path = path
	return in
}

func scanOperations(ops map[string]map[string]any, in found, path string, f func(found) error) error {
	for _, name := range slices.Sorted(maps.Keys(ops)) {
		if err := scanValue(ops[name]["inputs"], in.under(path+"."+name+".inputs"), f); err != nil {
			return err
		}
	}
	return nil
}

func scanValue(value any, in found, f func(found) error) error {
	if name := functionOf(value); name != "" {
		in.name, in.args = name, value.(map[string]any)[name]
		if err := f(in); err != nil {
			return err
		}
	}
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if err := scanValue(v[key], in.under(in.path+"."+key), f); err != nil {
				return err
			}
		}
	case []any:
		for i, item := range v {
			if err := scanValue(item, in.under(fmt.Sprintf("%s[%d]", in.path, i)), f); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFunctions holds every function against what the blueprint declares. What is wrong with one
// is no refusal by the Manager's parser: it stumbles over it.
func (p *parser) checkFunctions() error {
	return p.blueprint.scan(func(f found) error {
		if err := functions[f.name].check(f.args); err != nil {
			return broken("%s", err)
		}
		if err := p.checkSince(f); err != nil {
			return err
		}
		switch f.name {
		case "get_input":
			return p.checkInputReference(f)
		case "get_property", "get_attribute", "get_attributes_list", "get_attributes_dict":
			return p.checkNodeReference(f)
		case "merge":
			for _, item := range f.args.([]any) {
				if pyType(item) != "dict" {
					return broken("Unable to validate Encountered non-dict element for merge: %s function", pyStr(item))
				}
			}
		}
		return nil
	})
}

func (p *parser) checkSince(f found) error {
	since, limited := map[string]version{"concat": 1, "merge": 3}[f.name]
	if !limited || p.version >= since {
		return nil
	}
	shown := map[string]any{"raw": p.blueprint.DSLVersion, "definitions_name": "cloudify_dsl", "definitions_version": []any{1, int(p.version)}}
	return broken("Unable to validate Using %s requires using dsl version 1_%d or greater, but found: %s in %s. function",
		f.name, since, pyStr(shown), f.path)
}

func (p *parser) checkInputReference(f found) error {
	name := f.args
	if list, ok := name.([]any); ok {
		name = list[0]
	}
	if functionOf(name) == "" && !p.inputs.has(pyStr(name)) {
		return broken("get_input function references an unknown input '%s'.", pyStr(name))
	}
	return nil
}

func (p *parser) checkNodeReference(f found) error {
	path := f.args.([]any)
	if unresolved(path) {
		return nil
	}
	node := pyStr(path[0])
	switch node {
	case "SELF":
		if f.node == "" || f.relationship {
			return broken("%s cannot be used with %s function in %s", node, f.name, f.path)
		}
		node = f.node
	case "SOURCE", "TARGET":
		if !f.relationship {
			return broken("%s cannot be used with %s function in %s", node, f.name, f.path)
		}
		return nil
	}
	if f.name != "get_property" {
		if !p.nodes.has(node) {
			return broken("%s", quote(fmt.Sprintf("%s function node reference '%s' does not exist.", f.name, node)))
		}
		return nil
	}
	if !p.nodes.has(node) {
		return broken("'Node %s does not exist'", node)
	}
	if _, err := p.blueprint.property(node, path[1:], f.path); err != nil {
		return broken("%s", err)
	}
	return nil
}
