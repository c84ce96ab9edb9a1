// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// sighting is since when an active execution is seen, and since when it is told to stop; zero: it is not. The status keeps it,
// so that neither a restart nor an outage gives it more time. Both are by the operator's clock, for the Manager's is not ours.
type sighting struct {
	execution        string
	first, cancelled time.Time
}

// sight goes on with what the status says of an execution, or begins now.
func (s *scope) sight(e *cloudify.Execution, now time.Time) {
	s.sighting = sighting{execution: e.ID, first: now}
	if last := s.before.Status.Execution; last != nil && last.ID == e.ID {
		if last.FirstSeenAt != nil {
			s.sighting.first = last.FirstSeenAt.Time
		}
		if last.CancelledAt != nil && (last.Status == e.Status || !stops(last.Status)) { // each way to stop it has its own time
			s.sighting.cancelled = last.CancelledAt.Time
		}
	}
	if stopping(e) {
		s.stopped(e, now)
	}
}

// stopped notes that an execution was told to stop, unless that is known.
func (s *scope) stopped(e *cloudify.Execution, now time.Time) {
	if s.sighting.execution == e.ID && s.sighting.cancelled.IsZero() {
		s.sighting.cancelled = now
	}
}

// since is how long an active execution was seen as it is now: running, or told to stop.
func (s *scope) since(e *cloudify.Execution, now time.Time) time.Duration {
	if stopping(e) {
		return now.Sub(s.sighting.cancelled)
	}
	return now.Sub(s.sighting.first)
}

// times are what the status shows of it.
func (s *scope) times(e *cloudify.Execution) (first, cancelled *metav1.MicroTime) {
	if s.sighting.execution != e.ID {
		return nil, nil
	}
	return microTimeOf(s.sighting.first), microTimeOf(s.sighting.cancelled)
}

func microTimeOf(t time.Time) *metav1.MicroTime {
	if t.IsZero() {
		return nil
	}
	return &metav1.MicroTime{Time: t.Truncate(time.Microsecond)} // as the API server stores it
}

// timedOut tells whether an execution was cancelled because it ran into its timeout.
func (s *scope) timedOut(e *cloudify.Execution) bool {
	return s.deployment.Status.TimedOutExecution == e.ID
}
