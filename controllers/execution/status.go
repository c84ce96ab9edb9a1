// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// tryAgain is what a person can do where an execution came to nothing: it is not repeated, and editing it changes nothing.
const tryAgain = "to try again, create another CloudifyExecution"

// outcomeOf says what the end of the phases means. An execution that is Ready has succeeded.
func (f *facts) outcomeOf(err error) outcome.Outcome {
	out := f.masked(outcome.Classify(err))
	switch {
	case out.Kind == outcome.Done:
		out.Reason = v1alpha1.ReasonSucceeded
	case out.Kind == outcome.Stalled && f.deleting():
		out.After = time.Millisecond // it has ended, and is let go next
	case out.Kind == outcome.Stalled:
		out.Advice = tryAgain
	}
	return out
}

// setStatus says what people see of an execution, from what the phases found. It is pure.
func (f *facts) setStatus(out outcome.Outcome, now time.Time) {
	if out.Kind == outcome.Unchanged {
		return
	}
	status := &f.execution.Status
	status.ObservedGeneration = f.execution.Generation
	e := f.found.mine
	if f.effect.started != nil {
		e = f.effect.started
	}
	if e != nil {
		status.Execution = f.timing.sighting.Status(e)
		if e.Failed() && out.Kind == outcome.Stalled { // what must not be shown is known by then
			status.Execution.Error = outcome.Truncate(inputs.Mask(cloudify.Cause(e, f.effect.causes), f.hidden), maxError)
		}
	}
	if final := out.Kind == outcome.Done || out.Kind == outcome.Stalled; final && status.FinishedAt == nil {
		status.FinishedAt = &metav1.Time{Time: now.Truncate(time.Second)}
	}
	outcome.SetSummary(&status.Conditions, f.execution.Generation, out, fmt.Sprintf("workflow %s succeeded", f.execution.Spec.Workflow))
}

// maxError bounds the error as the schema does.
const maxError = 4096
