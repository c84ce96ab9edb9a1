// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

var canAnswer = prometheus.NewDesc("cloudify_operator_broker_ready",
	"1 while this replica's OSB endpoint can answer platforms, otherwise 0; none where the endpoint is off. The log says why it cannot.", nil, nil)

// started is the server whose readiness is told; nil: none.
var started atomic.Pointer[server]

func init() { metrics.Registry.MustRegister(readiness{}) }

// readiness asks the server at each scrape, as the readiness probe does.
type readiness struct{}

// Describe names what Collect may send.
func (readiness) Describe(to chan<- *prometheus.Desc) { to <- canAnswer }

// Collect asks the server.
func (readiness) Collect(to chan<- prometheus.Metric) {
	s := started.Load()
	if s == nil {
		return
	}
	value := 0.0
	if s.Ready() == nil {
		value = 1
	}
	to <- prometheus.MustNewConstMetric(canAnswer, prometheus.GaugeValue, value)
}
