// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"testing"

	. "github.com/onsi/gomega"
)

func nodeOf(t *testing.T, b *Blueprint, id string) Node {
	t.Helper()
	n, ok := b.Node(id)
	if !ok {
		t.Fatalf("no node %s", id)
	}
	return n
}

func TestNodesInheritFromTypes(t *testing.T) {
	g := NewWithT(t)
	b, err := parseFiles(t, files{"op.py": "", "other.py": "", "blueprint.yaml": prelude + addresses + `
node_types:
  base:
    derived_from: cloudify.nodes.Root
    properties:
      a: {default: base}
      b: {type: integer, default: 1}
      home: {type: address, default: {street: Elm}}
    interfaces:
      cloudify.interfaces.lifecycle:
        create:
          implementation: op.py
          executor: central_deployment_agent
          max_retries: 3
          inputs:
            x: {default: 1}
            y: {type: string}
        start: {implementation: op.py, executor: central_deployment_agent}
  derived:
    derived_from: base
    properties:
      b: {type: integer, default: 2}
      home: {type: address, default: {number: 7}}
      c: {}
    interfaces:
      cloudify.interfaces.lifecycle:
        start: {}
node_templates:
  n:
    type: derived
    properties: {c: mine, a: {get_input: later}}
    interfaces:
      cloudify.interfaces.lifecycle:
        create: {inputs: {y: given, z: extra}, max_retries: 0}
        stop: {implementation: other.py, executor: central_deployment_agent, inputs: {q: 1}}
      custom: {hello: {implementation: op.py, executor: central_deployment_agent}}
inputs: {later: {}}
`})
	g.Expect(err).NotTo(HaveOccurred())
	n := nodeOf(t, b, "n")
	g.Expect(n.TypeHierarchy).To(Equal([]string{"cloudify.nodes.Root", "base", "derived"}))
	g.Expect(toJSON(t, n.Properties)).To(MatchJSON(`{"use_external_resource": false, "a": {"get_input": "later"}, "b": 2,
		"home": {"street": "Elm", "number": 7}, "c": "mine"}`))

	create := n.Operations["cloudify.interfaces.lifecycle.create"]
	g.Expect(toJSON(t, create)).To(MatchJSON(`{"plugin": "script", "operation": "script_runner.tasks.run", "executor": "central_deployment_agent",
		"inputs": {"x": 1, "y": "given", "z": "extra", "script_path": "op.py"}, "has_intrinsic_functions": false, "max_retries": 0,
		"retry_interval": null, "timeout": null, "timeout_recoverable": null}`))
	g.Expect(n.HasOperation("create")).To(BeTrue(), "the lifecycle's, though validation has one too")
	g.Expect(n.Operations).NotTo(HaveKey("create"), "the short name is not clear")
	g.Expect(n.HasOperation("cloudify.interfaces.lifecycle.start")).To(BeFalse(), "the derived type takes it back")
	g.Expect(n.HasOperation("stop")).To(BeTrue())
	g.Expect(n.HasOperation("hello")).To(BeTrue())
	g.Expect(n.Operations).To(HaveKey("hello"))
	g.Expect(n.HasOperation("nosuch")).To(BeFalse())
	g.Expect(n.Operation("configure")["operation"]).To(Equal(""))
	g.Expect(n.Interfaces).To(HaveKey("custom"))
}

