// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// steps are what may happen, each as often as its weight says. They return what was done, for who reads of a failure.
var steps = []struct {
	weight int
	do     func(*sequence, *slot, *rand.Rand) string
}{
	{2, (*sequence).appear},
	{2, (*sequence).disappear},
	{1, (*sequence).replace},
	{6, (*sequence).changeInput},
	{3, (*sequence).removeInput},
	{1, (*sequence).mistake},
	{2, (*sequence).changeSecret},
	{3, (*sequence).changeBlueprint},
	{4, (*sequence).chooseRevision},
	{2, (*sequence).pause},
	{2, (*sequence).relabel},
	{2, (*sequence).askObject},
	{4, (*sequence).askManager},

	{2, (*sequence).strangeUpdate},
	{2, (*sequence).strangeUninstall},
	{1, (*sequence).strangeRemoval},
	{3, (*sequence).strangeWorkflow},
	{3, (*sequence).strangeCancel},

	{2, (*sequence).outage},
	{4, (*sequence).loseAnswer},
	{3, (*sequence).refuse},
	{3, (*sequence).failWorkflow},
	{3, (*sequence).restart},
	{4, (*sequence).rest},
}

// step does one of the steps, and lets the operator go on for a moment.
func (q *sequence) step(i int, r *rand.Rand) {
	q.t.Helper()
	q.tend()
	at := q.someone(r)
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	for chosen, s := 0, r.IntN(total); ; chosen++ {
		if s -= steps[chosen].weight; s < 0 {
			q.t.Logf("step %d: %s", i, steps[chosen].do(q, at, r))
			break
		}
	}
	q.moment(r)
	if q.halted > 0 {
		if q.halted--; q.halted == 0 {
			q.Expect(q.operator.start()).To(Succeed())
		}
	}
	if q.down > 0 {
		if q.down--; q.down == 0 {
			q.sim.SetDown(simulator.Up)
		}
	}
}

// someone is a slot, one that has an object if any does.
func (q *sequence) someone(r *rand.Rand) *slot {
	there := slices.DeleteFunc(slices.Clone(q.slots), func(at *slot) bool { return at.object == nil })
	if len(there) == 0 {
		there = q.slots
	}
	return there[r.IntN(len(there))]
}

// moment waits until the operator has made some more requests, so that the next step meets it anywhere in its work.
func (q *sequence) moment(r *rand.Rand) {
	until := q.sim.RequestCount("") + r.IntN(20)
	if q.halted == 0 {
		q.within(time.Second, func() bool { return q.sim.RequestCount("") >= until })
	}
}

// edit changes an object, if it is still there.
func (q *sequence) edit(o client.Object, change func()) {
	q.t.Helper()
	q.Expect(client.IgnoreNotFound(retry.RetryOnConflict(insistence, func() error {
		if err := env.Client.Get(q.t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
			return err
		}
		change()
		return env.Client.Update(q.t.Context(), o)
	}))).To(Succeed())
}

// editSlot changes the object of a slot, if there is one.
func (q *sequence) editSlot(at *slot, told string, change func(*v1alpha1.CloudifyDeployment)) string {
	q.t.Helper()
	if at.object == nil {
		return fmt.Sprintf("nobody is %s: %s", at.name, told)
	}
	q.edit(at.object, func() { change(at.object) })
	return at.name + ": " + told
}

func (q *sequence) appear(*slot, *rand.Rand) string {
	for _, at := range q.slots {
		if !at.wanted {
			at.wanted = true
			q.tend()
			return at.name + " is wanted"
		}
	}
	return "all are wanted already"
}

func (q *sequence) disappear(at *slot, r *rand.Rand) string {
	at.wanted = false
	return q.mayFail(r) + q.remove(at) + " for good"
}

func (q *sequence) replace(at *slot, r *rand.Rand) string {
	return q.mayFail(r) + q.remove(at) + " and created anew as soon as that can be"
}

// mayFail lets the next uninstall fail, every other time.
func (q *sequence) mayFail(r *rand.Rand) string {
	if r.IntN(2) == 0 {
		return ""
	}
	q.sim.FailWorkflow("uninstall", failure, 1)
	return "the next uninstall fails, "
}

func (q *sequence) remove(at *slot) string {
	if at.object == nil {
		return at.name + " is not there to be deleted"
	}
	q.Expect(client.IgnoreNotFound(env.Client.Delete(q.t.Context(), at.object))).To(Succeed())
	return at.name + " is deleted"
}

