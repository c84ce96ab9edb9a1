// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
)

// keywords express a constraint in JSON Schema; nil where they cannot. They never
// refuse a value that the constraint allows.
var keywords = map[string]func(argument any) map[string]any{
	"equal":            func(argument any) map[string]any { return oneOf([]any{argument}) },
	"valid_values":     oneOf,
	"greater_than":     func(argument any) map[string]any { return bound("minimum", "exclusiveMinimum", argument) },
	"greater_or_equal": func(argument any) map[string]any { return bound("minimum", "", argument) },
	"less_than":        func(argument any) map[string]any { return bound("maximum", "exclusiveMaximum", argument) },
	"less_or_equal":    func(argument any) map[string]any { return bound("maximum", "", argument) },
	"in_range":         bounds,
	"length":           func(argument any) map[string]any { return lengths(argument, "min", "max") },
	"min_length":       func(argument any) map[string]any { return lengths(argument, "min") },
	"max_length":       func(argument any) map[string]any { return lengths(argument, "max") },
	"pattern":          matching,
}

// restrict adds the constraints of an input to its description. Where a keyword is
// taken, the constraint goes into allOf.
func restrict(described map[string]any, input Input) {
	if managerTypes[input.Type] {
		return // resolved at the Manager
	}
	var beside []any
	for _, constraint := range input.Constraints {
		for _, name := range slices.Sorted(maps.Keys(constraint)) {
			write, ok := keywords[name]
			if !ok {
				continue
			}
			words := fit(write(plain(constraint[name])), described["type"])
			if described["type"] == "integer" {
				whole(words, "minimum", "exclusiveMinimum", math.Ceil)
				whole(words, "maximum", "exclusiveMaximum", math.Floor)
			}
			if slices.ContainsFunc(slices.Collect(maps.Keys(words)), func(word string) bool { return described[word] != nil }) {
				beside = append(beside, words)
			} else {
				maps.Copy(described, words)
			}
		}
	}
	if len(beside) > 0 {
		described["allOf"] = beside
	}
}

// fit removes those keywords of a constraint that cannot apply to a type. A constraint
// that no value of the type can meet keeps its own type.
func fit(words map[string]any, of any) map[string]any {
	types, restricted := words["type"].([]any)
	if of == "integer" && slices.Contains(types, any("number")) {
		of = "number"
	}
	switch {
	case !restricted:
		return words
	case !slices.Contains(types, of):
		if len(types) == 1 {
			words["type"] = types[0]
		}
		return words
	}
	delete(words, "type")
	for word, kind := range sized {
		if kind != of {
			delete(words, word)
		}
	}
	return words
}

// whole rounds the limit of integers to an integer: some validators refuse another.
func whole(words map[string]any, word, exclusive string, round func(float64) float64) {
	limit, ok := words[word].(json.Number)
	if !ok {
		return
	}
	if value, err := limit.Float64(); err == nil && value != math.Trunc(value) {
		words[word] = json.Number(strconv.FormatFloat(round(value), 'f', -1, 64))
		delete(words, exclusive)
	}
}

// sized are the keywords about sizes, each of one type.
var sized = map[string]string{
	"minLength": "string", "maxLength": "string", "minItems": "array", "maxItems": "array", "minProperties": "object", "maxProperties": "object",
}

func oneOf(argument any) map[string]any {
	allowed, ok := argument.([]any)
	if !ok {
		return nil
	}
	var values []any
	for _, value := range allowed {
		if !expressible(value) {
			return nil
		}
		if !slices.ContainsFunc(values, func(other any) bool { return equal(value, other) }) { // the schema wants them unique
			values = append(values, value)
		}
	}
	if len(values) == 0 {
		return nil
	}
	return map[string]any{"enum": values}
}

func bound(word, exclusive string, argument any) map[string]any {
	limit, ok := argument.(json.Number)
	if !ok || !exact(limit) {
		return nil
	}
	words := map[string]any{"type": []any{"number"}, word: limit}
	if exclusive != "" {
		words[exclusive] = true
	}
	return words
}

func bounds(argument any) map[string]any {
	limits, ok := argument.([]any)
	if !ok || len(limits) != 2 {
		return nil
	}
	words, above := bound("minimum", "", limits[0]), bound("maximum", "", limits[1])
	if words == nil || above == nil {
		return nil
	}
	maps.Copy(words, above)
	return words
}

func lengths(argument any, ends ...string) map[string]any {
	number, ok := argument.(json.Number)
	if !ok {
		return nil
	}
	limit, err := number.Int64()
	if err != nil || limit < 0 {
		return nil
	}
	words := map[string]any{"type": []any{"string", "array", "object"}}
	for _, end := range ends {
		words[end+"Length"], words[end+"Items"], words[end+"Properties"] = number, number, number
	}
	return words
}

func matching(argument any) map[string]any {
	source, ok := argument.(string)
	if !ok {
		return nil
	}
	if _, ok := Pattern(source); !ok || !isECMA(source) {
		return nil
	}
	expression := "^(?:" + source + ")"
	if unicodeClass.MatchString(source) {
		expression += "|[^ -~]" // what is not ASCII is left to the Manager, as in Validate
	}
	return map[string]any{"type": []any{"string"}, "pattern": expression}
}

// unicodeClass finds what knows all of Unicode in Python, and ASCII alone elsewhere: classes and bounds of words.
var unicodeClass = regexp.MustCompile(`\\[wWdDsSbB]`)

// exact reports whether double precision, in which schemas are read, distinguishes a
// number from its neighbours.
func exact(n json.Number) bool {
	value, err := n.Float64()
	if err != nil {
		return false
	}
	_, whole := integer(n)
	return !whole || math.Abs(value) < 1<<53
}

// expressible reports whether a value can stand in a schema: it calls no function,
// survives being stored by a merge patch, and is read as it was written.
func expressible(value any) bool {
	if _, function := ContainsFunction(value); function {
		return false
	}
	switch value := value.(type) {
	case json.Number:
		return exact(value)
	case []any:
		return !slices.ContainsFunc(value, func(item any) bool { return !expressible(item) })
	case map[string]any:
		for _, member := range value {
			if member == nil || !expressible(member) {
				return false
			}
		}
	}
	return true
}
