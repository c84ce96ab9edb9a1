// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Metrics are what a process tells of itself at one moment.
type Metrics []sample

// sample is a line of Prometheus' text format.
type sample struct {
	name   string
	labels map[string]string
	value  float64
}

// Metrics of the operator.
func (o *Operator) Metrics(ctx context.Context) (Metrics, error) {
	text, err := get(ctx, "http://"+o.metrics+"/metrics", time.Minute)
	if err != nil {
		return nil, fmt.Errorf("read the operator's metrics: %w", err)
	}
	return parseMetrics(string(text))
}

// APIServerMetrics are those of kube-apiserver.
func (r *Rig) APIServerMetrics(ctx context.Context) (Metrics, error) {
	text, err := r.AsAdmin.cores.Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the API server's metrics: %w", err)
	}
	return parseMetrics(string(text))
}

var (
	metricsLine  = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)`)
	metricsLabel = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"`)
)

func parseMetrics(text string) (Metrics, error) {
	var all Metrics
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := metricsLine.FindStringSubmatch(line)
		if parts == nil {
			return nil, fmt.Errorf("metrics have a line %q", line)
		}
		value, err := strconv.ParseFloat(parts[3], 64)
		if err != nil {
			return nil, fmt.Errorf("metrics have a line %q: %w", line, err)
		}
		one := sample{name: parts[1], labels: map[string]string{}, value: value}
		for _, pair := range metricsLabel.FindAllStringSubmatch(parts[2], -1) {
			one.labels[pair[1]] = pair[2]
		}
		all = append(all, one)
	}
	return all, nil
}

// Sum adds up all of a name that have these labels: pairs of a label and its value. How often a histogram was observed is counted
// under its name and _count.
func (m Metrics) Sum(name string, labels ...string) (sum float64) {
	for _, one := range m {
		if one.name == name && one.has(labels) {
			sum += one.value
		}
	}
	return sum
}

func (s sample) has(labels []string) bool {
	for i := 0; i < len(labels); i += 2 {
		if s.labels[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

// Writes counts what an API server was asked to write, by the verb of HTTP, the resource and its subresource.
func (m Metrics) Writes() map[string]float64 {
	writes := map[string]float64{}
	for _, one := range m {
		if one.name != "apiserver_request_total" {
			continue
		}
		switch verb := one.labels["verb"]; verb {
		case "POST", "PUT", "PATCH", "APPLY", "DELETE":
			name := verb + " " + one.labels["resource"]
			if sub := one.labels["subresource"]; sub != "" {
				name += "/" + sub
			}
			writes[name] += one.value
		}
	}
	return writes
}
