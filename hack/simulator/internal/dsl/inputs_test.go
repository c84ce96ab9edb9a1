// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"
)

func TestInputTypes(t *testing.T) {
	for typ, values := range map[string]struct{ good, bad []string }{
		"string":   {good: []string{`"x"`, "1", "null", "[]"}}, // never checked
		"textarea": {good: []string{`"x"`, "1"}},
		"integer":  {[]string{"1", "-3", "9007199254740993"}, []string{`"1"`, "1.0", "true", "null", "[]"}},
		"float":    {[]string{"1", "1.5"}, []string{`"1.5"`, "false"}},
		"boolean":  {[]string{"true", "false"}, []string{`"true"`, "1"}},
		"list":     {[]string{"[]", "[1]"}, []string{`"x"`, "{}"}},
		"dict":     {[]string{"{}", `{"a": 1}`}, []string{"[]", `"x"`}},
		"regex":    {[]string{`"^a$"`}, []string{`"("`, "1"}},
		// Without a Manager to look at, object types are as strings.
		"blueprint_id": {good: []string{`"x"`}}, "deployment_id": {good: []string{`"x"`}}, "secret_key": {good: []string{`"x"`}},
		"capability_value": {good: []string{`"x"`}}, "scaling_group": {good: []string{`"x"`}}, "node_id": {good: []string{`"x"`}},
		"node_type": {good: []string{`"x"`}}, "node_instance": {good: []string{`"x"`}}, "operation_name": {good: []string{`"x"`}},
	} {
		t.Run(typ, func(t *testing.T) {
			g := NewWithT(t)
			for _, value := range append(values.good, `{"get_secret": "never checked"}`) {
				got, err := prepare(t, "{type: "+typ+"}", value, nil)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(toJSON(t, got)).To(MatchJSON(value))
			}
			for _, value := range values.bad {
				_, err := prepare(t, "{type: "+typ+"}", value, nil)
				g.Expect(inputError(t, err).Code).To(Equal(CodeInputEvaluation))
				g.Expect(err.Error()).To(HavePrefix("Property type validation failed in 'v': the defined type is '" + typ + "', "))
			}
		})
	}
}

func TestOptionalAndDefaultInputs(t *testing.T) {
	g := NewWithT(t)
	b := mustParse(t, prelude+`
inputs:
  needed: {}
  optional: {required: false, type: integer}
  nothing: {default: null, required: false}
  later: {default: null}
  filled: {default: [1]}
  secret: {hidden: true, default: x}
`)
	g.Expect(inputError(t, b.CheckInputNames(nil)).Message).To(Equal("missing inputs: needed"))
	g.Expect(b.CheckInputNames(map[string]any{"needed": 1})).To(Succeed(), "a default of null passes here")

	_, err := b.PrepareInputs(map[string]any{"needed": 1})
	g.Expect(*inputError(t, err)).To(Equal(InputError{CodeMissingInput, "Required inputs ['later'] were not specified - expected inputs: " +
		"['needed', 'optional', 'nothing', 'later', 'filled', 'secret']", "dsl_parser.exceptions.MissingRequiredInputError"}))
	_, err = b.PrepareInputs(map[string]any{"needed": 1, "later": 2, "b": 1, "a": 2})
	g.Expect(*inputError(t, err)).To(Equal(InputError{CodeUnknownInput, "Unknown inputs ['a', 'b'] specified - expected inputs: " +
		"['needed', 'optional', 'nothing', 'later', 'filled', 'secret']", "dsl_parser.exceptions.UnknownInputError"}))

	inputs, err := b.PrepareInputs(map[string]any{"needed": 1, "later": 2})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(toJSON(t, inputs)).To(MatchJSON(`{"needed": 1, "later": 2, "optional": null, "nothing": null, "filled": [1], "secret": "x"}`))
	inputs["filled"].([]any)[0] = "changed"
	g.Expect(toJSON(t, b.Inputs["filled"].Default)).To(MatchJSON(`[1]`), "a deployment's inputs are its own")
}

