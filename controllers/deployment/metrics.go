// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/telemetry"
)

// executionDuration measures the executions that ended under our eyes.
var executionDuration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
	Name:    "cloudify_operator_execution_duration_seconds",
	Help:    "Time an execution of a workflow ran, by the Manager's clock.",
	Buckets: []float64{1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200},
}, []string{"workflow", "status"})

func init() { metrics.Registry.MustRegister(executionDuration) }

// newlyEnded is the execution that is first seen ended, or nil.
func newlyEnded(before, after *v1alpha1.ExecutionStatus) *v1alpha1.ExecutionStatus {
	if after == nil || after.EndedAt == nil || before != nil && before.ID == after.ID && before.EndedAt != nil {
		return nil
	}
	return after
}

// observeExecution counts an execution that ended, unless it never began.
func observeExecution(e *v1alpha1.ExecutionStatus) {
	if e.StartedAt == nil {
		return
	}
	executionDuration.WithLabelValues(telemetry.Workflow(e.Workflow), e.Status).Observe(e.EndedAt.Sub(e.StartedAt.Time).Seconds())
}
