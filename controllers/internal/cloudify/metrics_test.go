// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
)

func TestRequestsAreMeasuredByRoute(t *testing.T) {
	g := NewWithT(t)
	RequestDuration.Reset()
	registry := prometheus.NewRegistry()
	g.Expect(registry.Register(RequestDuration)).To(Succeed())

	client := serve(t, Release{}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	for _, id := range []string{"a", "b"} {
		_, err := client.GetOutputs(t.Context(), id)
		g.Expect(err).To(HaveOccurred())
	}
	gone := connect(t, Config{Endpoint: "http://127.0.0.1:1"})
	_, err := gone.GetVersion(t.Context())
	g.Expect(IsUnreachable(err)).To(BeTrue())

	families, err := registry.Gather()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(families).To(HaveLen(1))
	g.Expect(families[0].GetName()).To(Equal("cloudify_operator_manager_request_duration_seconds"))
	counts := map[string]uint64{}
	for _, metric := range families[0].GetMetric() {
		labels := map[string]string{}
		for _, label := range metric.GetLabel() {
			labels[label.GetName()] = label.GetValue()
		}
		counts[labels["method"]+" "+labels["route"]+" "+labels["code"]] = metric.GetHistogram().GetSampleCount()
	}
	g.Expect(counts).To(Equal(map[string]uint64{"GET deployments/{id}/outputs 404": 2, "GET version error": 1}))
}
