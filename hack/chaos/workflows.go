// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// What people do with CloudifyExecutions. Each gives a parameter that no other gives, so that a witness knows for which object the
// Manager was asked to start something, whatever the object's status says.

// peoplesWorkflow is the one that people run; the operator never runs it by itself.
const peoplesWorkflow = "execute_operation"

// run creates a CloudifyExecution of a slot's deployment, if there is one.
func (w *world) run(ctx context.Context, s step, dice *rand.Rand) error {
	d := deployment(s.slot)
	err := w.insist(ctx, func(ctx context.Context) error { return w.client.Get(ctx, client.ObjectKeyFromObject(d), d) })
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	name := fmt.Sprintf("%s-run-%x", s.slot, s.seed[0]>>40)
	return w.create(ctx, &v1alpha1.CloudifyExecution{
		ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: name},
		Spec: v1alpha1.CloudifyExecutionSpec{
			DeploymentRef: v1alpha1.LocalObjectReference{Name: s.slot}, Workflow: peoplesWorkflow,
			Parameters: inputs(map[string]any{
				"operation":        "cloudify.interfaces.lifecycle." + pick(dice, "create", "start"),
				"operation_kwargs": map[string]any{"mark": name},
			}),
		},
	})
}

// someRun is a CloudifyExecution of a slot that is there, nil if there is none.
func (w *world) someRun(ctx context.Context, slot string, dice *rand.Rand) (*v1alpha1.CloudifyExecution, error) {
	var list v1alpha1.CloudifyExecutionList
	if err := w.insist(ctx, func(ctx context.Context) error { return w.client.List(ctx, &list, client.InNamespace(shop)) }); err != nil {
		return nil, err
	}
	runs := slices.DeleteFunc(list.Items, func(e v1alpha1.CloudifyExecution) bool { return e.Spec.DeploymentRef.Name != slot })
	if len(runs) == 0 {
		return nil, nil
	}
	return &runs[dice.IntN(len(runs))], nil
}

func (w *world) cancelRun(ctx context.Context, slot string, dice *rand.Rand) error {
	e, err := w.someRun(ctx, slot, dice)
	if e == nil || err != nil {
		return err
	}
	w.book.note(nameOf(e), "somebody cancels it")
	_, err = w.change(ctx, e, func() bool { e.Spec.Cancel = true; return true })
	return err
}

func (w *world) removeRun(ctx context.Context, slot string, dice *rand.Rand) error {
	e, err := w.someRun(ctx, slot, dice)
	if e == nil || err != nil {
		return err
	}
	return w.remove(ctx, e)
}

// ran notes that a Manager was asked to start a workflow, and did, and returns how often that has happened.
func (b *book) ran(mark string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.runs[mark]++
	return b.runs[mark]
}

const everyExecutionEnds = "every CloudifyExecution comes to an end"

// honestEnds are the reasons of CloudifyExecutions that have not succeeded. ExecutionAmbiguous is none: nobody else runs workflows.
var honestEnds = []string{
	v1alpha1.ReasonExecutionFailed, v1alpha1.ReasonExecutionCancelled, v1alpha1.ReasonExecutionLost, v1alpha1.ReasonWorkflowUnavailable,
}

// execution judges a CloudifyExecution: it comes to an end, says truly which, and goes when it is deleted.
func (j *judgement) execution(f facts, e *v1alpha1.CloudifyExecution) {
	name, said := nameOf(e), describe(e, e.Status.Conditions)
	reason := readyReason(e.Status.Conditions)
	exists := slices.ContainsFunc(f.deployments, func(d v1alpha1.CloudifyDeployment) bool {
		return d.Namespace == e.Namespace && d.Name == e.Spec.DeploymentRef.Name
	})
	switch {
	case !e.DeletionTimestamp.IsZero():
		j.say("what is deleted goes", name, "%s", said)
	case !e.IsFinished() && (exists || reason != v1alpha1.ReasonDeploymentNotFound):
		j.say(everyExecutionEnds, name, "%s", said)
	case e.IsFinished() && !e.IsReady() && !slices.Contains(honestEnds, reason):
		j.say(everyExecutionEnds, name, "an end that nothing explains: %s", said)
	}
	if at, there := f.execution(e.Status.Execution); at != "" && e.IsReady() != (there.Status == "terminated") {
		j.say("executions say truly how they ended", name, "at %s it is %s: %s", at, there.Status, said)
	}
}

// execution is what a status speaks of, and the name of the Manager that has it; "" if none does.
func (f facts) execution(said *v1alpha1.ExecutionStatus) (at string, there simulator.Execution) {
	for _, m := range f.managers {
		for _, there := range slices.Concat(slices.Collect(maps.Values(m.executions))...) {
			if said != nil && there.ID == said.ID {
				return m.name, there
			}
		}
	}
	return "", there
}
