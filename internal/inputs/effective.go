// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import "slices"

// Effective is the complete set of inputs that values come to: what is given, or the
// default, or null for one that may be left out. A required input without a value is
// not in it, nor is an undeclared one; Validate names them. An update must send all of
// it: the Manager keeps the old value of an input that is left out.
func Effective(schema Schema, values map[string]any) map[string]any {
	effective := make(map[string]any, len(schema.Inputs))
	for name, input := range schema.Inputs {
		value := values[name]
		if value == nil {
			value = input.Default
		}
		if value != nil || input.optional() {
			effective[name] = schema.complete(input, plain(value), nil)
		}
	}
	return effective
}

// complete fills in the defaults of a data type's properties, as the Manager does.
// Inside are the types around it: one that holds itself is not filled in again.
func (s Schema) complete(input Input, value any, inside []string) any {
	if _, function := ContainsFunction(value); function {
		return value
	}
	switch value := value.(type) {
	case []any:
		if input.Type != "list" {
			return value
		}
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = s.complete(Input{Type: input.ItemType}, item, inside)
		}
		return items
	case map[string]any:
		properties, ok := s.properties(input.Type)
		if !ok || slices.Contains(inside, input.Type) {
			return value
		}
		inside = append(slices.Clip(inside), input.Type)
		members := make(map[string]any, len(properties))
		for name, property := range properties {
			if property.Default != nil {
				members[name] = s.complete(property, plain(property.Default), inside)
			}
		}
		for name, member := range value {
			members[name] = s.complete(properties[name], member, inside)
		}
		return members
	}
	return value
}

// OmitNull is values without nulls, for a create: there null is a value like any other,
// and of the wrong type.
func OmitNull(values map[string]any) map[string]any {
	given := make(map[string]any, len(values))
	for name, value := range values {
		if value != nil {
			given[name] = value
		}
	}
	return given
}

// Same reports whether a deployment that has the inputs actual has the effective
// ones already. Whether the Manager has filled in the defaults of data types does
// not matter, nor what it has of inputs that are no longer declared.
func Same(schema Schema, effective, actual map[string]any) bool {
	for name, input := range schema.Inputs {
		if schema.differs(name, input, effective, actual) {
			return false
		}
	}
	return true
}

// CameOf reports whether a run of a workflow that shows the parameters actual may have been started with those given, which are all
// declared: the Manager fills in defaults, evaluates those that contain functions, and adds nothing [601].
func CameOf(schema Schema, given, actual map[string]any) bool {
	for name := range actual {
		if _, declared := schema.Inputs[name]; !declared {
			return false
		}
	}
	for name, parameter := range schema.Inputs {
		value, set := given[name]
		if _, evaluated := ContainsFunction(parameter.Default); !set && evaluated {
			continue
		}
		if !set {
			value = parameter.Default
		}
		if !equal(schema.complete(parameter, plain(value), nil), schema.complete(parameter, plain(actual[name]), nil)) {
			return false
		}
	}
	return true
}

// Differing are the names of the inputs that Same minds, sorted.
func Differing(schema Schema, effective, actual map[string]any) []string {
	var names []string
	for name, input := range schema.Inputs {
		if schema.differs(name, input, effective, actual) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s Schema) differs(name string, input Input, effective, actual map[string]any) bool {
	return !equal(plain(effective[name]), s.complete(input, plain(actual[name]), nil))
}
