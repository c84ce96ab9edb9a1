// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
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

// A status that could not be written will show the end of the execution anew.
func TestAnExecutionIsCountedOnceThoughTheStatusCannotBeWritten(t *testing.T) {
	for _, row := range []struct {
		name string
		end  error
	}{
		{"done", nil},
		{"waiting", outcome.Wait("Updating", "")},
		{"to be tried again", &cloudify.Error{Op: "PATCH deployments", StatusCode: 500}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			reconcile := func(writes bool) {
				s := cellar(deployed("active", run(workflowInstall, "terminated", ask)))
				r, _ := newReporting(t, s)
				r.Reporter.Client = interceptor.NewClient(r.Client.(client.WithWatch), interceptor.Funcs{
					SubResourcePatch: func(ctx context.Context, c client.Client, kind string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
						if !writes {
							return errors.New("no route to the API server")
						}
						return c.SubResource(kind).Patch(ctx, o, p, opts...)
					},
				})
				err := report(t, r, s, row.end)
				g.Expect(err == nil).To(Equal(writes && outcome.Classify(row.end).Kind != outcome.Retry))
			}
			want := counted(t)
			reconcile(false)
			g.Expect(counted(t)).To(Equal(want))
			const install = "status=terminated workflow=install "
			want[install] = [2]float64{want[install][0] + 1, want[install][1] + 90}
			reconcile(true)
			g.Expect(counted(t)).To(Equal(want))
		})
	}
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
			if e := newlyEnded(row.before, row.after); e != nil {
				observeExecution(e)
			}
			g.Expect(counted(t)).To(Equal(want))
		})
	}
}
