// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestVersions(t *testing.T) {
	supported := "['cloudify_dsl_1_0', 'cloudify_dsl_1_1', 'cloudify_dsl_1_2', 'cloudify_dsl_1_3', 'cloudify_dsl_1_4', 'cloudify_dsl_1_5']"
	for _, test := range []struct{ text, want string }{
		{"tosca_definitions_version: cloudify_dsl_1_0\n", ""},
		{"tosca_definitions_version: cloudify_dsl_1_5\n", ""},
		{"", "tosca_definitions_version field must appear in the main blueprint file \n  path: tosca_definitions_version\n  value: None"},
		{"node_templates: {}\n", "tosca_definitions_version field must appear in the main blueprint file \n  path: tosca_definitions_version\n  value: None"},
		{"tosca_definitions_version: tosca_simple_yaml_1_0\n", "Unexpected tosca_definitions_version tosca_simple_yaml_1_0; Currently supported versions are: " +
			supported + " \n  in: <workdir>/bp/blueprint.yaml\n  in line: 1, column: 0\n  path: tosca_definitions_version\n  value: tosca_simple_yaml_1_0"},
		{"tosca_definitions_version: 1.3\n", "Expected 'string' type but found 'float' type"},
		{"- a\n", "Expected 'dict' type but found 'list' type"},
		{"tosca_definitions_version: cloudify_dsl_1_1\ndsl_definitions: {}\n", "dsl_definitions not supported in version cloudify_dsl_1_1, it was added in cloudify_dsl_1_2"},
		{"tosca_definitions_version: cloudify_dsl_1_1\ndescription: d\n", "description not supported in version cloudify_dsl_1_1"},
		{"tosca_definitions_version: cloudify_dsl_1_1\ninputs: {a: {required: false}}\n", "required not supported in version cloudify_dsl_1_1"},
		{"tosca_definitions_version: cloudify_dsl_1_2\ninputs: {a: {display_label: x}}\n", "display_label not supported in version cloudify_dsl_1_2"},
		{"tosca_definitions_version: cloudify_dsl_1_2\ninputs: {a: {hidden: true, default: 1}}\n", "hidden not supported in version cloudify_dsl_1_2"},
		{"tosca_definitions_version: cloudify_dsl_1_3\ninputs: {a: {type: list, item_type: string}}\n", "item_type not supported in version cloudify_dsl_1_3"},
		{"tosca_definitions_version: cloudify_dsl_1_3\ninputs: {a: {type: deployment_id}}\n",
			"type 'deployment_id' not supported in version cloudify_dsl_1_3, it was added in cloudify_dsl_1_4"},
		{"tosca_definitions_version: cloudify_dsl_1_4\ninputs: {a: {type: operation_name}}\n", "type 'operation_name' not supported in version cloudify_dsl_1_4"},
		{"tosca_definitions_version: cloudify_dsl_1_4\ninputs: {a: {constraints: [{equal: 1, error_message: no}]}}\n",
			"error_message not supported in version cloudify_dsl_1_4"},
		{"tosca_definitions_version: cloudify_dsl_1_2\nresource_tags: {a: b}\n", "resource_tags not supported in version cloudify_dsl_1_2"},
	} {
		t.Run(test.text, func(t *testing.T) {
			_, err := parseText(t, test.text)
			if test.want == "" {
				NewWithT(t).Expect(err).NotTo(HaveOccurred())
				return
			}
			NewWithT(t).Expect(refused(t, err).State).To(Equal(StateInvalid))
			NewWithT(t).Expect(err.Error()).To(HavePrefix("Invalid blueprint - " + test.want))
		})
	}
}

// The types file for old DSL versions is newer than they are: nothing that imports it parses.
func TestOldVersionsCannotImportTypes(t *testing.T) {
	for _, version := range []string{"cloudify_dsl_1_0", "cloudify_dsl_1_2"} {
		_, err := parseText(t, "tosca_definitions_version: "+version+"\nimports: [cloudify/types/types.yaml]\n")
		NewWithT(t).Expect(refused(t, err).Message).To(ContainSubstring("An import uses a different tosca_definitions_version than the one " +
			"defined in the main blueprint's file: main blueprint's file version is '" + version + "', import with different version is " +
			"'file:///opt/manager/resources/cloudify/types/types.yaml', version of problematic import is 'cloudify_dsl_1_5'"))
	}
}

