// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// steps are what may happen, each as often as its weight says. They return what was done, for the message of a failure.
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
	{2, (*sequence).choosePolicy},
	{4, (*sequence).approveUpdate},
	{2, (*sequence).relabel},
	{2, (*sequence).askObject},
	{4, (*sequence).askManager},
	{6, (*sequence).runWorkflow},
	{2, (*sequence).cancelWorkflow},
	{2, (*sequence).deleteWorkflow},

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

// changeSecret changes what inputsFrom refers to, and requests a look at it, because Secrets are read and not watched.
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

func (q *sequence) choosePolicy(at *slot, r *rand.Rand) string {
	policy := pick(r, v1alpha1.UpdatePolicyApprove, v1alpha1.UpdatePolicyApprove, v1alpha1.UpdatePolicyAutomatic)
	return q.editSlot(at, "updates "+string(policy), func(d *v1alpha1.CloudifyDeployment) { d.Spec.UpdatePolicy = policy })
}

// approveUpdate approves what is pending, or what was once or never.
func (q *sequence) approveUpdate(at *slot, r *rand.Rand) string {
	stale := r.IntN(4) == 0
	return q.editSlot(at, fmt.Sprintf("approves an update, a stale one: %v", stale), func(d *v1alpha1.CloudifyDeployment) {
		if d.Annotations == nil {
			d.Annotations = map[string]string{}
		}
		switch pending := d.Status.PendingUpdate; {
		case stale:
			d.Annotations[v1alpha1.ApprovedUpdateAnnotation] = fmt.Sprint("stale ", r.IntN(3))
		case pending != nil:
			d.Annotations[v1alpha1.ApprovedUpdateAnnotation] = pending.ID
		}
	})
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

// request requests a retry.
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

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
