// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/onsi/gomega"
)

var optional = false

// values decodes JSON as a Kubernetes object would bring it.
func values(t *testing.T, text string) map[string]any {
	t.Helper()
	var decoded map[string]any
	if err := decode([]byte(text), &decoded); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return decoded
}

func value(t *testing.T, text string) any {
	t.Helper()
	return values(t, `{"value": `+text+`}`)["value"]
}

// reasons are what is wrong, by input.
func reasons(t *testing.T, err error) map[string]string {
	t.Helper()
	found := map[string]string{}
	if err == nil {
		return found
	}
	invalid, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	for _, problem := range invalid.Problems {
		found[problem.Input] += problem.Reason
	}
	return found
}

func TestTypes(t *testing.T) {
	samples := []string{`"x"`, `1`, `1.5`, `true`, `["a"]`, `{"a": 1}`}
	for _, row := range []struct {
		typeName string
		reasons  [6]string // for each sample
	}{
		{"string", [6]string{"", "must be a string, not a number: quote it", "must be a string, not a number: quote it",
			"must be a string, not a boolean: quote it", "must be a string, not a list", "must be a string, not a map"}},
		{"textarea", [6]string{"", "must be a string, not a number: quote it", "must be a string, not a number: quote it",
			"must be a string, not a boolean: quote it", "must be a string, not a list", "must be a string, not a map"}},
		{"regex", [6]string{"", "must be a string, not a number: quote it", "must be a string, not a number: quote it",
			"must be a string, not a boolean: quote it", "must be a string, not a list", "must be a string, not a map"}},
		{"integer", [6]string{"must be an integer, not a string: write a number, without quotes", "", "must be an integer, not a number with a fraction or an exponent",
			"must be an integer, not a boolean", "must be an integer, not a list", "must be an integer, not a map"}},
		{"float", [6]string{"must be a number, not a string: write a number, without quotes", "", "",
			"must be a number, not a boolean", "must be a number, not a list", "must be a number, not a map"}},
		{"boolean", [6]string{"must be a boolean, not a string: write true or false without quotes", "must be a boolean, not a number", "must be a boolean, not a number",
			"", "must be a boolean, not a list", "must be a boolean, not a map"}},
		{"list", [6]string{"must be a list, not a string", "must be a list, not a number", "must be a list, not a number",
			"must be a list, not a boolean", "", "must be a list, not a map"}},
		{"dict", [6]string{"must be a map, not a string", "must be a map, not a number", "must be a map, not a number",
			"must be a map, not a boolean", "must be a map, not a list", ""}},
		// Without a type anything goes; what a name stands for, only the Manager knows.
		{"", [6]string{}}, {"a type to come", [6]string{}},
		{"blueprint_id", [6]string{}}, {"deployment_id", [6]string{}}, {"capability_value", [6]string{}},
		{"scaling_group", [6]string{}}, {"node_id", [6]string{}}, {"node_type", [6]string{}},
		{"node_instance", [6]string{}}, {"secret_key", [6]string{}}, {"operation_name", [6]string{}},
	} {
		for i, sample := range samples {
			schema := Schema{Inputs: map[string]Input{"in": {Type: row.typeName}}}
			err := Validate(schema, map[string]any{"in": value(t, sample)})
			gomega.NewWithT(t).Expect(reasons(t, err)["in"]).To(gomega.Equal(row.reasons[i]), "%s for type %q", sample, row.typeName)
		}
	}
}

