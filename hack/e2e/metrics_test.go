// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// Metrics tell how the operator fares with bounded labels, and the probes answer.
func TestMetricsAndProbes(t *testing.T) {
	o := startOperator(t)
	s := newStory(t, o)
	s.create(s.shop())
	d := s.awaitReady()

	for _, probe := range []string{"/healthz", "/readyz"} {
		s.get("http://" + o.probes + probe)
	}
	var metrics string
	s.Eventually(func() string { // an execution is counted after the status says that it ended
		metrics = s.get("http://" + o.metrics + "/metrics")
		return metrics
	}).Should(ContainSubstring(`cloudify_operator_execution_duration_seconds_count{status="terminated",workflow="install"} 1`))
	series := seriesOf(metrics)
	s.Expect(series["cloudify_operator_manager_request_duration_seconds_count"]).To(ConsistOf("method", "route", "code"))
	s.Expect(series["cloudify_operator_execution_duration_seconds_count"]).To(ConsistOf("workflow", "status"))
	s.Expect(metrics).To(ContainSubstring(`cloudify_operator_manager_request_duration_seconds_count{code="201",method="PUT",route="deployments/{id}"} 1`))
	s.Expect(metrics).To(ContainSubstring(`cloudify_operator_objects{kind="CloudifyDeployment",ready="True",reason="Ready",stalled="false"} `))
	reachable := fmt.Sprintf("cloudify_operator_manager_reachable{manager=%q} 1", s.Name)
	s.Expect(metrics).To(ContainSubstring(reachable))
	anonymous := strings.ReplaceAll(metrics, fmt.Sprintf("manager=%q", s.Name), "")
	for _, name := range []string{s.Name, `"shop"`, string(d.UID), d.Status.BlueprintID} {
		s.Expect(anonymous).NotTo(ContainSubstring(name), "of objects only CloudifyManagers have their names in labels")
	}
	s.deleteAll()
	s.awaitGone()
}

// get is the body of a good answer.
func (s *story) get(url string) string {
	s.t.Helper()
	answer, err := http.Get(url)
	s.Expect(err).NotTo(HaveOccurred())
	defer func() { _ = answer.Body.Close() }()
	s.Expect(answer.StatusCode).To(Equal(http.StatusOK), url)
	body, err := io.ReadAll(answer.Body)
	s.Expect(err).NotTo(HaveOccurred())
	return string(body)
}

var (
	sample = regexp.MustCompile(`(?m)^([a-z_]+)\{([^}]*(?:\{[^}]*\}[^}]*)*)\}`)
	label  = regexp.MustCompile(`([a-z_]+)="`)
)

// seriesOf reads the names of the labels of each metric.
func seriesOf(metrics string) map[string][]string {
	names := map[string]map[string]bool{}
	for _, s := range sample.FindAllStringSubmatch(metrics, -1) {
		if names[s[1]] == nil {
			names[s[1]] = map[string]bool{}
		}
		for _, l := range label.FindAllStringSubmatch(s[2], -1) {
			names[s[1]][l[1]] = true
		}
	}
	series := map[string][]string{}
	for name, labels := range names {
		series[name] = slices.Sorted(maps.Keys(labels))
	}
	return series
}
