// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Validate reports everything that is wrong with values, as an *Error, or nil. A value
// that contains an intrinsic function is left to the Manager.
func Validate(schema Schema, values map[string]any) error {
	return ValidateBeside(schema, values, nil)
}

// ValidateBeside is Validate for a deployment that has inputs already: those are not missing, and may be given again, whatever
// the blueprint declares.
func ValidateBeside(schema Schema, values, has map[string]any) error {
	var found problems
	has = OmitNull(has)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		input, declared := schema.Inputs[name]
		switch value := plain(values[name]); {
		case !declared:
			found.add(name, undeclared(name, schema.Inputs, schema.owner()))
		case value == nil:
			found.add(name, "must not be null: leave it out instead")
		default:
			schema.check(&found, name, input, value, membersOf([]any{has}, name))
		}
	}
	for name, input := range schema.Inputs {
		_, given := values[name]
		if _, there := has[name]; !given && !there && input.required() {
			found.add(name, "is missing: "+schema.owner()+" requires it")
		}
	}
	return found.err(schema)
}

// ValidatePart is Validate for some of the inputs, such as those that a plan fixes: others may be missing.
func ValidatePart(schema Schema, values map[string]any) error {
	optional := false
	part := Schema{Inputs: make(map[string]Input, len(schema.Inputs)), DataTypes: schema.DataTypes, Workflow: schema.Workflow}
	for name, input := range schema.Inputs {
		input.Required = &optional
		part.Inputs[name] = input
	}
	return Validate(part, values)
}

// check finds what is wrong with one value, which where names. Nothing is wrong with a known one.
func (s Schema) check(found *problems, where string, input Input, value any, known []any) {
	if _, function := ContainsFunction(value); function {
		return
	}
	known = s.known(input, known)
	if !slices.ContainsFunc(known, func(other any) bool { return equal(value, other) }) {
		s.checkDeclared(found, where, input, value, known)
	}
}

// checkDeclared compares a value with its declaration.
func (s Schema) checkDeclared(found *problems, where string, input Input, value any, known []any) {
	if properties, ok := s.properties(input.Type); ok {
		s.checkProperties(found, where, input.Type, properties, value, known)
		return
	}
	if wrong := checkType(input.Type, value, known); wrong != "" {
		found.add(where, wrong)
		return
	}
	items, isList := value.([]any)
	if input.Type != "list" || !isList || input.ItemType == "" {
		checkConstraints(found, where, input, value)
		return
	}
	known = itemsOf(known)
	for i, value := range items {
		s.check(found, where+"["+strconv.Itoa(i)+"]", input.item(), value, known)
	}
}

func (s Schema) checkProperties(found *problems, where, typeName string, properties map[string]Input, value any, known []any) {
	members, ok := value.(map[string]any)
	if !ok {
		found.add(where, fmt.Sprintf("must be a map with the properties of type %s, not %s", typeName, kindOf(value)))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		property, declared := properties[name]
		switch {
		case !declared:
			found.add(where+"."+name, undeclared(name, properties, "type "+typeName))
		case members[name] == nil && property.optional():
		default:
			s.check(found, where+"."+name, property, members[name], membersOf(known, name))
		}
	}
	for name, property := range properties {
		if _, given := members[name]; !given && property.required() {
			found.add(where+"."+name, "is missing: type "+typeName+" requires it")
		}
	}
}

// maxKnown is how many names a message lists.
const maxKnown = 20

// undeclared says that a name is not among the declared ones, and which may have
// been meant.
func undeclared(name string, declared map[string]Input, by string) string {
	text := "is not declared by " + by
	if len(declared) == 0 {
		return text + ", which declares none"
	}
	known := slices.Sorted(maps.Keys(declared))
	if meant := DidYouMean(name, known); meant != "" {
		text += ": " + meant
	} else {
		text += ": remove it or use a declared one"
	}
	text += " (declared: " + strings.Join(known[:min(len(known), maxKnown)], ", ")
	if more := len(known) - maxKnown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + ")"
}

// DidYouMean suggests the known name that name may be a misspelling of; empty where none is near.
func DidYouMean(name string, known []string) string {
	near := nearest(name, known)
	if near == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", near)
}

// nearest is the known name that name is most likely a misspelling of, or empty.
func nearest(name string, known []string) string {
	best, distance := "", min(len(name), max(1, min(len(name), 12)/3)+1)
	for _, candidate := range known {
		if d := edits(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// edits counts the characters to insert, delete or replace to make b of a.
func edits(a, b string) int {
	if len(a) > 100 || len(b) > 100 {
		return 100
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
