// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"errors"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
)

// grouped is a deployment that also knows groups.
type grouped struct{ deployment }

func (grouped) GroupCapability(group string, path []any) (any, error) {
	return []any{group, pyStr(path[0])}, nil
}

func testScope(t *testing.T) deployment {
	t.Helper()
	return deployment{
		blueprint: mustParse(t, prelude+`
inputs: {a: {default: 1}, size: {default: 1}, d: {default: 1}, secret: {default: 1}}
node_types:
  app: {derived_from: cloudify.nodes.Root, properties: {p: {default: {k: [x, y]}}, q: {default: {get_input: a}}, r: {default: {get_attribute: [app, host]}}}}
node_templates:
  app: {type: app}
`),
		inputs: map[string]any{
			"a": "A", "size": int64(3), "d": map[string]any{"k": []any{"x", map[string]any{"deep": true}}},
			"secret": map[string]any{"get_secret": "plain"}, "loop": map[string]any{"get_input": "loop"},
			"ping": map[string]any{"get_input": "pong"}, "pong": map[string]any{"get_input": "ping"},
		},
		attributes: map[string]map[string]map[string]any{
			"app": {"app_1": {"host": "h1", "net": map[string]any{"ip": "10.0.0.1"}}},
			"web": {"web_1": {"ip": "1", "n": []any{"p"}}, "web_2": {"ip": "2"}},
		},
		secrets:      map[string]any{"plain": "s3cret", "json": `{"user": {"name": "ann", "ids": [1, 2]}}`},
		capabilities: map[string]map[string]any{"other": {"url": "https://other", "ports": []any{int64(80)}}, "env": {"zone": "z1"}},
		labels:       map[string][]string{"team": {"blue", "red"}, "csys-obj-parent": {"env"}},
	}
}

func TestFunctions(t *testing.T) {
	scope := testScope(t)
	for _, test := range []struct{ value, want string }{
		{`plain`, `"plain"`},
		{`{get_input: a}`, `"A"`},
		{`{get_input: [d, k, 1, deep]}`, `true`},
		{`{get_input: [d, k, {string_find: [ab, b]}, deep]}`, `true`},
		{`{get_input: size, type: integer}`, `3`},
		{`{get_input: secret}`, `"s3cret"`},
		{`{get_property: [app, p, k, 1]}`, `"y"`},
		{`{get_property: [app, q]}`, `"A"`},
		{`{get_property: [app, r]}`, `"h1"`},
		{`{get_attribute: [app, host]}`, `"h1"`},
		{`{get_attribute: [app, net, ip]}`, `"10.0.0.1"`},
		{`{get_attribute: [app, nothing]}`, `null`},
		{`{get_attribute: [web, ip]}`, `"<ERROR: no single instance of web>"`},
		{`{get_attributes_list: [web, ip]}`, `["1", "2"]`},
		{`{get_attributes_list: [web, n, 0]}`, `["p", null]`},
		{`{get_attributes_dict: [web, ip, [n, 0]]}`, `{"web_1": {"ip": "1", "n.0": "p"}, "web_2": {"ip": "2", "n.0": null}}`},
		{`{get_secret: plain}`, `"s3cret"`},
		{`{get_secret: {concat: [pl, ain]}}`, `"s3cret"`},
		{`{get_secret: [json, user, ids, 1]}`, `2`},
		{`{get_capability: [other, url]}`, `"https://other"`},
		{`{get_capability: [{concat: [oth, er]}, ports, 0]}`, `80`},
		{`{get_environment_capability: zone}`, `"z1"`},
		{`{get_group_capability: [g, c]}`, `["g", "c"]`},
		{`{get_label: team}`, `["blue", "red"]`},
		{`{get_label: [team, 1]}`, `"red"`},
		{`{get_label: [team, '0']}`, `"blue"`},
		{`{get_sys: [deployment, id]}`, `"deployment/id"`},
		{`{get_consumers: count}`, `"consumers/count"`},
		{`{concat: [a, 1, 1.5, true, null, {get_input: size}, [x], {k: v}]}`, `"a11.5TrueNone3['x']{'k': 'v'}"`},
		{`{concat: []}`, `""`},
		{`{merge: [{a: 1, b: 1}, {b: {get_input: size}}]}`, `{"a": 1, "b": 3}`},
		{`{string_find: [hall, l]}`, `2`},
		{`{string_find: [abc, z]}`, `-1`},
		{`{string_replace: [aaa, a, b]}`, `"bbb"`},
		{`{string_replace: [aaa, a, b, 2]}`, `"bba"`},
		{`{string_split: ['a,b,c', ',']}`, `["a", "b", "c"]`},
		{`{string_split: ['a,b,c', ',', 1]}`, `"b"`},
		{`{string_split: ['a,b,c', ',', -1]}`, `"c"`},
		{`{string_lower: AbC}`, `"abc"`},
		{`{string_upper: {get_input: a}}`, `"A"`},
		{`{a: [{get_input: a}, {b: {get_input: size}}]}`, `{"a": ["A", {"b": 3}]}`},
		{`{get_input: a, other: x}`, `{"get_input": "a", "other": "x"}`},
		{`{no_function: a}`, `{"no_function": "a"}`},
		{`{type: string}`, `{"type": "string"}`},
		{`{get_input: loop}`, `{"get_input": "loop"}`},
	} {
		t.Run(test.value, func(t *testing.T) {
			g := NewWithT(t)
			value := yamlOf(t, test.value)
			before := toJSON(t, value)
			got, err := Evaluate(value, grouped{scope})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(toJSON(t, got)).To(MatchJSON(test.want))
			g.Expect(toJSON(t, value)).To(MatchJSON(before), "the value evaluated stays as it is")
		})
	}
}

