// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestImportsFromTheArchive(t *testing.T) {
	g := NewWithT(t)
	b, err := parseFiles(t, files{
		"blueprint.yaml": "tosca_definitions_version: cloudify_dsl_1_4\ndescription: main\nimports: [cloudify/types/types.yaml, lib/inputs.yaml, lib/nodes.yaml]\n" +
			"inputs: {own: {}}\n",
		// Found beside its importer; both import the built-in types again, and each other.
		"lib/inputs.yaml": "description: not this\nimports: [nodes.yaml]\ninputs: {a: {default: 1}}\n",
		"lib/nodes.yaml": "tosca_definitions_version: cloudify_dsl_1_3\nimports: [cloudify/types/types.yaml, lib/inputs.yaml]\n" +
			"node_types: {t: {derived_from: cloudify.nodes.Root}}\nnode_templates: {n: {type: t}}\n",
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(b.Description).To(Equal("main"))
	g.Expect(b.Inputs).To(HaveLen(2))
	g.Expect(b.Nodes).To(HaveLen(1))
	g.Expect(b.Workflows).To(HaveKey("install"))
}

func TestImportRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		files files
		want  string
	}{
		"twice":     {files{"blueprint.yaml": "imports: [a.yaml, a.yaml]\n", "a.yaml": ""}, "Duplicate imports"},
		"no list":   {files{"blueprint.yaml": "imports: a.yaml\n"}, "Expected 'list' type but found 'string' type"},
		"a number":  {files{"blueprint.yaml": "imports: [7]\n"}, "The import statement should be either a string or a dictionary"},
		"not a map": {files{"blueprint.yaml": "imports: [a.yaml]\n", "a.yaml": "[]\n"}, "Expected 'dict' type but found 'list' type"},
		"broken": {files{"blueprint.yaml": "imports: [a.yaml]\n", "a.yaml": "a: ["}, "Failed to parse import 'a.yaml'(via 'file://<workdir>/bp/a.yaml'): " +
			"Illegal yaml; while parsing a flow sequence"},
		"newer": {files{"blueprint.yaml": "imports: [a.yaml]\n", "a.yaml": "tosca_definitions_version: cloudify_dsl_1_5\n"},
			"An import uses a different tosca_definitions_version than the one defined in the main blueprint's file: main blueprint's file version " +
				"is 'cloudify_dsl_1_4', import with different version is 'file://<workdir>/bp/a.yaml', version of problematic import is 'cloudify_dsl_1_5'"},
		"conflict": {files{"blueprint.yaml": "imports: [a.yaml]\ninputs: {v: {}}\n", "a.yaml": "inputs: {v: {}}\n"},
			"Import failed: Could not merge 'inputs' due to conflict on 'v'"},
		"empty here": {files{"blueprint.yaml": "imports: [a.yaml]\ninputs:\n", "a.yaml": "inputs: {v: {}}\n"},
			"Value is expected to be a dictionary while it is of type NoneType"},
		"empty there": {files{"blueprint.yaml": "imports: [a.yaml]\ninputs: {v: {}}\n", "a.yaml": "inputs:\n"}, "'NoneType' object has no attribute 'items'"},
		"settings twice": {files{"blueprint.yaml": "imports: [a.yaml]\ndeployment_settings: {}\n", "a.yaml": "deployment_settings: {}\n"},
			"Import failed: non-mergeable field: 'deployment_settings'"},
		"a URL": {files{"blueprint.yaml": "imports: ['https://example.com/x.yaml']\n"},
			"Import failed: Unable to open import url https://example.com/x.yaml; 404 (https://example.com/x.yaml) : Not Found"},
		"a plugin":          {files{"blueprint.yaml": "imports: ['plugin:aws']\n"}, `Couldn't find plugin "aws"`},
		"another blueprint": {files{"blueprint.yaml": "imports: ['b--blueprint:other']\n"}, "Requested blueprint import `other` was not found"},
		"outside":           {files{"blueprint.yaml": "imports: [../../etc/passwd]\n"}, "Import failed: Unable to open import url resource:../../etc/passwd; 404"},
		"namespace of the types": {files{"blueprint.yaml": "imports: [ns--cloudify/types/types.yaml]\n"},
			"Invalid import namespace ns: cannot be used on Cloudify basic types."},
	} {
		t.Run(name, func(t *testing.T) {
			test.files["blueprint.yaml"] = "tosca_definitions_version: cloudify_dsl_1_4\n" + test.files["blueprint.yaml"]
			_, err := parseFiles(t, test.files)
			g := NewWithT(t)
			if strings.Contains(test.want, "NoneType") { // on which the parser breaks
				g.Expect(refused(t, err).Message).To(Equal("Failed parsing blueprint - " + test.want))
				return
			}
			g.Expect(refused(t, err).State).To(Equal(StateInvalid))
			g.Expect(err.Error()).To(HavePrefix("Invalid blueprint - " + test.want))
		})
	}
}

