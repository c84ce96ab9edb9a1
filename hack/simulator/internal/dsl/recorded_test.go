// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"maps"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// What a real Manager 7.1 made of the blueprints in testdata/blueprints.

// recording is a blueprint's row; of its plan a part was recorded, and the names of the rest.
type recording struct {
	Plan         map[string]any `json:"plan"`
	LeftOut      []string       `json:"leftOut"`
	Requirements map[string]any `json:"requirements"`
	Description  *string        `json:"description"`
}

func parseRecorded(t *testing.T, name, mainFile string) (*Blueprint, error) {
	t.Helper()
	archive, err := Unpack(gzipped(t, tarball(t, recordedFiles(t, name))))
	if err != nil {
		return nil, err
	}
	return Parse(archive, mainFile, Options{Release: "7.1"})
}

func TestRecordedPlans(t *testing.T) {
	for _, name := range []string{"demo", "tiny", "tiny13", "dsl15", "secret"} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var recorded recording
			readJSON(t, "testdata/recorded/"+name+".json", &recorded)
			b, err := parseRecorded(t, name, "blueprint.yaml")
			g.Expect(err).NotTo(HaveOccurred())

			members := append(slices.Collect(maps.Keys(recorded.Plan)), recorded.LeftOut...)
			g.Expect(slices.Collect(maps.Keys(b.Plan))).To(ConsistOf(members))
			for member, want := range recorded.Plan {
				if member == "workflows" {
					continue
				}
				g.Expect(toJSON(t, b.Plan[member])).To(MatchJSON(toJSON(t, want)), member)
			}
			// Of a workflow in the plan only parameters and availability were recorded.
			for workflow, want := range recorded.Plan["workflows"].(map[string]any) {
				for member, value := range want.(map[string]any) {
					shown := b.Plan["workflows"].(map[string]any)[workflow].(map[string]any)
					g.Expect(toJSON(t, shown[member])).To(MatchJSON(toJSON(t, value)), workflow+" "+member)
				}
			}
			g.Expect(toJSON(t, b.Plan["requirements"])).To(MatchJSON(toJSON(t, recorded.Requirements)))
			if recorded.Description != nil {
				g.Expect(b.Description).To(Equal(*recorded.Description))
			}
		})
	}
}

func TestRecordedWorkflows(t *testing.T) {
	g := NewWithT(t)
	var recorded []map[string]any
	readJSON(t, "testdata/recorded/workflows.json", &recorded)
	b, err := parseRecorded(t, "demo", "")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(b.Workflows).To(HaveLen(16))
	g.Expect(b.WorkflowNames[:4]).To(Equal([]string{"backup", "install", "check_status", "check_drift"}))
	for _, want := range recorded {
		name := want["name"].(string)
		shown := b.Workflows[name].Map()
		shown["name"] = name
		g.Expect(toJSON(t, shown)).To(MatchJSON(toJSON(t, want)))
	}
}

func TestRecordedBlueprintsParse(t *testing.T) {
	for name, nodes := range map[string][]string{
		"demo": {"base", "app"}, "v2demo": {"extra", "base", "app"}, "tiny": {"root"},
		"tiny13": {"root"}, "dsl15": {"root"}, "secret": {"root"}, "capuser": {"root"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			b, err := parseRecorded(t, name, "")
			g.Expect(err).NotTo(HaveOccurred())
			var ids []string
			for _, n := range b.Nodes {
				ids = append(ids, n.ID)
			}
			g.Expect(ids).To(Equal(nodes))
		})
	}
}

