// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// cellar is a blueprint of two nodes, one of which says how it wants to be simulated.
var cellar = map[string]string{"blueprint.yaml": `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
inputs:
  name: {type: string}
  port: {type: integer, default: 8080, constraints: [{in_range: [1, 65535]}]}
  fail: {type: string, default: ''}
node_types:
  cellar.nodes.App:
    derived_from: cloudify.nodes.Root
    properties:
      simulate: {default: {}}
node_templates:
  net: {type: cloudify.nodes.Root}
  app:
    type: cellar.nodes.App
    properties:
      simulate:
        create: {duration: 2, runtime_properties: {url: {concat: ['http://', {get_input: name}, ':', {get_input: port}]}}}
        start: {duration: 1, fail: {get_input: fail}}
        delete: {runtime_properties: {url: null}}
    relationships:
      - {type: cloudify.relationships.depends_on, target: net}
capabilities:
  url: {value: {get_attribute: [app, url]}}
outputs:
  name: {value: {get_input: name}}
`}

// caller sends requests as admin and decodes the answers.
type caller struct {
	*WithT
	sim *Simulator
}

func newCaller(t *testing.T, options Options) caller {
	return caller{NewWithT(t), New(options)}
}

func (c caller) send(method, path, body string) (int, map[string]any) {
	r := httptest.NewRequest(method, apiRoot+path, strings.NewReader(body))
	r.SetBasicAuth("admin", "admin")
	r.Header.Set("Tenant", tenantName)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	c.sim.ServeHTTP(w, r)
	var decoded map[string]any
	if w.Body.Len() > 0 && w.Header().Get("Content-Type") == "application/json" {
		c.Expect(json.Unmarshal(w.Body.Bytes(), &decoded)).To(Succeed())
	}
	return w.Code, decoded
}

func (c caller) ok(method, path, body string) map[string]any {
	status, answer := c.send(method, path, body)
	c.Expect(status).To(BeNumerically("<", 300), "%s %s: %v", method, path, answer)
	return answer
}

// refused sends a request that must be answered with this status and code.
func (c caller) refused(status int, code, method, path, body string) map[string]any {
	got, answer := c.send(method, path, body)
	c.Expect(got).To(Equal(status), "%s %s: %v", method, path, answer)
	c.Expect(answer).To(HaveKeyWithValue("error_code", code))
	return answer
}

// start starts a workflow and returns the execution's ID.
func (c caller) start(deployment, workflow, more string) string {
	answer := c.ok("POST", "executions", `{"deployment_id": "`+deployment+`", "workflow_id": "`+workflow+`"`+more+`}`)
	return answer["id"].(string)
}

func (c caller) execution(id string) map[string]any { return c.ok("GET", "executions/"+id, "") }

// states are those of the instances of d.
func (c caller) states() []string {
	d, ok := c.sim.Deployment("d")
	c.Expect(ok).To(BeTrue())
	states := []string{}
	for _, i := range d.Instances {
		states = append(states, i.NodeID+" "+i.State)
	}
	return states
}

// withCellar is a caller of a Manager that has the blueprint cellar and a deployment d of it.
func withCellar(t *testing.T, inputs map[string]any) caller {
	c := newCaller(t, Options{})
	c.Expect(c.sim.AddBlueprint("cellar", Zip(cellar), "")).To(Succeed())
	all := map[string]any{"name": "host"}
	maps.Copy(all, inputs)
	c.Expect(c.sim.AddDeployment("d", "cellar", all, nil)).To(Succeed())
	return c
}
