// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"errors"
	"maps"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// hidden is what says which values of inputs must not be shown. It is kept apart from what is wanted: it is filled before
// anything can be refused, for however a reconcile ends, the Manager's words may be shown.
type hidden struct {
	// schema is empty until it is known; all values are hidden then.
	schema inputs.Schema
	// given are the inputs of the spec; values that cannot be read cannot be masked.
	given map[string]any
}

// mask hides the values of sensitive inputs in the Manager's words: those of the spec, those the deployment has, and those
// it had, for what stops or fails in an update was started with the old ones.
func (f *facts) mask(text string) string {
	secret := f.sensitive(f.hidden.given)
	if f.history.remote != nil {
		secret = append(secret, f.sensitive(f.history.remote.Inputs)...)
	}
	for i := range f.history.executions {
		if given, ok := f.history.executions[i].Parameters["inputs"].(map[string]any); ok {
			secret = append(secret, f.sensitive(given)...)
		}
	}
	return inputs.Mask(text, secret)
}

// masked hides them in all that is said of an outcome, and in its error, for the queue logs it.
func (f *facts) masked(out outcome.Outcome) outcome.Outcome {
	message := f.mask(out.Message)
	out.Advice = f.mask(out.Advice)
	if out.Err != nil && message != out.Message {
		out.Err = errors.New(message)
	}
	out.Message = message
	return out
}

// sensitive are the values that must not be shown; all, while the schema is not known.
func (f *facts) sensitive(values map[string]any) []string {
	if f.hidden.schema.Inputs == nil {
		return inputs.Sensitive(f.hidden.schema, values, slices.Collect(maps.Keys(values))...)
	}
	return inputs.Sensitive(f.hidden.schema, values, append(f.secretInputs(), f.unexplained(values)...)...)
}

// secretInputs are the inputs whose values come from Secrets, whether or not these could be read, and those that the offering
// calls sensitive.
func (f *facts) secretInputs() []string {
	var names []string
	for _, source := range f.deployment.Spec.InputsFrom {
		if source.SecretKeyRef != nil || source.DeploymentRef != nil { // whose outputs may be credentials
			names = append(names, source.Input)
		}
	}
	if f.blueprint != nil && f.blueprint.Spec.Offering != nil {
		names = append(names, f.blueprint.Spec.Offering.SensitiveInputs...)
	}
	return names
}

// unexplained are the inputs with a value that nothing gives them any more: it may have come from a Secret that the spec referred
// to once. What an adopted deployment had before is no secret of this object, nor is what a plan fixes.
func (f *facts) unexplained(values map[string]any) []string {
	if f.adopted() {
		return nil
	}
	fixed := map[string]bool{}
	if f.blueprint != nil {
		plan, _ := f.blueprint.Plan(f.deployment.Spec.Plan)
		for name := range plan.Inputs {
			fixed[name] = true
		}
	}
	if applied := f.before.Status.Applied; applied != nil {
		for _, name := range applied.PlanInputs {
			fixed[name] = true
		}
	}
	known := inputs.Effective(f.hidden.schema, f.hidden.given)
	var names []string
	for name, value := range values {
		if _, declared := known[name]; !declared {
			known[name] = f.hidden.given[name] // not declared, but named
		}
		if !fixed[name] && !inputs.Equal(map[string]any{name: value}, map[string]any{name: known[name]}) {
			names = append(names, name)
		}
	}
	return names
}
