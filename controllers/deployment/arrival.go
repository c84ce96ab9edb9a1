// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// unanswered notes a change whose answer did not come in time.
func (s *scope) unanswered(err error, now time.Time) {
	if s.step.starts() != "" && cloudify.MayArrive(err) {
		s.deployment.Status.Unanswered = &v1alpha1.UnansweredChange{Step: string(s.step), At: *microTimeOf(now)}
	}
}

// arrivalTime is how long the change that was not answered in time may still take to arrive: gateways keep requests of which the
// client has given up on the answer, and workers of the Manager that are busy leave them in their queue. limit is from then on.
func (s *scope) arrivalTime(limit time.Duration, now time.Time) time.Duration {
	u := s.before.Status.Unanswered
	if u == nil {
		return 0
	}
	return limit - now.Sub(u.At.Time)
}

// mayArrive tells whether a step was asked for, not answered in time, and may begin yet.
func (s *scope) mayArrive(step step) bool {
	return s.arrival > 0 && string(step) == s.before.Status.Unanswered.Step
}

// lookInterval is how often the Manager is looked at for a change that was not answered.
const lookInterval = 10 * time.Second

// awaitArrival waits for a change that was not answered to arrive, or to be too old for that. What arrived shows in the
// deployment or its executions, and another step is next.
func (s *scope) awaitArrival() error {
	step := wantedStep(s)
	return outcome.WaitFor(min(max(s.arrival, soon), lookInterval), running(step.starts()),
		"the Manager did not answer in time when asked for the step %s, which may arrive there yet: it is asked for again when it no longer can%s",
		step, s.wayOut())
}
