// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// schemaOf is what a blueprint's plan says of its inputs, in the words of package inputs.
func schemaOf(plan *cloudify.Plan) (inputs.Schema, error) {
	types, err := inputs.ParseDataTypes(plan.DataTypes)
	if err != nil {
		return inputs.Schema{}, fmt.Errorf("read the data types of the blueprint: %w", err)
	}
	schema := inputs.Schema{Inputs: map[string]inputs.Input{}, DataTypes: types}
	for name, in := range plan.Inputs {
		schema.Inputs[name] = inputs.Input(in)
	}
	return schema, nil
}

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

// mask hides the values of sensitive inputs in the Manager's words, those of the spec and those the deployment has.
func (s *scope) mask(text string) string {
	secret := inputs.Sensitive(s.schema, s.given, s.references.secret...)
	if s.remote != nil {
		secret = append(secret, inputs.Sensitive(s.schema, s.remote.Inputs, s.secretInputs()...)...)
	}
	return inputs.Mask(text, secret)
}

// secretInputs are the inputs whose values come from Secrets, whether or not these could be read.
func (s *scope) secretInputs() []string {
	var names []string
	for _, source := range s.deployment.Spec.InputsFrom {
		if source.SecretKeyRef != nil {
			names = append(names, source.Input)
		}
	}
	return names
}
