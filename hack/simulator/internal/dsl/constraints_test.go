// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"testing"

	. "github.com/onsi/gomega"
)

// input makes a blueprint with one input, v, and prepares it with a value given as JSON.
func prepare(t *testing.T, declaration, value string, at Inventory) (any, error) {
	t.Helper()
	b := mustParse(t, "tosca_definitions_version: cloudify_dsl_1_5\ninputs:\n  v: "+declaration+"\n")
	inputs, err := b.PrepareInputsAt(object(t, `{"v": `+value+`}`), at)
	return inputs["v"], err
}

func TestConstraints(t *testing.T) {
	notComparable := func(arg, value string) string {
		return "Value is not comparable, the Constraint argument type  is '" + arg + "' but value type is '" + value + "'."
	}
	violates := func(value, operator string) string {
		return "Value " + value + " of input v violates constraint " + operator + " operator."
	}
	for _, test := range []struct{ constraint, good, bad, want string }{
		{"{equal: 2}", "2", "3", violates("3", "equal(2)")},
		{"{equal: 2}", "2.0", `"2"`, violates("2", "equal(2)")},
		{"{greater_than: 2}", "3", "2", violates("2", "greater_than(2)")},
		{"{greater_than: 2}", "2.5", `"x"`, notComparable("int", "str")},
		{"{greater_or_equal: 2}", "2", "1.5", violates("1.5", "greater_or_equal(2)")},
		{"{less_than: 2}", "1", "2", violates("2", "less_than(2)")},
		{"{less_or_equal: 2.5}", "2.5", "3", violates("3", "less_or_equal(2.5)")},
		{"{less_or_equal: 2.5}", "-1", "null", notComparable("float", "NoneType")},
		{"{in_range: [1, 3]}", "1", "0", violates("0", "in_range(1, 3)")},
		{"{in_range: [1, 3]}", "3", "3.1", violates("3.1", "in_range(1, 3)")},
		{"{in_range: [1, 3]}", "2", `"2"`, notComparable("list", "str")},
		{"{in_range: [1, 3]}", "true", "[1]", notComparable("list", "list")},
		{"{valid_values: [a, 1, true]}", `"a"`, `"b"`, violates("b", "valid_values(a, 1, True)")},
		{"{valid_values: [9223372036854775808, null]}", "9223372036854775808", "9223372036854775807",
			violates("9223372036854775807", "valid_values(9223372036854775808, None)")},
		{"{valid_values: [[1], {k: v}]}", "[1.0]", `[1, 2]`, violates("[1, 2]", "valid_values([1], {'k': 'v'})")},
		{"{valid_values: [[1], {k: v}]}", `{"k": "v"}`, `{"k": "w"}`, violates("{'k': 'w'}", "valid_values([1], {'k': 'v'})")},
		{"{length: 2}", `"äö"`, `"a"`, violates("a", "length(2)")},
		{"{length: 2}", `[1, 2]`, "7", "Value's length could not be computed. Value type is 'int'."},
		{"{min_length: 2}", `"ab"`, `"a"`, violates("a", "min_length(2)")},
		{"{max_length: 1}", `{"a": 1}`, `{"a": 1, "b": 2}`, violates("{'a': 1, 'b': 2}", "max_length(1)")},
		{"{pattern: 'ab'}", `"abc"`, `"cab"`, violates("cab", "pattern(ab)")},
		{`{pattern: '^[a-z]+$'}`, `"abc"`, `"ABC"`, violates("ABC", "pattern(^[a-z]+$)")},
		{`{pattern: 'a|b'}`, `"bx"`, `"xb"`, violates("xb", "pattern(a|b)")},
		{`{pattern: 'a\Z'}`, `"a"`, `"ab"`, violates("ab", `pattern(a\Z)`)},
		{`{pattern: '(?P<n>a)'}`, `"a"`, `"b"`, violates("b", `pattern((?P<n>a))`)},
		{"{pattern: 'ab'}", `"ab"`, "12", "Value must be of type string, got type 'int'"},
		{`{pattern: '^(?=.*[A-Z])(?=.*\d).+$'}`, `"Abc1"`, `"abc1"`, violates("abc1", `pattern(^(?=.*[A-Z])(?=.*\d).+$)`)},
		{`{pattern: '(?P<n>a)b(?P=n)'}`, `"aba"`, `"abb"`, violates("abb", `pattern((?P<n>a)b(?P=n))`)},
		{"{in_range: [1, 3], error_message: 'Take one to three.'}", "1", "5", "Value 5 of input v is invalid. Take one to three."},
	} {
		t.Run(test.constraint+test.bad, func(t *testing.T) {
			g := NewWithT(t)
			declaration := "{constraints: [" + test.constraint + "]}"
			if test.good != "" {
				_, err := prepare(t, declaration, test.good, nil)
				g.Expect(err).NotTo(HaveOccurred())
			}
			_, err := prepare(t, declaration, test.bad, nil)
			g.Expect(*inputError(t, err)).To(Equal(InputError{CodeConstraint, test.want, constraintException}))
		})
	}
}

func TestConstraintsHoldTogether(t *testing.T) {
	g := NewWithT(t)
	const declaration = "{type: integer, constraints: [{greater_than: 1}, {less_than: 5}, {valid_values: [2, 4, 8]}]}"
	_, err := prepare(t, declaration, "4", nil)
	g.Expect(err).NotTo(HaveOccurred())
	for value, operator := range map[string]string{"1": "greater_than(1)", "8": "less_than(5)", "3": "valid_values(2, 4, 8)"} {
		_, err = prepare(t, declaration, value, nil)
		g.Expect(inputError(t, err).Message).To(HaveSuffix("violates constraint " + operator + " operator."))
	}
}