func TestConstraints(t *testing.T) {
	for _, row := range []struct {
		typeName, constraint, value string
		reason                      string
	}{
		{"integer", `{"equal": 5}`, `5`, ""},
		{"float", `{"equal": 5}`, `5.0`, ""},
		{"integer", `{"equal": 5}`, `6`, "must be 5"},
		{"string", `{"equal": "a"}`, `"b"`, `must be "a"`},
		{"dict", `{"equal": {"a": [1]}}`, `{"a": [1.0]}`, ""},

		{"integer", `{"greater_than": 5}`, `6`, ""},
		{"integer", `{"greater_than": 5}`, `5`, "must be greater than 5"},
		{"integer", `{"greater_or_equal": 5}`, `5`, ""},
		{"integer", `{"greater_or_equal": 5}`, `4`, "must be at least 5"},
		{"float", `{"less_than": 5}`, `4.9`, ""},
		{"float", `{"less_than": 5}`, `5.0`, "must be less than 5"},
		{"integer", `{"less_or_equal": 5}`, `5`, ""},
		{"integer", `{"less_or_equal": 5.5}`, `6`, "must be at most 5.5"},
		{"integer", `{"less_than": 9007199254740993}`, `9007199254740992`, ""},
		{"integer", `{"less_than": 9007199254740993}`, `9007199254740993`, "must be less than 9007199254740993"},
		{"", `{"less_than": 5}`, `"x"`, "must be a number less than 5, not a string"},
		{"", `{"less_than": "m"}`, `"x"`, ""}, // what this means, only the Manager knows

		{"integer", `{"in_range": [1, 10]}`, `1`, ""},
		{"integer", `{"in_range": [1, 10]}`, `10`, ""},
		{"integer", `{"in_range": [1, 10]}`, `0`, "must be from 1 to 10"},
		{"float", `{"in_range": [1, 10]}`, `10.01`, "must be from 1 to 10"},
		{"", `{"in_range": [1, 10]}`, `"3"`, "must be a number from 1 to 10, not a string"},
		{"integer", `{"in_range": [1]}`, `99`, ""},
		{"integer", `{"in_range": ["a", "b"]}`, `99`, ""},
		{"integer", `{"in_range": 5}`, `99`, ""},

		{"string", `{"valid_values": ["small", "medium"]}`, `"small"`, ""},
		{"string", `{"valid_values": ["small", "medium"]}`, `"huge"`, `must be one of "small", "medium"`},
		{"float", `{"valid_values": [1, 2]}`, `2.0`, ""},
		{"string", `{"valid_values": "small"}`, `"huge"`, ""},

		{"string", `{"length": 3}`, `"äöü"`, ""},
		{"string", `{"length": 3}`, `"ab"`, "must have exactly 3 characters, but has 2"},
		{"string", `{"min_length": 3}`, `"abc"`, ""},
		{"string", `{"min_length": 3}`, `"ab"`, "must have at least 3 characters, but has 2"},
		{"list", `{"max_length": 1}`, `[1]`, ""},
		{"list", `{"max_length": 1}`, `[1, 2]`, "must have at most 1 items, but has 2"},
		{"dict", `{"min_length": 1}`, `{}`, "must have at least 1 entries, but has 0"},
		{"", `{"min_length": 1}`, `5`, "must be a string, a list or a map, because its length is restricted, not a number"},
		{"string", `{"min_length": "x"}`, `"a"`, ""},
		{"string", `{"min_length": 1.5}`, `"a"`, ""},

		{"string", `{"pattern": "^[a-z][a-z0-9-]*$"}`, `"abc-1"`, ""},
		{"string", `{"pattern": "^[a-z][a-z0-9-]*$"}`, `"ABC"`, "must match the regular expression ^[a-z][a-z0-9-]*$"},
		{"string", `{"pattern": "[a-z]"}`, `"a!!!"`, ""}, // to the end it need not match
		{"string", `{"pattern": "[a-z]"}`, `"!a"`, "must match the regular expression [a-z]"},
		{"string", `{"pattern": "a|b"}`, `"xb"`, "must match the regular expression a|b"},
		{"string", `{"pattern": "(?i)a"}`, `"A"`, ""},
		{"", `{"pattern": "a"}`, `1`, "must be a string that matches a, not a number"},
		{"string", `{"pattern": 1}`, `"a"`, ""},
		// Left to the Manager: Go cannot express it, or means something else by it.
		{"string", `{"pattern": "(?!x)a"}`, `"b"`, ""},
		{"string", `{"pattern": "(a)\\1"}`, `"b"`, ""},
		{"string", `{"pattern": "a\\Z"}`, `"b"`, ""},
		{"string", `{"pattern": "[[:digit:]]"}`, `"a"`, ""},
		{"string", `{"pattern": "a{,3}$"}`, `"b"`, ""},
		{"string", `{"pattern": "^\\w+$"}`, `"näme"`, ""},
		{"string", `{"pattern": "^[a-z]+$"}`, `"a\n"`, ""},

		{"deployment_id", `{"labels": [{"a": "b"}]}`, `"d"`, ""},
		{"deployment_id", `{"valid_values": ["a"]}`, `"b"`, ""},
		{"string", `{"name_pattern": {"starts_with": "a"}}`, `"b"`, ""},
		{"string", `{"tenants": ["a"]}`, `"b"`, ""},
		{"string", `{"filter_id": "f"}`, `"b"`, ""},
		{"string", `{"a_constraint_to_come": 1}`, `"b"`, ""},
		{"string", `{"max_length": 3, "error_message": "keep it short"}`, `"abcd"`, "is refused: keep it short"},
		{"string", `{"max_length": 3, "error_message": "keep it short"}`, `"abc"`, ""},
	} {
		schema := Schema{Inputs: map[string]Input{"in": {Type: row.typeName, Constraints: []map[string]any{values(t, row.constraint)}}}}
		err := Validate(schema, map[string]any{"in": value(t, row.value)})
		gomega.NewWithT(t).Expect(reasons(t, err)["in"]).To(gomega.Equal(row.reason), "%s against %s", row.value, row.constraint)
	}
}

