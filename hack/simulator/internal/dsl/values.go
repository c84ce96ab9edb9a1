// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"slices"
	"strings"
)

// needsDeployment are the object types whose values exist within one deployment.
var needsDeployment = map[string]bool{
	"capability_value": true, "scaling_group": true, "node_id": true, "node_type": true,
	"node_instance": true, "operation_name": true,
}

const constraintException = "dsl_parser.exceptions.ConstraintException"

func violation(format string, args ...any) *InputError {
	return &InputError{CodeConstraint, complain(format, args...).Error(), constraintException}
}

// checkValue holds a value against its declaration's constraints, items of a list one by one where
// it says what they are. It comes before the value's own type is looked at, and so do its complaints.
func checkValue(name string, input Input, value any, at Inventory) *InputError {
	constraints := constraintsOf(input.Constraints)
	if input.Type != "list" || input.ItemType == "" {
		return checkOne(name, constraints, value, input.Type, at)
	}
	items, ok := itemsOf(value)
	if !ok {
		return &InputError{CodeInputEvaluation, "'" + pyType(value) + "' object is not iterable", "TypeError"}
	}
	for _, item := range items {
		if !fits(item, input.ItemType) {
			return &InputError{Code: CodeInputEvaluation, Message: mismatch(item, input.ItemType, name, nil).Error()}
		}
		if err := checkOne(name, constraints, item, input.ItemType, at); err != nil {
			return err
		}
	}
	return nil
}

// itemsOf is what Python iterates over: items, keys, characters.
func itemsOf(value any) ([]any, bool) {
	switch v := value.(type) {
	case []any:
		return v, true
	case map[string]any:
		var keys []string
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		return anySlice(keys), true
	case string:
		return anySlice(strings.Split(v, "")), true
	default:
		return nil, false
	}
}

func checkOne(name string, constraints []constraint, value any, typ string, at Inventory) *InputError {
	if len(constraints) > 0 && functionOf(value) != "" {
		return &InputError{Code: CodeInputEvaluation, Message: complain(
			"Input value %s, of input %s, cannot contain an intrinsic function and also have constraints.", pyStr(value), name).Error()}
	}
	if _, object := objectTypes[typ]; object && at != nil && functionOf(value) == "" && !at.Exists(typ, pyStr(value)) {
		return violation("Value '%s' of '%s' is not a valid value for data type '%s'.", pyStr(value), name, typ)
	}
	var selecting []constraint
	for _, c := range constraints {
		if functionOf(c.arg) != "" {
			continue // what it leads to is not known before the deployment is
		}
		if c.selects(typ) {
			selecting = append(selecting, c)
			continue
		}
		ok, err := c.holds(value)
		switch {
		case err != nil:
			return violation("%s", err)
		case !ok && c.message != "":
			return violation("Value %s of input %s is invalid. %s", pyStr(value), name, c.message)
		case !ok:
			return violation("Value %s of input %s violates constraint %s.", pyStr(value), name, c)
		}
	}
	return checkSelection(name, selecting, value, typ, at)
}

// checkSelection holds a value against the constraints that select among what exists.
func checkSelection(name string, constraints []constraint, value any, typ string, at Inventory) *InputError {
	if at == nil {
		return nil
	}
	query, satisfied := map[string]any{}, true
	var shown []string
	for _, c := range constraints {
		shown = append(shown, c.String())
		if _, object := objectTypes[typ]; !object {
			return violation("'%s' constraint is not defined for '%s' data types", c.name, typ)
		}
		switch c.name {
		case "name_pattern":
			satisfied = satisfied && namePattern(pyStr(value), c.arg)
		case "valid_values":
			satisfied = satisfied && slices.ContainsFunc(c.arg.([]any), func(allowed any) bool { return equal(allowed, value) })
		default:
			query[c.name] = c.arg
		}
	}
	if selector, ok := at.(Selector); ok && len(query) > 0 {
		satisfied = satisfied && selector.Satisfies(typ, pyStr(value), query)
	}
	if !satisfied {
		return violation("Value '%s' of input '%s' does not match any relevant entity or violates at least one of the constraints: %s.",
			pyStr(value), name, strings.Join(shown, ", "))
	}
	return nil
}

func namePattern(name string, arg any) bool {
	rules, _ := arg.(map[string]any)
	for rule, value := range rules {
		s := pyStr(value)
		if !map[string]bool{
			"contains": strings.Contains(name, s), "starts_with": strings.HasPrefix(name, s),
			"ends_with": strings.HasSuffix(name, s), "equals_to": name == s,
		}[rule] {
			return false
		}
	}
	return true
}
