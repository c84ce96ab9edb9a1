// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"maps"
	"slices"
)

// maxExpansions bounds how often data types are spelled out: they may hold each
// other, and a schema that is too large is of no use.
const maxExpansions = 256

// schemaWriter describes inputs and the properties of data types.
type schemaWriter struct {
	schema     Schema
	expansions int
}

// property describes one input, or property of a data type, inside of these types.
func (w *schemaWriter) property(input Input, inside []string, known []any) map[string]any {
	described := w.value(input, inside, known)
	if input.Description != "" {
		described["description"] = input.Description
	}
	if input.DisplayLabel != "" {
		described["title"] = input.DisplayLabel
	}
	if input.Hidden {
		described["format"] = passwordFormat
		if described["type"] == nil { // a format alone is that of strings
			described["type"] = []any{"array", "boolean", "null", "number", "object", "string"}
		}
	} else if value := plain(input.Default); value != nil && expressible(value) && !hasSecret(described) {
		described["default"] = value // one with a secret part would show that, too
	}
	return described
}

// value describes what values an input takes: those that are as declared, and those that are known.
func (w *schemaWriter) value(input Input, inside []string, known []any) map[string]any {
	known = w.schema.known(input, known)
	described := w.declared(input, inside, known)
	tell := !input.Hidden && !hasSecret(described)
	var odd []any
	for _, value := range known {
		var found problems
		if _, function := ContainsFunction(value); function {
			continue // a call is refused, so it is not offered
		}
		w.schema.checkDeclared(&found, "", input, value, known)
		if len(found) > 0 && !slices.ContainsFunc(odd, func(other any) bool { return equal(value, other) }) {
			odd = append(odd, value)
			tell = tell && expressible(value)
		}
	}
	if len(odd) == 0 {
		return described
	}
	beside := map[string]any{} // anything, where the schema must not or cannot say which
	if tell {
		beside["enum"] = odd
	}
	either := map[string]any{"anyOf": []any{described, beside}}
	switch types := described["type"].(type) { // some validators overlook a null in anyOf
	case string:
		either["type"] = jsonTypes(odd, types)
	case []any:
		either["type"] = jsonTypes(odd, types...)
	}
	return either
}

// declared describes the values that are as declared, in the order of Schema.checkDeclared.
func (w *schemaWriter) declared(input Input, inside []string, known []any) map[string]any {
	if properties, ok := w.schema.properties(input.Type); ok {
		return w.object(input, properties, inside, known)
	}
	described := map[string]any{}
	if name := jsonType(input.Type); name != "" {
		described["type"] = name
	}
	if kinds := kindsOf(known); len(kinds) > 0 && described["type"] == "string" && input.Type != "regex" {
		described["type"] = jsonTypes(known, "string")
	}
	if input.Type == "list" && input.ItemType != "" {
		described["items"] = w.value(input.item(), inside, itemsOf(known))
		return described
	}
	restrict(described, input)
	return described
}

// object describes a data type: a map with its properties. A type that holds itself
// is any map there.
func (w *schemaWriter) object(input Input, properties map[string]Input, inside []string, known []any) map[string]any {
	described := map[string]any{"type": "object"}
	if slices.Contains(inside, input.Type) || w.expansions == 0 {
		return described
	}
	w.expansions--
	inside = append(slices.Clip(inside), input.Type)
	members, required := map[string]any{}, []any{}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property := properties[name]
		property.Hidden = property.Hidden || input.Hidden
		member := w.property(property, inside, membersOf(known, name))
		if property.optional() {
			allowNull(member)
		}
		members[name] = member
		if property.required() {
			required = append(required, name)
		}
	}
	described["properties"], described["additionalProperties"] = members, false
	if len(required) > 0 {
		described["required"] = required
	}
	return described
}

// jsonType is what JSON Schema calls a type; "" where anything may be given. Names
// of things at the Manager are strings.
func jsonType(name string) string {
	switch name {
	case "string", "textarea", "regex":
		return "string"
	case "integer", "boolean":
		return name
	case "float":
		return "number"
	case "list":
		return "array"
	case "dict":
		return "object"
	}
	if managerTypes[name] {
		return "string"
	}
	return ""
}

// jsonTypes adds the types of values to some, each once.
func jsonTypes(values []any, types ...any) []any {
	types = slices.Clone(types)
	for _, value := range values {
		name := map[kind]any{
			kindNull: "null", kindBoolean: "boolean", kindNumber: "number", kindString: "string", kindList: "array", kindMap: "object",
		}[kindOf(value)]
		if !slices.Contains(types, name) {
			types = append(types, name)
		}
	}
	return types
}

// allowNull lets a property be null, which means the same as leaving it out.
func allowNull(property map[string]any) {
	switch types := property["type"].(type) {
	case string:
		property["type"] = []any{types, "null"}
	case []any:
		if !slices.Contains(types, any("null")) {
			property["type"] = append(slices.Clip(types), "null")
		}
	}
	if choices, ok := property["anyOf"].([]any); ok {
		property["anyOf"] = append(slices.Clip(choices), map[string]any{"type": "null"})
	}
	if values, ok := property["enum"].([]any); ok && !slices.Contains(values, nil) {
		property["enum"] = append(slices.Clip(values), nil)
	}
}