func TestDeclaredInputs(t *testing.T) {
	g := NewWithT(t)
	b := mustParse(t, prelude+`
inputs:
  v: {type: list, item_type: integer, description: d, display_label: L, required: false, hidden: true, default: [1],
      constraints: [{in_range: [0, 9]}]}
`)
	v := b.Inputs["v"]
	g.Expect(v.Type).To(Equal("list"))
	g.Expect(v.ItemType).To(Equal("integer"))
	g.Expect(v.Description).To(Equal("d"))
	g.Expect(v.DisplayLabel).To(Equal("L"))
	g.Expect(*v.Required).To(BeFalse())
	g.Expect(v.Hidden).To(BeTrue())
	g.Expect(v.HasDefault).To(BeTrue())
	g.Expect(v.Constraints).To(Equal([]map[string]any{{"in_range": []any{int64(0), int64(9)}}}))
	g.Expect(toJSON(t, v.Map())).To(MatchJSON(`{"type": "list", "item_type": "integer", "description": "d", "display_label": "L",
		"required": false, "hidden": true, "default": [1], "constraints": [{"in_range": [0, 9]}]}`))
}

const addresses = `
data_types:
  address:
    properties:
      street: {type: string}
      number: {type: integer, default: 1}
  person:
    properties:
      name: {type: string, default: Ann}
      home: {type: address}
  settings:
    properties:
      debug: {type: boolean, default: false}
      level: {type: integer, default: 3}
  more:
    derived_from: settings
    properties:
      level: {type: integer, default: 5}
      extra: {required: false}
`

