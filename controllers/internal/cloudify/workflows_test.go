// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"
)

// A parameter must be given only where it has no default at all: null is one, as of the built-in workflows [610].
func TestParametersWhoseDefaultIsNull(t *testing.T) {
	g := NewWithT(t)
	var w Workflow
	g.Expect(json.Unmarshal([]byte(`{"name": "execute_operation", "parameters": {
		"operation": {"type": "operation_name"}, "allow_kwargs_override": {"default": null}, "operation_kwargs": {"default": {}},
		"id": {"default": null, "required": true}}}`), &w)).To(Succeed())
	g.Expect(w.Parameters).To(And(
		HaveKeyWithValue("operation", HaveField("Required", BeNil())),
		HaveKeyWithValue("allow_kwargs_override", HaveField("Required", HaveValue(BeFalse()))),
		HaveKeyWithValue("operation_kwargs", And(HaveField("Required", BeNil()), HaveField("Default", Not(BeNil())))),
		HaveKeyWithValue("id", HaveField("Required", HaveValue(BeTrue()))),
	))
}