func TestNodeRefusals(t *testing.T) {
	for _, test := range []struct{ template, want, path string }{
		{"{type: app}", "'n' node does not provide a value for mandatory 'p' property which is part of its type schema", "node_templates.n.properties"},
		{"{type: app, properties: {p: 1, nosuch: 1}}", "'n' node 'nosuch' property is not part of the derived type properties schema",
			"node_templates.n.properties"},
		{"{type: app, properties: {p: x}}", "Property type validation failed in 'n': property 'p' type is 'integer', yet it was assigned " +
			"with the value 'x'", "node_templates.n.properties"},
		{"{type: cloudify.nodes.Root, interfaces: {i: {o: nosuch.py}}}", "Could not extract plugin or a script resource is not found from operation mapping/script-path 'nosuch.py', which is " +
			"declared for operation 'o'.In interface 'i' in node 'n' of type 'cloudify.nodes.Root'", "node_templates.n"},
		{"{type: cloudify.nodes.Root, interfaces: {i: {o: {implementation: blueprint.yaml, inputs: {script_path: x}}}}}",
			"Cannot define 'script_path' property in 'blueprint.yaml' for operation 'o'", "node_templates.n"},
		{"{type: needy}", "Input 'x' is missing a value", "node_templates.n"},
		{"{type: cloudify.nodes.Root, interfaces: {i: {o: {implementation: blueprint.yaml, executor: host_agent}}}}", "node 'n' has no relationship which makes it contained within " +
			"a host and it has a plugin 'script' with 'host_agent' as an executor. These types of plugins must be installed on a host", "node_templates"},
		{"{type: cloudify.nodes.Root, relationships: [{type: nosuch, target: m}]}", "A relationship instance under node 'n' declares an " +
			"undefined relationship type 'nosuch'", "node_templates.n.relationships.0.type"},
		{"{type: cloudify.nodes.Root, relationships: [{type: cloudify.relationships.depends_on, target: nosuch}]}", "A relationship instance " +
			"under node 'n' of type 'cloudify.relationships.depends_on' declares an undefined target node 'nosuch'", "node_templates.n.relationships.0.target"},
		{"{type: cloudify.nodes.Root, relationships: [{type: cloudify.relationships.depends_on, target: n}]}", "A relationship instance under " +
			"node 'n' of type 'cloudify.relationships.depends_on' illegally declares the source node as the target node",
			"node_templates.n.relationships.0.target"},
		{"{type: cloudify.nodes.Root, relationships: [{type: cloudify.relationships.depends_on, target: back}]}",
			"Parsing failed. Circular dependency detected: n --> back --> n", "node_templates"},
		{"{type: cloudify.nodes.Root, relationships: [{type: cloudify.relationships.depends_on}]}", "'target' key is required but it is currently " +
			"missing", "node_templates.n.relationships.0.target"},
		{"{type: cloudify.nodes.Root, relationships: [{type: cloudify.relationships.depends_on, target: m, properties: {nosuch: 1}}]}",
			"'n' node relationship 'nosuch' property is not part of the derived relationship type properties schema",
			"node_templates.n.relationships.0.properties"},
		{"{type: cloudify.nodes.Root, relationships: [{type: cloudify.relationships.contained_in, target: m}, " +
			"{type: cloudify.relationships.contained_in, target: m}]}", "Node 'n' has more than one relationship that is derived from " +
			"'cloudify.relationships.contained_in' relationship. Found: ['cloudify.relationships.contained_in', " +
			"'cloudify.relationships.contained_in'] for targets: ['m', 'm']", "node_templates.n.relationships"},
		{"{type: cloudify.nodes.Root, instances: {deploy: -1}}", "deploy instances must be a non-negative number", "node_templates.n.instances.deploy"},
		{"{type: cloudify.nodes.Root, instances: {deploy: 1}, capabilities: {scalable: {}}}", "Node 'n' defines both instances.deploy and " +
			"capabilities.scalable", "node_templates.n.capabilities"},
		{"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {min_instances: 2}}}}", "default_instances (1) cannot be smaller than " +
			"min_instances (2)", "node_templates.n.capabilities.scalable.properties"},
		{"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {default_instances: 3, max_instances: 2}}}}",
			"default_instances (3) cannot be greater than max_instances (2)", "node_templates.n.capabilities.scalable.properties"},
		{"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {max_instances: 0}}}}", "max_instances should be a positive value.",
			"node_templates.n.capabilities.scalable.properties.max_instances"},
		{"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {max_instances: MANY}}}}",
			"The only valid string for max_instances is UNBOUNDED.", "node_templates.n.capabilities.scalable.properties.max_instances"},
		{"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {min_instances: -1}}}}", "min_instances should be a non negative value.",
			"node_templates.n.capabilities.scalable.properties.min_instances"},
		{"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {min_instances: {a: b}}}}}",
			"min_instances should be a valid intrinsic function or a value.", "node_templates.n.capabilities.scalable.properties.min_instances"},
		{"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {default_instances: [1]}}}}",
			"Expected '['integer', 'dict']' type but found 'list' type", "node_templates.n.capabilities.scalable.properties.default_instances"},
		{"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {min_instances: 5, default_instances: {get_input: i}, max_instances: 2}}}}",
			"min_instances (5) cannot be greater than max_instances (2)", "node_templates.n.capabilities.scalable.properties"},
	} {
		t.Run(test.template, func(t *testing.T) {
			g := NewWithT(t)
			_, err := parseText(t, prelude+`
node_types:
  app: {derived_from: cloudify.nodes.Root, properties: {p: {type: integer}}}
  needy:
    derived_from: cloudify.nodes.Root
    interfaces: {i: {o: {implementation: script.x, executor: central_deployment_agent, inputs: {x: {}}}}}
node_templates:
  n: `+test.template+`
  m: {type: cloudify.nodes.Root}
  back: {type: cloudify.nodes.Root, relationships: [{type: cloudify.relationships.depends_on, target: n}]}
`)
			g.Expect(refused(t, err).State).To(Equal(StateInvalid))
			g.Expect(err.Error()).To(HavePrefix("Invalid blueprint - " + test.want))
			g.Expect(err.Error()).To(ContainSubstring("\n  path: " + test.path + "\n"))
		})
	}
}

