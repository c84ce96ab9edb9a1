// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestRefusedStartLeavesARow(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.Install("d")
	c.refused(http.StatusBadRequest, "unavailable_workflow_error", "POST", "executions", `{"deployment_id": "d", "workflow_id": "install"}`)
	executions := c.sim.Executions("d")
	refused := executions[len(executions)-1]
	c.Expect(refused.Status).To(Equal("failed"))
	c.Expect(refused.Error).To(Equal("Error preparing execution: Workflow not available: install"))
	d, _ := c.sim.Deployment("d")
	c.Expect(d.LatestExecution).NotTo(Equal(refused.ID))
	c.Expect(d.Status).To(Equal("good"))
}

// From DSL 1.4 on, heal without an instance is for the whole deployment.
func TestHealNeedsNoInstance(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.Install("d")
	id := c.start("d", "heal", "")
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(And(HaveKeyWithValue("status", "terminated"), HaveKeyWithValue("parameters", Not(HaveKey("node_instance_id")))))
}

func TestHealReinstallsWhatIsUnavailable(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.Install("d")
	counts := func() map[string]any {
		return c.ok("GET", "deployments/d?_include=id,drifted_instances,unavailable_instances", "")
	}
	c.Expect(counts()).To(And(HaveKeyWithValue("drifted_instances", 0.0), HaveKeyWithValue("unavailable_instances", 0.0)))
	c.sim.Disturb("d", "app")
	c.Expect(counts()).To(And(HaveKeyWithValue("drifted_instances", 1.0), HaveKeyWithValue("unavailable_instances", 1.0)))

	c.start("d", "heal", "")
	c.sim.Step(time.Minute)
	c.Expect(counts()).To(HaveKeyWithValue("unavailable_instances", 0.0))
	c.Expect(c.sim.Operations("d")).To(And(HaveKeyWithValue("app.delete", 1), HaveKeyWithValue("app.start", 1), Not(HaveKey("host.create"))))
}

func TestLatestExecutionMovesWhenOneStarts(t *testing.T) {
	c := withCellar(t, nil)
	before, _ := c.sim.Deployment("d")
	id := c.start("d", "install", "")
	d, _ := c.sim.Deployment("d")
	c.Expect(d.LatestExecution).To(Equal(before.LatestExecution))
	c.sim.Step(c.sim.worker.dispatch)
	d, _ = c.sim.Deployment("d")
	c.Expect(d.LatestExecution).To(Equal(id))
}

// A prompt worker is at the first operation before the clock has moved.
func TestPromptWorker(t *testing.T) {
	for _, row := range []struct {
		prompt bool
		status string
		done   OmegaMatcher
	}{{false, "pending", BeZero()}, {true, "started", BeNumerically(">", 0)}} {
		c := newCaller(t, Options{Prompt: row.prompt})
		c.Expect(c.sim.AddBlueprint("cellar", Zip(cellar), "")).To(Succeed())
		c.Expect(c.sim.AddDeployment("d", "cellar", map[string]any{"name": "host"}, nil)).To(Succeed())
		id := c.start("d", "install", "")
		c.Expect(c.execution(id)).To(And(HaveKeyWithValue("status", row.status), HaveKeyWithValue("finished_operations", row.done)))
	}
}

func TestQueue(t *testing.T) {
	c := withCellar(t, nil)
	install := c.start("d", "install", "")
	c.refused(http.StatusBadRequest, "existing_running_execution_error", "POST", "executions", `{"deployment_id": "d", "workflow_id": "uninstall"}`)
	uninstall := c.start("d", "uninstall", `, "queue": true`)
	again := c.start("d", "uninstall", `, "queue": true`)
	c.Expect(c.execution(uninstall)).To(HaveKeyWithValue("status", "queued"))
	c.sim.Step(time.Minute)
	c.Expect(c.execution(install)).To(HaveKeyWithValue("status", "terminated"))
	c.Expect(c.execution(uninstall)).To(HaveKeyWithValue("status", "terminated"))
	c.Expect(c.execution(again)).To(And(HaveKeyWithValue("status", "failed"),
		HaveKeyWithValue("error", "Error dequeueing execution: Workflow not available: uninstall")))
	c.Expect(c.sim.MaxConcurrentExecutions("d")).To(Equal(1))
}

func TestForceRunsBesideOthers(t *testing.T) {
	c := withCellar(t, nil)
	c.start("d", "install", "")
	c.start("d", "uninstall", `, "force": true`)
	c.Expect(c.sim.MaxConcurrentExecutions("d")).To(Equal(2))
	c.sim.Step(time.Minute)
	for _, e := range c.sim.Executions("d") {
		c.Expect(e.Active()).To(BeFalse())
	}
}

