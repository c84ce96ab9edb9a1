// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/onsi/gomega"
)

// The Manager takes any value for a string; ours are strings, and what is of the kind that is there already.
func TestStringsTakeTheKindOfTheirDefault(t *testing.T) {
	for _, row := range []struct{ def, value, reason string }{
		{`{"publisher": "acme", "sku": "small"}`, `{"publisher": "acme", "sku": "large"}`, ""},
		{`{"publisher": "acme"}`, `"acme/large"`, ""},
		{`{"publisher": "acme"}`, `8080`, "must be a string or a map, not a number: quote it"},
		{`8080`, `8080`, ""},
		{`8080`, `8081`, ""},
		{`8080`, `"8081"`, ""},
		{`8080`, `true`, "must be a string or a number, not a boolean: quote it"},
		{`false`, `true`, ""},
		{`false`, `"no"`, ""},
		{`["a"]`, `["b"]`, ""},
		{`"a"`, `8080`, "must be a string, not a number: quote it"},
		{`null`, `8080`, "must be a string, not a number: quote it"},
		{`{"get_secret": "key"}`, `{"a": 1}`, "must be a string, not a map"},
	} {
		for _, typeName := range []string{"string", "textarea"} {
			schema := Schema{Inputs: map[string]Input{"in": {Type: typeName, Default: value(t, row.def)}}}
			err := Validate(schema, map[string]any{"in": value(t, row.value)})
			gomega.NewWithT(t).Expect(reasons(t, err)["in"]).To(gomega.Equal(row.reason), "%s where the default is %s", row.value, row.def)
		}
	}
}

// A part of a default is a default of that part.
func TestPartsOfDefaults(t *testing.T) {
	schema := Schema{
		Inputs: map[string]Input{
			"server": {Type: "server", Default: value(t, `{"image": {"sku": "small"}, "port": "http"}`)},
			"ports":  {Type: "list", ItemType: "string", Default: value(t, `[8080]`)},
		},
		DataTypes: map[string]DataType{"server": {Properties: map[string]Input{
			"image": {Type: "string"}, "port": {Type: "integer"}, "zone": {Type: "string", Default: json.Number("1")},
		}}},
	}
	for _, row := range []struct {
		values  string
		reasons map[string]string
	}{
		{`{"server": {"image": {"sku": "large"}, "port": 80}, "ports": [8081, "http"]}`, map[string]string{}},
		{`{"server": {"image": "large", "port": "http", "zone": 2}}`, map[string]string{}},
		{`{"server": {"image": 1, "port": "https", "zone": "2"}, "ports": [true]}`, map[string]string{
			"server.image": "must be a string or a map, not a number: quote it", "server.port": "must be an integer, not a string: write a number, without quotes",
			"ports[0]": "must be a string or a number, not a boolean: quote it",
		}},
	} {
		gomega.NewWithT(t).Expect(reasons(t, Validate(schema, values(t, row.values)))).To(gomega.Equal(row.reasons), row.values)
		gomega.NewWithT(t).Expect(accepts(t, schema.JSONSchema(), row.values)).To(gomega.Equal(len(row.reasons) == 0), row.values)
	}
}

// What a deployment has is not missing, and may be named again; what is named otherwise is looked at.
func TestValidateBeside(t *testing.T) {
	schema := Schema{Inputs: map[string]Input{"name": {Type: "string"}, "size": {Type: "integer", Constraints: constraintsOf(t, `[{"less_than": 5}]`)}}}
	has := values(t, `{"name": 7, "size": 9, "gone": true}`)
	for _, row := range []struct {
		values  string
		reasons map[string]string
	}{
		{`{}`, map[string]string{}},
		{`{"name": 7, "size": 9}`, map[string]string{}},
		{`{"name": 8, "size": 4}`, map[string]string{}},
		{`{"name": true, "size": 8}`, map[string]string{"name": "must be a string or a number, not a boolean: quote it", "size": "must be less than 5"}},
		{`{"gone": true}`, map[string]string{"gone": "is not declared by the blueprint: remove it or use a declared one (declared: name, size)"}},
	} {
		gomega.NewWithT(t).Expect(reasons(t, ValidateBeside(schema, values(t, row.values), has))).To(gomega.Equal(row.reasons), row.values)
	}
	none := values(t, `{"name": null}`)
	gomega.NewWithT(t).Expect(reasons(t, ValidateBeside(schema, nil, none))).To(gomega.HaveLen(2), "null is nothing")
}

