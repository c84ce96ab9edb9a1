// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"strings"
	"testing"
)

// Whatever values and constraints are, Validate answers, and its errors are
// readable.
func FuzzValidate(f *testing.F) {
	f.Add("integer", `{"in_range": [1, 10]}`, `5`)
	f.Add("string", `{"pattern": "^[a-z]+$"}`, `"näme"`)
	f.Add("list", `{"max_length": 1e9}`, `[null, {"concat": []}]`)
	f.Add("host", `{"equal": {"a": 1e400}}`, `{"cpus": 1e400, "x": {}}`)
	f.Fuzz(func(t *testing.T, typeName, constraint, text string) {
		var argument map[string]any
		var given any
		if decode([]byte(constraint), &argument) != nil || decode([]byte(text), &given) != nil {
			return
		}
		schema := Schema{
			Inputs: map[string]Input{
				"in":   {Type: typeName, ItemType: "host", Constraints: []map[string]any{argument}},
				"list": {Type: "list", ItemType: typeName, Constraints: []map[string]any{argument}},
			},
			DataTypes: map[string]DataType{"host": {Properties: map[string]Input{"cpus": {Type: "integer"}, "host": {Type: "host", Default: map[string]any{}}}}},
		}
		inputs := map[string]any{"in": given, "list": []any{given}}
		if err := Validate(schema, inputs); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
		effective := Effective(schema, inputs)
		if !Same(schema, effective, effective) {
			t.Errorf("%s is not the same as itself", text)
		}
		_ = RefuseFunctions(inputs)
	})
}

// Equality holds of a value and itself, whichever way it was read, and both ways.
func FuzzEqual(f *testing.F) {
	f.Add(`{"a": [1, 1.0, null]}`, `{"a": [1.0, 1, null], "b": null}`)
	f.Add(`9007199254740993`, `9007199254740992.0`)
	f.Add(`1e400`, `-1e400`)
	f.Fuzz(func(t *testing.T, first, second string) {
		var a, b, plain any
		if decode([]byte(first), &a) != nil || decode([]byte(second), &b) != nil {
			return
		}
		if !Equal(a, a) {
			t.Errorf("%s is not equal to itself", first)
		}
		if Equal(a, b) != Equal(b, a) {
			t.Errorf("%s and %s are equal one way only", first, second)
		}
		content, err := json.Marshal(a)
		if err != nil || decode(content, &plain) != nil {
			t.Fatalf("%s: written and not read: %v", first, err)
		}
		if !Equal(a, plain) {
			t.Errorf("%s is not equal to itself, written and read", first)
		}
	})
}

func FuzzMask(f *testing.F) {
	f.Add("wrong: s3cret-value…", "s3cret-value", "s3cret")
	f.Fuzz(func(t *testing.T, text, first, second string) {
		masked := Mask(text, []string{first, second})
		for _, secret := range []string{first, second} {
			if len([]rune(secret)) >= minSecret && !strings.Contains(secret, "*") && strings.Contains(masked, secret) {
				t.Errorf("%q is still in %q", secret, masked)
			}
		}
	})
}
