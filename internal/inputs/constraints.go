// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// constraints say how a value violates a constraint with an argument, or nothing,
// also where only the Manager can tell. Those that go by what exists at the Manager
// (filter_id, labels, tenants, name_pattern, deployment_id) are not among them.
var constraints = map[string]func(value, argument any) string{
	"equal":            equals,
	"greater_than":     compared("greater than", func(order int) bool { return order > 0 }),
	"greater_or_equal": compared("at least", func(order int) bool { return order >= 0 }),
	"less_than":        compared("less than", func(order int) bool { return order < 0 }),
	"less_or_equal":    compared("at most", func(order int) bool { return order <= 0 }),
	"in_range":         inRange,
	"valid_values":     validValues,
	"length":           measured("exactly", func(length, limit int) bool { return length == limit }),
	"min_length":       measured("at least", func(length, limit int) bool { return length >= limit }),
	"max_length":       measured("at most", func(length, limit int) bool { return length <= limit }),
	"pattern":          pattern,
}

func checkConstraints(found *problems, where string, input Input, value any) {
	if managerTypes[input.Type] {
		return
	}
	for _, constraint := range input.Constraints {
		for _, name := range slices.Sorted(maps.Keys(constraint)) {
			check, ok := constraints[name]
			if !ok {
				continue
			}
			wrong := check(value, plain(constraint[name]))
			if wrong == "" {
				continue
			}
			if message, ok := constraint["error_message"].(string); ok && message != "" {
				wrong = "is refused: " + message // the blueprint's author says it better
			}
			found.add(where, wrong)
		}
	}
}

// managerTypes are names of things at the Manager, resolved there.
var managerTypes = map[string]bool{
	"blueprint_id": true, "deployment_id": true, "capability_value": true, "scaling_group": true,
	"node_id": true, "node_type": true, "node_instance": true, "secret_key": true, "operation_name": true,
}

func equals(value, argument any) string {
	if equal(value, argument) {
		return ""
	}
	return "must be " + show(argument)
}

func validValues(value, argument any) string {
	allowed, ok := argument.([]any)
	if !ok {
		return ""
	}
	var shown []string
	for _, candidate := range allowed {
		if equal(value, candidate) {
			return ""
		}
		shown = append(shown, show(candidate))
	}
	if more := len(shown) - maxKnown; more > 0 {
		shown = append(shown[:maxKnown], fmt.Sprintf("%d more", more))
	}
	return "must be one of " + strings.Join(shown, ", ")
}

func compared(words string, holds func(order int) bool) func(value, argument any) string {
	return func(value, argument any) string {
		limit, ok := argument.(json.Number)
		if !ok {
			return ""
		}
		number, ok := value.(json.Number)
		if !ok {
			return "must be a number " + words + " " + limit.String() + ", not " + string(kindOf(value))
		}
		if holds(compare(number, limit)) {
			return ""
		}
		return "must be " + words + " " + limit.String()
	}
}

func inRange(value, argument any) string {
	bounds, ok := argument.([]any)
	if !ok || len(bounds) != 2 {
		return ""
	}
	low, ok1 := bounds[0].(json.Number)
	high, ok2 := bounds[1].(json.Number)
	if !ok1 || !ok2 {
		return ""
	}
	number, ok := value.(json.Number)
	if ok && compare(number, low) >= 0 && compare(number, high) <= 0 {
		return ""
	}
	if !ok {
		return fmt.Sprintf("must be a number from %s to %s, not %s", low, high, kindOf(value))
	}
	return fmt.Sprintf("must be from %s to %s", low, high)
}

func measured(words string, holds func(length, limit int) bool) func(value, argument any) string {
	return func(value, argument any) string {
		number, ok := argument.(json.Number)
		if !ok {
			return ""
		}
		limit, err := number.Int64()
		if err != nil {
			return ""
		}
		var length int
		var unit string
		switch value := value.(type) {
		case string:
			length, unit = utf8.RuneCountInString(value), "characters"
		case []any:
			length, unit = len(value), "items"
		case map[string]any:
			length, unit = len(value), "entries"
		default:
			return "must be a string, a list or a map, because its length is restricted, not " + string(kindOf(value))
		}
		if holds(length, int(limit)) {
			return ""
		}
		return fmt.Sprintf("must have %s %d %s, but has %d", words, limit, unit, length)
	}
}

// pattern applies a Python regular expression, which need not match to the end. One
// that Go cannot express is left to the Manager, and so is a value over which the
// two could differ: Python's classes know all of Unicode, and its $ a last newline.
func pattern(value, argument any) string {
	source, ok := argument.(string)
	if !ok {
		return ""
	}
	text, ok := value.(string)
	if !ok {
		return "must be a string that matches " + source + ", not " + string(kindOf(value))
	}
	expression, ok := Pattern(source)
	if !ok || expression.MatchString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	return "must match the regular expression " + source
}

// Pattern makes a Go expression of a Python one, if both mean the same.
func Pattern(python string) (*regexp.Regexp, bool) {
	for _, differs := range []string{"[:", "{,"} { // a class, and a text, in Go
		if strings.Contains(python, differs) {
			return nil, false
		}
	}
	expression, err := regexp.Compile(`\A(?:` + python + `)`)
	return expression, err == nil
}

// show writes a value of the blueprint's, which is no secret.
func show(value any) string {
	content, err := json.Marshal(value)
	if err != nil {
		return "another value"
	}
	text := string(content)
	if len(text) > 100 {
		text = strings.ToValidUTF8(text[:100], "") + "…"
	}
	return text
}
