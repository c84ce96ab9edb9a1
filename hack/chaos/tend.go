// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// reaction is how long people look at what is stalled before they do something about it; tries is how often they do.
const reaction, tries = 3 * time.Second, 8

// caretaker is the people who look after what is stalled.
type caretaker struct {
	*world
	asked map[string]time.Time // when an object was last found stalled or helped, by its name
	tried map[string]int       // how often
}

func newCaretaker(w *world) caretaker {
	return caretaker{world: w, asked: map[string]time.Time{}, tried: map[string]int{}}
}

// tend does what people are advised to do about what is stalled, after a look at whether it may be.
func (c *caretaker) tend(ctx context.Context, f facts) error {
	var errs []error
	for i := range f.deployments {
		if d := &f.deployments[i]; d.IsStalled() && c.due(nameOf(d)) {
			if why := unexplained(f, d); why != "" {
				c.book.violate(violation{rule: "Stalled only where told", about: []string{nameOf(d)}, text: nameOf(d) + ": " + why})
			}
			c.book.note(nameOf(d), "somebody does what the message says")
			if d.DeletionTimestamp.IsZero() && reason(d) == v1alpha1.ReasonUpdateUnsupported {
				errs = append(errs, c.remove(ctx, d))
				continue
			}
			_, err := c.change(ctx, d, func() bool { mend(d); return true })
			errs = append(errs, err)
		}
	}
	for i := range f.blueprints {
		if b := &f.blueprints[i]; b.IsStalled() && c.due(nameOf(b)) {
			_, err := c.change(ctx, b, func() bool { request(b, time.Now().Format(time.RFC3339Nano)); return true })
			errs = append(errs, err)
			c.book.note(nameOf(b), "somebody asks again")
		}
	}
	return errors.Join(errs...)
}

// due reports whether people would do something about an object now.
func (c *caretaker) due(name string) bool {
	if c.asked[name].IsZero() {
		c.asked[name] = time.Now()
	}
	if time.Since(c.asked[name]) < reaction || c.tried[name] >= tries {
		return false
	}
	c.asked[name] = time.Now()
	c.tried[name]++
	return true
}

// mend does what the message of a stalled deployment advises.
func mend(d *v1alpha1.CloudifyDeployment) {
	if d.DeletionTimestamp.IsZero() && reason(d) == v1alpha1.ReasonInvalidInputs {
		set(d, "port", 8000)
		if d.Spec.Plan != "" {
			delete(d.Spec.Inputs, "size")
		}
	}
	if reason(d) == v1alpha1.ReasonOlderDeploymentExists {
		annotate(d, v1alpha1.InstallAnewAnnotation, "true")
	}
	request(d, time.Now().Format(time.RFC3339Nano))
}

func reason(d *v1alpha1.CloudifyDeployment) string { return readyReason(d.Status.Conditions) }

func readyReason(conditions []metav1.Condition) string {
	if ready := meta.FindStatusCondition(conditions, v1alpha1.ReadyCondition); ready != nil {
		return ready.Reason
	}
	return ""
}

// unexplained says why a deployment should not be stalled, "" if it may: its inputs are wrong, they changed where nothing can be
// updated, the deployment of an earlier object of its name is there, or an execution failed or was cancelled.
func unexplained(f facts, d *v1alpha1.CloudifyDeployment) string {
	switch reason(d) {
	case v1alpha1.ReasonUpdateUnsupported:
		if !f.updates {
			return ""
		}
		return "its Manager updates deployments: " + describe(d, d.Status.Conditions)
	case v1alpha1.ReasonInvalidInputs:
		if string(d.Spec.Inputs["port"].Raw) == `"many"` {
			return ""
		}
		return "its inputs are right: " + describe(d, d.Status.Conditions)
	case v1alpha1.ReasonOlderDeploymentExists:
		if f.earlier[d.UID] {
			return ""
		}
		return "there was no earlier one: " + describe(d, d.Status.Conditions)
	}
	for _, m := range f.managers {
		if m.refused[d.RemoteID()] {
			return "" // old releases leave nothing of a create that failed
		}
		for _, e := range m.executions[d.RemoteID()] {
			if e.Workflow != peoplesWorkflow && (e.Status == "failed" || e.Status == "cancelled") {
				return ""
			}
		}
	}
	return "no execution of it failed: " + describe(d, d.Status.Conditions)
}