func TestTargetsComeBeforeSources(t *testing.T) {
	g := NewWithT(t)
	b := mustParse(t, prelude+`
node_types: {none: {derived_from: cloudify.nodes.Compute}}
node_templates:
  app:
    type: cloudify.nodes.Root
    relationships:
      - {type: cloudify.relationships.contained_in, target: server}
      - {type: cloudify.relationships.connected_to, target: db, properties: {connection_type: all_to_one}}
  server: {type: cloudify.nodes.WebServer, relationships: [{type: cloudify.relationships.contained_in, target: vm}]}
  alone: {type: cloudify.nodes.Root}
  db: {type: cloudify.nodes.Root}
  vm: {type: none, properties: {agent_config: {install_method: none}}}
`)
	var ids []string
	for _, n := range b.Nodes {
		ids = append(ids, n.ID)
	}
	g.Expect(ids).To(Equal([]string{"vm", "server", "db", "app", "alone"}))
	for id, host := range map[string]string{"vm": "vm", "server": "vm", "app": "vm", "alone": "", "db": ""} {
		g.Expect(nodeOf(t, b, id).HostID).To(Equal(host), id)
	}
	app := nodeOf(t, b, "app")
	g.Expect(app.Relationships).To(HaveLen(2))
	g.Expect(app.Relationships[1].TargetID).To(Equal("db"))
	g.Expect(app.Relationships[1].TypeHierarchy).To(Equal([]string{"cloudify.relationships.depends_on", "cloudify.relationships.connected_to"}))
	g.Expect(toJSON(t, app.Relationships[1].Properties)).To(MatchJSON(`{"connection_type": "all_to_one"}`))
	g.Expect(app.Relationships[1].SourceOperations).To(HaveKey("cloudify.interfaces.relationship_lifecycle.establish"))
	g.Expect(toJSON(t, nodeOf(t, b, "vm").Properties["agent_config"])).To(MatchJSON(`{"install_method": "none", "port": 22, "network": "default"}`))
	g.Expect(toJSON(t, nodeOf(t, b, "server").Properties["port"])).To(Equal("80"))
	g.Expect(b.Plan["host_agent_plugins_to_install"]).To(HaveLen(1), "the agent's own")
}