func TestNames(t *testing.T) {
	schema := Schema{Inputs: map[string]Input{
		"name": {Type: "string"}, "size": {Type: "integer", Default: json.Number("2")},
		"zone": {Type: "string", Required: &optional}, "broken": {Type: "string", Default: nil},
	}}
	const declared = " (declared: broken, name, size, zone)"
	for _, row := range []struct {
		values  string
		reasons map[string]string
	}{
		{`{"name": "a", "broken": "b"}`, map[string]string{}},
		{`{"name": "a", "broken": "b", "size": 1, "zone": "z"}`, map[string]string{}},
		// A default of null is none: the Manager would fail over it later.
		{`{"name": "a"}`, map[string]string{"broken": "is missing: the blueprint requires it"}},
		{`{"broken": "b"}`, map[string]string{"name": "is missing: the blueprint requires it"}},
		{`{"name": null, "broken": "b"}`, map[string]string{"name": "must not be null: leave it out instead"}},
		{`{"name": "a", "broken": "b", "zone": null}`, map[string]string{"zone": "must not be null: leave it out instead"}},
		{`{"name": "a", "broken": "b", "sise": 1}`, map[string]string{"sise": `is not declared by the blueprint: did you mean "size"?` + declared}},
		{`{"name": "a", "broken": "b", "SIZE": 1}`, map[string]string{"SIZE": `is not declared by the blueprint: did you mean "size"?` + declared}},
		{`{"name": "a", "broken": "b", "x": 1}`, map[string]string{"x": "is not declared by the blueprint: remove it or use a declared one" + declared}},
		{`{"nam": 1, "size": "two"}`, map[string]string{
			"nam":    `is not declared by the blueprint: did you mean "name"?` + declared,
			"name":   "is missing: the blueprint requires it",
			"broken": "is missing: the blueprint requires it",
			"size":   "must be an integer, not a string: write a number, without quotes",
		}},
	} {
		gomega.NewWithT(t).Expect(reasons(t, Validate(schema, values(t, row.values)))).To(gomega.Equal(row.reasons), row.values)
	}
	gomega.NewWithT(t).Expect(reasons(t, Validate(Schema{}, values(t, `{"a": 1}`)))).To(gomega.Equal(map[string]string{
		"a": "is not declared by the blueprint, which declares none",
	}))
}

// A plan fixes some of the inputs, and need not fix those that are required.
func TestValidatePart(t *testing.T) {
	schema := Schema{Inputs: map[string]Input{"name": {Type: "string"}, "size": {Type: "integer"}}}
	for _, row := range []struct {
		values  string
		reasons map[string]string
	}{
		{`{}`, map[string]string{}},
		{`{"size": 1}`, map[string]string{}},
		{`{"size": "1"}`, map[string]string{"size": "must be an integer, not a string: write a number, without quotes"}},
		{`{"size": null}`, map[string]string{"size": "must not be null: leave it out instead"}},
		{`{"sise": 1}`, map[string]string{"sise": `is not declared by the blueprint: did you mean "size"? (declared: name, size)`}},
	} {
		gomega.NewWithT(t).Expect(reasons(t, ValidatePart(schema, values(t, row.values)))).To(gomega.Equal(row.reasons), row.values)
	}
	gomega.NewWithT(t).Expect(Validate(schema, values(t, `{"size": 1}`))).NotTo(gomega.Succeed(), "the schema is left alone")
}

