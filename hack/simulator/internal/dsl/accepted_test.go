// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"testing"
	"testing/fstest"

	. "github.com/onsi/gomega"
)

// What people write and the Manager's parser accepts.
func TestAccepted(t *testing.T) {
	operation := func(mapping string) string {
		return "node_templates: {n: {type: cloudify.nodes.Root, interfaces: {cloudify.interfaces.lifecycle: {create: " + mapping + "}}}}\n"
	}
	const auth = "node_types: {t: {derived_from: cloudify.nodes.Root, properties: {auth: {type: auth}}}}\nnode_templates: {n: {type: t}}\n"
	for name, text := range map[string]string{
		"a composed property of defaults":         prelude + "data_types: {auth: {properties: {user: {default: ''}, port: {default: 22}}}}\n" + auth,
		"a composed property of what is optional": prelude + "data_types: {auth: {properties: {user: {required: false}}}}\n" + auth,
		"a script with ./":                        prelude + operation("{implementation: ./scripts/a.sh, executor: central_deployment_agent}"),
		"a script on no host":                     prelude + operation("{implementation: scripts/a.sh, max_retries: 0}"),
		"a script in the blueprint":               prelude + operation(`{implementation: "from cloudify import ctx\nctx.logger.info('x')\n"}`),
		"a script behind a URL":                   prelude + operation("'https://example.com/a.sh'"),
		"a workflow of nothing":                   prelude + "workflows: {w: {mapping: 'file:///dev/null', parameters: {a: {type: string}}}}\n",
		"a pattern that looks ahead":              prelude + `inputs: {a: {type: string, default: Abc1, constraints: [{pattern: '^(?=.*[A-Z])(?=.*\d).+$'}]}}` + "\n",
		"a secret by default":                     prelude + "inputs: {s: {default: {get_secret: k}}}\noutputs: {o: {value: {get_input: s}}}\n",
		"a date inside of a list":                 prelude + "inputs: {a: {default: [2020-01-01]}}\n",
		"a comment of every script":               prelude + "# für alle\n",
		"runtime properties":                      prelude + "node_types: {t: {derived_from: cloudify.nodes.Root, runtime_properties: {a: {}}}}\n",
		"an operation of a type that nobody uses": prelude + "node_types: {t: {derived_from: cloudify.nodes.Root, interfaces: {i: {o: nosuch.x}}}}\n",
		"properties of a plugin, and their words": "tosca_definitions_version: cloudify_dsl_1_5\nplugins: {p: {executor: central_deployment_agent, package_name: p, properties_description: words, properties: {a: {type: string}}}}\n",
		"types of www.getcloudify.org":            "tosca_definitions_version: cloudify_dsl_1_3\nimports: ['http://www.getcloudify.org/spec/cloudify/4.5.5/types.yaml']\n" + operation("''"),
		"types of cloudify.co, twice":             "tosca_definitions_version: cloudify_dsl_1_4\nimports: ['https://cloudify.co/spec/cloudify/6.3.1/types.yaml', cloudify/types/types.yaml]\n" + operation("''"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseFiles(t, files{"blueprint.yaml": text, "scripts/a.sh": "#!/bin/sh\n"})
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
		})
	}
}

