// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

func BenchmarkPlanDigest(b *testing.B) {
	blueprint := &v1alpha1.CloudifyBlueprint{}
	blueprint.UID = uid
	blueprint.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{
		{Name: "small", Inputs: map[string]v1alpha1.JSON{"port": {Raw: []byte("80")}, "hosts": {Raw: []byte(`[{"name": "db", "cpus": 2}]`)}}},
	}}
	for b.Loop() {
		if planDigest(blueprint, "small") == "" {
			b.Fatal("the plan fixes inputs")
		}
	}
}
