// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// A preview tells the steps and does nothing; from 6.3 on one that is refused still marks the deployment as failed.
func TestPreviews(t *testing.T) {
	for _, row := range []struct {
		release, method, state, entity string
		late                           bool
	}{
		{"5.2", "PUT", "preview", "nodes:app:properties:simulate", false},
		{"6.2", "POST", "preview", "nodes:app:properties:simulate", false},
		{"6.4", "POST", "successful", "[nodes app properties simulate]", true},
		{"7.1", "POST", "successful", "[nodes app properties simulate]", true},
	} {
		t.Run(row.release, func(t *testing.T) {
			c := newCaller(t, Options{Release: row.release})
			old := map[string]string{"blueprint.yaml": strings.Replace(cellar["blueprint.yaml"], "cloudify_dsl_1_4", "cloudify_dsl_1_3", 1)}
			c.Expect(c.sim.AddBlueprint("cellar", Zip(old), "")).To(Succeed())
			c.Expect(c.sim.AddDeployment("d", "cellar", map[string]any{"name": "host"}, nil)).To(Succeed())
			c.sim.Install("d")
			before, _ := c.sim.Deployment("d")

			u := c.ok(row.method, "deployment-updates/d/update/initiate", `{"inputs": {"port": 9090}, "preview": true}`)
			c.Expect(u).To(And(HaveKeyWithValue("state", row.state), HaveKeyWithValue("new_inputs", HaveKeyWithValue("port", 9090.0))))
			var changed []string
			for _, st := range u["steps"].([]any) {
				if st := st.(map[string]any); st["entity_type"] == "property" {
					changed = append(changed, fmt.Sprint(st["entity_id"]))
				}
			}
			c.Expect(changed).To(Equal([]string{row.entity}))
			c.sim.Step(time.Minute)
			after, _ := c.sim.Deployment("d")
			c.Expect(after.Inputs).To(Equal(before.Inputs))
			c.Expect(after.Instances).To(Equal(before.Instances))
			c.Expect(after.Status).To(Equal(before.Status))

			refused := `{"inputs": {"port": 99999}, "preview": true}`
			if !row.late {
				status, _ := c.send(row.method, "deployment-updates/d/update/initiate", refused)
				c.Expect(status).To(Equal(http.StatusBadRequest))
				after, _ = c.sim.Deployment("d")
				c.Expect(after.LatestExecution).To(Equal(before.LatestExecution))
				return
			}
			c.Expect(c.ok(row.method, "deployment-updates/d/update/initiate", refused)).To(HaveKeyWithValue("state", "failed"))
			after, _ = c.sim.Deployment("d")
			c.Expect(after.Status).To(Equal("requires_attention"))
			c.Expect(after.Inputs).To(Equal(before.Inputs))
			c.Expect(after.InstallationStatus).To(Equal("active"))
		})
	}
}

func TestUpdateLeavesWhatHasNotDrifted(t *testing.T) {
	files := map[string]string{"drift.py": "", "blueprint.yaml": `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
inputs:
  size: {default: 1}
  drift: {default: {}}
node_types:
  t:
    derived_from: cloudify.nodes.Root
    properties:
      size: {}
      simulate: {default: {}}
    interfaces:
      cloudify.interfaces.lifecycle: {create: drift.py, check_drift: drift.py}
node_templates:
  app:
    type: t
    properties:
      size: {get_input: size}
      simulate: {create: {runtime_properties: {size: {get_property: [SELF, size]}}}, check_drift: {returns: {get_input: drift}}}
outputs:
  size: {value: {get_attribute: [app, size]}}
`}
	c := newCaller(t, Options{})
	c.Expect(c.sim.AddBlueprint("b", Zip(files), "")).To(Succeed())
	c.Expect(c.sim.AddDeployment("d", "b", nil, nil)).To(Succeed())
	c.sim.Install("d")
	c.Expect(c.update(`{"inputs": {"size": 2}}`)).To(Equal("successful"))
	c.Expect(c.sim.Operations("d")).To(And(HaveKeyWithValue("app.check_drift", 1), Not(HaveKey("app.create"))), "it says that it is as it should be")
	c.Expect(c.update(`{"inputs": {"size": 3, "drift": {"size": 1}}}`)).To(Equal("successful"))
	c.Expect(c.sim.Operations("d")).To(And(HaveKeyWithValue("app.check_drift", 2), HaveKeyWithValue("app.create", 1)))
	c.Expect(c.ok("GET", "deployments/d/outputs", "")["outputs"]).To(HaveKeyWithValue("size", 3.0))
}