func TestFunctionsCannotBeConstrained(t *testing.T) {
	_, err := prepare(t, "{constraints: [{min_length: 1}]}", `{"get_secret": "k"}`, nil)
	NewWithT(t).Expect(*inputError(t, err)).To(Equal(InputError{Code: CodeInputEvaluation, Message: "Input value {'get_secret': 'k'}, " +
		"of input v, cannot contain an intrinsic function and also have constraints."}))
}

func TestConstraintsApplyToItems(t *testing.T) {
	g := NewWithT(t)
	const declaration = "{type: list, item_type: string, constraints: [{max_length: 3}]}"
	_, err := prepare(t, declaration, `["a", "abc"]`, nil)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = prepare(t, declaration, `["a", "abcd"]`, nil)
	g.Expect(inputError(t, err).Message).To(Equal("Value abcd of input v violates constraint max_length(3) operator."))
	_, err = prepare(t, "{type: list, item_type: integer}", `[1, "2"]`, nil)
	g.Expect(inputError(t, err).Message).To(Equal("Property type validation failed in 'v': the defined type is 'integer', " +
		"yet it was assigned with the value '2'"))
	_, err = prepare(t, "{type: list, item_type: integer}", `7`, nil)
	g.Expect(inputError(t, err).LastLine()).To(Equal("TypeError: 'int' object is not iterable"))
}

// shelf is a Selector: what exists, and of that what satisfies any constraint.
type shelf struct {
	known
	selected []string
}

func (s shelf) Satisfies(typ, value string, _ map[string]any) bool {
	return known{typ: s.selected}.Exists(typ, value)
}

func TestConstraintsThatSelect(t *testing.T) {
	manager := shelf{known{"deployment_id": {"prod-1", "test-1"}, "node_id": {"web", "db"}}, []string{"prod-1"}}
	relevant := func(value, operators string) string {
		return "Value '" + value + "' of input 'v' does not match any relevant entity or violates at least one of the constraints: " + operators + "."
	}
	for _, test := range []struct{ declaration, good, bad, want string }{
		{"{type: deployment_id, constraints: [{labels: [{env: prod}]}]}", "prod-1", "test-1", relevant("test-1", "labels({'env': 'prod'}) operator")},
		{"{type: deployment_id, constraints: [{filter_id: f}, {tenants: [t]}]}", "prod-1", "test-1",
			relevant("test-1", "filter_id(f) operator, tenants(t) operator")},
		{"{type: deployment_id, constraints: [{name_pattern: {starts_with: pro, contains: od, ends_with: '1'}}]}", "prod-1", "test-1",
			relevant("test-1", "name_pattern({'contains': 'od', 'ends_with': '1', 'starts_with': 'pro'}) operator")},
		{"{type: node_id, constraints: [{valid_values: [web]}]}", "web", "db", relevant("db", "valid_values(web) operator")},
		{"{type: deployment_id}", "test-1", "nosuch", "Value 'nosuch' of 'v' is not a valid value for data type 'deployment_id'."},
		{"{type: string, constraints: [{filter_id: f}]}", "", "x", "'filter_id' constraint is not defined for 'string' data types"},
	} {
		t.Run(test.declaration, func(t *testing.T) {
			g := NewWithT(t)
			if test.good != "" {
				_, err := prepare(t, test.declaration, `"`+test.good+`"`, manager)
				g.Expect(err).NotTo(HaveOccurred())
			}
			_, err := prepare(t, test.declaration, `"`+test.bad+`"`, manager)
			g.Expect(*inputError(t, err)).To(Equal(InputError{CodeConstraint, test.want, constraintException}))
			_, err = prepare(t, test.declaration, `"`+test.bad+`"`, nil)
			g.Expect(err).NotTo(HaveOccurred(), "without an inventory nothing is looked up")
		})
	}
}

func TestConstraintDeclarations(t *testing.T) {
	for _, test := range []struct{ constraint, want string }{
		{"{in_range: [1]}", `Invalid constraint operator argument "[1]", for constraint operator "in_range" in "v".`},
		{"{in_range: [1, x]}", `Invalid constraint operator argument "[1, 'x']", for constraint operator "in_range" in "v".`},
		{"{equal: x}", `Invalid constraint operator argument "x", for constraint operator "equal" in "v".`},
		{"{max_length: true}", `Invalid constraint operator argument "True", for constraint operator "max_length" in "v".`},
		{"{valid_values: x}", `Invalid constraint operator argument "x", for constraint operator "valid_values" in "v".`},
		{"{pattern: 7}", `Invalid constraint operator argument "7", for constraint operator "pattern" in "v".`},
		{"{name_pattern: x}", `Invalid constraint operator argument "x", for constraint operator "name_pattern" in "v".`},
		{"{}", "Empty constraint operator name given."},
		{"{equal: 1, length: 1}", "Each constraint operator dict must be in it's own list item."},
		{"{nosuch: 1}", "No such constraint operator 'nosuch'. Allowed operators: ['equal', "},
		{"equal", "Expected 'dict' type but found 'string' type"},
	} {
		t.Run(test.constraint, func(t *testing.T) {
			_, err := parseText(t, prelude+"inputs:\n  v: {constraints: ["+test.constraint+"]}\n")
			g := NewWithT(t)
			g.Expect(refused(t, err).State).To(Equal(StateInvalid))
			g.Expect(err.Error()).To(HavePrefix("Invalid blueprint - " + test.want))
			g.Expect(err.Error()).To(ContainSubstring("path: inputs.v.constraints.0"))
		})
	}
}
