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

// update initiates an update, lets it end and returns its state.
func (c caller) update(body string) string {
	u := c.ok("POST", "deployment-updates/d/update/initiate", body)
	c.sim.Step(time.Minute)
	return c.ok("GET", "deployment-updates/"+u["id"].(string), "")["state"].(string)
}

func TestUpdateReinstallsWhatChanged(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.Install("d")
	c.Expect(c.update(`{"inputs": {"port": 9090}}`)).To(Equal("successful"))
	c.Expect(c.ok("GET", "deployments/d/capabilities", "")["capabilities"]).To(HaveKeyWithValue("url", "http://host:9090"))
	c.Expect(c.sim.Operations("d")).To(Equal(map[string]int{"app.create": 1, "app.start": 1, "app.delete": 1}))
	d, _ := c.sim.Deployment("d")
	c.Expect(d.Inputs).To(And(HaveKeyWithValue("name", "host"), HaveKeyWithValue("port", int64(9090))), "an omitted input stays")

	c.Expect(c.update(`{"inputs": {"port": 9090}}`)).To(Equal("successful"))
	c.Expect(c.sim.Operations("d")).To(HaveKeyWithValue("app.create", 1), "nothing changed")
	c.Expect(c.update(`{"inputs": {"port": 9091}, "skip_reinstall": true}`)).To(Equal("successful"))
	c.Expect(c.sim.Operations("d")).To(HaveKeyWithValue("app.create", 1), "told not to")
	c.Expect(c.update(`{"reinstall_list": ["app"]}`)).To(Equal("successful"))
	c.Expect(c.sim.Operations("d")).To(HaveKeyWithValue("app.create", 2), "told to")
}

func TestUpdateAfterAFailedOneLeavesWhatIsHalfInstalled(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.Install("d")
	c.Expect(c.update(`{"inputs": {"fail": "no space left"}}`)).To(Equal("failed"))
	c.Expect(c.states()).To(ConsistOf("net started", "app starting"))
	c.Expect(c.update(`{"inputs": {"fail": ""}}`)).To(Equal("successful"), "says the Manager")
	c.Expect(c.states()).To(ConsistOf("net started", "app starting"), "but nothing was repaired")

	c.start("d", "install", "")
	c.sim.Step(time.Minute)
	c.Expect(c.states()).To(ConsistOf("net started", "app started"))
}

func TestUpdateToAnotherBlueprint(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.Install("d")
	c.Expect(c.sim.AddBlueprint("second", Zip(map[string]string{"blueprint.yaml": `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
inputs:
  name: {type: string}
  zone: {type: string, default: a}
node_templates:
  net: {type: cloudify.nodes.Root}
  disk: {type: cloudify.nodes.Root}
`}), "")).To(Succeed())
	preview := c.ok("POST", "deployment-updates/d/update/initiate", `{"blueprint_id": "second", "preview": true}`)
	c.Expect(preview["state"]).To(Equal("successful"))
	var steps []string
	for _, st := range preview["steps"].([]any) {
		if st := st.(map[string]any); st["entity_type"] != "workflow" {
			steps = append(steps, fmt.Sprint(st["action"], " ", st["entity_id"]))
		}
	}
	c.Expect(steps).To(ConsistOf("add [nodes disk]", "remove [nodes app]", "remove [outputs name]"))
	d, _ := c.sim.Deployment("d")
	c.Expect(d.BlueprintID).To(Equal("cellar"), "a preview changes nothing")

	c.Expect(c.update(`{"blueprint_id": "second"}`)).To(Equal("successful"))
	d, _ = c.sim.Deployment("d")
	c.Expect(d.BlueprintID).To(Equal("second"))
	c.Expect(d.Inputs).To(Equal(map[string]any{"name": "host", "zone": "a"}), "what the blueprint does not declare is dropped")
	c.Expect(c.states()).To(ConsistOf("net started", "disk started"))
	c.refused(http.StatusBadRequest, "dependent_exists_error", "DELETE", "blueprints/second", "")
	c.ok("DELETE", "blueprints/cellar", "")
}

func TestUpdateWithBadInputsSaysWhyOnlyInEvents(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.Install("d")
	c.Expect(c.update(`{"inputs": {"port": 99999}}`)).To(Equal("failed"))
	executions := c.sim.Executions("d")
	failed := executions[len(executions)-1]
	c.Expect(failed.Error).To(Equal("Task failed: prepare_plan: "))
	events := c.ok("GET", "events?event_type=task_failed&execution_id="+failed.ID, "")["items"]
	c.Expect(events).To(ConsistOf(HaveKeyWithValue("message", ContainSubstring("Value 99999 of input port violates constraint"))))
	d, _ := c.sim.Deployment("d")
	c.Expect(d.Inputs).To(HaveKeyWithValue("port", int64(8080)))
}

// Seen: an update on a half-installed deployment, then install, repairs it.
func TestUpdateThenInstallRepairs(t *testing.T) {
	c := withCellar(t, map[string]any{"fail": "no space left"})
	c.start("d", "install", "")
	c.sim.Step(time.Minute)
	c.Expect(c.states()).To(ConsistOf("net started", "app starting"))
	c.Expect(c.update(`{"inputs": {"fail": ""}}`)).To(Equal("successful"))
	c.start("d", "install", "")
	c.sim.Step(time.Minute)
	c.Expect(c.states()).To(ConsistOf("net started", "app started"))
}

// Up to 6.2 an update is prepared within the request, one at a time; 6.2 takes by POST what the releases before take by PUT.
func TestUpdatesWithinTheRequest(t *testing.T) {
	const body = `{"inputs": {"port": 9090}}`
	for _, row := range []struct {
		release, method, state string
		again                  int
	}{
		{"5.2", "PUT", "executing_workflow", http.StatusConflict},
		{"6.2", "PUT", "executing_workflow", http.StatusConflict},
		{"6.2", "POST", "executing_workflow", http.StatusConflict},
		{"6.4", "POST", "updating", http.StatusOK},
	} {
		t.Run(row.release+" "+row.method, func(t *testing.T) {
			c := newCaller(t, Options{Release: row.release})
			text := strings.ReplaceAll(cellar["blueprint.yaml"], "cloudify_dsl_1_4", "cloudify_dsl_1_3")
			c.Expect(c.sim.AddBlueprint("cellar", Zip(map[string]string{"blueprint.yaml": text}), "")).To(Succeed())
			c.Expect(c.sim.AddDeployment("d", "cellar", map[string]any{"name": "host"}, nil)).To(Succeed())
			c.sim.Install("d")
			c.Expect(c.ok(row.method, "deployment-updates/d/update/initiate", body)["state"]).To(Equal(row.state))
			d, _ := c.sim.Deployment("d")
			c.Expect(d.Inputs["port"] == int64(9090)).To(Equal(row.again == http.StatusConflict), "switched over at once")
			status, _ := c.send(row.method, "deployment-updates/d/update/initiate", body)
			c.Expect(status).To(Equal(row.again))
			c.sim.Step(time.Minute)
			d, _ = c.sim.Deployment("d")
			c.Expect(d.Inputs).To(HaveKeyWithValue("port", int64(9090)))
			c.Expect(d.Installed()).To(BeTrue())
		})
	}
}