func TestCancelAndResume(t *testing.T) {
	c := withCellar(t, nil)
	id := c.start("d", "install", "")
	c.sim.Step(time.Second)
	c.Expect(c.states()).To(ConsistOf("net started", "app creating"))
	c.sim.SetSecret("unrelated", 1)
	c.ok("POST", "executions/"+id, `{"action": "kill"}`)
	c.sim.Step(killTime)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "cancelled"))
	c.sim.Step(time.Minute)
	c.Expect(c.states()).To(ConsistOf("net started", "app creating"), "what was cancelled goes no further")

	c.ok("POST", "executions/"+id, `{"action": "resume"}`)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("ended_at", BeNil()))
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"))
	c.Expect(c.sim.Operations("d")).To(Equal(map[string]int{"app.create": 2, "app.start": 1}))
}

func TestCancelComesTooLate(t *testing.T) {
	c := withCellar(t, nil)
	id := c.start("d", "install", "")
	c.sim.Step(3 * time.Second)
	c.ok("POST", "executions/"+id, `{"action": "cancel"}`)
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"), "it ended before the worker looked")
}

func TestCancelBeforeItBegins(t *testing.T) {
	c := withCellar(t, nil)
	id := c.start("d", "install", "")
	c.ok("POST", "executions/"+id, `{"action": "cancel"}`)
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(And(HaveKeyWithValue("status", "cancelled"), HaveKeyWithValue("started_at", BeNil())))
	c.Expect(c.states()).To(ConsistOf("net uninitialized", "app uninitialized"))
}

func TestReasonOfAFailureArrivesLate(t *testing.T) {
	c := withCellar(t, map[string]any{"fail": "no space left"})
	id := c.start("d", "install", "")
	for c.execution(id)["status"] != "failed" {
		c.sim.Step(50 * time.Millisecond)
	}
	failures := func() []any {
		return c.ok("GET", "events?execution_id="+id+"&event_type=task_failed&event_type=workflow_failed&_sort=-reported_timestamp", "")["items"].([]any)
	}
	c.Expect(failures()).To(BeEmpty())
	c.sim.Step(failureEventLag)
	c.Expect(failures()).To(HaveLen(3))
	c.Expect(failures()).To(ContainElement(HaveKeyWithValue("error_causes", ConsistOf(HaveKeyWithValue("message", "no space left")))))
	c.Expect(c.states()).To(ConsistOf("net started", "app starting"))
}

func TestOtherWorkflows(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.Install("d")
	for _, workflow := range []string{"restart", "reinstall", "check_status", "check_drift", "stop", "start"} {
		id := c.start("d", workflow, "")
		c.sim.Step(time.Minute)
		c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"), workflow)
	}
	c.Expect(c.states()).To(ConsistOf("net started", "app started"))
	c.Expect(c.sim.Operations("d")).To(Equal(map[string]int{"app.create": 1, "app.delete": 1, "app.start": 3}))

	id := c.start("d", "execute_operation", `, "dry_run": true, "parameters": {"operation": "cloudify.interfaces.lifecycle.start"}`)
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"))
	c.Expect(c.sim.Operations("d")).To(HaveKeyWithValue("app.start", 3), "a dry run runs nothing")
}

func TestDeploymentWithoutNodes(t *testing.T) {
	c := newCaller(t, Options{})
	c.Expect(c.sim.AddBlueprint("empty", TarGz(map[string]string{"main.yaml": `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
`}), "main.yaml")).To(Succeed())
	c.Expect(c.sim.AddDeployment("e", "empty", nil, map[string][]string{"Owner": {"me"}})).To(Succeed())
	for _, workflow := range []string{"uninstall", "install", "uninstall", "uninstall"} {
		id := c.start("e", workflow, "")
		c.sim.Step(time.Minute)
		c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"))
		c.Expect(c.ok("GET", "deployments/e", "")).To(HaveKeyWithValue("installation_status", "active"))
	}
	d, _ := c.sim.Deployment("e")
	c.Expect(d.Labels).To(Equal(map[string][]string{"owner": {"me"}}), "keys are lower-cased")
	c.ok("DELETE", "deployments/e", "")
	c.sim.Step(time.Minute)
	c.Expect(c.sim.Deployments()).To(BeEmpty())
}

func TestCustomParametersAreEchoed(t *testing.T) {
	c := withCellar(t, nil)
	id := c.start("d", "install", `, "allow_custom_parameters": true, "parameters": {"k8s-generation": 9007199254740993}`)
	parameters := c.sim.Executions("d")[1].Parameters
	c.Expect(parameters).To(HaveKeyWithValue("k8s-generation", int64(9007199254740993)))
	c.Expect(c.execution(id)["parameters"]).To(HaveKey("k8s-generation"))
}

func TestCancelIsIgnored(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.IgnoreCancel("install", 1)
	id := c.start("d", "install", "")
	c.sim.Step(600 * time.Millisecond)
	c.ok("POST", "executions/"+id, `{"action": "cancel"}`)
	c.sim.Step(cancelTime)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "cancelling"))
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"), "it goes on to its end")
}

func TestForceDoesNotAsk(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.IgnoreCancel("install")
	id := c.start("d", "install", "")
	c.sim.Step(600 * time.Millisecond)
	c.ok("POST", "executions/"+id, `{"action": "force-cancel"}`)
	c.sim.Step(cancelTime)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "cancelled"))
}
