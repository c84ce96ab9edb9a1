// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package osb

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// Numbers that a Kubernetes object cannot keep are refused; all others stay as they were written.
func TestNumbersSurvive(t *testing.T) {
	for number, kept := range map[string]bool{
		"0": true, "-1": true, "9223372036854775807": true, "-9223372036854775808": true, "1.50": true, "1e300": true, "2E-9": true,
		"9223372036854775808": false, "-9223372036854775809": false, "1e309": false, "123456789012345678901234567890": false,
	} {
		g := NewWithT(t)
		var r UpdateRequest
		err := r.Decode([]byte(`{"service_id": "s", "parameters": {"n": {"m": [` + number + `]}}}`))
		g.Expect(err == nil).To(Equal(kept), number)
		if kept {
			g.Expect(string(r.Parameters["n"])).To(Equal(`{"m": [` + number + `]}`))
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	nested := func(depth int) []byte {
		return []byte(`{"parameters": ` + strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth) + "}")
	}
	g := NewWithT(t)
	g.Expect(new(UpdateRequest).Decode(nested(maxDepth))).To(Succeed())
	g.Expect(new(UpdateRequest).Decode(nested(maxDepth + 1))).To(MatchError(ContainSubstring("more than 100")))
}

// What is wrong is named by its member, and what it was is not repeated.
func TestReasons(t *testing.T) {
	for body, reason := range map[string]string{
		`{"maintenance_info": "x"}`:            "maintenance_info is not an object",
		`{"maintenance_info": {"version": 1}}`: "maintenance_info.version is not a string",
		`{"previous_values": 5}`:               "previous_values is not an object",
		`{"service_id": ["hunter2"]}`:          "service_id is not a string",
		"{\n":                                  "the body is not JSON: unexpected end of JSON input at byte 2",
	} {
		NewWithT(t).Expect(new(UpdateRequest).Decode([]byte(body))).To(MatchError(reason))
	}
}
