// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/url"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

func TestWritesOfTheOperatorCount(t *testing.T) {
	for name, want := range map[string]bool{
		"PATCH cloudifydeployments":        true,
		"PATCH cloudifydeployments/status": true,
		"POST cloudifydeployments":         false,
		"DELETE cloudifydeployments":       false,
		"POST cloudifyblueprints":          true,
		"PATCH cloudifymanagers/status":    true,
		"PUT cloudifymanagers":             false,
		"POST secrets":                     true,
		"POST events":                      true,
		"PUT leases":                       false,
		"PATCH namespaces/status":          false,
	} {
		NewWithT(t).Expect(written(name)).To(Equal(want), name)
	}
}

func TestPartsAreToldByObject(t *testing.T) {
	g := NewWithT(t)
	parts := map[string]float64{"PATCH cloudifydeployments/status": 3012, "POST secrets": 1000, "POST events": 20}
	g.Expect(each(parts, 1000)).To(Equal("4.0 (PATCH cloudifydeployments/status 3.0, POST secrets 1.0)"))
	g.Expect(each(nil, 1000)).To(Equal("0.0"))
	g.Expect(perObject(parts, 1000)).To(Equal(map[string]int{"PATCH cloudifydeployments/status": 3, "POST secrets": 1}))
}

func TestRequestsOfNewDeploymentsAreTheirOwn(t *testing.T) {
	requests := []simulator.Request{
		{Route: "GET executions", Path: "/api/v3.1/executions", Query: url.Values{"status": {"started"}}},
		{Route: "PUT deployments/{id}", Path: "/api/v3.1/deployments/k8s-new"},
		{Route: "GET deployments/{id}", Path: "/api/v3.1/deployments/k8s-old"},
		{Route: "GET executions", Path: "/api/v3.1/executions", Query: url.Values{"deployment_id": {"k8s-new"}}},
		{Route: "POST executions", Path: "/api/v3.1/executions"},
	}
	NewWithT(t).Expect(own(requests, []string{"k8s-new", "k8s-newer"})).To(Equal(3))
	NewWithT(t).Expect(own(requests, nil)).To(Equal(1))
}

func TestProfilesHaveNamesOfFiles(t *testing.T) {
	NewWithT(t).Expect(fileName("GET catalog, 10 offerings, If-None-Match 8")).To(Equal("get-catalog-10-offerings-if-none-match-8"))
}
