// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// The functions. Their arguments are checked and evaluated.

func getInput(e *evaluator, args any) (any, error) {
	path, ok := args.([]any)
	if !ok {
		path = []any{args}
	}
	name := pyStr(path[0])
	value, ok := e.scope.Input(name)
	if !ok {
		return nil, complain("get_input function references an unknown input '%s'.", name)
	}
	if len(path) > 1 {
		var err error
		if value, err = e.evaluate(normal(value)); err != nil {
			return nil, err
		}
	}
	for i, key := range path[1:] {
		inner, problem := step(value, key)
		switch problem {
		case "":
			value = inner
		case "missing":
			return nil, complain("Input attribute '%s' of '%s', doesn't exist.", pyStr(key), dotted(path[:i+1]))
		default:
			return nil, failed("get_input", "Object %s has no attribute %s", dotted(path[:i+1]), pyStr(key))
		}
	}
	return value, nil
}

// errLater says that a function leads to one that is evaluated on each read.
var errLater = errors.New("not known when the deployment is created")

// getProperty follows the path itself, because it may meet a function on the way.
func getProperty(e *evaluator, args any) (any, error) {
	path := args.([]any)
	node := pyStr(path[0])
	value, err := e.scope.Property(node, path[1:2])
	if err != nil {
		return nil, err
	}
	for _, key := range path[2:] {
		if value, err = e.evaluate(normal(value)); err != nil {
			return nil, err
		}
		if functionOf(value) != "" {
			return nil, errLater
		}
		inner, problem := step(value, key)
		if problem == "" {
			value = inner
			continue
		}
		if known, err := e.scope.Property(node, path[1:]); err == nil && known == nil {
			return nil, nil // of a stand-in's type, which says nothing of it
		}
		return nil, noProperty(node, path[1:], "payload")
	}
	return value, nil
}

func getAttribute(e *evaluator, args any) (any, error) {
	path := args.([]any)
	return e.scope.Attribute(pyStr(path[0]), path[1:])
}

func getAttributesList(e *evaluator, args any) (any, error) {
	path := args.([]any)
	byInstance, err := e.scope.Attributes(pyStr(path[0]), pyStr(path[1]))
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, id := range slices.Sorted(maps.Keys(byInstance)) {
		value, _ := Lookup(byInstance[id], path[2:])
		list = append(list, value)
	}
	return list, nil
}

func getAttributesDict(e *evaluator, args any) (any, error) {
	path := args.([]any)
	result := map[string]any{}
	for _, attribute := range path[1:] {
		keys, ok := attribute.([]any)
		if !ok {
			keys = []any{attribute}
		}
		byInstance, err := e.scope.Attributes(pyStr(path[0]), pyStr(keys[0]))
		if err != nil {
			return nil, err
		}
		for id, value := range byInstance {
			of, ok := result[id].(map[string]any)
			if !ok {
				of = map[string]any{}
				result[id] = of
			}
			of[identifier(keys)], _ = Lookup(value, keys[1:])
		}
	}
	return result, nil
}

func identifier(keys []any) string {
	parts := make([]string, len(keys))
	for i, key := range keys {
		parts[i] = pyStr(key)
	}
	return strings.Join(parts, ".")
}

func getSecret(e *evaluator, args any) (any, error) {
	path, ok := args.([]any)
	if !ok {
		return e.scope.Secret(pyStr(args))
	}
	key := pyStr(path[0])
	value, err := e.scope.Secret(key)
	if err != nil {
		return nil, err
	}
	if text, ok := value.(string); ok {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&value); err != nil {
			return nil, failed("get_secret", "Could not parse secret %q as json. Error was: %s", key, err)
		}
	}
	for _, inner := range path[1:] {
		next, problem := step(normal(value), inner)
		if problem != "" {
			return nil, failed("get_secret", "Could not find %q in nested lookup on secret %q.", pyStr(inner), key)
		}
		value = next
	}
	return value, nil
}

func getCapability(e *evaluator, args any) (any, error) {
	path := args.([]any)
	return e.scope.Capability(pyStr(path[0]), path[1:])
}

func getGroupCapability(e *evaluator, args any) (any, error) {
	path := args.([]any)
	groups, ok := e.scope.(GroupScope)
	if !ok {
		return nil, failed("get_group_capability", "Deployment group %s not found", pyStr(path[0]))
	}
	return groups.GroupCapability(pyStr(path[0]), path[1:])
}

// parentLabel names the deployment whose capabilities are those of the environment.
const parentLabel = "csys-obj-parent"

func getEnvironmentCapability(e *evaluator, args any) (any, error) {
	path, ok := args.([]any)
	if !ok {
		path = []any{args}
	}
	parents, err := e.scope.Label(parentLabel)
	if err != nil {
		return nil, err
	}
	if len(parents) == 0 {
		return nil, failed("get_environment_capability", "the deployment has no label %s", parentLabel)
	}
	return e.scope.Capability(parents[0], path)
}

func getLabel(e *evaluator, args any) (any, error) {
	list, indexed := args.([]any)
	if !indexed {
		values, err := e.scope.Label(pyStr(args))
		return anySlice(values), err
	}
	key := pyStr(list[0])
	values, err := e.scope.Label(key)
	if err != nil {
		return nil, err
	}
	i, _ := toInteger(list[1])
	if index := i.(int64); index >= 0 && index < int64(len(values)) {
		return values[index], nil
	}
	return nil, complain("The provided label-values list index is out of range. The key `%s` has %d values", key, len(values))
}

func getSys(e *evaluator, args any) (any, error) {
	list := args.([]any)
	return e.scope.Sys(pyStr(list[0]), pyStr(list[1]))
}

func getConsumers(e *evaluator, args any) (any, error) {
	return e.scope.Sys("consumers", pyStr(args))
}