func TestNestedValues(t *testing.T) {
	schema := Schema{
		Inputs: map[string]Input{
			"ports":  {Type: "list", ItemType: "integer", Constraints: []map[string]any{{"in_range": []any{1, 65535}}}},
			"hosts":  {Type: "list", ItemType: "host"},
			"main":   {Type: "special_host"},
			"matrix": {Type: "list", ItemType: "list"},
		},
		DataTypes: map[string]DataType{
			"host": {Properties: map[string]Input{
				"name": {Type: "string", Constraints: []map[string]any{{"min_length": 2}}},
				"cpus": {Type: "integer", Default: json.Number("1")},
				"disk": {Type: "disk", Required: &optional},
			}},
			"disk":         {Properties: map[string]Input{"size": {Type: "integer"}}},
			"special_host": {DerivedFrom: "host", Properties: map[string]Input{"cpus": {Type: "string"}}},
		},
	}
	good := `"ports": [80], "hosts": [], "main": {"name": "ab", "cpus": "many"}, "matrix": [[1]]`
	for _, row := range []struct {
		values  string
		reasons map[string]string
	}{
		{`{` + good + `}`, map[string]string{}},
		{`{` + good + `, "hosts": [{"name": "ab", "disk": {"size": 1}}, {"name": "cd", "cpus": 2, "disk": null}]}`, map[string]string{}},
		{`{` + good + `, "ports": [80, "81", 70000, null]}`, map[string]string{
			"ports[1]": "must be an integer, not a string: write a number, without quotes", "ports[2]": "must be from 1 to 65535", "ports[3]": "must be an integer, not null",
		}},
		{`{` + good + `, "ports": "80"}`, map[string]string{"ports": "must be a list, not a string"}},
		{`{` + good + `, "matrix": [1]}`, map[string]string{"matrix[0]": "must be a list, not a number"}},
		{`{` + good + `, "hosts": ["ab", {"name": "a", "cpu": 1}, {"disk": {}}, {"name": null}]}`, map[string]string{
			"hosts[0]":           "must be a map with the properties of type host, not a string",
			"hosts[1].name":      "must have at least 2 characters, but has 1",
			"hosts[1].cpu":       `is not declared by type host: did you mean "cpus"? (declared: cpus, disk, name)`,
			"hosts[2].name":      "is missing: type host requires it",
			"hosts[2].disk.size": "is missing: type disk requires it",
			"hosts[3].name":      "must be a string, not null",
		}},
		{`{` + good + `, "main": {"name": "ab", "cpus": 1}}`, map[string]string{"main.cpus": "must be a string, not a number: quote it"}},
		{`{` + good + `, "main": {"cpus": "1"}}`, map[string]string{"main.name": "is missing: type special_host requires it"}},
		// A function's result is known at the Manager only.
		{`{` + good + `, "main": {"get_secret": "host"}, "ports": [{"get_input": "x"}]}`, map[string]string{}},
	} {
		gomega.NewWithT(t).Expect(reasons(t, Validate(schema, values(t, row.values)))).To(gomega.Equal(row.reasons), row.values)
	}
}

func TestGoValues(t *testing.T) {
	type text string
	schema := Schema{Inputs: map[string]Input{
		"i": {Type: "integer"}, "u": {Type: "integer"}, "whole": {Type: "integer"}, "f": {Type: "float"}, "s": {Type: "string"}, "l": {Type: "list"},
	}}
	g := gomega.NewWithT(t)
	good := map[string]any{"i": int64(1), "u": uint8(1), "whole": 3.0, "f": float32(1.5), "s": text("a"), "l": []string{"a"}}
	g.Expect(Validate(schema, good)).To(gomega.Succeed())
	bad := map[string]any{"i": 1.5, "u": math.NaN(), "whole": 1e30, "f": "1", "s": 1, "l": map[string]int{}}
	g.Expect(reasons(t, Validate(schema, bad))).To(gomega.HaveLen(6))
}

