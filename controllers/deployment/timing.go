// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// timing is how the active execution stands in time, by the operator's clock: the Manager's is not ours.
type timing struct {
	sighting executions.Sighting
	// overdue: it has run longer than its timeout. unbegun: it has been pending for so long that it may never begin.
	overdue, unbegun bool
	// escalation is how it is told to stop next, where it was told too long ago and has not.
	escalation step
	// again is when to look at that again; zero: need not.
	again time.Duration
}

// soon is when a change is looked at by itself: what is quick is over before the poller comes by.
const soon = time.Second

// judge says how the active execution stands in time.
func (f *facts) judge(now time.Time, grace time.Duration) timing {
	active := f.history.active()
	seen := executions.Sight(active, f.before.Status.Execution, now)
	t := f.judgeSince(seen.Since(active, now), grace)
	t.sighting = seen
	return t
}

// judgeSince judges the active execution by how long it was seen as it is now: pending, running, or told to stop in one way. One
// that was told may take no longer than grace, and one that is pending for longer may never begin: the Manager loses messages to
// its workers when its broker is away.
func (f *facts) judgeSince(since, grace time.Duration) (t timing) {
	active := f.history.active()
	timeout := f.timeout(active.WorkflowID)
	if executions.Stopping(active) {
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
	switch executions.Harsher(h.release, status) {
	case cloudify.ForceCancel:
		return stepForceCancel
	case cloudify.Kill:
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

// inTime has the object looked at again when something of it is due by the clock, however else the reconcile ended.
func (f *facts) inTime(out outcome.Outcome) outcome.Outcome {
	if out.Silent() || out.Kind == outcome.Retry {
		return out // what fails is tried again soon enough
	}
	e := f.expires()
	window, _ := f.awaitedWindow()
	if w := f.before.Status.AwaitedWindow; w != nil && out.Kind == outcome.Unchanged {
		window = w.Time
	}
	for _, at := range []time.Time{e.soon, e.at, window} {
		if left := at.Sub(f.now); left > 0 && (out.After == 0 || left < out.After) {
			out.After = left
		}
	}
	return out
}