// What the parser refuses, against expectation.
func TestRefused(t *testing.T) {
	operation := func(settings string) string {
		return prelude + "node_templates: {n: {type: cloudify.nodes.Root, interfaces: {i: {o: {implementation: script.x, executor: central_deployment_agent, " + settings + "}}}}}\n"
	}
	const plugin = ": {executor: central_deployment_agent, install: false}"
	for text, want := range map[string]string{
		prelude + "description: Datenbank für alle\n":    "Invalid blueprint - illegal characters in line: 3, column: 13. Only valid ascii chars are supported.",
		prelude + "inputs: {ä: {}}\n":                    "Invalid blueprint - illegal characters in line: 3, column: 9.",
		prelude + "inputs: {a: {default: 2020-01-01}}\n": "Failed parsing blueprint - Unexpected type: <class 'numbers.Number'>",
		prelude + "outputs: {a: {value: 2020-01-01}}\n":  "Failed parsing blueprint - Unexpected type: <class 'numbers.Number'>",
		prelude + "inputs: {min: {default: 3}, a: {type: integer, default: 5, constraints: [{greater_than: {get_input: min}}]}}\n": "Failed parsing blueprint - " +
			"Value is not comparable, the Constraint argument type  is 'dict' but value type is 'int'.",
		prelude + "inputs: {a: {type: deployment_id, default: x}}\n":                                                                                      "Failed parsing blueprint - Invalid call to validate_input_value: value_getter not set",
		prelude + "inputs: {a: {type: string, constraints: [{pattern: '('}]}}\n":                                                                          `Invalid blueprint - Invalid constraint operator argument "(", for constraint operator "pattern" in "a".`,
		prelude + "inputs: {a: {type: string, display: {rows: 3}}}\n":                                                                                     "Invalid blueprint - `display` property defined for unsupported input type (string) for input `a`.",
		prelude + "data_types: {d: {}}\ninputs: {a: {type: list, item_type: d}}\n":                                                                        "Invalid blueprint - Illegal item_type 'd'",
		prelude + "node_types: {t: {derived_from: cloudify.nodes.Root, properties: {a: {type: list, item_type: string}}}}\n":                              "Invalid blueprint - 'item_type' is not in schema.",
		prelude + "inputs: {a: {default: true}}\nnode_templates: {n: {type: cloudify.nodes.Root, properties: {use_external_resource: {get_input: a}}}}\n": "Invalid blueprint - Only boolean values",
		prelude + "plugins: {p" + plugin + ", p.q" + plugin + "}\nnode_templates: {n: {type: cloudify.nodes.Root, interfaces: {i: {o: p.q.x}}}}\n":        "Invalid blueprint - Ambiguous operation mapping.",
		prelude + "plugins: {p: {executor: central_deployment_agent, package_name: p, properties: {a: {type: string}}}}\n":                                "Invalid blueprint - properties not supported in version",
		prelude + "relationships: {r: {derived_from: cloudify.relationships.depends_on, source_interfaces: {i: {o: nosuch.x}}}}\n":                        "Invalid blueprint - Could not extract plugin",
		prelude + "workflows: {w: {mapping: script.x, availability_rules: {node_instances_active: [some]}}}\n":                                            "Invalid blueprint - Invalid definition of",
		prelude + "node_types:\n":    "Failed parsing blueprint - Value is expected to be a dictionary while it is of type NoneType",
		operation("max_retries: -2"): "Failed parsing blueprint - 'max_retries' value must be either -1",
		operation("max_retries: a"):  "Invalid blueprint - Expected 'integer' type",
		operation("timeout: a"):      "Failed parsing blueprint - Unexpected type: <class 'numbers.Number'>",
	} {
		t.Run(text[len(prelude):], func(t *testing.T) {
			_, err := parseText(t, text)
			NewWithT(t).Expect(refused(t, err).Message).To(HavePrefix(want))
		})
	}
}

