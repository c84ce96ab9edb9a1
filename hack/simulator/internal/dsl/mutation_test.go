// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"errors"
	"testing"

	"go.yaml.in/yaml/v3"
)

// everything has each section, so that changing one value after the other reaches each check.
const everything = prelude + addresses + `
description: d
inputs:
  name: {type: string, constraints: [{pattern: '^a'}, {max_length: 3}]}
  tags: {type: list, item_type: string, default: [x], constraints: [{valid_values: [x, y]}]}
  who: {type: more, default: {extra: 1}}
  other: {type: deployment_id, hidden: true, required: false, constraints: [{labels: [{a: b}]}]}
plugins: {tool: {executor: central_deployment_agent, install: false}}
node_types:
  t:
    derived_from: cloudify.nodes.Root
    properties: {p: {type: address, default: {street: Elm}}}
    interfaces: {i: {o: {implementation: tool.x, inputs: {a: {default: {get_input: name}}}, max_retries: 1}, q: tool.y}}
relationships: {r: {derived_from: cloudify.relationships.connected_to, source_interfaces: {i: {e: tool.e}}}}
node_templates:
  a: {type: t, properties: {p: {number: 2}}, capabilities: {scalable: {properties: {max_instances: 2}}}}
  b: {type: t, instances: {deploy: 2}, interfaces: {i: {o: {inputs: {a: 1}}}}, relationships: [{type: r, target: a, properties: {connection_type: x}}]}
groups: {g: {members: [a, b], policies: {}}}
policies: {s: {type: cloudify.policies.scaling, targets: [g], properties: {default_instances: 1}}}
outputs: {o: {value: {concat: [{get_property: [a, p, street]}, {get_attribute: [b, x]}]}, description: d}}
capabilities: {c: {value: {get_capability: [d, c]}}}
labels: {l: {values: [{get_input: name}]}}
blueprint_labels: {l: {values: [x]}}
workflows: {w: {mapping: tool.w, parameters: {p: {type: integer, default: 1}}, is_cascading: false, availability_rules: {node_instances_active: [all]}}}
deployment_settings: {display_name: {get_input: name}}
`

// TestOddValues puts what nobody expects in the place of every value of a blueprint: it parses or is
// refused in the Manager's words, and inputs prepared with it are refused or not, but nothing breaks.
func TestOddValues(t *testing.T) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(everything), &document); err != nil {
		t.Fatal(err)
	}
	odd := []string{"~", "-1", "true", "text", "[[x], {}]", "{}", "{a: {b: c}}", "{get_input: [name, {}]}"}
	parsed, tried := 0, 0
	try := func() {
		text, err := yaml.Marshal(&document)
		if err != nil {
			t.Fatal(err)
		}
		b, err := parseText(t, string(text))
		tried++
		var refusal *Error
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("%v is no refusal:\n%s", err, text)
		}
		if err != nil {
			return
		}
		parsed++
		toJSON(t, b.Plan)
		_, err = b.PrepareInputsAt(map[string]any{"name": "a"}, known{"deployment_id": {"d"}})
		var wrong *InputError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatalf("%v is no refusal:\n%s", err, text)
		}
	}
	try()
	if parsed != 1 {
		t.Fatal("the blueprint does not parse as it is")
	}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		kept := *n
		for _, text := range odd {
			var value yaml.Node
			if err := yaml.Unmarshal([]byte(text), &value); err != nil {
				t.Fatal(err)
			}
			*n = *value.Content[0]
			try()
		}
		*n = kept
		for i, child := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 {
				continue // a key
			}
			visit(child)
		}
	}
	visit(document.Content[0])
	if tried < 1000 || parsed < 150 || parsed == tried {
		t.Errorf("%d of %d parsed: the odd values do not reach far", parsed, tried)
	}
}