func TestFunctionsFail(t *testing.T) {
	scope := testScope(t)
	for _, test := range []struct{ value, want string }{
		{`{get_input: nosuch}`, "get_input function references an unknown input 'nosuch'."},
		{`{get_input: [d, nosuch]}`, "Input attribute 'nosuch' of 'd', doesn't exist."},
		{`{get_input: [d, k, 7]}`, "Input attribute '7' of 'd.k', doesn't exist."},
		{`{get_input: [d, k, 0, x]}`, "Unable to evaluate get_input function: Object d.k[0] has no attribute x"},
		{`{get_input: a, type: integer}`, "Value 'A' of input 'a' does not match data type declared for it: 'integer'."},
		{`{get_input: []}`, "Illegal argument(s) passed to get_input function."},
		{`{get_input: ping}`, "The recursion limit (50) has been reached while evaluating the deployment. "},
		{`{get_property: [app, p, nosuch]}`, "Unable to evaluate get_property function: Node template property " +
			"'app.properties.p.nosuch' referenced from 'payload' doesn't exist."},
		{`{get_property: [nosuch, p]}`, "'Node nosuch does not exist'"},
		{`{get_secret: nosuch}`, "no such secret: nosuch"},
		{`{get_secret: [plain, x]}`, `Unable to evaluate get_secret function: Could not parse secret "plain" as json.`},
		{`{get_secret: [json, x]}`, `Unable to evaluate get_secret function: Could not find "x" in nested lookup on secret "json".`},
		{`{get_label: [team, 7]}`, "The provided label-values list index is out of range. The key `team` has 2 values"},
		{`{get_group_capability: [g, c]}`, "Unable to evaluate get_group_capability function: Deployment group g not found"},
		{`{get_sys: [tenant, size]}`, "get_sys function unable to determine property: tenant size"},
		{`{merge: [{a: 1}, x]}`, "Unable to evaluate merge function: Encountered non-dict element for merge: x"},
		{`{string_upper: {get_input: size}}`, "Unable to validate string_upper function: should be called with exactly one parameter"},
		{`{string_find: [1, a]}`, "Unable to evaluate string_find function: argument `haystack` should be of type <class 'str'> but is <class 'int'> (1)"},
		{`{string_replace: [a, a, a, x]}`, "Unable to evaluate string_replace function: argument `count` should be of type <class 'int'>"},
		{`{string_split: [a, '']}`, "empty separator"},
		{`{string_split: [a, b, 3]}`, "list index out of range"},
	} {
		t.Run(test.value, func(t *testing.T) {
			_, err := Evaluate(yamlOf(t, test.value), scope)
			NewWithT(t).Expect(err).To(MatchError(HavePrefix(test.want)))
		})
	}
}

func TestSelf(t *testing.T) {
	g := NewWithT(t)
	scope := WithSelf(testScope(t), "app")
	for value, want := range map[string]string{
		`{get_property: [SELF, q]}`: `"A"`, `{get_attribute: [SELF, host]}`: `"h1"`, `{get_attributes_list: [SELF, host]}`: `["h1"]`,
		`{get_attributes_list: [web, ip]}`: `["1", "2"]`,
	} {
		got, err := Evaluate(yamlOf(t, value), scope)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(toJSON(t, got)).To(MatchJSON(want), value)
	}
}

func TestScopeErrorsPass(t *testing.T) {
	_, err := Evaluate(yamlOf(t, `{concat: [a, {get_secret: nosuch}]}`), testScope(t))
	NewWithT(t).Expect(errors.Is(err, errNoSecret)).To(BeTrue())
}

