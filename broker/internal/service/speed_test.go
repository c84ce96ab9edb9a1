// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

func BenchmarkRenderCatalog(b *testing.B) {
	for _, many := range []int{10, 1000} {
		blueprints := make([]*v1alpha1.CloudifyBlueprint, many)
		for i := range blueprints {
			blueprints[i] = offered(fmt.Sprint(i), fmt.Sprintf("cellar-%d", i), v1alpha1.Plan{Name: "small"}, v1alpha1.Plan{
				Name: "large", Inputs: map[string]v1alpha1.JSON{"size": {Raw: []byte("3")}},
			})
		}
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			for b.Loop() {
				if len(new(rendered).catalog(blueprints).Services) != many {
					b.Fatal("an offering is missing")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*many), "ns/offering")
		})
	}
}

func BenchmarkToken(b *testing.B) {
	text := token{verbProvision, uid, 17}.String()
	for b.Loop() {
		if parsed, ok := parseToken(text); !ok || parsed.String() != text {
			b.Fatal(text)
		}
	}
}

func BenchmarkDesiredSpec(b *testing.B) {
	base := &v1alpha1.CloudifyDeploymentSpec{
		Plan: "small", Inputs: map[string]v1alpha1.JSON{"port": {Raw: []byte("80")}},
		OSB: &v1alpha1.ServiceInstance{PlanID: "1", Parameters: map[string]v1alpha1.JSON{"port": {Raw: []byte("80")}}},
	}
	request := ask{planID: "2", plan: "large", sensitive: map[string]bool{"password": true}, parameters: map[string]json.RawMessage{
		"port": []byte("8080"), "zones": []byte(`["east", "west"]`), "password": []byte(`"a secret"`),
	}}
	for b.Loop() {
		if _, secret := desiredSpec(base, nil, request); len(secret) != 1 {
			b.Fatal("the password is a secret")
		}
	}
}
