// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// argument is the kind of argument that a constraint takes.
type argument int

const (
	number argument = iota
	pair
	sequence
	pattern
	text
	mapping
)

// constraintArguments are the constraints that exist, in the Manager's order.
var constraintArguments = []struct {
	name  string
	takes argument
}{
	{"equal", number}, {"greater_than", number}, {"greater_or_equal", number}, {"less_than", number},
	{"less_or_equal", number}, {"in_range", pair}, {"valid_values", sequence}, {"length", number},
	{"min_length", number}, {"max_length", number}, {"pattern", pattern}, {"filter_id", text},
	{"labels", sequence}, {"tenants", sequence}, {"name_pattern", mapping}, {"deployment_id", text},
}

// constraint is one entry of a constraints list.
type constraint struct {
	name    string
	arg     any
	message string // error_message, said instead of the constraint
}

func constraintsOf(list []map[string]any) []constraint {
	var result []constraint
	for _, entry := range list {
		var c constraint
		for key, value := range entry {
			if key == "error_message" {
				c.message = pyStr(value)
			} else {
				c.name, c.arg = key, value
			}
		}
		result = append(result, c)
	}
	return result
}

// String is how the Manager names a constraint: in_range(1, 10) operator.
func (c constraint) String() string {
	if list, ok := c.arg.([]any); ok {
		return fmt.Sprintf("%s(%s) operator", c.name, joinStr(list))
	}
	return fmt.Sprintf("%s(%s) operator", c.name, pyStr(c.arg))
}

// holds reports whether a value satisfies the constraint; an error says that it cannot be compared at all.
func (c constraint) holds(value any) (bool, error) {
	switch c.name {
	case "equal":
		return equal(value, c.arg), nil
	case "greater_than", "greater_or_equal", "less_than", "less_or_equal":
		order, ok := compare(value, c.arg)
		if !ok {
			return false, c.notComparable(value)
		}
		return map[string]bool{"greater_than": order > 0, "greater_or_equal": order >= 0,
			"less_than": order < 0, "less_or_equal": order <= 0}[c.name], nil
	case "in_range":
		bounds := c.arg.([]any)
		low, ok := compare(bounds[0], value)
		high, _ := compare(value, bounds[1])
		if !ok {
			return false, c.notComparable(value)
		}
		return low <= 0 && high <= 0, nil
	case "valid_values":
		return slices.ContainsFunc(c.arg.([]any), func(v any) bool { return equal(v, value) }), nil
	case "length", "min_length", "max_length":
		length, ok := lengthOf(value)
		if !ok {
			return false, complain("Value's length could not be computed. Value type is '%s'.", pyType(value))
		}
		order, _ := compare(length, c.arg)
		return map[string]bool{"length": order == 0, "min_length": order >= 0, "max_length": order <= 0}[c.name], nil
	case "pattern":
		s, ok := value.(string)
		if !ok {
			return false, complain("Value must be of type string, got type '%s'", pyType(value))
		}
		re, err := pythonPattern(c.arg.(string))
		if err != nil {
			return false, err
		}
		matches, err := re.MatchString(s)
		if err != nil {
			return false, complain("%s", err)
		}
		return matches, nil
	default: // selects among what exists
		return true, nil
	}
}

func (c constraint) notComparable(value any) error {
	return complain("Value is not comparable, the Constraint argument type  is '%s' but value type is '%s'.",
		pyType(c.arg), pyType(value))
}

// selects reports whether the constraint selects among what exists at the Manager.
func (c constraint) selects(typ string) bool {
	switch c.name {
	case "filter_id", "labels", "tenants", "name_pattern", "deployment_id":
		return true
	case "valid_values":
		return needsDeployment[typ]
	default:
		return false
	}
}

// pythonPattern compiles a Python regular expression, which is anchored at the start only.
func pythonPattern(expr string) (*regexp2.Regexp, error) {
	re, err := regexp2.Compile(`\A(?:`+fromPython.Replace(backReference.ReplaceAllString(expr, `\k<$1>`))+`)`, regexp2.None)
	if err != nil {
		return nil, complain("pattern %s cannot be expressed here: %s", quote(expr), err)
	}
	re.MatchTimeout = patternTimeout
	return re, nil
}

// patternTimeout bounds expressions that go back and forth without end.
const patternTimeout = time.Second

// What Python writes otherwise: the very end of a text, groups with names, and references to those.
var (
	fromPython    = strings.NewReplacer(`\\`, `\\`, `\Z`, `\z`, `(?P<`, `(?<`)
	backReference = regexp.MustCompile(`\(\?P=(\w+)\)`)
)

func lengthOf(value any) (int64, bool) {
	switch v := value.(type) {
	case string:
		return int64(utf8.RuneCountInString(v)), true
	case []any:
		return int64(len(v)), true
	case map[string]any:
		return int64(len(v)), true
	default:
		return 0, false
	}
}

// checkConstraint looks at one declared constraint when the blueprint is parsed.
func (p *parser) checkConstraint(where place, input string) error {
	if !where.value.isMap() {
		return refuse(where, "Expected 'dict' type but found '%s' type", where.value.userType())
	}
	var names, allowed []string
	for _, f := range where.value.fields {
		if f.key != "error_message" {
			names = append(names, f.key)
			continue
		}
		if err := p.require(5, at(where.path+".error_message", f), f.key); err != nil {
			return err
		}
	}
	for _, known := range constraintArguments {
		allowed = append(allowed, known.name)
	}
	if len(names) == 0 {
		return refuse(where, "Empty constraint operator name given. Allowed operators: %s", pyRepr(allowed))
	}
	if len(names) > 1 {
		return refuse(where, "Each constraint operator dict must be in it's own list item.")
	}
	i := slices.Index(allowed, names[0])
	if i < 0 {
		return refuse(where, "No such constraint operator '%s'. Allowed operators: %s", names[0], pyRepr(allowed))
	}
	arg := where.value.at(names[0]).value()
	if functionOf(arg) == "" && !constraintArguments[i].takes.accepts(arg) {
		return refuse(where, `Invalid constraint operator argument "%s", for constraint operator "%s" in "%s".`,
			pyStr(arg), names[0], input)
	}
	return nil
}

func (a argument) accepts(arg any) bool {
	list, isList := arg.([]any)
	_, isText := arg.(string)
	_, isMap := arg.(map[string]any)
	switch a {
	case number:
		return isNumber(arg)
	case pair:
		return isList && len(list) == 2 && isNumber(list[0]) && isNumber(list[1])
	case sequence:
		return isList
	case mapping:
		return isMap
	case pattern:
		if !isText {
			return false
		}
		_, err := pythonPattern(arg.(string))
		return err == nil
	default:
		return isText
	}
}

func isNumber(v any) bool { return pyType(v) == "int" || pyType(v) == "float" }
