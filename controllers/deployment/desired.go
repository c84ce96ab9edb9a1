// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"maps"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// desired is what the deployment should be made of.
type desired struct {
	// revision is the blueprint at the Manager, schema what it declares.
	revision string
	schema   inputs.Schema
	// given are the inputs of the spec, fixed those of its plan, wanted both, effective the complete set with what the blueprint
	// adds.
	given, fixed, wanted, effective map[string]any
	// newerPlan: the plan fixes other inputs today than were applied.
	newerPlan bool
}

// asWanted reports whether the Manager has the revision and the inputs that are wanted.
func (f *facts) asWanted() bool {
	remote := f.history.remote
	return remote.BlueprintID == f.want.revision && inputs.Same(f.want.schema, f.want.effective, remote.Inputs)
}

// outdated reports whether an update is due.
func (f *facts) outdated() bool { return !f.asWanted() || f.failedUpdate() != nil && f.asked() }

// createdAsAsked reports whether the create execution was for what is asked now: its parameters hold the inputs, or, where a
// create is not asynchronous, the deployment has them already.
func (f *facts) createdAsAsked(e *cloudify.Execution) bool {
	if !f.history.release.Has(cloudify.AsyncCreate) {
		return !f.asked() && f.asWanted()
	}
	given, _ := e.Parameters["inputs"].(map[string]any)
	return !f.asked() && f.history.remote.BlueprintID == f.want.revision && inputs.Equal(given, f.want.wanted)
}

// failedUpdate is the last update where it was for the inputs and the revision that are wanted, and did not end well.
// Nothing that ended well since makes up for it but what left the deployment as it is wanted.
func (f *facts) failedUpdate() *cloudify.Execution {
	h, repaired := &f.history, false
	for i := range h.executions {
		e := &h.executions[i]
		if e.IsPreview() {
			continue
		}
		if e.WorkflowID != workflowUpdate || !h.ran(e) {
			repaired = repaired || e.Succeeded()
			continue
		}
		if !e.Failed() && !e.Cancelled() || repaired && f.asWanted() && h.installed() {
			return nil
		}
		if f.updatedAsWanted(e) {
			return e
		}
		return nil
	}
	return nil
}

// updatedAsWanted reports whether an update was for the inputs and the revision that are wanted.
func (f *facts) updatedAsWanted(e *cloudify.Execution) bool {
	if !f.history.release.Has(cloudify.UpdateByWorkflow) {
		return f.asWanted()
	}
	given, _ := e.Parameters["inputs"].(map[string]any)
	blueprint, _ := e.Parameters["blueprint_id"].(string)
	return inputs.Same(f.want.schema, f.want.effective, given) && (blueprint == "" || blueprint == f.want.revision)
}

// readDesired says what the deployment should be made of, at this revision. It refuses inputs that the Manager would only trip
// over in a workflow.
func (s *scope) readDesired(ctx context.Context, revision string) error {
	template, err := s.conn.Template(ctx, revision)
	if err != nil {
		return err
	}
	want := &desired{revision: revision}
	want.schema, err = template.Schema()
	s.hidden.schema = want.schema
	if err != nil {
		return err
	}
	if want.fixed, want.newerPlan, err = s.fixedInputs(); err != nil {
		return err
	}
	err = s.fillInputs(want)
	s.hidden.given = want.given
	if err != nil {
		return outcome.Stall(v1alpha1.ReasonInvalidInputs, "%v", err)
	}
	s.want = want
	return nil
}

// givenInputs are the inputs of the spec and of what inputsFrom refers to. An input named twice is refused: neither value
// silently wins.
func (f *facts) givenInputs(schema inputs.Schema) (map[string]any, error) {
	given, err := inputs.Decode(f.deployment.Spec.Inputs)
	if err != nil {
		return nil, err
	}
	for name, text := range f.references.values {
		if _, twice := given[name]; twice {
			return nil, fmt.Errorf("input %s is set in both inputs and inputsFrom: remove one of them", name)
		}
		if given[name], err = schema.Read(name, text); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// fillInputs fills in the given inputs and all that follows from them, or says what is wrong with them, never a value. A deployment
// that was adopted keeps what nobody names here, and that is not checked against the declarations.
func (f *facts) fillInputs(want *desired) (err error) {
	if want.given, err = f.givenInputs(want.schema); err != nil {
		return err
	}
	if err := inputs.RefuseFunctions(want.given); err != nil {
		return err
	}
	want.wanted = maps.Clone(want.given)
	for name, value := range want.fixed {
		if _, twice := want.given[name]; twice {
			return fmt.Errorf("input %s is fixed by plan %s: remove it from the spec, or choose another plan", name, f.deployment.Spec.Plan)
		}
		want.wanted[name] = value
	}
	var has map[string]any
	if f.adopted() && f.history.remote != nil {
		has = inputs.OmitNull(f.history.remote.Inputs)
	}
	if err := inputs.ValidateBeside(want.schema, want.wanted, has); err != nil {
		return err
	}
	for name, value := range has {
		_, declared := want.schema.Inputs[name]
		if _, named := want.wanted[name]; declared && !named {
			want.wanted[name] = value
		}
	}
	want.effective = inputs.Effective(want.schema, want.wanted)
	return nil
}
