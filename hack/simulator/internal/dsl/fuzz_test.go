// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"errors"
	"os"
	"testing"
)

// FuzzParse: whatever a main file says, it parses or is refused in the Manager's words.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"demo", "capuser", "badyaml", "dsl15"} {
		data, err := os.ReadFile("testdata/blueprints/" + name + "/blueprint.yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add(prelude + addresses + "policies: {p: {type: cloudify.policies.scaling, targets: [g]}}\ngroups: {g: {members: [a]}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		archive := &Archive{top: "bp", files: map[string][]byte{"blueprint.yaml": []byte(text), "scripts/op.py": nil, "scripts/backup.py": nil}}
		b, err := Parse(archive, "", Options{})
		var refusal *Error
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("%v is no refusal", err)
		}
		if err == nil {
			toJSON(t, b.Plan)
		}
	})
}
