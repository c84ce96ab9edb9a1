// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"testing"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Each PUT and PATCH checks parameters. The first one of a plan makes its rules, which takes six times as long.
func BenchmarkCheck(b *testing.B) {
	c := &choice{blueprint: offered("1", "x"), plan: v1alpha1.Plan{Name: "default"}, rules: &ruleBook{}}
	given := map[string]any{"port": int64(8080), "size": int64(2), "password": "x"}
	for b.Loop() {
		if err := c.check(given, false); err != nil {
			b.Fatal(err)
		}
	}
}
