// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
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

// mask hides the values of sensitive inputs in the Manager's words, those of the spec and those the deployment has.
func (s *scope) mask(text string) string {
	secret := s.sensitive(s.given)
	if s.remote != nil {
		secret = append(secret, s.sensitive(s.remote.Inputs)...)
	}
	return inputs.Mask(text, secret)
}

// sensitive are the values that must not be shown; all, while the schema is not known.
func (s *scope) sensitive(values map[string]any) []string {
	if s.schema.Inputs == nil {
		return inputs.Sensitive(s.schema, values, slices.Collect(maps.Keys(values))...)
	}
	return inputs.Sensitive(s.schema, values)
}

// masked hides them in all that is told of an outcome; an error is told, too, for the queue logs it.
func (s *scope) masked(out outcome.Outcome) outcome.Outcome {
	message := s.mask(out.Message)
	if out.Err != nil && message != out.Message {
		out.Err = errors.New(message)
	}
	out.Message = message
	return out
}
