// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// vault is a blueprint with workflows of its own.
var vault = map[string]string{
	"blueprint.yaml": `
tosca_definitions_version: cloudify_dsl_1_3
imports: [cloudify/types/types.yaml]
plugins:
  nowhere: {executor: central_deployment_agent, install: false}
node_types:
  vault.nodes.Store:
    derived_from: cloudify.nodes.Root
    interfaces:
      cloudify.interfaces.lifecycle:
        create: {implementation: scripts/store.py, executor: central_deployment_agent}
      vault:
        rotate: {implementation: scripts/store.py, executor: central_deployment_agent}
node_templates:
  store: {type: vault.nodes.Store}
workflows:
  backup:
    mapping: scripts/backup.py
    parameters:
      target: {type: string}
      seconds: {type: integer, default: 2}
  patient: scripts/patient.py
  broken:
    mapping: scripts/broken.py
    parameters: {reason: {default: no reason}}
  hanging: nowhere.tasks.run
outputs:
  saved: {value: {get_attribute: [store, saved]}}
`,
	"scripts/store.py":   "# simulate: {duration: 1, create: {runtime_properties: {saved: never}}}\n",
	"scripts/backup.py":  "import time\n# simulate: {duration: {get_parameter: seconds}, operations: [vault.rotate], runtime_properties: {store: {saved: {get_parameter: target}}}}\n",
	"scripts/patient.py": "# simulate: {duration: 30, heeds_cancel: true}\n",
	"scripts/broken.py":  "# simulate: {fail: {concat: ['asked to fail: ', {get_parameter: reason}]}}\n",
}

// withVault is a caller of a Manager with an installed deployment d of the blueprint vault.
func withVault(t *testing.T, release string) caller {
	c := newCaller(t, Options{Release: release})
	c.Expect(c.sim.AddBlueprint("vault", Zip(vault), "")).To(Succeed())
	c.Expect(c.sim.AddDeployment("d", "vault", nil, nil)).To(Succeed())
	c.sim.Install("d")
	return c
}

func (c caller) saved() any {
	return c.ok("GET", "deployments/d/outputs", "")["outputs"].(map[string]any)["saved"]
}

func TestScriptsSayWhatTheyDo(t *testing.T) {
	for _, release := range Releases() {
		t.Run(release, func(t *testing.T) {
			c := withVault(t, release)
			c.Expect(c.saved()).To(Equal("never"))
			c.refused(http.StatusBadRequest, "illegal_execution_parameters_error", "POST", "executions", `{"deployment_id": "d", "workflow_id": "backup"}`)
			id := c.start("d", "backup", `, "parameters": {"target": "tape"}`)
			c.sim.Step(2 * time.Second)
			c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "started"))
			c.Expect(c.saved()).To(Equal("never"))
			c.sim.Step(3 * time.Second)
			done := c.execution(id)
			c.Expect(done).To(HaveKeyWithValue("status", "terminated"))
			if total, told := done["total_operations"]; told {
				c.Expect(total).To(And(BeNumerically(">", 0), Equal(done["finished_operations"])))
			}
			c.Expect(c.saved()).To(Equal("tape"))
			c.Expect(c.sim.Operations("d")).To(HaveKeyWithValue("store.vault.rotate", 1))
		})
	}
}

func TestScriptsRunDryAllTheSame(t *testing.T) {
	c := withVault(t, "")
	c.start("d", "backup", `, "parameters": {"target": "tape"}, "dry_run": true`)
	c.sim.Step(time.Minute)
	c.Expect(c.saved()).To(Equal("tape"))
}

func TestScriptsThatFail(t *testing.T) {
	c := withVault(t, "")
	id := c.start("d", "broken", `, "parameters": {"reason": "no tape"}`)
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(And(HaveKeyWithValue("status", "failed"), HaveKeyWithValue("error", ContainSubstring("asked to fail: no tape"))))
	d, _ := c.sim.Deployment("d")
	c.Expect(d.Status).To(Equal("requires_attention"))
	c.Expect(d.InstallationStatus).To(Equal("active"))
}

// A script that does not ask runs to its end, and one that asks ends sooner; both fail, for their success is refused.
func TestCancelledScriptsFail(t *testing.T) {
	for _, row := range []struct {
		workflow, action, want string
		within                 time.Duration
	}{
		{"backup", "cancel", "failed", 10 * time.Second},
		{"patient", "cancel", "failed", 6 * time.Second},
		{"patient", "force-cancel", "cancelled", 6 * time.Second},
		{"patient", "kill", "cancelled", time.Second},
	} {
		t.Run(row.action+" "+row.workflow, func(t *testing.T) {
			c := withVault(t, "")
			parameters := ""
			if row.workflow == "backup" {
				parameters = `, "parameters": {"target": "tape", "seconds": 8}`
			}
			id := c.start("d", row.workflow, parameters)
			c.sim.Step(time.Second)
			c.ok("POST", "executions/"+id, `{"action": "`+row.action+`"}`)
			c.sim.Step(row.within)
			c.Expect(c.execution(id)).To(HaveKeyWithValue("status", row.want))
		})
	}
}

func TestWorkflowOfAMissingPluginOnlyEndsByAKill(t *testing.T) {
	c := withVault(t, "")
	id := c.start("d", "hanging", "")
	for _, step := range []struct{ action, status string }{{"", "pending"}, {"cancel", "cancelling"}, {"force-cancel", "force_cancelling"}, {"kill", "cancelled"}} {
		if step.action != "" {
			c.ok("POST", "executions/"+id, `{"action": "`+step.action+`"}`)
		}
		c.sim.Step(time.Hour)
		c.Expect(c.execution(id)).To(HaveKeyWithValue("status", step.status))
	}
}

func TestBadNoteIsRefusedWithTheScript(t *testing.T) {
	c := newCaller(t, Options{})
	err := c.sim.AddBlueprint("b", Zip(map[string]string{
		"blueprint.yaml": "tosca_definitions_version: cloudify_dsl_1_3\nimports: [cloudify/types/types.yaml]\n",
		"x.py":           "# simulate: {duration: [}\n",
	}), "")
	c.Expect(err).To(MatchError(ContainSubstring("x.py")))
}
