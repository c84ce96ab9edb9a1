// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// moment is what had been counted at some time.
type moment struct {
	at       time.Time
	operator rig.Metrics
	writes   map[string]float64
	cpu      time.Duration
}

// moment counts from now on. The Manager's requests are forgotten.
func (s *operatorStories) moment(ctx context.Context) (m moment, err error) {
	s.Manager.ResetRequests()
	m.at = time.Now()
	if m.operator, err = s.operator.Metrics(ctx); err != nil {
		return m, err
	}
	server, err := s.APIServerMetrics(ctx)
	if err != nil {
		return m, err
	}
	m.writes = server.Writes()
	m.cpu, err = s.operator.CPU()
	return m, err
}

// count is what happened since a moment.
type count struct {
	requests []simulator.Request
	// writes of the operator's objects in Kubernetes, its own leases and the rig's creations and deletions not among them.
	writes map[string]float64
	// reads and managers are GETs of the operator at the API server, and how often it reconciled CloudifyManagers.
	reads, managers float64
	cpu             float64 // share of one core
}

// since counts what happened. Events are written a moment later than what they tell of.
func (s *operatorStories) since(ctx context.Context, m moment) (c count, err error) {
	c.requests = s.Manager.Requests()
	if err := rig.Sleep(ctx, 2*time.Second); err != nil {
		return c, err
	}
	now, err := s.moment(ctx)
	if err != nil {
		return c, err
	}
	c.writes = map[string]float64{}
	for name, times := range now.writes {
		if more := times - m.writes[name]; more > 0 && written(name) {
			c.writes[name] = more
		}
	}
	c.reads = now.operator.Sum("rest_client_requests_total", "method", "GET") - m.operator.Sum("rest_client_requests_total", "method", "GET")
	c.managers = reconcilesOfManagers(now.operator) - reconcilesOfManagers(m.operator)
	c.cpu = (now.cpu - m.cpu).Seconds() / now.at.Sub(m.at).Seconds()
	return c, nil
}

func reconcilesOfManagers(m rig.Metrics) float64 {
	return m.Sum("controller_runtime_reconcile_total", "controller", "cloudifymanager")
}

// written tells whether a write is one of the operator's that counts.
func written(name string) bool {
	verb, resource, _ := strings.Cut(name, " ")
	resource, _, _ = strings.Cut(resource, "/")
	switch resource {
	case rig.Deployments:
		return verb != "POST" && verb != "DELETE" // which are the rig's
	case "cloudifymanagers":
		return verb != "PUT" // which is the rig's
	case "cloudifyblueprints", rig.Secrets, rig.Events:
		return true
	default:
		return false
	}
}

// each tells a sum by object, and of which parts it is made.
func each(parts map[string]float64, objects int) string {
	sum := 0.0
	var told []string
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		sum += parts[name]
		if by := parts[name] / float64(objects); by >= .05 {
			told = append(told, fmt.Sprintf("%s %.1f", name, by))
		}
	}
	total := fmt.Sprintf("%.1f", sum/float64(objects))
	if len(told) == 0 {
		return total
	}
	return total + " (" + strings.Join(told, ", ") + ")"
}

// byRoute counts requests.
func byRoute(requests []simulator.Request) map[string]float64 {
	counted := map[string]float64{}
	for _, r := range requests {
		counted[r.Route]++
	}
	return counted
}

// perObject are writes rounded to how often each object had them.
func perObject(writes map[string]float64, objects int) map[string]int {
	rounded := map[string]int{}
	for name, times := range writes {
		if by := int(math.Round(times / float64(objects))); by > 0 {
			rounded[name] = by
		}
	}
	return rounded
}
