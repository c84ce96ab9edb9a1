// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// stranger does something to a slot's deployment, as people do in the console. They may be refused.
func (q *sequence) stranger(at *slot, told string, do func(id string) error) string {
	if at.object == nil {
		return fmt.Sprintf("nobody is %s: at the Manager, %s", at.name, told)
	}
	if err := q.intrude(at.object, do); err != nil {
		return fmt.Sprintf("%s: at the Manager, %s: refused: %v", at.name, told, err)
	}
	return fmt.Sprintf("%s: at the Manager, %s", at.name, told)
}

func (q *sequence) strangeUpdate(at *slot, r *rand.Rand) string {
	port := 7000 + r.IntN(100)
	return q.stranger(at, fmt.Sprintf("somebody updates port to %d", port), func(id string) error {
		_, err := q.sim.StartUpdate(id, map[string]any{"port": port})
		return err
	})
}

func (q *sequence) strangeUninstall(at *slot, _ *rand.Rand) string {
	return q.stranger(at, "somebody uninstalls", func(id string) error {
		_, err := q.sim.StartExecution(id, "uninstall", nil)
		return err
	})
}

func (q *sequence) strangeRemoval(at *slot, _ *rand.Rand) string {
	return q.stranger(at, "somebody removes the deployment", func(id string) error { q.sim.RemoveDeployment(id); return nil })
}

func (q *sequence) strangeWorkflow(at *slot, r *rand.Rand) string {
	workflow, parameters := pick(r, "heal", "restart", "execute_operation"), map[string]any{}
	return q.stranger(at, "somebody starts "+workflow, func(id string) error {
		switch remote, _ := q.sim.Deployment(id); {
		case workflow == "execute_operation":
			parameters["operation"] = "cloudify.interfaces.lifecycle.start"
		case workflow == "heal" && len(remote.Instances) > 0:
			parameters["node_instance_id"] = remote.Instances[0].ID
		}
		_, err := q.sim.StartExecution(id, workflow, parameters)
		return err
	})
}

// strangeCancel cancels what runs, which is what an edit starts if nothing does.
func (q *sequence) strangeCancel(at *slot, r *rand.Rand) string {
	if at.object == nil {
		return "nobody is " + at.name + ": nothing is cancelled"
	}
	told := ""
	if len(q.active(at.object)) == 0 {
		told = q.changeInput(at, r) + "; "
		q.within(time.Second, func() bool { return len(q.active(at.object)) > 0 })
	}
	for _, e := range q.active(at.object) {
		return told + q.stranger(at, "somebody cancels "+e.Workflow, func(string) error { return q.sim.CancelExecution(e.ID) })
	}
	return told + "nothing runs that could be cancelled"
}

func (q *sequence) outage(_ *slot, r *rand.Rand) string {
	mode := pick(r, simulator.DownBadGateway, simulator.DownRefused)
	q.down = 1 + r.IntN(3)
	q.sim.SetDown(mode)
	return fmt.Sprintf("the Manager is away for %d steps, mode %d", q.down, mode)
}

// changingRoutes are all by which the operator changes something.
var changingRoutes = []string{
	"PUT blueprints", "DELETE blueprints", "PUT deployments", "PATCH deployments", "DELETE deployments",
	"POST executions", "POST executions/{id}", updateRoute,
}

func (q *sequence) loseAnswer(_ *slot, r *rand.Rand) string {
	route := pick(r, changingRoutes...)
	q.sim.LoseAnswer(route, 1)
	return "the next answer is lost: " + route
}

func (q *sequence) refuse(_ *slot, r *rand.Rand) string {
	status := pick(r, http.StatusInternalServerError, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	route, times := pick(r, append([]string{"", "", "GET deployments/{id}", "GET executions"}, changingRoutes...)...), 1+r.IntN(3)
	q.sim.Fail(route, status, times)
	return fmt.Sprintf("%d times the Manager answers %d: %q", times, status, route)
}

// failure is what workflows fail with: words that tell the secret.
const failure = "cannot log in with {password}"

// failWorkflow lets workflows fail.
func (q *sequence) failWorkflow(_ *slot, r *rand.Rand) string {
	workflow := pick(r, "install", "install", "update", "update", "uninstall", "create_deployment_environment", "delete_deployment_environment", "upload_blueprint")
	times := 1 + r.IntN(2)
	q.sim.FailWorkflow(workflow, failure, times)
	return fmt.Sprintf("%d times workflow %s fails", times, workflow)
}

// mayFail lets the next uninstall fail, every other time.
func (q *sequence) mayFail(r *rand.Rand) string {
	if r.IntN(2) == 0 {
		return ""
	}
	q.sim.FailWorkflow("uninstall", failure, 1)
	return "the next uninstall fails, "
}

// restart stops the operator, and starts it again at once or a few steps later.
func (q *sequence) restart(_ *slot, r *rand.Rand) string {
	if q.halted > 0 {
		return "the operator is away already"
	}
	q.Expect(q.operator.halt()).To(Succeed())
	if q.halted = r.IntN(3); q.halted > 0 {
		return fmt.Sprintf("the operator is away for %d steps", q.halted)
	}
	q.Expect(q.operator.start()).To(Succeed())
	return "the operator is restarted"
}

// rest gives everything time to come to an end, so that later steps meet objects that are idle.
func (q *sequence) rest(*slot, *rand.Rand) string {
	if q.halted > 0 || q.down > 0 {
		return "no rest without the Manager and the operator"
	}
	q.within(5*time.Second, func() bool { return len(q.unrest()) == 0 })
	return fmt.Sprintf("rest: %v", q.unrest())
}