// A secret that an input names by default must be there when a deployment is created.
func TestSecretsOfInputs(t *testing.T) {
	g := NewWithT(t)
	b := mustParse(t, prelude+"inputs: {s: {default: {get_secret: k}}, unused: {default: {get_secret: other}}}\noutputs: {o: {value: {get_input: s}}}\n")
	inputs, err := b.PrepareInputs(nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(b.SecretKeys(deployment{blueprint: b, inputs: inputs})).To(Equal([]string{"k"}))
}

// A stand-in knows names: its types take any properties, its plugin runs any operation.
func TestStandIns(t *testing.T) {
	const vm = `
node_types:
  vm: {derived_from: cloudify.nodes.aws.ec2.Instances, properties: {zone: {type: string}}}
data_types:
  access: {properties: {config: {type: cloudify.datatypes.aws.ConnectionConfig, default: {region: east}}}}
node_templates:
  vm:
    type: vm
    properties: {zone: a, resource_config: {kwargs: {ImageId: i}}}
    interfaces: {cloudify.interfaces.lifecycle: {create: {implementation: aws.cloudify_aws.ec2.resources.instances.create}}}
    relationships: [{type: cloudify.relationships.depends_on, target: net}]
  net: {type: cloudify.nodes.aws.ec2.Vpc}
  app: {type: cloudify.nodes.SoftwareComponent, relationships: [{type: cloudify.relationships.contained_in, target: vm}]}
outputs:
  image: {value: {get_property: [vm, resource_config, kwargs, ImageId]}}
  unknown: {value: {get_property: [net, client_config, region]}}
`
	for _, version := range []string{"", "?version= >=2.0"} {
		g := NewWithT(t)
		b := mustParse(t, prelude+"  - 'plugin:cloudify-aws-plugin"+version+"'\n"+vm)
		app, _ := b.Node("app")
		g.Expect(app.HostID).To(Equal("vm"))
		g.Expect(Evaluate(b.Outputs["image"].Value, deployment{blueprint: b})).To(Equal("i"))
		g.Expect(Evaluate(b.Outputs["unknown"].Value, deployment{blueprint: b})).To(BeNil())
	}
	for text, want := range map[string]string{
		"  - plugin:nosuch-plugin\n":                                                                             `Couldn't find plugin "nosuch-plugin"`,
		"  - 'plugin:cloudify-aws-plugin?colour=red'\n":                                                          "Error parsing spec for plugin cloudify-aws-plugin: invalid parameter colour",
		"  - plugin:cloudify-aws-plugin\nnode_templates: {n: {type: cloudify.nodes.aws.Nosuch}}\n":               "Could not locate node type: 'cloudify.nodes.aws.Nosuch'",
		"  - plugin:cloudify-aws-plugin\nnode_templates: {n: {type: vm, properties: {zone: 1}}}\n":               "Could not locate node type: 'vm'",
		"  - plugin:cloudify-aws-plugin\nnode_templates: {n: {type: cloudify.nodes.Root, properties: {a: 1}}}\n": "'n' node 'a' property is not part",
	} {
		_, err := parseText(t, prelude+text)
		NewWithT(t).Expect(refused(t, err).Message).To(HavePrefix("Invalid blueprint - " + want))
	}
}

// Newer plugins have workflows with rules of when they can run, in the file for older DSL versions as well: blueprints of those
// can import older releases of the plugin, and have older Managers.
func TestStandInsOfOldVersions(t *testing.T) {
	const refusal = "Invalid blueprint - availability_rules not supported in version cloudify_dsl_1_3, it was added in cloudify_dsl_1_4"
	for _, row := range []struct{ release, version, plugin, want string }{
		{"7.1", "1_3", "cloudify-terraform-plugin", refusal},
		{"6.4", "1_3", "cloudify-terraform-plugin", refusal},
		{"6.2", "1_3", "cloudify-terraform-plugin", ""},
		{"5.2", "1_3", "cloudify-terraform-plugin", ""},
		{"7.1", "1_4", "cloudify-terraform-plugin", ""},
		{"7.1", "1_3", "cloudify-kubernetes-plugin", ""},
		{"7.1", "1_3", "cloudify-openstack-plugin", ""},
		{"7.1", "1_3", "cloudify-terraform-plugin?version= >=0.15.0", refusal},
		{"7.1", "1_3", "cloudify-terraform-plugin?version=0.20.3", refusal},
		{"7.1", "1_3", "cloudify-terraform-plugin?version= ==0.20.2", ""},
		{"7.1", "1_3", "cloudify-terraform-plugin?version= >=0.15.0,<0.20.3&distribution=centos", ""},
		{"7.1", "1_3", "cloudify-terraform-plugin?version= <=0.9", ""},
	} {
		t.Run(row.release+" "+row.version+" "+row.plugin, func(t *testing.T) {
			g := NewWithT(t)
			archive, err := Unpack(tarball(t, files{"bp/blueprint.yaml": "tosca_definitions_version: cloudify_dsl_" + row.version +
				"\nimports: [cloudify/types/types.yaml, 'plugin:" + row.plugin + "']\n"}))
			g.Expect(err).NotTo(HaveOccurred())
			_, err = Parse(archive, "", Options{Release: row.release})
			if row.want == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(refused(t, err).Message).To(HavePrefix(row.want))
		})
	}
	b := mustParse(t, prelude+"  - plugin:cloudify-kubernetes-plugin\n")
	NewWithT(t).Expect(b.Workflows["refresh_and_store_token"].AvailabilityRules).To(Equal(map[string]any{"node_instances_active": []any{"all", "partial"}}))
}

// Each stand-in can be imported, in a namespace too, and all of them together.
func TestEachStandIn(t *testing.T) {
	all := prelude
	for name := range standIns() {
		mustParse(t, prelude+"  - n--plugin:"+name+"\n")
		all += "  - plugin:" + name + "\n"
	}
	mustParse(t, all)
}

func TestGivenPlugins(t *testing.T) {
	file := func(typ string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("plugins: {p: {executor: central_deployment_agent, package_name: p}}\nnode_types: {" + typ +
			": {derived_from: cloudify.nodes.Root}}\nlabels: {a: {values: [b]}}\n")}
	}
	plugins := fstest.MapFS{
		"single.yaml": file("single"), "many/plugin.yaml": file("any"), "many/plugin_1_4.yaml": file("four"), "cloudify-aws-plugin.yaml": file("mine"),
	}
	for _, row := range []struct{ version, plugin, typ string }{
		{"1_4", "single", "single"}, {"1_4", "many", "four"}, {"1_5", "many", "any"}, {"1_4", "cloudify-aws-plugin", "mine"},
	} {
		archive, err := Unpack(tarball(t, files{"bp/blueprint.yaml": "tosca_definitions_version: cloudify_dsl_" + row.version +
			"\nimports: [cloudify/types/types.yaml, 'plugin:" + row.plugin + "']\nnode_templates: {n: {type: " + row.typ + "}}\n"}))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		b, err := Parse(archive, "", Options{Plugins: plugins})
		NewWithT(t).Expect(err).NotTo(HaveOccurred(), row.plugin)
		NewWithT(t).Expect(b.Labels).To(BeEmpty(), "labels of a plugin come from the Manager")
	}
}
