// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"slices"
	"strings"
)

// What the functions say of arguments that cannot be right, whatever they evaluate to.

func invalid(function, format string, args ...any) error {
	return complain("Unable to validate %s function: %s", function, complain(format, args...))
}

// nested reports whether all items may stand in a path: strings, integers, functions.
func nested(items []any) bool {
	return !slices.ContainsFunc(items, func(item any) bool {
		typ := pyType(item)
		return functionOf(item) == "" && typ != "str" && typ != "int" && typ != "bool"
	})
}

func checkGetInput(args any) error {
	_, isText := args.(string)
	list, isList := args.([]any)
	if isText || functionOf(args) != "" || isList && len(list) > 0 && nested(list) {
		return nil
	}
	return complain("Illegal argument(s) passed to get_input function. Expected either a string, or a function, or a list "+
		`[input_name\function [, key1\index1\function [,...]]] but got %s`, pyStr(args))
}

func checkPath(name string) func(any) error {
	kind := "attribute"
	if name == "get_property" {
		kind = "property"
	}
	return func(args any) error {
		list, ok := args.([]any)
		if ok && len(list) >= 2 && nested(list) {
			return nil
		}
		return complain(`Illegal arguments passed to %s function. Expected: [ node_name\function, %s_name\function `+
			`[, nested-%s-1\function, ... ] but got: %s.`, name, kind, kind, pyStr(args))
	}
}

func checkAttributesDict(args any) error {
	list, ok := args.([]any)
	if !ok || len(list) < 2 {
		return complain("Illegal arguments passed to get_attributes_dict function but got: %s.", pyStr(args))
	}
	var seen []string
	for _, attribute := range list[1:] {
		keys, isList := attribute.([]any)
		if !isList {
			keys = []any{attribute}
		}
		if len(keys) == 0 || !nested(append([]any{list[0]}, keys...)) {
			return complain(`Illegal arguments passed to get_attributes_dict function. Expected: [ node_name\function, list of `+
				`attribute_name\function or [attribute_name\function, nested-attribute-1\function], ... ] but got: %s.`, pyStr(args))
		}
		id := identifier(keys)
		if slices.Contains(seen, id) {
			return failed("get_attributes_dict", "One or more duplicated or ambiguous attribute paths found: %s", id)
		}
		seen = append(seen, id)
	}
	return nil
}

func checkList(name string) func(any) error {
	return func(args any) error {
		if _, ok := args.([]any); ok {
			return nil
		}
		return complain(`Illegal arguments passed to %s function. Expected: [arg1\function1, arg2\function2, ...]but got: %s.`,
			name, pyStr(args))
	}
}

func checkCount(name string, least, most int, words string) func(any) error {
	return func(args any) error {
		if list, ok := args.([]any); ok && len(list) >= least && len(list) <= most {
			return nil
		}
		return invalid(name, "should be called with %s", words)
	}
}

func checkOneString(name string) func(any) error {
	return func(args any) error {
		m, isMap := args.(map[string]any)
		if _, ok := args.(string); ok || isMap && len(m) == 1 {
			return nil
		}
		return invalid(name, "should be called with exactly one parameter")
	}
}

func checkGetSecret(args any) error {
	list, isList := args.([]any)
	if _, ok := args.(string); ok || functionOf(args) != "" || isList && len(list) > 1 {
		return nil
	}
	return complain("Unable to evaluate `get_secret` function argument should be a list with at least 2 elements, a string, "+
		"or a dict (a function). Instead it is a <class '%s'> with the value: %s. function", pyType(args), pyStr(args))
}

func checkCapability(name, owner string) func(any) error {
	return func(args any) error {
		list, ok := args.([]any)
		if !ok {
			return complain("`%s` function argument should be a list. Instead it is a <class '%s'> with the value: %s.",
				name, pyType(args), pyStr(args))
		}
		if len(list) < 2 {
			return complain("`%s` function argument should be a list with 2 elements at least - [ %s ID, capability ID "+
				"[, key/index[, key/index [...]]] ]. Instead it is: [%s]", name, owner, strings.ReplaceAll(joinStr(list), ", ", ","))
		}
		for i, arg := range list {
			if _, several := arg.([]any); several && i == 1 && owner == "group" {
				continue
			}
			if !nested([]any{arg}) {
				return complain("`%s` function arguments can't be complex values; only strings/ints/functions are accepted. "+
					"Instead, the item with index %d is %s of type <class '%s'>", name, i, pyStr(arg), pyType(arg))
			}
		}
		return nil
	}
}

func checkEnvironmentCapability(args any) error {
	const name = "`get_environment_capability`"
	list, isList := args.([]any)
	_, isText := args.(string)
	switch {
	case isText, functionOf(args) != "", isList && len(list) >= 2 && nested(list):
		return nil
	case isList && len(list) < 2:
		return invalid(name, "%s function arguments can't be list with only one item; only string or list with more than "+
			"one item are accepted. Instead, it is a <class 'list'> with the value: %s.", name, pyStr(args))
	default:
		return invalid(name, "%s function argument should be a string or list with more than one item are accepted. "+
			"Instead, it is a <class '%s'> with the value: %s.", name, pyType(args), pyStr(args))
	}
}

func checkGetLabel(args any) error {
	list, isList := args.([]any)
	_, isText := args.(string)
	if isText || functionOf(args) != "" {
		return nil
	}
	if !isList || len(list) != 2 {
		return invalid("`get_label`", "`get_label` function argument should be a list of 2 elements ([<label-key>, <label-values "+
			"list index>]), a string (<label-key>), or a dict (a function). Instead, it is a <class '%s'> with the value: %s.",
			pyType(args), pyStr(args))
	}
	if _, ok := list[0].(string); !ok && functionOf(list[0]) == "" {
		return invalid("`get_label`", "the <label-key> should be a string or a dict (a function). Instead, it is a <class '%s'> "+
			"with the value: %s.", pyType(list[0]), pyStr(list[0]))
	}
	if _, ok := toInteger(list[1]); !ok {
		return invalid("`get_label`", "the <label-values list index> should be a number (in string or int form). Instead, it is a "+
			"<class '%s'> with the value: %s.", pyType(list[1]), pyStr(list[1]))
	}
	return nil
}

// sysProperties are what get_sys knows.
var sysProperties = map[string][]string{"tenant": {"name"}, "deployment": {"id", "name", "blueprint", "owner"}}

func checkGetSys(args any) error {
	list, ok := args.([]any)
	if !ok || len(list) < 2 || !nested(list) {
		return complain("Illegal argument(s) passed to get_sys function. Expected a 2-element list identifying an entity and its "+
			"requested property (e.g. [tenant, name] or [deployment, id]) but got %s", pyStr(args))
	}
	if functionOf(list[0]) != "" {
		return nil
	}
	entity := pyStr(list[0])
	properties, known := sysProperties[entity]
	if !known {
		return complain("get_sys function unable to determine entity: %s", entity)
	}
	if functionOf(list[1]) == "" && !slices.Contains(properties, pyStr(list[1])) {
		return complain("get_sys function unable to determine property: %s %s", entity, pyStr(list[1]))
	}
	return nil
}

func checkGetConsumers(args any) error {
	if s, ok := args.(string); ok && slices.Contains([]string{"ids", "names", "count"}, s) {
		return nil
	}
	return complain("Illegal argument passed to get_consumers function. Expected a property string (one of: ids, names, count), "+
		"but got %s", pyStr(args))
}