func TestRecordedRefusals(t *testing.T) {
	types := []string{
		"Root", "Compute", "Container", "Tier", "Volume", "FileSystem", "ObjectStorage", "Network", "Subnet", "Port", "Router",
		"LoadBalancer", "VirtualIP", "SecurityGroup", "SoftwareComponent", "DBMS", "Database", "WebServer", "ApplicationServer",
		"MessageBusServer", "ApplicationModule", "CloudifyManager", "Component", "ServiceComponent", "SharedResource",
		"Blueprint", "PasswordSecret",
	}
	for i, name := range types {
		types[i] = "'cloudify.nodes." + name + "'"
	}
	for name, test := range map[string]struct {
		blueprint, mainFile string
		want                Error
	}{
		"broken YAML": {"badyaml", "blueprint.yaml", Error{StateInvalid,
			"Invalid blueprint - Failed to parse DSL: Illegal yaml; while parsing a flow mapping\n" +
				"  in \"<unicode string>\", line 3, column 8:\n      foo: {bar\n           ^\n" +
				"expected ',' or '}', but got '<stream end>'\n  in \"<unicode string>\", line 4, column 1:\n    \n    ^"}},
		"unknown type": {"badtype", "blueprint.yaml", Error{StateInvalid,
			"Invalid blueprint - Could not locate node type: 'no.such.Type'; existing types: [" + strings.Join(types, ", ") + "] \n" +
				"  in: <workdir>/badtype/blueprint.yaml\n  in line: 6, column: 4\n  path: node_templates.root.type\n  value: no.such.Type"}},
		"missing import": {"badimport", "blueprint.yaml", Error{StateInvalid,
			"Invalid blueprint - Import failed: Unable to open import url resource:nothing/here.yaml; 404 " +
				"(https://manager.example/resources/nothing/here.yaml) : Not Found \n" +
				"  in: <workdir>/badimport/blueprint.yaml\n  in line: 2, column: 0\n  path: imports\n  value: ['nothing/here.yaml']"}},
		"missing main file": {"nomain", "", Error{StateFailedExtracting,
			"Application directory is missing blueprint.yaml and application_file_name query parameter was not passed"}},
		"missing named main file": {"tiny", "other.yaml", Error{StateFailedExtracting,
			"other.yaml does not exist in the application directory"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseRecorded(t, test.blueprint, test.mainFile)
			NewWithT(t).Expect(*refused(t, err)).To(Equal(test.want))
		})
	}
}

// Outputs and capabilities of the recorded deployments, before and after the install.
func TestRecordedValues(t *testing.T) {
	demo, err := parseRecorded(t, "demo", "")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	secret, err := parseRecorded(t, "secret", "")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	capuser, err := parseRecorded(t, "capuser", "")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	inputs := map[string]any{"name": "svc-one", "size": int64(3)}
	app := func(attributes map[string]any) map[string]map[string]map[string]any {
		return map[string]map[string]map[string]any{"app": {"app_afqxq0": attributes}}
	}
	for name, test := range map[string]struct {
		outputs map[string]Output
		scope   deployment
		want    string
	}{
		"outputs before": {demo.Outputs, deployment{inputs: inputs, attributes: app(nil)},
			`{"endpoint": "https://svc-one.example.com", "size": 3, "runtime": null}`},
		"outputs after": {demo.Outputs, deployment{inputs: inputs, attributes: app(map[string]any{"created_name": "svc-one-3"})},
			`{"endpoint": "https://svc-one.example.com", "size": 3, "runtime": "svc-one-3"}`},
		"capabilities after": {demo.Capabilities,
			deployment{inputs: inputs, attributes: app(map[string]any{"created_name": "svc-one-3", "password": "s3cret"})},
			`{"endpoint": "https://svc-one.example.com", "username": "admin", "created_name": "svc-one-3", "password": "s3cret"}`},
		"a secret": {secret.Capabilities, deployment{secrets: map[string]any{"db_password": "hunter4"}}, `{"pw": "hunter4"}`},
		"another deployment's": {capuser.Capabilities, deployment{inputs: map[string]any{"other": "prov"},
			capabilities: map[string]map[string]any{"prov": {"endpoint": "https://prov.example.com"}}},
			`{"relayed": "https://prov.example.com"}`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			values := map[string]any{}
			for name, output := range test.outputs {
				values[name], err = Evaluate(output.Value, test.scope)
				g.Expect(err).NotTo(HaveOccurred())
			}
			g.Expect(toJSON(t, values)).To(MatchJSON(test.want))
		})
	}
}

// What a deployment shows of its outputs: static functions are resolved, the others are left.
func TestRecordedDefinitions(t *testing.T) {
	g := NewWithT(t)
	b, err := parseRecorded(t, "demo", "")
	g.Expect(err).NotTo(HaveOccurred())
	definitions := map[string]any{}
	for name, output := range b.Outputs {
		definitions[name] = output.Map()
	}
	resolved, err := EvaluateStatic(definitions, deployment{blueprint: b, inputs: map[string]any{"name": "svc-one", "size": int64(3)}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(toJSON(t, resolved)).To(MatchJSON(`{"endpoint": {"description": "where it is", "value": "https://svc-one.example.com"},
		"size": {"value": 3}, "runtime": {"value": {"get_attribute": ["app", "created_name"]}}}`))
}

func TestRecordedMissingSecret(t *testing.T) {
	g := NewWithT(t)
	b, err := parseRecorded(t, "secret", "")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(b.Capabilities["pw"].SecretKey()).To(Equal("db_password"))
	keys, err := b.SecretKeys(deployment{blueprint: b})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(keys).To(Equal([]string{"db_password"}))
	inputs, err := b.PrepareInputs(nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(toJSON(t, inputs)).To(MatchJSON(`{"pw": {"get_secret": "db_password"}}`))
}
