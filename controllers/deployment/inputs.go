// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// givenInputs are the inputs of the spec and of what inputsFrom refers to. An input named twice is refused, never silently won.
func (s *scope) givenInputs() (map[string]any, error) {
	given, err := inputs.Decode(s.deployment.Spec.Inputs)
	if err != nil {
		return nil, err
	}
	for name, text := range s.references.values {
		if _, twice := given[name]; twice {
			return nil, fmt.Errorf("input %s is named both in inputs and in inputsFrom: remove one of them", name)
		}
		if given[name], err = s.schema.Read(name, text); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// mask hides the values of sensitive inputs in the Manager's words: those of the spec, those the deployment has, and those
// it had, for what stops or fails in an update was started with the old ones.
func (s *scope) mask(text string) string {
	secret := s.sensitive(s.given)
	if s.remote != nil {
		secret = append(secret, s.sensitive(s.remote.Inputs)...)
	}
	for i := range s.executions {
		if given, ok := s.executions[i].Parameters["inputs"].(map[string]any); ok {
			secret = append(secret, s.sensitive(given)...)
		}
	}
	return inputs.Mask(text, secret)
}

// secretInputs are the inputs whose values come from Secrets, whether or not these could be read, and those that the offering
// calls sensitive.
func (s *scope) secretInputs() []string {
	var names []string
	for _, source := range s.deployment.Spec.InputsFrom {
		if source.SecretKeyRef != nil {
			names = append(names, source.Input)
		}
	}
	if s.blueprint != nil && s.blueprint.Spec.Offering != nil {
		names = append(names, s.blueprint.Spec.Offering.SensitiveInputs...)
	}
	return names
}

// sensitive are the values that must not be shown; all, while the schema is not known.
func (s *scope) sensitive(values map[string]any) []string {
	if s.schema.Inputs == nil {
		return inputs.Sensitive(s.schema, values, slices.Collect(maps.Keys(values))...)
	}
	return inputs.Sensitive(s.schema, values, append(s.secretInputs(), s.untold(values)...)...)
}

// untold are the inputs with a value that nothing says any more: it may have come from a Secret that the spec referred to once.
// What an adopted deployment had before is no secret of this object, nor is what a plan fixes.
func (s *scope) untold(values map[string]any) []string {
	if s.adopted() {
		return nil
	}
	fixed := map[string]bool{}
	if s.blueprint != nil {
		plan, _ := s.blueprint.Plan(s.deployment.Spec.Plan)
		for name := range plan.Inputs {
			fixed[name] = true
		}
	}
	if applied := s.before.Status.Applied; applied != nil {
		for _, name := range applied.PlanInputs {
			fixed[name] = true
		}
	}
	told := inputs.Effective(s.schema, s.given)
	var names []string
	for name, value := range values {
		if _, said := told[name]; !said {
			told[name] = s.given[name] // not declared, but named
		}
		if !fixed[name] && !inputs.Equal(map[string]any{name: value}, map[string]any{name: told[name]}) {
			names = append(names, name)
		}
	}
	return names
}

// masked hides them in all that is told of an outcome; an error is told, too, for the queue logs it.
func (s *scope) masked(out outcome.Outcome) outcome.Outcome {
	message := s.mask(out.Message)
	out.Advice = s.mask(out.Advice)
	if out.Err != nil && message != out.Message {
		out.Err = errors.New(message)
	}
	out.Message = message
	return out
}
