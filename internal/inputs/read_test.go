// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"testing"

	"github.com/onsi/gomega"
)

func TestRead(t *testing.T) {
	schema := Schema{
		Inputs: map[string]Input{
			"text": {Type: "string"}, "untyped": {}, "port": {Type: "integer"}, "share": {Type: "float"}, "on": {Type: "boolean"},
			"hosts": {Type: "list"}, "options": {Type: "dict"}, "address": {Type: "shop.Address"}, "pattern": {Type: "regex"},
		},
		DataTypes: map[string]DataType{"shop.Address": {}},
	}
	const bad = "no JSON"
	for _, row := range []struct {
		name, input, text string
		value             any // bad where it is refused
	}{
		{"a string stands as it is", "text", "8080", "8080"},
		{"a string that looks like JSON", "text", `{"a": 1}`, `{"a": 1}`},
		{"a string with a line's end", "text", "secret\n", "secret\n"},
		{"an input without a type", "untyped", "[1]", "[1]"},
		{"an input that is not declared", "nobody's", "[1]", "[1]"},
		{"a built-in type that is written as a string", "pattern", "^a", "^a"},
		{"an integer with white space around", "port", " 8080\n", json.Number("8080")},
		{"an integer that float64 cannot hold", "port", "9007199254740993", json.Number("9007199254740993")},
		{"a float", "share", "0.5", json.Number("0.5")},
		{"a boolean", "on", "true", true},
		{"a list", "hosts", `["a", "b"]`, []any{"a", "b"}},
		{"a dict", "options", `{"a": null}`, map[string]any{"a": nil}},
		{"a data type", "address", `{"street": "x"}`, map[string]any{"street": "x"}},
		{"a word for an integer", "port", "s3cr3t-word", bad},
		{"nothing for an integer", "port", "", bad},
		{"two values", "port", "1 2", bad},
		{"a value and more", "options", `{"a": 1} s3cr3t-word`, bad},
		{"a dict cut off", "options", `{"a": "s3cr3t-word"`, bad},
		{"a word for a data type", "address", "s3cr3t-word", bad},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := gomega.NewWithT(t)
			value, err := schema.Read(row.input, row.text)
			if row.value == bad {
				g.Expect(err).To(gomega.MatchError(gomega.And(gomega.ContainSubstring("input "+row.input), gomega.ContainSubstring("JSON"))))
				g.Expect(err).NotTo(gomega.MatchError(gomega.ContainSubstring("s3cr3t-word")), "the text is never told")
				return
			}
			g.Expect(err).NotTo(gomega.HaveOccurred())
			g.Expect(value).To(gomega.Equal(row.value))
		})
	}
}
