// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package stopping says since when an execution is seen, and how one is told to stop: first it is asked, and if that does not help
// within a grace period, it is forced, and then killed. The status keeps the times, by the operator's clock: the Manager's is not ours,
// and neither a restart nor an outage gives an execution more time.
package stopping

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// Cancellable reports whether the Manager accepts a cancel of an execution in this status.
func Cancellable(status string) bool {
	return status == "pending" || status == "started" || status == "queued"
}

// Is reports whether an execution was told to stop and has not yet, or is in a status that nobody knows.
func Is(e *cloudify.Execution) bool { return e.Active() && !Cancellable(e.Status) }

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
	if Is(e) {
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
	if Is(e) {
		return now.Sub(s.Cancelled)
	}
	return now.Sub(s.First)
}

// Times are what the status shows of it.
func (s *Sighting) Times(e *cloudify.Execution) (first, cancelled *metav1.MicroTime) {
	if s.Execution != e.ID {
		return nil, nil
	}
	return MicroTime(s.First), MicroTime(s.Cancelled)
}

// MicroTime is a time as the API server stores it, nil for none.
func MicroTime(t time.Time) *metav1.MicroTime {
	if t.IsZero() {
		return nil
	}
	return &metav1.MicroTime{Time: t.Truncate(time.Microsecond)}
}
