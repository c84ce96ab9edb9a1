// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package executions

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// A start may arrive for as long as it may be asked for after it was announced, and requests take to arrive.
func TestArrival(t *testing.T) {
	g := NewWithT(t)
	start := &v1alpha1.ExecutionStart{At: metav1.NewMicroTime(noon)}
	g.Expect(Arrival(start, time.Minute, noon)).To(Equal(AnnouncedFor + outcome.Deadline + time.Minute))
	g.Expect(Arrival(start, time.Minute, noon.Add(time.Hour))).To(BeNumerically("<", 0))
}

// The times of an execution go on from what the status says, in each way that it is told to stop.
func TestSight(t *testing.T) {
	ago := func(d time.Duration) *metav1.MicroTime { return outcome.MicroTime(noon.Add(-d)) }
	status := func(id, status string, first, cancelled *metav1.MicroTime) *v1alpha1.ExecutionStatus {
		return &v1alpha1.ExecutionStatus{ID: id, Status: status, FirstSeenAt: first, CancelledAt: cancelled}
	}
	for _, row := range []struct {
		name   string
		status string
		last   *v1alpha1.ExecutionStatus
		since  time.Duration
		told   bool
	}{
		{"never seen", "started", nil, 0, false},
		{"seen before", "started", status("e", "pending", ago(time.Hour), nil), time.Hour, false},
		{"another was seen", "started", status("other", "started", ago(time.Hour), ago(time.Minute)), 0, false},
		{"told, and not stopping yet", "started", status("e", "started", ago(time.Hour), ago(time.Minute)), time.Hour, true},
		{"stopping since it was told", "cancelling", status("e", "started", ago(time.Hour), ago(time.Minute)), time.Minute, true},
		{"stopping, which somebody else told it", "cancelling", status("e", "started", ago(time.Hour), nil), 0, true},
		{"stopping as before", "cancelling", status("e", "cancelling", ago(time.Hour), ago(time.Minute)), time.Minute, true},
		{"stopping by force, as is news", "force_cancelling", status("e", "cancelling", ago(time.Hour), ago(time.Minute)), 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			e := &cloudify.Execution{ID: "e", Status: row.status}
			seen := Sight(e, row.last, noon)
			g.Expect(seen.Since(e, noon)).To(Equal(row.since))
			g.Expect(seen.Cancelled.IsZero()).To(Equal(!row.told))
			g.Expect(seen.Status(e).FirstSeenAt).NotTo(BeNil())
		})
	}
}