func TestInstances(t *testing.T) {
	for template, want := range map[string][3]int{
		"{type: cloudify.nodes.Root}":                                                                                                     {1, 0, -1},
		"{type: cloudify.nodes.Root, instances: {deploy: 3}}":                                                                             {3, 0, -1},
		"{type: cloudify.nodes.Root, instances: {deploy: 0}}":                                                                             {0, 0, -1},
		"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {default_instances: 2}}}}":                                     {2, 0, -1},
		"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {min_instances: 1, default_instances: 2, max_instances: 5}}}}": {2, 1, 5},
		"{type: cloudify.nodes.Root, capabilities: {scalable: {properties: {max_instances: UNBOUNDED}}}}":                                 {1, 0, -1},
	} {
		n := nodeOf(t, mustParse(t, prelude+"node_templates:\n  n: "+template+"\n"), "n")
		NewWithT(t).Expect([3]int{n.DefaultInstances, n.MinInstances, n.MaxInstances}).To(Equal(want), template)
	}
}

func TestScalingGroups(t *testing.T) {
	g := NewWithT(t)
	b := mustParse(t, prelude+`
node_templates: {a: {type: cloudify.nodes.Root}, b: {type: cloudify.nodes.Root}}
groups:
  g: {members: [a, b, a]}
policies:
  p: {type: cloudify.policies.scaling, targets: [g], properties: {default_instances: 2}}
`)
	g.Expect(toJSON(t, b.Plan["groups"])).To(MatchJSON(`{"g": {"members": ["a", "b"], "policies": {}}}`))
	g.Expect(toJSON(t, b.Plan["scaling_groups"])).To(MatchJSON(`{"g": {"members": ["a", "b"], "properties": {"default_instances": 2,
		"current_instances": 2, "planned_instances": 2, "min_instances": 0, "max_instances": -1}}}`))
}

// A blueprint's own type derived from a built-in one may ask the simulator for behaviour; to the
// parser its property is one like any other.
func TestSimulateProperty(t *testing.T) {
	g := NewWithT(t)
	b := mustParse(t, prelude+`
inputs: {fail_message: {default: ''}, name: {default: shop}}
node_types:
  demo.nodes.Service: {derived_from: cloudify.nodes.Root, properties: {simulate: {default: {}}}}
node_templates:
  service:
    type: demo.nodes.Service
    properties:
      simulate:
        create: {duration: 3, runtime_properties: {endpoint: {concat: ['https://', {get_input: name}]}}}
        start: {fail: {get_input: fail_message}}
`)
	simulate, err := b.Property("service", []any{"simulate"})
	g.Expect(err).NotTo(HaveOccurred())
	got, err := Evaluate(simulate, deployment{inputs: map[string]any{"name": "shop", "fail_message": "no quota"}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(toJSON(t, got)).To(MatchJSON(`{"create": {"duration": 3, "runtime_properties": {"endpoint": "https://shop"}}, "start": {"fail": "no quota"}}`))
}

func TestComponents(t *testing.T) {
	g := NewWithT(t)
	b := mustParse(t, prelude+`
node_templates:
  c:
    type: cloudify.nodes.ServiceComponent
    properties:
      resource_config:
        blueprint: {external_resource: true, id: other}
        deployment: {id: d}
`)
	c := nodeOf(t, b, "c")
	g.Expect(c.TypeHierarchy).To(Equal([]string{"cloudify.nodes.Root", "cloudify.nodes.Component", "cloudify.nodes.ServiceComponent"}))
	g.Expect(c.HasOperation("create")).To(BeTrue())
	g.Expect(toJSON(t, c.Properties["resource_config"])).To(MatchJSON(`{"blueprint": {"external_resource": true, "id": "other",
		"main_file_name": "blueprint.yaml", "blueprint_archive": ""}, "deployment": {"external_resource": false, "id": "d", "inputs": {}},
		"executions_start_args": {}}`))
}
