// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// executionDuration measures the executions that ended under our eyes.
var executionDuration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
	Name:    "cloudify_operator_execution_duration_seconds",
	Help:    "Time an execution of a workflow ran, by the Manager's clock.",
	Buckets: []float64{1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200},
}, []string{"workflow", "status"})

func init() { metrics.Registry.MustRegister(executionDuration) }

// standardWorkflows bounds the label: blueprints name workflows as they like.
var standardWorkflows = map[string]bool{
	workflowCreate: true, workflowDelete: true, workflowInstall: true, workflowUninstall: true, "update": true, "heal": true, "scale": true,
}

// observeExecution counts an execution once, when it is first seen ended.
func observeExecution(before, after *v1alpha1.ExecutionStatus) {
	if after == nil || after.StartedAt == nil || after.EndedAt == nil || before != nil && before.ID == after.ID && before.EndedAt != nil {
		return
	}
	workflow := after.Workflow
	if !standardWorkflows[workflow] {
		workflow = "other"
	}
	executionDuration.WithLabelValues(workflow, after.Status).Observe(after.EndedAt.Sub(after.StartedAt.Time).Seconds())
}