func TestDepthIsBounded(t *testing.T) {
	g := NewWithT(t)
	nest := func(depth int) any {
		value := any("x")
		for range depth {
			value = map[string]any{"string_upper": value}
		}
		return value
	}
	got, err := Evaluate(nest(45), deployment{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got).To(Equal("X"))
	_, err = Evaluate(nest(51), deployment{})
	g.Expect(err).To(MatchError(HavePrefix("The recursion limit (50) has been reached")))
}

func TestStaticFunctions(t *testing.T) {
	scope := testScope(t)
	for _, test := range []struct{ value, want string }{
		{`{get_input: a}`, `"A"`},
		{`{get_property: [app, p, k, 0]}`, `"x"`},
		{`{get_property: [app, q]}`, `"A"`},
		{`{get_property: [app, r]}`, `{"get_attribute": ["app", "host"]}`},
		{`{get_property: [app, r, deeper]}`, `{"get_property": ["app", "r", "deeper"]}`},
		{`{concat: [x, {get_input: a}]}`, `"xA"`},
		{`{concat: [{get_input: a}, {get_attribute: [app, host]}]}`, `{"concat": ["A", {"get_attribute": ["app", "host"]}]}`},
		{`{merge: [{a: 1}, {b: 2}]}`, `{"a": 1, "b": 2}`},
		{`{string_upper: {concat: [x, y]}}`, `"XY"`},
		{`{string_upper: {get_secret: plain}}`, `{"string_upper": {"get_secret": "plain"}}`},
		{`{get_attribute: [app, {concat: [ho, st]}]}`, `{"get_attribute": ["app", "host"]}`},
		{`{get_secret: plain}`, `{"get_secret": "plain"}`},
		{`{get_input: secret}`, `{"get_secret": "plain"}`},
		{`{get_capability: [{get_input: a}, url]}`, `{"get_capability": ["A", "url"]}`},
		{`{get_label: team}`, `{"get_label": "team"}`},
		{`{get_sys: [deployment, id]}`, `{"get_sys": ["deployment", "id"]}`},
	} {
		t.Run(test.value, func(t *testing.T) {
			g := NewWithT(t)
			got, err := EvaluateStatic(yamlOf(t, test.value), scope)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(toJSON(t, got)).To(MatchJSON(test.want))
		})
	}
}

func TestWhatIsAFunction(t *testing.T) {
	g := NewWithT(t)
	for name := range functions {
		g.Expect(functionOf(map[string]any{name: "x"})).To(Equal(name))
	}
	for _, value := range []any{"get_input", nil, map[string]any{}, map[string]any{"x": 1}, map[string]any{"get_input": 1, "concat": 2},
		map[string]any{"get_input": 1, "x": 2}, []any{"get_input"}} {
		g.Expect(functionOf(value)).To(BeEmpty(), "%v", value)
	}
	g.Expect(functions).To(HaveLen(19))
}

// The parser fails on a function whose arguments cannot be right, whatever they evaluate to.
func TestFunctionsInBlueprints(t *testing.T) {
	for _, test := range []struct{ value, want string }{
		{`{get_input: nosuch}`, "get_input function references an unknown input 'nosuch'."},
		{`{get_input: [nosuch, x]}`, "get_input function references an unknown input 'nosuch'."},
		{`{get_input: {a: b}}`, `Illegal argument(s) passed to get_input function. Expected either a string, or a function, or a list ` +
			`[input_name\function [, key1\index1\function [,...]]] but got {'a': 'b'}`},
		{`{get_property: [app]}`, `Illegal arguments passed to get_property function. Expected: [ node_name\function, ` +
			`property_name\function [, nested-property-1\function, ... ] but got: ['app'].`},
		{`{get_property: [nosuch, x]}`, "'Node nosuch does not exist'"},
		{`{get_property: [app, nosuch]}`, "Unable to evaluate get_property function: Node template property 'app.properties.nosuch' " +
			"referenced from 'outputs.o.value' doesn't exist."},
		{`{get_property: [SELF, resource_id]}`, "SELF cannot be used with get_property function in outputs.o.value"},
		{`{get_attribute: [nosuch, x]}`, `"get_attribute function node reference 'nosuch' does not exist."`},
		{`{get_attribute: [TARGET, x]}`, "TARGET cannot be used with get_attribute function in outputs.o.value"},
		{`{get_attribute: x}`, "Illegal arguments passed to get_attribute function."},
		{`{get_attributes_list: [nosuch, x]}`, `"get_attributes_list function node reference 'nosuch' does not exist."`},
		{`{get_attributes_dict: [app]}`, "Illegal arguments passed to get_attributes_dict function"},
		{`{get_attributes_dict: [app, a, [a]]}`, "Unable to evaluate get_attributes_dict function: One or more duplicated or ambiguous attribute paths found: a"},
		{`{get_secret: [k]}`, "Unable to evaluate `get_secret` function argument should be a list with at least 2 elements"},
		{`{get_capability: [d]}`, "`get_capability` function argument should be a list with 2 elements at least - [ deployment ID, capability ID " +
			"[, key/index[, key/index [...]]] ]. Instead it is: [d]"},
		{`{get_capability: d}`, "`get_capability` function argument should be a list. Instead it is a <class 'str'> with the value: d."},
		{`{get_capability: [d, [x]]}`, "`get_capability` function arguments can't be complex values;"},
		{`{get_group_capability: [d]}`, "`get_group_capability` function argument should be a list with 2 elements at least - [ group ID"},
		{`{get_environment_capability: [c]}`, "Unable to validate `get_environment_capability` function:"},
		{`{get_environment_capability: 7}`, "Unable to validate `get_environment_capability` function:"},
		{`{get_label: [k]}`, "Unable to validate `get_label` function: `get_label` function argument should be a list of 2 elements"},
		{`{get_label: [7, 0]}`, "Unable to validate `get_label` function: the <label-key> should be a string"},
		{`{get_label: [k, x]}`, "Unable to validate `get_label` function: the <label-values list index> should be a number"},
		{`{get_sys: [nosuch, x]}`, "get_sys function unable to determine entity: nosuch"},
		{`{get_sys: [deployment, size]}`, "get_sys function unable to determine property: deployment size"},
		{`{get_sys: deployment}`, "Illegal argument(s) passed to get_sys function."},
		{`{get_consumers: size}`, "Illegal argument passed to get_consumers function. Expected a property string (one of: ids, names, count), but got size"},
		{`{concat: a}`, `Illegal arguments passed to concat function. Expected: [arg1\function1, arg2\function2, ...]but got: a.`},
		{`{merge: [a]}`, "Unable to validate Encountered non-dict element for merge: a function"},
		{`{string_find: [a]}`, "Unable to validate string_find function: should be called with exactly two parameters"},
		{`{string_replace: [a, b]}`, "Unable to validate string_replace function: should be called with three or four parameters"},
		{`{string_split: [a]}`, "Unable to validate string_split function: should be called with two or three parameters"},
		{`{string_lower: [a]}`, "Unable to validate string_lower function: should be called with exactly one parameter"},
		{`{concat: [a, {get_input: nosuch}]}`, "get_input function references an unknown input 'nosuch'."},
	} {
		t.Run(test.value, func(t *testing.T) {
			g := NewWithT(t)
			_, err := parseText(t, prelude+"node_templates:\n  app: {type: cloudify.nodes.Root}\noutputs:\n  o: {value: "+test.value+"}\n")
			g.Expect(refused(t, err).State).To(Equal(StateFailedParsing))
			g.Expect(err.Error()).To(HavePrefix("Failed parsing blueprint - " + test.want))
		})
	}
}

func TestFunctionsByDSLVersion(t *testing.T) {
	for _, test := range []struct {
		version int
		value   string
		good    bool
	}{{0, "{concat: [a]}", false}, {1, "{concat: [a]}", true}, {2, "{merge: [{}]}", false}, {3, "{merge: [{}]}", true}} {
		_, err := parseText(t, fmt.Sprintf("tosca_definitions_version: cloudify_dsl_1_%d\noutputs:\n  o: {value: %s}\n", test.version, test.value))
		if test.good {
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			continue
		}
		NewWithT(t).Expect(refused(t, err).State).To(Equal(StateFailedParsing))
		NewWithT(t).Expect(err.Error()).To(ContainSubstring("requires using dsl version 1_%d or greater", test.version+1))
	}
}

func TestFunctionsInRelationships(t *testing.T) {
	g := NewWithT(t)
	text := func(function string) string {
		return prelude + `
node_templates:
  db: {type: cloudify.nodes.Root}
  app:
    type: cloudify.nodes.Root
    relationships:
      - type: cloudify.relationships.connected_to
        target: db
        source_interfaces:
          cloudify.interfaces.relationship_lifecycle:
            establish: {implementation: script.x, executor: central_deployment_agent, inputs: {v: ` + function + `}}
`
	}
	mustParse(t, text("{get_attribute: [TARGET, url]}"))
	_, err := parseText(t, text("{get_attribute: [SELF, url]}"))
	g.Expect(refused(t, err).Message).To(ContainSubstring("SELF cannot be used with get_attribute function"))
}
