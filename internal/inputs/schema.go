// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// Schema is what a blueprint declares.
type Schema struct {
	Inputs map[string]Input
	// DataTypes are the blueprint's own types, by name.
	DataTypes map[string]DataType
	// Workflow is the workflow whose parameters these are; empty: they are the blueprint's inputs.
	Workflow string
}

// noun is what messages call one of the declared.
func (s Schema) noun() string {
	if s.Workflow != "" {
		return "parameter"
	}
	return "input"
}

// owner is what messages say declares them.
func (s Schema) owner() string {
	if s.Workflow != "" {
		return "workflow " + s.Workflow
	}
	return "the blueprint"
}

// Input is the declaration of one input, of a parameter of a workflow, or of a property of a data type, in the blueprint
// language's own words.
type Input struct {
	Type         string           `json:"type"`
	Default      any              `json:"default"` // nil means none
	Description  string           `json:"description"`
	Required     *bool            `json:"required"` // nil means required
	Constraints  []map[string]any `json:"constraints"`
	Hidden       bool             `json:"hidden"`
	ItemType     string           `json:"item_type"` // of a list
	DisplayLabel string           `json:"display_label"`
}

// required reports whether somebody must give a value.
func (i Input) required() bool {
	return i.Default == nil && !i.optional()
}

// optional reports whether there may be no value at all.
func (i Input) optional() bool { return i.Required != nil && !*i.Required }

// item is the declaration of the items of a list.
func (i Input) item() Input {
	return Input{Type: i.ItemType, Constraints: i.Constraints, Hidden: i.Hidden}
}

// DataType is a map with declared properties.
type DataType struct {
	DerivedFrom string
	Properties  map[string]Input
}

// ParseDataTypes reads the data_types of a template.
func ParseDataTypes(content []byte) (map[string]DataType, error) {
	if len(bytes.TrimSpace(content)) == 0 {
		return nil, nil
	}
	var wire map[string]struct {
		DerivedFrom string                     `json:"derived_from"`
		Properties  map[string]json.RawMessage `json:"properties"`
	}
	if err := decode(content, &wire); err != nil {
		return nil, fmt.Errorf("data types: %w", err)
	}
	types := make(map[string]DataType, len(wire))
	for name, declared := range wire {
		properties := make(map[string]Input, len(declared.Properties))
		for property, content := range declared.Properties {
			var input Input
			if err := decode(content, &input); err != nil {
				return nil, fmt.Errorf("property %q of data type %q: %w", property, name, err)
			}
			properties[property] = input
		}
		types[name] = DataType{DerivedFrom: declared.DerivedFrom, Properties: properties}
	}
	return types, nil
}

// properties are those of a data type and of what it derives from.
func (s Schema) properties(name string) (map[string]Input, bool) {
	declared, ok := s.DataTypes[name]
	if !ok {
		return nil, false
	}
	properties := maps.Clone(declared.Properties)
	if properties == nil {
		properties = map[string]Input{}
	}
	seen := []string{name}
	for parent := declared.DerivedFrom; !slices.Contains(seen, parent); parent = s.DataTypes[parent].DerivedFrom {
		seen = append(seen, parent)
		for property, input := range s.DataTypes[parent].Properties {
			if _, ok := properties[property]; !ok {
				properties[property] = input
			}
		}
	}
	return properties, true
}

// Decode makes values of the JSON that a Kubernetes object holds. Numbers keep all
// their digits.
func Decode(values map[string]apiextensionsv1.JSON) (map[string]any, error) {
	decoded := make(map[string]any, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		var value any
		if err := decode(values[name].Raw, &value); err != nil {
			// Not the cause: it may quote the value.
			return nil, &Error{Problems: []Problem{{Input: name, Reason: "is not JSON"}}}
		}
		decoded[name] = value
	}
	return decoded, nil
}

func decode(content []byte, out any) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	return decoder.Decode(out)
}
