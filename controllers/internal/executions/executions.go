// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package executions is what the controllers have in common about a run of a workflow: what a status shows of it, since when it is
// seen, and how it is told to stop. First it is asked, and if that does not help within a grace period, it is forced, and then killed.
// The status keeps the times, by the operator's clock: the Manager's is not ours, and neither a restart nor an outage gives an
// execution more time.
package executions

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// Cancellable reports whether the Manager accepts a cancel of an execution in this status.
func Cancellable(status string) bool {
	return status == "pending" || status == "started" || status == "queued"
}

// Stopping reports whether an execution was told to stop and has not yet, or is in a status that nobody knows.
func Stopping(e *cloudify.Execution) bool { return e.Active() && !Cancellable(e.Status) }

// Harsher is how an execution is told to stop that does not in the way its status says, "" where nothing is left.
func Harsher(release cloudify.Release, status string) cloudify.Cancellation {
	switch {
	case status == "cancelling":
		return cloudify.ForceCancel
	case status == "force_cancelling" && release.Has(cloudify.Kills):
		return cloudify.Kill
	default:
		return ""
	}
}

// Sighting is since when an active execution is seen, and since when it is told to stop; zero: it is not.
type Sighting struct {
	Execution        string
	First, Cancelled time.Time
}

// Sight goes on with what the status says of an execution, or begins now.
func Sight(e *cloudify.Execution, last *v1alpha1.ExecutionStatus, now time.Time) Sighting {
	seen := Sighting{Execution: e.ID, First: now}
	if last != nil && last.ID == e.ID {
		if last.FirstSeenAt != nil {
			seen.First = last.FirstSeenAt.Time
		}
		if last.CancelledAt != nil && (last.Status == e.Status || Cancellable(last.Status)) { // each way to stop it has its own time
			seen.Cancelled = last.CancelledAt.Time
		}
	}
	if Stopping(e) {
		seen.Stop(e, now)
	}
	return seen
}

// Stop notes that an execution was told to stop, unless that is known.
func (s *Sighting) Stop(e *cloudify.Execution, now time.Time) {
	if s.Execution == e.ID && s.Cancelled.IsZero() {
		s.Cancelled = now
	}
}

// Since is how long an active execution was seen as it is now: running, or told to stop.
func (s *Sighting) Since(e *cloudify.Execution, now time.Time) time.Duration {
	if Stopping(e) {
		return now.Sub(s.Cancelled)
	}
	return now.Sub(s.First)
}

// times are what the status shows of it.
func (s *Sighting) times(e *cloudify.Execution) (first, cancelled *metav1.MicroTime) {
	if s.Execution != e.ID {
		return nil, nil
	}
	return outcome.MicroTime(s.First), outcome.MicroTime(s.Cancelled)
}

// Status is what a status shows of an execution, but for why it failed.
func (s *Sighting) Status(e *cloudify.Execution) *v1alpha1.ExecutionStatus {
	shown := &v1alpha1.ExecutionStatus{
		ID: e.ID, Workflow: e.WorkflowID, Status: e.Status,
		StartedAt: outcome.Time(e.StartedAt), EndedAt: outcome.Time(e.EndedAt),
		FinishedOperations: int32(e.FinishedOperations), TotalOperations: int32(e.TotalOperations), //nolint:gosec // counts of operations
	}
	if e.Active() {
		shown.FirstSeenAt, shown.CancelledAt = s.times(e)
	}
	if e.Active() && e.TotalOperations > 0 {
		shown.Progress = fmt.Sprintf("%d/%d", e.FinishedOperations, e.TotalOperations)
	}
	return shown
}

// AnnouncedFor is how long a start may follow its announcement in the status. A change is made no later than outcome.Deadline after what
// it rests on was looked at.
const AnnouncedFor = outcome.Deadline / 2

// EventsLag is how long the events of an execution may take to arrive after its end, which say why it failed.
const EventsLag = 2 * time.Second

// Arrival is how long a start that was announced may still take to arrive at the Manager, where limit is how long it takes at most once
// it was sent.
func Arrival(start *v1alpha1.ExecutionStart, limit time.Duration, now time.Time) time.Duration {
	return start.At.Add(AnnouncedFor + outcome.Deadline + limit).Sub(now)
}

// Of lists the CloudifyExecutions of a deployment.
func Of(ctx context.Context, reader client.Reader, deployment types.NamespacedName) ([]v1alpha1.CloudifyExecution, error) {
	var list v1alpha1.CloudifyExecutionList
	if err := reader.List(ctx, &list, client.InNamespace(deployment.Namespace), client.MatchingFields{index.DeploymentRef: deployment.Name}); err != nil {
		return nil, fmt.Errorf("list CloudifyExecutions: %w", err)
	}
	return list.Items, nil
}