// An error tells everything but values.
func TestErrorsHoldNoValues(t *testing.T) {
	g := gomega.NewWithT(t)
	schema := Schema{Inputs: map[string]Input{
		"number":  {Type: "integer"},
		"pattern": {Type: "string", Constraints: []map[string]any{{"pattern": "x"}}},
		"choice":  {Type: "string", Constraints: []map[string]any{{"valid_values": []any{"a"}}}},
		"length":  {Type: "string", Constraints: []map[string]any{{"max_length": 1}}},
		"map":     {Type: "dict"},
		"port":    {Type: "integer", Required: &optional},
	}}
	err := Validate(schema, map[string]any{
		"number": "hunter2", "pattern": "hunter2", "choice": "hunter2", "length": "hunter2", "map": []any{"hunter2"}, "prot": "hunter2",
	})
	g.Expect(reasons(t, err)).To(gomega.HaveLen(6))
	g.Expect(err.Error()).NotTo(gomega.ContainSubstring("hunter2"))
	g.Expect(err.Error()).To(gomega.HavePrefix(`input "choice" must be one of "a"; input "length" must have at most 1 characters, but has 7; input "map" must be a map, not a list; input "number" `))
}

func TestErrorsAreBounded(t *testing.T) {
	g := gomega.NewWithT(t)
	schema := Schema{Inputs: map[string]Input{}}
	for _, letter := range "abcdefghijklmnopqrstuvwxyz" {
		schema.Inputs[strings.Repeat(string(letter), 3)] = Input{Type: "string"}
	}
	err := Validate(schema, nil)
	g.Expect(err.Error()).To(gomega.HaveSuffix(`input "ttt" is missing: the blueprint requires it; and 6 more`))
	err = Validate(schema, map[string]any{strings.Repeat("n", 5000): 1})
	g.Expect(len(err.Error())).To(gomega.BeNumerically("<", 2500))
	g.Expect(err.Error()).To(gomega.ContainSubstring("sss, ttt and 6 more"))
}

func TestNearest(t *testing.T) {
	known := []string{"flavor", "name", "size", "vm_count"}
	for name, want := range map[string]string{
		"flavour": "flavor", "Name": "name", "mnea": "", "sizes": "size", "vmcount": "vm_count", "vm-count": "vm_count",
		"n": "", "password": "", "": "",
	} {
		gomega.NewWithT(t).Expect(nearest(name, known)).To(gomega.Equal(want), name)
	}
	gomega.NewWithT(t).Expect(edits(strings.Repeat("a", 101), "a")).To(gomega.Equal(100))
}

// What is wrong is said of a parameter of its workflow as of an input of the blueprint.
func TestWhatTheDeclaredAreCalled(t *testing.T) {
	declared := map[string]Input{"level": {Type: "integer"}}
	for _, row := range []struct {
		workflow, given, message string
	}{
		{"", `{}`, `input "level" is missing: the blueprint requires it`},
		{"backup", `{}`, `parameter "level" is missing: workflow backup requires it`},
		{"", `{"level": "3"}`, `input "level" must be an integer`},
		{"backup", `{"level": "3"}`, `parameter "level" must be an integer`},
		{"", `{"level": 3, "lvl": 3}`, `input "lvl" is not declared by the blueprint`},
		{"backup", `{"level": 3, "lvl": 3}`, `parameter "lvl" is not declared by workflow backup`},
	} {
		err := Validate(Schema{Inputs: declared, Workflow: row.workflow}, values(t, row.given))
		gomega.NewWithT(t).Expect(err).To(gomega.MatchError(gomega.ContainSubstring(row.message)))
	}
	schema := Schema{Inputs: declared, Workflow: "backup"}
	gomega.NewWithT(t).Expect(schema.RefuseFunctions(values(t, `{"level": {"get_secret": "key"}}`))).To(gomega.MatchError(gomega.HavePrefix(`parameter "level"`)))
	_, err := schema.Read("level", "three")
	gomega.NewWithT(t).Expect(err).To(gomega.MatchError(gomega.HavePrefix("parameter level")))
}
