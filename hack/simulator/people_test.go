// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestWipe(t *testing.T) {
	c := withCellar(t, nil)
	c.start("d", "install", "")
	c.sim.Step(time.Second)
	c.sim.Wipe()
	c.sim.Step(time.Minute)
	c.Expect(c.sim.Deployments()).To(BeEmpty())
	c.Expect(c.sim.Blueprints()).To(BeEmpty())
	c.Expect(c.sim.Executions("")).To(BeEmpty())
	status, _ := c.send("GET", "deployments/d", "")
	c.Expect(status).To(Equal(http.StatusNotFound))
}

func TestSnapshotsAreCopies(t *testing.T) {
	c := withCellar(t, nil)
	d, _ := c.sim.Deployment("d")
	d.Inputs["name"] = "changed"
	d, _ = c.sim.Deployment("d")
	c.Expect(d.Inputs).To(HaveKeyWithValue("name", "host"))
}

func TestPeopleAreRefusedAsEverybody(t *testing.T) {
	c := withCellar(t, nil)
	c.Expect(c.sim.AddBlueprint("bad", Zip(map[string]string{"blueprint.yaml": "foo: {bar"}), "")).NotTo(Succeed())
	c.Expect(c.sim.AddDeployment("bad", "cellar", nil, nil)).To(MatchError("missing inputs: name"))
	c.Expect(c.sim.AddDeployment("bad", "cellar", map[string]any{"name": "n", "port": 0}, nil)).NotTo(Succeed())
	c.Expect(c.sim.Deployments()).To(HaveLen(1))
	_, err := c.sim.StartExecution("d", "uninstall", nil)
	c.Expect(err).To(MatchError("Workflow not available: uninstall"))
	_, err = c.sim.StartExecution("d", "install", map[string]any{"nosuch": 1})
	c.Expect(err).To(HaveOccurred())
}

func TestSecretsInOutputs(t *testing.T) {
	c := newCaller(t, Options{})
	c.Expect(c.sim.AddBlueprint("b", Zip(map[string]string{"blueprint.yaml": `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
outputs:
  password: {value: {get_secret: password}}
  constant: {value: 1}
`}), "")).To(Succeed())
	c.Expect(c.sim.AddDeployment("d", "b", nil, nil)).To(MatchError(ContainSubstring("[password]")))
	c.sim.SetSecret("password", "hunter2")
	c.Expect(c.sim.AddDeployment("d", "b", nil, nil)).To(Succeed())
	outputs := func() any { return c.ok("GET", "deployments/d/outputs", "")["outputs"] }
	c.Expect(outputs()).To(HaveKeyWithValue("password", "hunter2"))
	c.ok("DELETE", "secrets/password", "")
	c.Expect(outputs()).To(Equal(map[string]any{"constant": 1.0}), "an output without its secret is left out")
}

func TestPeopleCopyAndLabelBlueprints(t *testing.T) {
	c := newCaller(t, Options{})
	archive := Zip(map[string]string{"blueprint.yaml": "tosca_definitions_version: cloudify_dsl_1_4\nimports: [cloudify/types/types.yaml]\ndescription: One of many\n"})
	c.Expect(c.sim.AddBlueprint("b", archive, "")).To(Succeed())
	c.Expect(c.sim.CopyBlueprint("b", "b-1", "b-2")).To(Succeed())
	c.Expect(c.sim.CopyBlueprint("none", "b-3")).NotTo(Succeed())
	c.Expect(c.sim.Blueprints()).To(HaveLen(3))
	original, copied := c.ok("GET", "blueprints/b", ""), c.ok("GET", "blueprints/b-2", "")
	c.Expect(copied).To(And(HaveKeyWithValue("state", "uploaded"), HaveKeyWithValue("description", "One of many"), HaveKeyWithValue("plan", original["plan"])))
	c.Expect(copied["created_at"]).NotTo(Equal(original["created_at"]))

	c.sim.LabelBlueprint("b", map[string][]string{"kind": {"web", "wine"}})
	c.Expect(c.ok("GET", "blueprints/b", "")["labels"]).To(HaveExactElements(
		And(HaveKeyWithValue("key", "kind"), HaveKeyWithValue("value", "web")), And(HaveKeyWithValue("key", "kind"), HaveKeyWithValue("value", "wine"))))
	c.sim.LabelBlueprint("b", nil)
	c.Expect(c.ok("GET", "blueprints/b", "")["labels"]).To(BeEmpty())
}

func TestPeopleUpdateAndCancelWhenNothingElseRuns(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.Install("d")
	id, err := c.sim.StartUpdate("d", map[string]any{"port": 9090})
	c.Expect(err).NotTo(HaveOccurred())
	_, err = c.sim.StartUpdate("d", map[string]any{"port": 9091})
	c.Expect(err).To(MatchError(ContainSubstring(id)), "people look first")
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"))
	d, _ := c.sim.Deployment("d")
	c.Expect(d.Inputs).To(HaveKeyWithValue("port", int64(9090)))

	id, err = c.sim.StartExecution("d", "uninstall", nil)
	c.Expect(err).NotTo(HaveOccurred())
	c.Expect(c.sim.CancelExecution(id)).To(Succeed())
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "cancelled"))
	c.Expect(c.sim.CancelExecution(id)).NotTo(Succeed(), "it has ended")
	c.Expect(c.sim.CancelExecution("none")).NotTo(Succeed())
	c.Expect(c.sim.MaxConcurrentExecutions("d")).To(Equal(1))
}
