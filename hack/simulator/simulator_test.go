// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

func TestWholeLife(t *testing.T) {
	c := newCaller(t, Options{})
	c.ok("PUT", "blueprints/cellar?async_upload=true", string(Zip(cellar)))
	c.Expect(c.ok("GET", "blueprints/cellar?_include=state", "")).To(HaveKeyWithValue("state", "uploading"))
	c.sim.Step(5 * time.Second)
	c.Expect(c.ok("GET", "blueprints/cellar?_include=state", "")).To(HaveKeyWithValue("state", "uploaded"))

	c.ok("PUT", "deployments/d?async_create=true", `{"blueprint_id": "cellar", "inputs": {"name": "host"}}`)
	c.sim.Step(5 * time.Second)
	e := c.ok("POST", "executions", `{"deployment_id": "d", "workflow_id": "install"}`)
	c.Expect(e["status"]).To(Equal("pending"))
	c.sim.Step(time.Second)
	c.Expect(c.ok("GET", "executions/"+e["id"].(string), "")["status"]).To(Equal("started"))
	c.sim.Step(10 * time.Second)
	c.Expect(c.ok("GET", "executions/"+e["id"].(string), "")["status"]).To(Equal("terminated"))
	c.Expect(c.ok("GET", "deployments/d/capabilities", "")["capabilities"]).To(HaveKeyWithValue("url", "http://host:8080"))
	d, _ := c.sim.Deployment("d")
	c.Expect(d.Installed()).To(BeTrue())
	c.Expect(d.Status).To(Equal("good"))

	status, refused := c.send("DELETE", "deployments/d", "")
	c.Expect(status).To(Equal(http.StatusBadRequest))
	c.Expect(refused["error_code"]).To(Equal("dependent_exists_error"))
	c.ok("POST", "executions", `{"deployment_id": "d", "workflow_id": "uninstall"}`)
	c.sim.Step(10 * time.Second)
	c.ok("DELETE", "deployments/d", "")
	c.sim.Step(10 * time.Second)
	status, _ = c.send("GET", "deployments/d", "")
	c.Expect(status).To(Equal(http.StatusNotFound))
	c.ok("DELETE", "blueprints/cellar", "")
	c.Expect(c.sim.MaxConcurrentExecutions("d")).To(Equal(1))
}