func TestOldVersionsMergeLess(t *testing.T) {
	_, err := parseFiles(t, files{
		"blueprint.yaml": "tosca_definitions_version: cloudify_dsl_1_2\nimports: [a.yaml]\ninputs: {v: {}}\n", "a.yaml": "inputs: {w: {}}\n",
	})
	NewWithT(t).Expect(refused(t, err).Message).To(HavePrefix("Invalid blueprint - Import failed: non-mergeable field: 'inputs'. inputs can be " +
		"imported multiple times only from cloudify_dsl_1_3 and above."))
}

func TestNamespaces(t *testing.T) {
	g := NewWithT(t)
	b, err := parseFiles(t, files{
		"blueprint.yaml": prelude + "  - lib--lib.yaml\nnode_templates:\n  app:\n    type: lib--service\n    properties: {size: 1}\n    relationships:\n" +
			"      - {type: lib--linked, target: lib--db}\n",
		"lib.yaml": `
imports: [cloudify/types/types.yaml, deep--deep.yaml]
inputs: {name: {default: {street: x}, type: place}}
data_types: {place: {properties: {street: {required: false}}}}
plugins: {tool: {executor: central_deployment_agent, install: false}}
node_types:
  service:
    derived_from: cloudify.nodes.Root
    properties: {size: {type: integer}, where: {type: place, required: false}}
    interfaces: {cloudify.interfaces.lifecycle: {create: tool.make}}
relationships: {linked: {derived_from: cloudify.relationships.connected_to}}
node_templates: {db: {type: service, properties: {size: 2}, relationships: [{type: linked, target: deep--n}]}}
groups: {g: {members: [db]}}
outputs: {name: {value: {concat: [{get_input: name}, {get_attribute: [db, url]}, {get_property: [db, size]}]}}}
workflows: {tell: tool.tell}
`,
		"deep.yaml": "node_templates: {n: {type: cloudify.nodes.Root}}\n",
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(b.Inputs).To(HaveKey("lib--name"))
	g.Expect(b.Inputs["lib--name"].Type).To(Equal("lib--place"))
	var ids []string
	for _, n := range b.Nodes {
		ids = append(ids, n.ID)
	}
	g.Expect(ids).To(Equal([]string{"lib--deep--n", "lib--db", "app"}))
	db := nodeOf(t, b, "lib--db")
	g.Expect(db.TypeHierarchy).To(Equal([]string{"cloudify.nodes.Root", "lib--service"}))
	g.Expect(db.Operation("create")["plugin"]).To(Equal("lib--tool"))
	g.Expect(db.Relationships[0].Type).To(Equal("lib--linked"))
	g.Expect(toJSON(t, b.Outputs["lib--name"].Value)).To(MatchJSON(
		`{"concat": [{"get_input": "lib--name"}, {"get_attribute": ["lib--db", "url"]}, {"get_property": ["lib--db", "size"]}]}`))
	g.Expect(b.Workflows["lib--tell"].Plugin).To(Equal("lib--tool"))
	g.Expect(b.Workflows).To(HaveKey("install"))
	g.Expect(toJSON(t, b.Plan["groups"])).To(MatchJSON(`{"lib--g": {"members": ["lib--db"], "policies": {}}}`))
}