// The schema of a default that is not as declared says so, and never one that is secret.
func TestJSONSchemaOfDefaults(t *testing.T) {
	for _, row := range []struct {
		name     string
		input    Input
		property string
	}{
		{"a map for a string", Input{Type: "string", Default: value(t, `{"sku": "small"}`)}, `{"type": ["string", "object"], "default": {"sku": "small"}}`},
		{"a number for a string", Input{Type: "string", Default: value(t, `8080`)}, `{"type": ["string", "number"], "default": 8080}`},
		{"a boolean for a string", Input{Type: "string", Default: value(t, `false`)}, `{"type": ["string", "boolean"], "default": false}`},
		{"a function", Input{Type: "string", Default: value(t, `{"get_secret": "key"}`)}, `{"type": "string"}`},
		{"a map for a name at the Manager", Input{Type: "secret_key", Default: value(t, `{"a": 1}`)}, `{"type": ["string", "object"], "default": {"a": 1}}`},
		{"a hidden number for a string", Input{Type: "string", Default: value(t, `8080`), Hidden: true}, `{"type": ["string", "number"], "format": "password"}`},
		{"a string for an integer", Input{Type: "integer", Default: value(t, `"many"`), Description: "How many"},
			`{"type": ["integer", "string"], "anyOf": [{"type": "integer"}, {"enum": ["many"]}], "default": "many", "description": "How many"}`},
		{"against a constraint", Input{Type: "integer", Default: value(t, `0`), Constraints: constraintsOf(t, `[{"greater_than": 1}]`)},
			`{"type": ["integer", "number"], "anyOf": [{"type": "integer", "minimum": 1, "exclusiveMinimum": true}, {"enum": [0]}], "default": 0}`},
		{"a hidden one against a constraint", Input{Type: "string", Default: value(t, `"s3cret"`), Constraints: constraintsOf(t, `[{"max_length": 3}]`), Hidden: true},
			`{"anyOf": [{"type": "string", "maxLength": 3}, {}], "format": "password", "type": ["string"]}`},
		{"a secret part", Input{Type: "account", Default: value(t, `{"pin": "s3cret", "more": 1}`)},
			`{"type": ["object"], "anyOf": [{"type": "object", "properties": {"pin": {"type": "string", "format": "password"}}, "required": ["pin"], "additionalProperties": false}, {}]}`},
		{"one that double precision cannot tell", Input{Type: "boolean", Default: value(t, `9007199254740993`)}, `{"type": ["boolean", "number"], "anyOf": [{"type": "boolean"}, {}]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := gomega.NewWithT(t)
			schema := Schema{Inputs: map[string]Input{"in": row.input}, DataTypes: map[string]DataType{
				"account": {Properties: map[string]Input{"pin": {Type: "string", Hidden: true}}},
			}}
			property, err := json.Marshal(schema.JSONSchema().Properties["in"])
			g.Expect(err).NotTo(gomega.HaveOccurred())
			g.Expect(string(property)).To(gomega.MatchJSON(row.property))
			if row.name == "a secret part" {
				g.Expect(schema.JSONSchema().Secret()).To(gomega.Equal([]string{"in"}))
			}
		})
	}
}

// declarer makes declarations and values of every kind, that need not fit each other.
type declarer struct{ *rand.Rand }

func (d declarer) schema() Schema {
	schema := Schema{Inputs: map[string]Input{}, DataTypes: map[string]DataType{}}
	for i := range 3 { // each may hold those after it, and itself
		properties := map[string]Input{}
		for j := range 1 + d.IntN(3) {
			properties[fmt.Sprintf("m%d", j)] = d.input(i)
		}
		schema.DataTypes[fmt.Sprintf("t%d", i)] = DataType{Properties: properties}
	}
	for i := range 4 {
		schema.Inputs[fmt.Sprintf("in%d", i)] = d.input(0)
	}
	return schema
}

func (d declarer) input(first int) Input {
	types := []string{"", "string", "textarea", "regex", "integer", "float", "boolean", "list", "dict", "secret_key", "a type to come", fmt.Sprintf("t%d", first+d.IntN(3-first))}
	i := Input{Type: types[d.IntN(len(types))], Hidden: d.IntN(8) == 0}
	if i.Type == "list" && d.IntN(2) == 0 {
		i.ItemType = types[1+d.IntN(len(types)-1)]
	}
	if d.IntN(3) > 0 {
		i.Default = d.value(3)
	}
	if i.Default == nil && d.IntN(2) == 0 {
		i.Required = &optional
	}
	for range d.IntN(3) {
		constraints := []map[string]any{
			{"equal": d.value(1)}, {"valid_values": []any{d.value(1), "a"}}, {"greater_than": json.Number("2")}, {"in_range": []any{json.Number("1"), json.Number("3.5")}},
			{"min_length": json.Number("1")}, {"max_length": json.Number("2")}, {"pattern": "[a-m]+$"}, {"pattern": `\w`}, {"pattern": "(?i)b"},
		}
		i.Constraints = append(i.Constraints, constraints[d.IntN(len(constraints))])
	}
	return i
}

func (d declarer) value(depth int) any {
	switch kinds := 8; d.IntN(kinds + 2*min(depth, 1)) {
	case 0:
		return nil
	case 1:
		return d.IntN(2) == 0
	case 2, 3:
		return json.Number([]string{"0", "1", "2", "3", "4.5", "8080", "-7"}[d.IntN(7)])
	case 8:
		list := []any{}
		for range d.IntN(3) {
			list = append(list, d.value(depth-1))
		}
		return list
	case 9:
		members := map[string]any{}
		for range d.IntN(4) {
			members[[]string{"m0", "m1", "m2", "x", "concat"}[d.IntN(5)]] = d.value(depth - 1)
		}
		return members
	default:
		return []string{"", "a", "b", "M", "abc", "z1"}[d.IntN(6)]
	}
}

// Whatever a blueprint declares, what it has by default and what a deployment has of it is taken back: by Validate and, where
// somebody may give it, by the published schema, as far as that publishes a default at any depth.
func TestWhatIsThereIsTakenBack(t *testing.T) {
	for seed := range uint64(800) {
		d := declarer{rand.New(rand.NewPCG(seed, 9))}
		schema := d.schema()
		described := schema.JSONSchema()
		back := func(what string, given map[string]any) {
			if err := ValidatePart(schema, given); err != nil {
				t.Errorf("seed %d: %s %v of %+v: %v", seed, what, given, schema, err)
			}
			maps.DeleteFunc(given, func(_ string, value any) bool { _, function := ContainsFunction(value); return function })
			if content, err := json.Marshal(given); err != nil || !accepts(t, described.ForUpdate(), string(content)) {
				t.Errorf("seed %d: %s %s is refused by %s", seed, what, content, text(t, described))
			}
		}
		defaults := map[string]any{}
		for name, input := range schema.Inputs {
			if input.Default != nil {
				defaults[name] = input.Default
			}
		}
		back("default", defaults)
		back("stored", OmitNull(Effective(schema, nil)))
		for name, property := range described.Properties {
			publishedDefaults(t, name, property)
		}
		has := map[string]any{}
		for name := range schema.Inputs {
			has[name] = d.value(3)
		}
		if err := ValidateBeside(schema, OmitNull(has), has); err != nil && !slices.Contains(slices.Collect(maps.Values(has)), nil) {
			t.Errorf("seed %d: %v is there in %+v: %v", seed, has, schema, err)
		}
		if t.Failed() {
			return
		}
	}
}

// publishedDefaults holds every default in a schema against the schema that it stands in.
func publishedDefaults(t *testing.T, where string, schema map[string]any) {
	t.Helper()
	if value, ok := schema["default"]; ok {
		content, err := json.Marshal(map[string]any{"in": value})
		if err != nil || !accepts(t, JSONSchema{Type: "object", Properties: map[string]map[string]any{"in": schema}}, string(content)) {
			t.Errorf("%s: the default is refused by %v", where, schema)
		}
	}
	for _, choice := range append(listOf(schema["anyOf"]), schema["items"]) {
		if inner, ok := choice.(map[string]any); ok {
			publishedDefaults(t, where, inner)
		}
	}
	members, _ := schema["properties"].(map[string]any)
	for name, member := range members {
		publishedDefaults(t, where+"."+name, member.(map[string]any))
	}
}

func listOf(value any) []any {
	list, _ := value.([]any)
	return list
}