func TestSchemaRefusals(t *testing.T) {
	for _, test := range []struct{ text, want, path string }{
		{"nosuch: 1\n", "'nosuch' is not in schema. Valid schema values: ['tosca_definitions_version', ", "nosuch"},
		{"inputs: {7: {}}\n", "Dict keys must be strings but found '7' of type 'integer'", "inputs"},
		{"inputs: {a: {yes: 1}}\n", "Dict keys must be strings but found 'True' of type 'boolean'", "inputs.a"},
		{"inputs: [a]\n", "Expected 'dict' type but found 'list' type", "inputs"},
		{"inputs: {a: 7}\n", "Expected 'dict' type but found 'integer' type", "inputs.a"},
		{"inputs: {a: {nosuch: 7}}\n", "'nosuch' is not in schema. Valid schema values: [", "inputs.a.nosuch"},
		{"inputs: {a: {type: nosuch}}\n", "Illegal type name 'nosuch'", "inputs.a.type"},
		{"inputs: {a: {type: [x]}}\n", "Expected 'string' type but found 'list' type", "inputs.a.type"},
		{"inputs: {a: {type: integer, default: x}}\n", "Property type validation failed in 'a': the defined type is 'integer', " +
			"yet it was assigned with the value 'x'", "inputs.a.default"},
		{"inputs: {a: {item_type: string}}\n", "Property item_type defined for unsupported type: 'None'", "inputs.a.item_type"},
		{"inputs: {a: {type: list, item_type: nosuch}}\n", "Illegal item_type 'nosuch'", "inputs.a.item_type"},
		{"inputs: {a: {hidden: true}}\n", "Input is both hidden and required thus it should have a default value: 'a'.", "inputs.a"},
		{"outputs: {a: {}}\n", "'value' key is required but it is currently missing", "outputs.a.value"},
		{"capabilities: {a: {value: 1, nosuch: 1}}\n", "'nosuch' is not in schema. Valid schema values: ['description', 'value']", "capabilities.a.nosuch"},
		{"labels: {a: {values: [7]}}\n", "The label's value must be a string or an intrinsic function. Please modify the values of a", "labels.a"},
		{"labels: {a: {values: [{get_attribute: [a, b]}]}}\n", "The label's value cannot be a runtime property.", "labels.a"},
		{"labels: {a: {}}\n", "'values' key is required but it is currently missing", "labels.a.values"},
		{"blueprint_labels: {a: {values: [{get_input: x}]}}\n", "The blueprint label's value must be a string. Please modify the values of a", "blueprint_labels.a"},
		{"plugins: {a: {}}\n", "'executor' key is required but it is currently missing", "plugins.a.executor"},
		{"plugins: {a: {executor: nobody, install: false}}\n", "Plugin 'a' has an illegal 'executor' value 'nobody'; value must be either " +
			"'central_deployment_agent' or 'host_agent'", "plugins.a.executor"},
		{"plugins: {a: {executor: host_agent}}\n", "Plugin 'a' needs to be installed, but does not declare a source or package_name property", "plugins.a"},
		{"data_types: {string: {}}\n", "Can't redefine primitive type string", "data_types.string"},
		{"data_types: {a: {derived_from: b}}\n", "Missing definition for data type 'b' which is declared as derived by data type 'a'", "data_types.a.derived_from"},
		{"data_types: {a: {properties: {x: {type: b}}}, b: {properties: {y: {type: a}}}}\n",
			"Parsing failed. Circular dependency detected: a --> b --> a", "data_types.a"},
		{"node_types: {a: {derived_from: b}}\n", "Missing definition for type 'b' which is declared as derived by type 'a'", "node_types.a.derived_from"},
		{"node_types: {a: {derived_from: a}}\n", "Parsing failed. Circular dependency detected: a --> a", "node_types.a"},
		{"relationships: {a: {derived_from: b}}\n", "Missing definition for relationship 'b' which is declared as derived by relationship 'a'",
			"relationships.a.derived_from"},
		{"node_types: {a: {properties: {p: {type: integer, default: x}}}}\n", "Property type validation failed in 'a': property 'p' type is 'integer', " +
			"yet it was assigned with the value 'x'", "node_types.a.properties.p.default"},
		{"node_types: {a: {interfaces: {i: {o: {executor: nobody}}}}}\n", "Operation 'i.o' has an illegal executor value 'nobody'. " +
			"valid values are [central_deployment_agent,host_agent]", "node_types.a.interfaces.i.o.executor"},
		{"node_templates: {a: {}}\n", "'type' key is required but it is currently missing", "node_templates.a.type"},
		{"workflows: {w: {}}\n", "'mapping' key is required but it is currently missing", "workflows.w.mapping"},
		{"workflows: {w: nosuch.py}\n", "Could not extract plugin or a script resource is not found from workflow mapping/script-path 'nosuch.py', which is declared for workflow 'w'.", "workflows.w"},
		{"workflows: {w: {mapping: blueprint.yaml, parameters: {script_path: {}}}}\n",
			"Cannot define 'script_path' property in 'blueprint.yaml' for workflow 'w'", "workflows.w"},
		{"groups: {g: {members: [nobody]}}\n", "Member 'nobody' of group 'g' does not match any defined node", "groups.g.members.0"},
		{"groups: {g: {members: []}}\n", "At least one member should be specified", "groups.g.members"},
		{"policies: {p: {type: other, targets: [g]}}\n", "'other' policy type is not implemented. Only 'cloudify.policies.scaling' policy type is supported.",
			"policies.p.type"},
		{"policies: {p: {type: cloudify.policies.scaling, targets: []}}\n", "Policy 'p' has no targets groups defined for it.", "policies.p.targets"},
		{"policies: {p: {type: cloudify.policies.scaling, targets: [g]}}\n", "'g' is not a valid policy target.", "policies.p.targets.0"},
	} {
		t.Run(test.text, func(t *testing.T) {
			g := NewWithT(t)
			_, err := parseText(t, prelude+test.text)
			g.Expect(refused(t, err).State).To(Equal(StateInvalid), err.Error())
			g.Expect(err.Error()).To(HavePrefix("Invalid blueprint - " + test.want))
			g.Expect(err.Error()).To(ContainSubstring("\n  path: " + test.path + "\n"))
		})
	}
}

