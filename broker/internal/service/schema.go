// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	openapi "k8s.io/kube-openapi/pkg/validation/errors"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/validate"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// schemaOf is the JSON schema of all inputs of a blueprint; false where there is none.
func schemaOf(b *v1alpha1.CloudifyBlueprint) (inputs.JSONSchema, bool) {
	offering := b.Status.Offering
	if offering == nil || offering.Schema == nil {
		return inputs.JSONSchema{}, false
	}
	schema, err := inputs.ParseJSONSchema(offering.Schema.Raw)
	return schema, err == nil
}

// sensitiveInputs are the names of the inputs of a blueprint whose values are secret. Those that its author names are secret at
// once, also while the Manager is away and the schema cannot be made anew.
func sensitiveInputs(b *v1alpha1.CloudifyBlueprint) map[string]bool {
	schema, _ := schemaOf(b)
	return withNamed(schema.Secret(), b)
}

// sensitive are the same of the blueprint that was chosen.
func (c *choice) sensitive() map[string]bool {
	rules, err := c.rules.of(c.blueprint, c.plan, false)
	if err != nil || rules == nil {
		return sensitiveInputs(c.blueprint)
	}
	return withNamed(rules.secret, c.blueprint)
}

// withNamed are names and those that the author of a blueprint adds.
func withNamed(secret []string, b *v1alpha1.CloudifyBlueprint) map[string]bool {
	names := map[string]bool{}
	for _, name := range secret {
		names[name] = true
	}
	if b.Spec.Offering != nil {
		for _, name := range b.Spec.Offering.SensitiveInputs {
			names[name] = true
		}
	}
	return names
}

// check refuses parameters that the plan does not take. It names them, and never says what they are.
func (c *choice) check(parameters map[string]any, update bool) error {
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if _, fixed := c.plan.Inputs[name]; fixed {
			return &InvalidError{Reason: fmt.Sprintf("parameter %.100q is fixed by plan %s", name, c.plan.Name)}
		}
	}
	if err := inputs.RefuseFunctions(parameters); err != nil {
		return &InvalidError{Reason: err.Error()}
	}
	rules, err := c.rules.of(c.blueprint, c.plan, update)
	if err != nil || rules == nil {
		return err
	}
	return rules.check(parameters)
}

// floats are values with numbers in double precision, as those of the schema are: the validator finds no integer inside of a
// value equal to a float, and takes an integer for a text of one character. Larger integers are in no schema, and the validator
// takes them for integers as they are only.
func floats(value any) any {
	switch value := value.(type) {
	case int64:
		if float := float64(value); math.Abs(float) < 1<<53 {
			return float
		}
		return value
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = floats(item)
		}
		return items
	case map[string]any:
		members := make(map[string]any, len(value))
		for name, member := range value {
			members[name] = floats(member)
		}
		return members
	default:
		return value
	}
}

// dropFormats drops what says how to show a secret, at any depth: the validator would look at the format instead of the type.
func dropFormats(schema *spec.Schema) {
	if schema.Format == "password" {
		schema.Format = ""
	}
	for name, property := range schema.Properties {
		dropFormats(&property)
		schema.Properties[name] = property
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		dropFormats(schema.Items.Schema)
	}
	for i := range schema.AnyOf {
		dropFormats(&schema.AnyOf[i])
	}
}

// maxRefusals keeps a description readable.
const maxRefusals = 10

// refusalOf words what a schema with these properties refuses; nil where it refuses nothing. The library quotes values that fail a
// format.
func refusalOf(result *validate.Result, known []string) error {
	if result.IsValid() {
		return nil
	}
	var reasons []string
	for _, err := range result.Errors {
		var failure *openapi.Validation
		if !errors.As(err, &failure) {
			continue // says once more what another one says
		}
		text := strings.Replace(strings.TrimPrefix(failure.Error(), "."), " in body ", " ", 1)
		if failure.Code() == openapi.InvalidTypeCode {
			text, _, _ = strings.Cut(text, `: "`)
		}
		if name, ok := failure.Value.(string); ok && failure.Code() == openapi.UnallowedPropertyCode && strings.Trim(failure.Name, ".") == "" {
			if meant := inputs.DidYouMean(name, known); meant != "" {
				text += ": " + meant
			}
		}
		reasons = append(reasons, fmt.Sprintf("parameter %.300s", text))
	}
	slices.Sort(reasons)
	reasons = slices.Compact(reasons)
	if more := len(reasons) - maxRefusals; more > 0 {
		reasons = append(reasons[:maxRefusals], fmt.Sprintf("and %d more", more))
	}
	if len(reasons) == 0 {
		reasons = []string{"the parameters do not match the schema of the plan"}
	}
	return &InvalidError{Reason: strings.Join(reasons, "; ")}
}