// changeInput sets an input. How long an operation takes decides what later steps meet.
func (q *sequence) changeInput(at *slot, r *rand.Rand) string {
	name, value := pick(r, "port", "port", "size", "options", "install_seconds", "uninstall_seconds"), any(nil)
	switch name {
	case "port":
		value = 9000 + r.IntN(100)
	case "size":
		value = pick(r, "small", "large")
	case "options":
		value = map[string]any{"hosts": []any{"a", r.IntN(3)}, "ratio": 0.5}
	default:
		value = pick(r, 0, 5, 20)
	}
	return q.editSlot(at, fmt.Sprintf("input %s is %v", name, value), testenv.Inputs(map[string]any{name: value}))
}

func (q *sequence) removeInput(at *slot, r *rand.Rand) string {
	name := pick(r, "port", "size", "options", "install_seconds", "uninstall_seconds")
	return q.editSlot(at, "input "+name+" is removed", func(d *v1alpha1.CloudifyDeployment) { delete(d.Spec.Inputs, name) })
}

func (q *sequence) mistake(at *slot, _ *rand.Rand) string {
	return q.editSlot(at, "input port is impossible", testenv.Inputs(map[string]any{"port": 0}))
}

// changeSecret changes what inputsFrom refers to, which is told by a request, for Secrets are read and not watched.
func (q *sequence) changeSecret(at *slot, _ *rand.Rand) string {
	at.password++
	secret := testenv.Credentials(q.name, at.name, "", "")
	q.edit(secret, func() { secret.Data = at.secret() })
	return q.editSlot(at, fmt.Sprintf("its Secret is changed to version %d", at.password), requested)
}

func (q *sequence) changeBlueprint(_ *slot, r *rand.Rand) string {
	q.version = r.IntN(5)
	q.edit(q.blueprint, func() { testenv.Inline(q.content(q.version))(q.blueprint) })
	return fmt.Sprintf("the blueprint has the content of version %d", q.version)
}

func (q *sequence) chooseRevision(at *slot, r *rand.Rand) string {
	choice := pick(r, "nothing", "Keep", "Latest", "Latest", "one")
	selection := &v1alpha1.RevisionSelection{Policy: v1alpha1.RevisionPolicy(choice)}
	switch choice {
	case "nothing":
		selection = nil
	case "one":
		at := r.IntN(4)
		q.fetch(q.blueprint)
		revisions := q.blueprint.Status.Revisions
		if len(revisions) == 0 {
			return "there is no revision to choose"
		}
		choice = revisions[at%len(revisions)].BlueprintID
		selection = &v1alpha1.RevisionSelection{BlueprintID: choice}
	}
	return q.editSlot(at, "revision is "+choice, func(d *v1alpha1.CloudifyDeployment) {
		at.moved, at.kept = true, ""
		if d.IsReady() && (selection == nil || selection.Policy == v1alpha1.RevisionPolicyKeep) {
			at.kept = d.Status.BlueprintID
		}
		d.Spec.Revision = selection
	})
}

func (q *sequence) pause(at *slot, _ *rand.Rand) string {
	return q.editSlot(at, "paused, or no longer", func(d *v1alpha1.CloudifyDeployment) { d.Spec.Paused = !d.Spec.Paused })
}

func (q *sequence) relabel(at *slot, r *rand.Rand) string {
	n := r.IntN(3)
	return q.editSlot(at, fmt.Sprintf("display name and labels number %d", n), func(d *v1alpha1.CloudifyDeployment) {
		d.Spec.DisplayName = fmt.Sprintf("Number %d", n)
		d.Spec.Labels = map[string]v1alpha1.RemoteLabelValue{"number": v1alpha1.RemoteLabelValue(fmt.Sprint(n))}
	})
}

func (q *sequence) askObject(at *slot, _ *rand.Rand) string {
	return q.editSlot(at, "asked again", requested)
}

func requested(d *v1alpha1.CloudifyDeployment) { request(d) }

// request asks for another try.
func request(o client.Object) {
	annotations := o.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[v1alpha1.RequestedAtAnnotation] = time.Now().Format(time.RFC3339Nano)
	o.SetAnnotations(annotations)
}

func (q *sequence) askManager(*slot, *rand.Rand) string {
	q.edit(q.manager, func() { request(q.manager) })
	return "the CloudifyManager is asked to connect again"
}

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

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
