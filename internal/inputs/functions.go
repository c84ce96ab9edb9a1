// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"fmt"
	"maps"
	"slices"
)

// functions are the intrinsic functions of every release. The Manager evaluates a map
// with one of these as its only key, wherever it stands.
var functions = map[string]bool{
	"concat": true, "merge": true,
	"get_input": true, "get_property": true, "get_attribute": true, "get_attributes_list": true, "get_attributes_dict": true,
	"get_secret": true, "get_capability": true, "get_environment_capability": true, "get_group_capability": true,
	"get_label": true, "get_sys": true, "get_consumers": true,
	"string_find": true, "string_replace": true, "string_split": true, "string_lower": true, "string_upper": true,
}

// ContainsFunction reports whether value is or holds, at any depth, a call of an
// intrinsic function, and of which.
func ContainsFunction(value any) (name string, found bool) {
	switch value := value.(type) {
	case nil, bool, string:
	case []any:
		for _, item := range value {
			if name, found := ContainsFunction(item); found {
				return name, true
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if len(value) == 1 && functions[key] {
				return key, true
			}
			if name, found := ContainsFunction(value[key]); found {
				return name, true
			}
		}
	default:
		switch value := plain(value).(type) {
		case []any, map[string]any:
			return ContainsFunction(value)
		}
	}
	return "", false
}

// isCall reports whether a plain value is itself a call of an intrinsic function.
func isCall(value any) bool {
	call, ok := value.(map[string]any)
	if !ok || len(call) != 1 {
		return false
	}
	for name := range call {
		return functions[name]
	}
	return false
}

// RefuseFunctions names, as an *Error, the inputs that call intrinsic functions.
// A user's function would run with the rights of the operator: get_secret reads any
// secret of the tenant, get_capability any deployment.
func RefuseFunctions(values map[string]any) error { return Schema{}.RefuseFunctions(values) }

// RefuseFunctions is the function of that name for the values of a schema, which says what they are called.
func (s Schema) RefuseFunctions(values map[string]any) error {
	var found problems
	for input, value := range values {
		if name, ok := ContainsFunction(value); ok {
			found.add(input, fmt.Sprintf("must not call an intrinsic function: it contains a map whose only key is %s", name))
		}
	}
	return found.err(s)
}
