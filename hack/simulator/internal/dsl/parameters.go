// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// CheckParameters merges the parameters given to the workflow with its declared defaults; an optional one without is left out. A nil
// Inventory looks up nothing.
func (w Workflow) CheckParameters(given map[string]any, allowCustom bool, at Inventory) (map[string]any, error) {
	result := normalMap(given)
	refuse := func(format string, args ...any) error {
		return &InputError{Code: CodeIllegalParameters, Message: complain(format, args...).Error()}
	}
	var custom, missing, wrong, violations []string
	for _, name := range slices.Sorted(maps.Keys(result)) {
		if _, declared := w.Parameters[name]; !declared {
			custom = append(custom, name)
		}
	}
	if len(custom) > 0 && !allowCustom {
		return nil, refuse("Workflow \"%s\" does not have the following parameters declared: %s. "+
			"Remove these parameters or use the flag for allowing custom parameters", w.Name, strings.Join(custom, ","))
	}
	names := slices.Sorted(maps.Keys(w.Parameters))
	for _, name := range names {
		declared := w.Parameters[name]
		value, ok := result[name]
		if !ok || declared.Type == "" {
			continue
		}
		converted, ok := convert(value, declared.Type, declared.ItemType)
		if breaks(value, declared.Type) {
			return nil, complain("%s of parameter %s breaks the conversion to %s", pyStr(value), name, declared.Type)
		}
		if !ok {
			wrong = append(wrong, complain("Parameter \"%s\" must be of type %s", name, listed(declared)).Error())
		}
		result[name] = converted
	}
	if len(wrong) > 0 {
		return nil, refuse("%s", strings.Join(wrong, "\n"))
	}
	for _, name := range names {
		declared := w.Parameters[name]
		if _, ok := result[name]; !ok && declared.HasDefault {
			result[name] = normal(declared.Default)
		}
		value, ok := result[name]
		if !ok {
			if declared.mandatory() {
				missing = append(missing, name)
			}
			continue
		}
		if err := checkParameter(name, declared, value, at); err != nil {
			violations = append(violations, complain("Parameter \"%s\" does not meet its constraints: %s", name, err.Message).Error())
		}
	}
	if len(violations) > 0 {
		return nil, refuse("%s", strings.Join(violations, "\n"))
	}
	if len(missing) > 0 {
		return nil, refuse("Workflow \"%s\" must be provided with the following parameters to execute: %s",
			w.Name, strings.Join(missing, ","))
	}
	return result, nil
}

func checkParameter(name string, declared Parameter, value any, at Inventory) *InputError {
	_, object := objectTypes[declared.Type]
	_, objects := objectTypes[declared.ItemType]
	if !object && !objects && len(declared.Constraints) == 0 {
		return nil
	}
	if object && value == nil && declared.HasDefault {
		return nil
	}
	return checkValue(name, declared, value, at)
}

func listed(p Parameter) string {
	if p.ItemType == "" {
		return p.Type
	}
	return p.Type + " of " + p.ItemType + "s"
}

// convert makes a parameter what it is declared to be; unlike inputs, strings of digits become numbers.
func convert(value any, typ, itemType string) (any, bool) {
	switch typ {
	case "list":
		items, ok := itemsOf(value)
		if !ok {
			return value, false
		}
		list := make([]any, len(items))
		for i, item := range items {
			if list[i], ok = convert(item, itemType, ""); !ok {
				return value, false
			}
		}
		return list, true
	case "integer":
		return toInteger(value)
	case "float":
		return toFloat(value)
	case "boolean":
		switch v := value.(type) {
		case bool:
			return v, true
		case string:
			lower := strings.ToLower(v)
			return lower == "true", lower == "true" || lower == "false"
		default:
			return value, false
		}
	case "string":
		_, ok := value.(string)
		return value, ok
	default:
		return value, true
	}
}

// breaks reports whether the Manager stumbles over a value instead of refusing it: Python's conversions raise another error for a
// null, a list or a map than for a word, and a boolean is read by the methods of a string.
func breaks(value any, typ string) bool {
	_, word := value.(string)
	switch typ {
	case "boolean":
		_, flag := value.(bool)
		return !flag && !word
	case "integer", "float":
		_, ok := toFloat(value)
		return !ok && !word
	case "list":
		_, ok := itemsOf(value)
		return !ok
	}
	return false
}

func toInteger(value any) (any, bool) {
	switch v := value.(type) {
	case bool:
		if v {
			return int64(1), true
		}
		return int64(0), true
	case int64, json.Number:
		return v, true
	case float64:
		return int64(v), true
	case string:
		i, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		return i, err == nil
	default:
		return value, false
	}
}

func toFloat(value any) (any, bool) {
	switch v := value.(type) {
	case bool:
		i, _ := toInteger(v)
		return toFloat(i)
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return f, err == nil
	default:
		return value, false
	}
}
