// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
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
			row.scope.timing.sighting = executions.Sight(active, row.scope.before.Status.Execution, now)
			g.Expect(row.scope.timing.sighting.Since(active, now)).To(Equal(row.since))

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

// withinAnHour bounds install and uninstall.
func withinAnHour(s *scope) {
	s.deployment.Spec.Install = &v1alpha1.InstallOptions{Timeout: &metav1.Duration{Duration: time.Hour}}
	s.deployment.Spec.Uninstall = &v1alpha1.UninstallOptions{Timeout: &metav1.Duration{Duration: time.Hour}}
}

func stubborn(s *scope) { s.timing.escalation = stepForceCancel }

func deaf(s *scope) { s.timing.escalation = stepKill }

func unbegun(s *scope) { s.timing.unbegun = true }

func paused(s *scope) { s.deployment.Spec.Paused = true }

func overdue(s *scope) { s.timing.overdue = true }

func TestJudgeTime(t *testing.T) {
	const grace, hour = 2 * time.Minute, time.Hour
	install := func(status string, asks ...string) option {
		return deployed("inactive", run(workflowInstall, status, asks...))
	}
	create := func(status string) option { return created("active", run(workflowCreate, status)) }
	for _, row := range []struct {
		name             string
		scope            *scope
		since            time.Duration
		overdue, unbegun bool
		escalation       step
		again            time.Duration
	}{
		{"no timeout", cellar(install("started", ask)), hour, false, false, "", 0},
		{"within its timeout", cellar(withinAnHour, install("started", ask)), time.Minute, false, false, "", 59 * time.Minute},
		{"at its timeout", cellar(withinAnHour, install("started", ask)), hour, true, false, "", soon},
		{"pending all the time", cellar(withinAnHour, install("pending", ask)), hour, true, true, "", soon},
		{"of an older spec, over its timeout", cellar(withinAnHour, install("started", earlier)), 2 * hour, true, false, "", soon},
		{"somebody's, over the timeout", cellar(withinAnHour, install("started")), 2 * hour, false, false, "", 0},
		{"another workflow than those with a timeout", cellar(withinAnHour, deployed("active", run(workflowUpdate, "started", ask))), 2 * hour, false, false, "", 0},
		{"uninstall, over its timeout", cellar(deleting, withinAnHour, deployed("active", run(workflowUninstall, "started", ask))), hour, true, false, "", soon},

		{"told to stop, for its timeout", cellar(withinAnHour, install("cancelling", ask)), 0, false, false, "", grace},
		{"told to stop, grace nearly over", cellar(withinAnHour, install("cancelling", ask)), grace - time.Millisecond, false, false, "", soon},
		{"told to stop, grace over", cellar(withinAnHour, install("cancelling", ask)), grace, false, false, stepForceCancel, soon},
		{"told to stop, to delete", cellar(deleting, install("cancelling", ask)), time.Minute, false, false, "", time.Minute},
		{"told to stop, to delete, grace over", cellar(deleting, install("cancelling", ask)), grace, false, false, stepForceCancel, soon},
		{"told to stop by somebody, who may wait", cellar(install("cancelling", ask)), hour, false, false, "", 0},
		{"made to stop", cellar(deleting, install("force_cancelling", ask)), time.Minute, false, false, "", time.Minute},
		{"made to stop, grace over", cellar(deleting, install("force_cancelling", ask)), grace, false, false, stepKill, soon},
		{"made to stop, for its timeout, grace over", cellar(withinAnHour, install("force_cancelling", ask)), grace, false, false, stepKill, soon},
		{"made to stop, grace over, at a release that cannot kill", cellar(deleting, inRelease(4, 3), install("force_cancelling", ask)), hour, false, false, "", 0},
		{"made to stop by somebody, who may wait", cellar(install("force_cancelling", ask)), hour, false, false, "", 0},
		{"being killed", cellar(withinAnHour, install("kill_cancelling", ask)), hour, false, false, "", 0},

		{"create within its timeout", cellar(withinAnHour, create("started")), time.Minute, false, false, "", 59 * time.Minute},
		{"create over its timeout", cellar(withinAnHour, create("pending")), hour, true, true, "", soon},
		{"create without a timeout", cellar(create("started")), hour, false, false, "", 0},
		{"create that may yet begin", cellar(create("pending")), time.Minute, false, false, "", time.Minute},
		{"create that may never begin", cellar(create("pending")), grace, false, true, "", 0},
		{"create of what is adopted, over the timeout", cellar(withinAnHour, adopts("", "True"), create("started")), hour, false, false, "", 0},
		{"create that does not stop", cellar(deleting, create("cancelling")), grace, false, false, stepForceCancel, soon},
		{"create that does not stop by force", cellar(deleting, create("force_cancelling")), grace, false, false, stepKill, soon},
		{"delete over its timeout", cellar(deleting, withinAnHour, deployed("inactive", run(workflowDelete, "pending"))), hour, true, true, "", soon},
		{"somebody's delete", cellar(withinAnHour, deployed("inactive", run(workflowDelete, "started"))), hour, false, false, "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(row.scope.judgeSince(row.since, grace)).To(Equal(timing{
				overdue: row.overdue, unbegun: row.unbegun, escalation: row.escalation, again: row.again,
			}))
		})
	}
}
