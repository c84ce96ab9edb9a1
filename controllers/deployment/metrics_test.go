// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// counted is how many executions were counted, and their seconds, by workflow and status.
func counted(t *testing.T) map[string][2]float64 {
	t.Helper()
	families, err := metrics.Registry.Gather()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	all := map[string][2]float64{}
	for _, family := range families {
		if family.GetName() != "cloudify_operator_execution_duration_seconds" {
			continue
		}
		for _, m := range family.GetMetric() {
			key := ""
			for _, label := range m.GetLabel() {
				key += label.GetName() + "=" + label.GetValue() + " "
			}
			all[key] = [2]float64{float64(m.GetHistogram().GetSampleCount()), m.GetHistogram().GetSampleSum()}
		}
	}
	return all
}

func TestAnExecutionIsCountedOnceWhenItHasEnded(t *testing.T) {
	execution := func(id, workflow, status string, ended bool) *v1alpha1.ExecutionStatus {
		e := &v1alpha1.ExecutionStatus{ID: id, Workflow: workflow, Status: status, StartedAt: new(metav1.NewTime(began))}
		if ended {
			e.EndedAt = new(metav1.NewTime(began.Add(90 * time.Second)))
		}
		return e
	}
	refused := execution("e1", "install", "failed", true)
	refused.StartedAt = nil

	for _, row := range []struct {
		name          string
		before, after *v1alpha1.ExecutionStatus
		counted       string // empty: not at all
	}{
		{"none", nil, nil, ""},
		{"it runs", nil, execution("e1", "install", "started", false), ""},
		{"it ended", execution("e1", "install", "started", false), execution("e1", "install", "terminated", true), "status=terminated workflow=install "},
		{"it ended before", execution("e1", "install", "terminated", true), execution("e1", "install", "terminated", true), ""},
		{"it ended unseen", nil, execution("e1", "uninstall", "failed", true), "status=failed workflow=uninstall "},
		{"another ended", execution("e1", "install", "terminated", true), execution("e2", "install", "terminated", true), "status=terminated workflow=install "},
		{"it never began", nil, refused, ""},
		{"a workflow of a blueprint", nil, execution("e1", "make_wine_for_shop_cellar", "terminated", true), "status=terminated workflow=other "},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			want := counted(t)
			if row.counted != "" {
				was := want[row.counted]
				want[row.counted] = [2]float64{was[0] + 1, was[1] + 90}
			}
			observeExecution(row.before, row.after)
			g.Expect(counted(t)).To(Equal(want))
		})
	}
}