func TestComposedInputs(t *testing.T) {
	for _, test := range []struct{ typ, given, want, refusal string }{
		{"person", `{"v": {"home": {"street": "Elm"}}}`, `{"name": "Ann", "home": {"street": "Elm", "number": 1}}`, ""},
		{"person", `{"v": {"home": {}}}`, "", "Value of input v is missing property home.street."},
		{"person", `{"v": {}}`, "", "Value of input v is missing property home.street."},
		{"person", `{"v": {"home": {"street": "Elm"}, "age": 7}}`, "", "Undefined property age in value of input v."},
		{"person", `{"v": {"home": {"street": "Elm", "number": "7"}}}`, "", "Property type validation failed in 'v': property " +
			"'home.number' type is 'integer', yet it was assigned with the value '7'"},
		{"person", `{"v": "Ann"}`, "", "Property type validation failed in 'v': the defined type is 'person', yet it was assigned with the value 'Ann'"},
		{"settings", `{}`, `{"debug": false, "level": 3}`, ""},
		{"more", `{}`, `{"debug": false, "level": 5}`, ""},
		{"more", `{"v": {"extra": [1], "debug": true}}`, `{"debug": true, "level": 5, "extra": [1]}`, ""},
	} {
		t.Run(test.typ+test.given, func(t *testing.T) {
			g := NewWithT(t)
			b := mustParse(t, prelude+addresses+"inputs:\n  v: {type: "+test.typ+"}\n")
			inputs, err := b.PrepareInputs(object(t, test.given))
			if test.refusal != "" {
				g.Expect(inputError(t, err).Message).To(Equal(test.refusal))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(toJSON(t, inputs["v"])).To(MatchJSON(test.want))
		})
	}
}

// What is optional and has no default may be left out: heal without an instance is for the whole deployment from DSL 1.4 on.
func TestOptionalParameters(t *testing.T) {
	for _, test := range []struct{ declared, given, want, refusal string }{
		{"{type: integer, required: false}", `{}`, `{}`, ""},
		{"{type: integer, required: false}", `{"p": "7"}`, `{"p": 7}`, ""},
		{"{type: integer, required: false}", `{"p": "x"}`, "", `Parameter "p" must be of type integer`},
		{"{type: integer, required: false, default: 3}", `{}`, `{"p": 3}`, ""},
		{"{required: false, constraints: [{in_range: [1, 3]}]}", `{}`, `{}`, ""},
		{"{type: integer, required: true}", `{}`, "", `Workflow "w" must be provided with the following parameters to execute: p`},
		{"{type: integer}", `{}`, "", `Workflow "w" must be provided with the following parameters to execute: p`},
	} {
		t.Run(test.declared+test.given, func(t *testing.T) {
			g := NewWithT(t)
			b := mustParse(t, prelude+"workflows:\n  w:\n    mapping: default_workflows.w\n    parameters:\n      p: "+test.declared+"\n")
			merged, err := b.Workflows["w"].CheckParameters(object(t, test.given), false, nil)
			if test.refusal != "" {
				g.Expect(*inputError(t, err)).To(Equal(InputError{Code: CodeIllegalParameters, Message: test.refusal}))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(toJSON(t, merged)).To(MatchJSON(test.want))
		})
	}
}

func TestParameterConversion(t *testing.T) {
	b := mustParse(t, prelude+`
workflows:
  w:
    mapping: default_workflows.w
    parameters:
      i: {type: integer, default: 0}
      f: {type: float, default: 0.5}
      b: {type: boolean, default: false}
      s: {type: string, default: ''}
      l: {type: list, item_type: integer, default: []}
      d: {type: dict, default: {}}
      n: {type: node_id, default: null}
      c: {default: 1, constraints: [{in_range: [1, 3]}]}
`)
	for _, test := range []struct{ given, want, refusal string }{
		{`{"i": "12", "f": "1.5", "b": "TRUE", "s": "x", "l": ["1", 2], "d": 7}`,
			`{"i": 12, "f": 1.5, "b": true, "s": "x", "l": [1, 2], "d": 7, "n": null, "c": 1}`, ""},
		{`{"i": 2.7, "f": 2}`, `{"i": 2, "f": 2, "b": false, "s": "", "l": [], "d": {}, "n": null, "c": 1}`, ""},
		{`{"i": true, "f": false, "l": "12"}`, `{"i": 1, "f": 0, "b": false, "s": "", "l": [1, 2], "d": {}, "n": null, "c": 1}`, ""},
		{`{"i": 9223372036854775808, "f": 9223372036854775808, "b": "FALSE", "l": {"3": "x"}}`,
			`{"i": 9223372036854775808, "f": 9223372036854776000, "b": false, "s": "", "l": [3], "d": {}, "n": null, "c": 1}`, ""},
		{`{"i": "x"}`, "", `Parameter "i" must be of type integer`},
		{`{"f": "x", "b": "maybe"}`, "", "Parameter \"b\" must be of type boolean\nParameter \"f\" must be of type float"},
		{`{"s": 1}`, "", `Parameter "s" must be of type string`},
		{`{"l": ["x"]}`, "", `Parameter "l" must be of type list of integers`},
		{`{"c": 4}`, "", `Parameter "c" does not meet its constraints: Value 4 of input c violates constraint in_range(1, 3) operator.`},
		{`{"n": "nosuch"}`, "", `Parameter "n" does not meet its constraints: Value 'nosuch' of 'n' is not a valid value for data type 'node_id'.`},
		{`{"z": 1, "y": 1}`, "", `Workflow "w" does not have the following parameters declared: y,z. ` +
			"Remove these parameters or use the flag for allowing custom parameters"},
	} {
		t.Run(test.given, func(t *testing.T) {
			g := NewWithT(t)
			merged, err := b.Workflows["w"].CheckParameters(object(t, test.given), false, known{"node_id": {"web"}})
			if test.refusal != "" {
				g.Expect(*inputError(t, err)).To(Equal(InputError{Code: CodeIllegalParameters, Message: test.refusal}))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(toJSON(t, merged)).To(MatchJSON(test.want))
		})
	}
}

// What Python cannot convert at all is no refusal: the Manager breaks on it.
func TestParametersThatBreakTheConversion(t *testing.T) {
	b := mustParse(t, prelude+`
workflows:
  w:
    mapping: default_workflows.w
    parameters:
      i: {type: integer, default: 0}
      b: {type: boolean, default: false}
      l: {type: list, default: []}
`)
	for _, given := range []string{`{"i": null}`, `{"i": []}`, `{"b": 1}`, `{"b": null}`, `{"l": 1}`} {
		_, err := b.Workflows["w"].CheckParameters(object(t, given), false, nil)
		var refusal *InputError
		if err == nil || errors.As(err, &refusal) {
			t.Errorf("%s: want an error that is no refusal, got %v", given, err)
		}
	}
}
