// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Since when an execution runs, or is told to stop, is what the status says, whoever wrote it; the first who sees it begins.
func TestSightings(t *testing.T) {
	now := began.Add(time.Hour)
	sawAt := func(id string, first, cancelled *metav1.MicroTime) option {
		return func(s *scope) {
			s.deployment.Status.Execution = &v1alpha1.ExecutionStatus{ID: id, Status: "started", FirstSeenAt: first, CancelledAt: cancelled}
		}
	}
	stoodAt := func(status string) option { return func(s *scope) { s.deployment.Status.Execution.Status = status } }
	at, later := new(metav1.NewMicroTime(began)), new(metav1.NewMicroTime(began.Add(time.Minute)))
	for _, row := range []struct {
		name             string
		scope            *scope
		since            time.Duration
		first, cancelled time.Time
	}{
		{"seen now", cellar(deployed("inactive", run(workflowInstall, "started", ask))), 0, now, time.Time{}},
		{"seen before", cellar(sawAt("e2", at, nil), deployed("inactive", run(workflowInstall, "started", ask))), time.Hour, began, time.Time{}},
		{"another was seen before", cellar(sawAt("e1", at, nil), deployed("inactive", run(workflowInstall, "started", ask))), 0, now, time.Time{}},
		{"seen by an earlier operator", cellar(sawAt("e2", nil, nil), deployed("inactive", run(workflowInstall, "started", ask))), 0, now, time.Time{}},
		{"told to stop since", cellar(sawAt("e2", at, nil), deployed("inactive", run(workflowInstall, "cancelling", ask))), 0, began, now},
		{"told to stop before", cellar(sawAt("e2", at, later), deployed("inactive", run(workflowInstall, "cancelling", ask))), 59 * time.Minute, began, began.Add(time.Minute)},
		{"told to stop in another way since", cellar(sawAt("e2", at, later), stoodAt("cancelling"), deployed("inactive", run(workflowInstall, "force_cancelling", ask))), 0, began, now},
		{"told to stop in this way before", cellar(sawAt("e2", at, later), stoodAt("force_cancelling"), deployed("inactive", run(workflowInstall, "force_cancelling", ask))), 59 * time.Minute, began, began.Add(time.Minute)},
		{"told to stop, and not yet stopping", cellar(sawAt("e2", at, later), deployed("inactive", run(workflowInstall, "started", ask))), time.Hour, began, began.Add(time.Minute)},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			active := row.scope.history.active()
			row.scope.timing.sighting = sight(active, row.scope.before.Status.Execution, now)
			g.Expect(row.scope.timing.since(active, now)).To(Equal(row.since))

			shown := row.scope.executionStatus()
			g.Expect(shown.FirstSeenAt.Time).To(BeTemporally("==", row.first))
			if row.cancelled.IsZero() {
				g.Expect(shown.CancelledAt).To(BeNil())
			} else {
				g.Expect(shown.CancelledAt.Time).To(BeTemporally("==", row.cancelled))
			}
		})
	}

	ended := cellar(sawAt("e2", at, later), deployed("inactive", run(workflowInstall, "cancelled", ask)))
	NewWithT(t).Expect(ended.executionStatus()).To(And(HaveField("FirstSeenAt", BeNil()), HaveField("CancelledAt", BeNil())), "it has ended")
}
