// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// timing is how the active execution stands in time, by the operator's clock: the Manager's is not ours.
type timing struct {
	sighting
	// overdue: it has run longer than its timeout. unbegun: it has been pending for so long that it may never begin.
	overdue, unbegun bool
	// escalation is how it is told to stop next, where it was told too long ago and has not.
	escalation step
	// again is when to look at that again; zero: need not.
	again time.Duration
}

// soon is when a change is looked at by itself: what is quick is over before the poller comes by.
const soon = time.Second

// sighting is since when an active execution is seen, and since when it is told to stop; zero: it is not. The status keeps it,
// so that neither a restart nor an outage gives it more time.
type sighting struct {
	execution        string
	first, cancelled time.Time
}

// sight goes on with what the status says of an execution, or begins now.
func sight(e *cloudify.Execution, last *v1alpha1.ExecutionStatus, now time.Time) sighting {
	seen := sighting{execution: e.ID, first: now}
	if last != nil && last.ID == e.ID {
		if last.FirstSeenAt != nil {
			seen.first = last.FirstSeenAt.Time
		}
		if last.CancelledAt != nil && (last.Status == e.Status || cancellable(last.Status)) { // each way to stop it has its own time
			seen.cancelled = last.CancelledAt.Time
		}
	}
	if stopping(e) {
		seen.stop(e, now)
	}
	return seen
}

// stop notes that an execution was told to stop, unless that is known.
func (s *sighting) stop(e *cloudify.Execution, now time.Time) {
	if s.execution == e.ID && s.cancelled.IsZero() {
		s.cancelled = now
	}
}

// since is how long an active execution was seen as it is now: running, or told to stop.
func (s *sighting) since(e *cloudify.Execution, now time.Time) time.Duration {
	if stopping(e) {
		return now.Sub(s.cancelled)
	}
	return now.Sub(s.first)
}

// times are what the status shows of it.
func (s *sighting) times(e *cloudify.Execution) (first, cancelled *metav1.MicroTime) {
	if s.execution != e.ID {
		return nil, nil
	}
	return microTimeOf(s.first), microTimeOf(s.cancelled)
}

func microTimeOf(t time.Time) *metav1.MicroTime {
	if t.IsZero() {
		return nil
	}
	return &metav1.MicroTime{Time: t.Truncate(time.Microsecond)} // as the API server stores it
}

// judge says how the active execution stands in time.
func (f *facts) judge(now time.Time, grace time.Duration) timing {
	active := f.history.active()
	seen := sight(active, f.before.Status.Execution, now)
	t := f.judgeSince(seen.since(active, now), grace)
	t.sighting = seen
	return t
}

// judgeSince judges the active execution by how long it was seen as it is now: pending, running, or told to stop in one way. One
// that was told may take no longer than grace, and one that is pending for longer may never begin: the Manager loses messages to
// its workers when its broker is away.
func (f *facts) judgeSince(since, grace time.Duration) (t timing) {
	active := f.history.active()
	timeout := f.timeout(active.WorkflowID)
	if stopping(active) {
		next := f.history.harsher(active.Status)
		if next == "" || !f.deleting() && timeout == 0 {
			return t
		}
		if since >= grace {
			t.escalation = next
		}
		t.again = max(grace-since, soon)
		return t
	}
	if active.Status == "pending" {
		t.unbegun = since >= grace
		t.again = max(grace-since, 0)
	}
	if timeout > 0 && f.startedHere(active) {
		t.overdue = since >= timeout
		if left := max(timeout-since, soon); t.again == 0 || left < t.again {
			t.again = left
		}
	}
	return t
}

// harsher is how an execution is told to stop that does not in its present way, "" where nothing is left.
func (h *history) harsher(status string) step {
	switch {
	case status == "cancelling":
		return stepForceCancel
	case status == "force_cancelling" && h.release.Has(cloudify.Kills):
		return stepKill
	default:
		return ""
	}
}

// arrivalTime is how long the change that was not answered in time may still take to arrive: gateways keep requests of which the
// client has given up on the answer, and workers of the Manager that are busy leave them in their queue. limit is from then on.
func (f *facts) arrivalTime(limit time.Duration, now time.Time) time.Duration {
	u := f.before.Status.Unanswered
	if u == nil {
		return 0
	}
	return limit - now.Sub(u.At.Time)
}

// mayArrive reports whether a step was asked for, not answered in time, and may begin yet. A preview that has arrived changes
// nothing that would make another step due.
func (f *facts) mayArrive(step step) bool {
	return f.arrival > 0 && string(step) == f.before.Status.Unanswered.Step && (step != stepPreview || f.previewed() == nil)
}
