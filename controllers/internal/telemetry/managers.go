// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

var (
	reachable = prometheus.NewDesc("cloudify_operator_manager_reachable",
		"1 while a CloudifyManager is Ready, so that the operator works with it, otherwise 0.", []string{"manager"}, nil)
	lastPoll = prometheus.NewDesc("cloudify_operator_manager_last_poll_timestamp_seconds",
		"When what runs or exists at a Manager was last listed; before the first list, when the operator began to try.", []string{"manager"}, nil)
	waiting = prometheus.NewDesc("cloudify_operator_manager_waiting_objects",
		"Objects that wait for their turn at a Manager, because as many requests are under way there as it can take.", []string{"manager"}, nil)
)

// sendManagers tells of each connection, unless its CloudifyManager is being deleted.
func (l *Leader) sendManagers(managers []*v1alpha1.CloudifyManager, to chan<- prometheus.Metric) {
	for _, m := range managers {
		if !m.DeletionTimestamp.IsZero() {
			continue
		}
		up := 0.0
		if m.IsReady() {
			up = 1
		}
		to <- gauge(reachable, up, m.Name)
		at := l.Polled(m.Name)
		if at.Before(l.began) {
			at = l.began
		}
		to <- gauge(lastPoll, float64(at.UnixMilli())/1000, m.Name)
		to <- gauge(waiting, float64(l.Waiting(m.Name)), m.Name)
	}
}
