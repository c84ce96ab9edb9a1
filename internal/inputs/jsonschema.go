// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// JSONSchema is a JSON Schema (draft-04) of inputs, as platforms show and check it.
// Validate checks more than it can express. Its JSON is the same for the same declarations.
type JSONSchema struct {
	Dialect              string                    `json:"$schema"`
	Type                 string                    `json:"type"`
	Properties           map[string]map[string]any `json:"properties"`
	Required             []string                  `json:"required,omitempty"`
	AdditionalProperties bool                      `json:"additionalProperties"`
}

const draft04 = "http://json-schema.org/draft-04/schema#"

// MaxJSONSchema is how large a schema may be for platforms, in bytes.
const MaxJSONSchema = 64 << 10

// passwordFormat marks the properties whose values are secret.
const passwordFormat = "password"

// JSONSchema describes all inputs. The hidden ones and those named are secret: they
// have the format password and no default. An input with a secret part has none either.
func (s Schema) JSONSchema(secret ...string) JSONSchema {
	described := JSONSchema{Dialect: draft04, Type: "object", Properties: map[string]map[string]any{}}
	writer := schemaWriter{schema: s, expansions: maxExpansions}
	for _, name := range slices.Sorted(maps.Keys(s.Inputs)) {
		input := s.Inputs[name]
		input.Hidden = input.Hidden || slices.Contains(secret, name)
		described.Properties[name] = writer.property(input, nil, nil)
		if input.required() {
			described.Required = append(described.Required, name)
		}
	}
	return described
}

// ParseJSONSchema reads what Bytes wrote.
func ParseJSONSchema(content []byte) (JSONSchema, error) {
	var s JSONSchema
	if err := decode(content, &s); err != nil {
		return JSONSchema{}, fmt.Errorf("read the JSON schema of the inputs: %w", err)
	}
	return s, nil
}

// Bytes is the schema as JSON.
func (s JSONSchema) Bytes() ([]byte, error) {
	var content bytes.Buffer
	encoder := json.NewEncoder(&content)
	encoder.SetEscapeHTML(false) // or a < takes six bytes
	if err := encoder.Encode(s); err != nil {
		return nil, fmt.Errorf("write the JSON schema of the inputs: %w", err)
	}
	return bytes.TrimSuffix(content.Bytes(), []byte("\n")), nil
}

// Without is the schema without these inputs, which a plan fixes.
func (s JSONSchema) Without(names ...string) JSONSchema {
	fixed := func(name string) bool { return slices.Contains(names, name) }
	s.Properties = maps.Clone(s.Properties)
	maps.DeleteFunc(s.Properties, func(name string, _ map[string]any) bool { return fixed(name) })
	s.Required = slices.DeleteFunc(slices.Clone(s.Required), fixed)
	return s
}

// ForUpdate is the schema of an update, which names only what changes.
func (s JSONSchema) ForUpdate() JSONSchema {
	s.Required = nil
	return s
}

// Secret are the names of the inputs whose values, or parts of them, are secret.
func (s JSONSchema) Secret() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if hasSecret(s.Properties[name]) {
			names = append(names, name)
		}
	}
	return names
}

// hasSecret reports whether a property is secret, or a property or an item of it is.
func hasSecret(property map[string]any) bool {
	if property["format"] == passwordFormat {
		return true
	}
	choices, _ := property["anyOf"].([]any)
	for _, choice := range choices {
		if described, ok := choice.(map[string]any); ok && hasSecret(described) {
			return true
		}
	}
	if items, ok := property["items"].(map[string]any); ok && hasSecret(items) {
		return true
	}
	members, _ := property["properties"].(map[string]any)
	for _, member := range members {
		if described, ok := member.(map[string]any); ok && hasSecret(described) {
			return true
		}
	}
	return false
}
