// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import "time"

// How long it takes to stop something, however prompt it is.
const (
	cancelTime  = 3 * time.Second // until the worker notices a cancel
	scriptLooks = 5 * time.Second // between two times that it asks for one while a script runs
	killTime    = 300 * time.Millisecond
)

// cancel asks the worker to stop. A workflow may still end by itself before the worker looks;
// kill does not ask, and does not care that an execution has ended.
func (s *Simulator) cancel(e *execution, action string) error {
	patience := cancelTime
	status := statusCancelling
	allowed := e.status == statusPending || e.status == statusStarted || e.status == statusScheduled
	switch {
	case action == "kill":
		allowed, status, patience = true, statusKillCancelling, killTime
	case e.status == statusQueued:
		allowed, patience = true, killTime
	case action == "force-cancel":
		allowed, status = allowed || e.status == statusCancelling, statusForceCancelling
	}
	if !allowed {
		return illegalAction("Can't %s execution %s because it's in status %s", action, e.id, e.status)
	}
	e.status, e.err = status, ""
	if e.deployment != nil {
		e.deployment.latest = e
		e.deployment.refresh(e)
	}
	if e.lost && action != "kill" || action == "cancel" && s.faults.ignoresCancel(e) {
		return nil
	}
	if e.script && action != "kill" {
		patience = scriptLooks - s.clock.now().Sub(e.started)%scriptLooks
	}
	if action == "kill" {
		if held := s.faults.holds(e, true); held != nil {
			held.late = append(held.late, func() { s.stop(e, action) })
			return nil
		}
	}
	s.clock.after(patience, func() { s.stop(e, action) })
	return nil
}

// stop ends what was asked to end and has not ended by itself. A cancel only asks a script, which may not listen.
func (s *Simulator) stop(e *execution, action string) {
	switch {
	case !e.cancelling() || s.executions.get(e.id) != e:
	case !e.script || e.run == nil || action != "cancel":
		s.finish(e, statusCancelled, "")
	case e.heeds:
		e.run.fail(cancelledScript(e))
	}
}

// resume sends an execution that was cut short to the worker again, under its own ID.
func (s *Simulator) resume(e *execution, force bool) error {
	resumable := e.status == statusCancelled || e.status == statusFailed || (e.status == statusStarted && !force)
	if !resumable {
		return conflict("Cannot resume execution: `%s` in state: `%s`", e.id, e.status)
	}
	e.resumed, e.ended = true, time.Time{}
	s.dispatch(e, s.planOf(e))
	return nil
}
