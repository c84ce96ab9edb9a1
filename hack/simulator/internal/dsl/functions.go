// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"errors"
	"reflect"
)

// maxDepth is how deep functions may nest, in values and in what they lead to.
const maxDepth = 50

// function is an intrinsic function: its arguments are evaluated before it is called.
type function struct {
	runtime bool // evaluated on each read; otherwise once, when the deployment is created
	call    func(e *evaluator, args any) (any, error)
	check   func(args any) error
}

// functions are the intrinsic functions by name. They are listed in init because their calls evaluate arguments, which leads
// back here.
var functions map[string]function

func init() {
	functions = map[string]function{
		"get_input":                  {false, getInput, checkGetInput},
		"get_property":               {false, getProperty, checkPath("get_property")},
		"concat":                     {false, concat, checkList("concat")},
		"merge":                      {false, merge, checkList("merge")},
		"string_find":                {false, stringFind, checkCount("string_find", 2, 2, "exactly two parameters")},
		"string_replace":             {false, stringReplace, checkCount("string_replace", 3, 4, "three or four parameters")},
		"string_split":               {false, stringSplit, checkCount("string_split", 2, 3, "two or three parameters")},
		"string_lower":               {false, stringLower, checkOneString("string_lower")},
		"string_upper":               {false, stringUpper, checkOneString("string_upper")},
		"get_attribute":              {true, getAttribute, checkPath("get_attribute")},
		"get_attributes_list":        {true, getAttributesList, checkPath("get_attributes_list")},
		"get_attributes_dict":        {true, getAttributesDict, checkAttributesDict},
		"get_secret":                 {true, getSecret, checkGetSecret},
		"get_capability":             {true, getCapability, checkCapability("get_capability", "deployment")},
		"get_group_capability":       {true, getGroupCapability, checkCapability("get_group_capability", "group")},
		"get_environment_capability": {true, getEnvironmentCapability, checkEnvironmentCapability},
		"get_label":                  {true, getLabel, checkGetLabel},
		"get_sys":                    {true, getSys, checkGetSys},
		"get_consumers":              {true, getConsumers, checkGetConsumers},
	}
}

// functionOf is the name of the function that a value is, "" if it is none: a map of one member
// named like a function, and perhaps one named type.
func functionOf(value any) string {
	m, ok := value.(map[string]any)
	if !ok || len(m) == 0 || len(m) > 2 {
		return ""
	}
	found := ""
	for name := range m {
		if _, known := functions[name]; known {
			found = name
		} else if name != "type" {
			return ""
		}
	}
	if _, typed := m["type"]; len(m) == 2 && !typed {
		return ""
	}
	return found
}

// Evaluate resolves every intrinsic function in value, at any depth. Values are JSON as decoded with
// UseNumber; the result shares nothing with them.
func Evaluate(value any, s Scope) (any, error) {
	return (&evaluator{scope: s}).evaluate(normal(value))
}

// EvaluateStatic resolves what the Manager resolves when it creates a deployment, and leaves the
// functions that are evaluated on each read.
func EvaluateStatic(value any, s Scope) (any, error) {
	return (&evaluator{scope: s, static: true}).evaluate(normal(value))
}

// FunctionError says that a function could not be evaluated.
type FunctionError struct{ Function, Message string }

func (e *FunctionError) Error() string {
	return "Unable to evaluate " + e.Function + " function: " + e.Message
}

func failed(function, format string, args ...any) error {
	return &FunctionError{function, complain(format, args...).Error()}
}

type evaluator struct {
	scope  Scope
	static bool
	depth  int
}

func (e *evaluator) evaluate(value any) (any, error) {
	if e.depth++; e.depth > maxDepth {
		return nil, complain("The recursion limit (%d) has been reached while evaluating the deployment. ", maxDepth)
	}
	defer func() { e.depth-- }()
	for range maxDepth {
		inner, err := e.members(value)
		if err != nil {
			return nil, err
		}
		name := functionOf(inner)
		if name == "" {
			return inner, nil
		}
		result, err := e.call(name, inner.(map[string]any))
		if err != nil || reflect.DeepEqual(result, inner) {
			return result, err
		}
		value = result
	}
	return nil, complain("The recursion limit (%d) has been reached while evaluating the deployment. ", maxDepth)
}

func (e *evaluator) members(value any) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		result := make(map[string]any, len(v))
		for key, item := range v {
			evaluated, err := e.evaluate(item)
			if err != nil {
				return nil, err
			}
			result[key] = evaluated
		}
		return result, nil
	case []any:
		result := make([]any, len(v))
		for i, item := range v {
			evaluated, err := e.evaluate(item)
			if err != nil {
				return nil, err
			}
			result[i] = evaluated
		}
		return result, nil
	default:
		return value, nil
	}
}

// call is a function's value, or the function itself where it cannot be known yet.
func (e *evaluator) call(name string, raw map[string]any) (any, error) {
	f, args := functions[name], raw[name]
	if e.static && (f.runtime || unresolved(args)) {
		return raw, nil
	}
	if err := f.check(args); err != nil {
		return nil, err
	}
	if unresolved(args) {
		return nil, failed(name, "found an unresolved argument: %s", pyStr(args))
	}
	result, err := f.call(e, args)
	if errors.Is(err, errLater) {
		return raw, nil
	}
	if err != nil {
		return nil, err
	}
	if typ, ok := raw["type"].(string); ok && name == "get_input" && !fits(result, typ) {
		return nil, complain("Value '%s' of input '%s' does not match data type declared for it: '%s'.", pyStr(result), pyStr(args), typ)
	}
	return normal(result), nil
}

// unresolved reports whether an argument, or one of several, is still a function.
func unresolved(args any) bool {
	if functionOf(args) != "" {
		return true
	}
	list, _ := args.([]any)
	for _, arg := range list {
		if functionOf(arg) != "" {
			return true
		}
	}
	return false
}