func TestDefaultsObeyConstraints(t *testing.T) {
	for _, test := range []struct{ input, state, want string }{
		{"{default: 99, constraints: [{in_range: [1, 10]}]}", StateFailedParsing,
			"Failed parsing blueprint - Value 99 of input v violates constraint in_range(1, 10) operator."},
		{"{default: {get_secret: s}, constraints: [{min_length: 1}]}", StateInvalid,
			"Invalid blueprint - Input value {'get_secret': 's'}, of input v, cannot contain an intrinsic function and also have constraints."},
	} {
		_, err := parseText(t, prelude+"inputs:\n  v: "+test.input+"\n")
		NewWithT(t).Expect(*refused(t, err)).To(Equal(Error{test.state, test.want}))
	}
}

func TestReleaseProfiles(t *testing.T) {
	g := NewWithT(t)
	g.Expect(profileOf("")).To(Equal(profileOf("7.1")))
	g.Expect(profileOf("7.1").typesVersion(3)).To(Equal(version(3)))
	g.Expect(profileOf("7.1").typesVersion(5)).To(Equal(version(5)))
	g.Expect(profileOf("7.1").typesVersion(1)).To(Equal(version(5)))
}

func TestLabelsAndSettings(t *testing.T) {
	g := NewWithT(t)
	b := mustParse(t, prelude+`
inputs: {team: {default: blue}}
labels: {team: {values: [{get_input: team}, red]}}
blueprint_labels: {kind: {values: [demo]}}
deployment_settings: {display_name: {concat: [d, {get_input: team}]}}
resource_tags: {a: b}
`)
	g.Expect(b.Labels).To(Equal(map[string][]any{"team": {map[string]any{"get_input": "team"}, "red"}}))
	g.Expect(b.BlueprintLabels).To(Equal(map[string][]any{"kind": {"demo"}}))
	g.Expect(toJSON(t, b.Plan["deployment_settings"])).To(MatchJSON(`{"default_schedules": {}, "default_groups": null, "id_template": null,
		"display_name": {"concat": ["d", {"get_input": "team"}]}}`))
	g.Expect(toJSON(t, b.Plan["resource_tags"])).To(MatchJSON(`{"a": "b"}`))
}
