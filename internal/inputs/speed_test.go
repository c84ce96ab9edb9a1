// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"fmt"
	"testing"
)

// declared is what a large blueprint declares: twenty inputs, five of them of a data type, and values for all.
func declared() (Schema, map[string]any) {
	schema := Schema{Inputs: map[string]Input{}, DataTypes: map[string]DataType{
		"host": {DerivedFrom: "thing", Properties: map[string]Input{
			"name": {Type: "string"}, "cpus": {Type: "integer", Default: json.Number("1")},
		}},
		"thing": {Properties: map[string]Input{"label": {Type: "string", Required: &optional}}},
	}}
	values := map[string]any{}
	for i := range 5 {
		at := func(name string) string { return fmt.Sprintf("%s-%d", name, i) }
		schema.Inputs[at("size")] = Input{Type: "string", Default: "small", Constraints: []map[string]any{{"valid_values": []any{"small", "large"}}}}
		schema.Inputs[at("port")] = Input{Type: "integer", Default: json.Number("80"), Constraints: []map[string]any{{"in_range": []any{json.Number("1"), json.Number("65535")}}}}
		schema.Inputs[at("zone")] = Input{Type: "string", Constraints: []map[string]any{{"pattern": "[a-z]+-[0-9]"}}}
		schema.Inputs[at("host")] = Input{Type: "host"}
		values[at("size")], values[at("port")], values[at("zone")] = "large", json.Number("8080"), "west-1"
		values[at("host")] = map[string]any{"name": "db"}
	}
	return schema, values
}

func BenchmarkJSONSchema(b *testing.B) {
	schema, _ := declared()
	for b.Loop() {
		if _, err := schema.JSONSchema().Bytes(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	schema, values := declared()
	for b.Loop() {
		if err := Validate(schema, values); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEffective(b *testing.B) {
	schema, values := declared()
	for b.Loop() {
		if len(Effective(schema, values)) != len(schema.Inputs) {
			b.Fatal("an input has no value")
		}
	}
}

func BenchmarkSame(b *testing.B) {
	schema, values := declared()
	effective := Effective(schema, values)
	for b.Loop() {
		if !Same(schema, effective, values) {
			b.Fatal("they are the same")
		}
	}
}
