// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"maps"
	"slices"
	"strings"
)

// Types that an input, a parameter or a property may have, beside the blueprint's data types.
var (
	simpleTypes = []string{"string", "integer", "float", "boolean", "list", "dict", "regex", "textarea"}
	// Values of object types name something that exists at the Manager.
	objectTypes = map[string]version{
		"blueprint_id": 4, "deployment_id": 4, "capability_value": 4, "scaling_group": 4, "node_id": 4,
		"node_type": 4, "node_instance": 4, "secret_key": 4, "operation_name": 5,
	}
)

func isPrimitive(typ string) bool {
	_, object := objectTypes[typ]
	return object || slices.Contains(simpleTypes, typ)
}

// property declares a value: of a node type, a data type, a relationship, an operation's input.
type property struct {
	typ        string
	def        any
	hasDefault bool
	written    any // the default before nested ones were filled in
	optional   bool
	raw        map[string]any
}

type properties = named[*property]

// rawOf is a schema as the plan shows it.
func rawOf(schema properties) map[string]any {
	result := map[string]any{}
	for name, prop := range schema.by {
		result[name] = prop.raw
	}
	return result
}

type dataType struct {
	properties properties
	open       bool // takes others, too
	raw        map[string]any
}

// dataTypes resolves values of composed types.
type dataTypes map[string]*dataType

// words are the complaints about a value of a composed type; they take the owner's name and the path.
type words struct{ undefined, missing string }

// parse checks a value against a type and fills in the defaults of composed types. Functions pass unseen.
func (types dataTypes) parse(value any, typ string, w words, owner string, path []string, derived any, strict bool) (any, error) {
	if typ == "" || functionOf(value) != "" {
		return value, nil
	}
	if isPrimitive(typ) {
		if fits(value, typ) {
			return value, nil
		}
		return nil, mismatch(value, typ, owner, path)
	}
	dt := types[typ]
	if dt == nil {
		return nil, complain("Unexpected type defined in property schema for property '%s' - unknown type is '%s'",
			strings.Join(path, "."), typ)
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, mismatch(value, typ, owner, path)
	}
	values := defaults(dt.properties)
	if inherited, ok := derived.(map[string]any); ok {
		maps.Copy(values, inherited)
	}
	return types.merge(fields, dt.properties, dt.open, values, w, owner, path, strict)
}

// complete is parse for all the properties of one owner. An open one takes others, too.
func (types dataTypes) complete(values map[string]any, schema properties, open bool, w words, owner string) (map[string]any, error) {
	return types.merge(values, schema, open, defaults(schema), w, owner, nil, true)
}

func (types dataTypes) merge(values map[string]any, schema properties, open bool, fallback map[string]any,
	w words, owner string, path []string, strict bool) (map[string]any, error) {
	result := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		switch {
		case schema.has(key):
		case open:
			result[key] = values[key]
		default:
			return nil, complain(w.undefined, owner, strings.Join(append(slices.Clone(path), key), "."))
		}
	}
	merged := maps.Clone(fallback)
	maps.Copy(merged, values)
	external := truthy(merged["use_external_resource"])
	if external && functionOf(merged["use_external_resource"]) != "" {
		return nil, complain("Only boolean values are allowed for `use_external_resource` property, don't use intrinsic functions.")
	}
	for _, key := range schema.names {
		prop, inner := schema.by[key], append(slices.Clone(path), key)
		value, given := merged[key]
		if !given {
			if strict && !prop.optional && !external {
				return nil, complain(w.missing, owner, strings.Join(inner, "."))
			}
			continue
		}
		parsed, err := types.parse(value, prop.typ, w, owner, inner, fallback[key], strict)
		if err != nil {
			return nil, err
		}
		result[key] = parsed
	}
	return result, nil
}

func truthy(v any) bool {
	b, ok := v.(bool)
	return v != nil && (!ok || b)
}

// defaults are the schema's, by name.
func defaults(schema properties) map[string]any {
	result := map[string]any{}
	for name, prop := range schema.by {
		if prop.hasDefault {
			result[name] = normal(prop.def)
		}
	}
	return result
}

// fits reports whether a value is of a primitive type. Strings are never checked, nor are object types.
func fits(value any, typ string) bool {
	switch typ {
	case "integer":
		return pyType(value) == "int"
	case "float":
		return pyType(value) == "int" || pyType(value) == "float"
	case "boolean":
		return pyType(value) == "bool"
	case "list":
		return pyType(value) == "list"
	case "dict":
		return pyType(value) == "dict"
	case "regex":
		s, ok := value.(string)
		if !ok {
			return false
		}
		_, err := pythonPattern(s)
		return err == nil
	default:
		return true
	}
}

func mismatch(value any, typ, owner string, path []string) error {
	if len(path) == 0 {
		return complain("Property type validation failed in '%s': the defined type is '%s', "+
			"yet it was assigned with the value '%s'", owner, typ, pyStr(value))
	}
	return complain("Property type validation failed in '%s': property '%s' type is '%s', "+
		"yet it was assigned with the value '%s'", owner, strings.Join(path, "."), typ, pyStr(value))
}
