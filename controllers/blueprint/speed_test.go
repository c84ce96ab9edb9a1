// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"fmt"
	"testing"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// declaring is a template with twenty inputs.
func declaring() cloudify.Template {
	template := cloudify.Template{Inputs: map[string]inputs.Input{}, Outputs: map[string]cloudify.Output{"endpoint": {}}}
	for i := range 20 {
		template.Inputs[fmt.Sprintf("input-%d", i)] = inputs.Input{Type: "string", Default: "x", Description: "What it is for"}
	}
	return template
}

func BenchmarkNextStep(b *testing.B) {
	s := newScope(ours, recorded(revision), parsed(declaring()))
	for b.Loop() {
		if nextStep(s) == stepUpload {
			b.Fatal("it is uploaded")
		}
	}
}

func BenchmarkSetStatus(b *testing.B) {
	s := newScope(parsed(declaring()))
	for b.Loop() {
		setStatus(s, outcome.Classify(nil))
	}
	if !s.blueprint.IsReady() {
		b.Fatal("it is ready")
	}
}

// BenchmarkJudge judges one of many offerings that have nothing to do with each other, as the catalog of a large Manager has
// them: what it costs does not depend on how many there are.
func BenchmarkJudge(b *testing.B) {
	schema := inputs.Schema{Inputs: declaring().Inputs}
	c := candidate{blueprint: offering("cellar", 0), cluster: "cluster", deployable: true, schema: &schema}
	for b.Loop() {
		if v := judge(c); v.offering == nil {
			b.Fatal(v.message)
		}
	}
}
