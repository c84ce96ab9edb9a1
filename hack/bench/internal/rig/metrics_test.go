// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"testing"

	. "github.com/onsi/gomega"
)

const exposition = `
# HELP requests_total of all sorts
# TYPE requests_total counter
requests_total{code="200",method="GET"} 12
requests_total{code="201",method="POST"} 3
requests_total{code="200",method="POST",said="a \"word\", {braced}"} 1e+03
seconds_bucket{le="+Inf"} 7
seconds_sum 1.5
seconds_count 7
apiserver_request_total{verb="PATCH",resource="cloudifydeployments",subresource="status",code="200"} 5
apiserver_request_total{verb="PATCH",resource="cloudifydeployments",subresource="status",code="409"} 1
apiserver_request_total{verb="POST",resource="secrets",subresource="",code="201"} 2
apiserver_request_total{verb="LIST",resource="secrets",subresource="",code="200"} 9
`

func TestMetricsAreSummed(t *testing.T) {
	g := NewWithT(t)
	m, err := parseMetrics(exposition)
	g.Expect(err).NotTo(HaveOccurred())
	for _, row := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"requests_total", nil, 1015},
		{"requests_total", []string{"code", "200"}, 1012},
		{"requests_total", []string{"code", "200", "method", "GET"}, 12},
		{"requests_total", []string{"said", `a \"word\", {braced}`}, 1000},
		{"seconds_count", nil, 7},
		{"unknown", nil, 0},
	} {
		g.Expect(m.Sum(row.name, row.labels...)).To(Equal(row.want), "%s %v", row.name, row.labels)
	}
	g.Expect(m.Writes()).To(Equal(map[string]float64{"PATCH cloudifydeployments/status": 6, "POST secrets": 2}))
}

func TestMetricsThatAreNoneAreRefused(t *testing.T) {
	_, err := parseMetrics("<html>")
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("<html>")))
}
