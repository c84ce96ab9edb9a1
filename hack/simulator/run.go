// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"cmp"
	"time"
)

// worker is how long the worker takes for things that are no operation.
type worker struct {
	dispatch time.Duration // from pending to started
	task     time.Duration // a small task
}

func newWorker(options Options) worker {
	if options.Prompt {
		return worker{}
	}
	return worker{dispatch: 500 * time.Millisecond, task: 100 * time.Millisecond}
}

// run is what the worker does for an execution: one step after the other.
type run struct {
	sim       *Simulator
	execution *execution
	plan      func(*run) error // says what to do, when the execution begins
	steps     []step
	injected  string // a failure that a fault asks for, until it is used
	graph     string // the group of tasks that is worked on

	returned map[string]any // by the last operation
	undo     func()         // what happens when the execution fails
}

// step waits, then does something; an error ends the execution.
type step struct {
	wait time.Duration
	do   func() error
}

// then appends a step.
func (r *run) then(wait time.Duration, do func() error) {
	r.steps = append(r.steps, step{wait, do})
}

// first puts steps before those that are left.
func (r *run) first(steps ...step) {
	r.steps = append(steps, r.steps...)
}

// later puts off planning until what is planned now is done.
func (r *run) later(plan func(*run) error) {
	r.then(0, r.planned(plan))
}

// planned is a step that puts what it plans before the steps that are left.
func (r *run) planned(plan func(*run) error) func() error {
	return func() error {
		rest := r.steps
		r.steps = nil
		err := plan(r)
		r.steps = append(r.steps, rest...)
		return err
	}
}

// live reports whether the execution still goes on: it may have been cancelled or removed.
func (r *run) live() bool { return r.execution.run == r }

// dispatch sends the execution to the worker, who begins a moment later.
func (s *Simulator) dispatch(e *execution, plan func(*run) error) {
	e.status = statusPending
	r := &run{sim: s, execution: e, plan: plan}
	e.run = r
	s.noteActive(e.deployment)
	s.send(e, func() {
		s.clock.after(s.worker.dispatch, func() {
			if r.live() {
				r.begin()
			}
		})
	})
}

func (r *run) begin() {
	e, s := r.execution, r.sim
	if e.cancelling() {
		s.finish(e, statusCancelled, "")
		return
	}
	e.status, e.started, e.err = statusStarted, s.clock.now(), ""
	if e.deployment != nil {
		e.deployment.latest = e
		e.deployment.refresh(e)
	}
	s.event(e, "workflow_started", "Starting '"+e.workflow+"' workflow execution")
	if e.deployment != nil {
		if name := unexpected(e); name != "" {
			r.fail(&typeError{function: e.workflow, parameter: name})
			return
		}
	}
	r.injected = s.faults.workflowFailure(e)
	injected := func() error {
		if r.injected != "" {
			return &taskError{message: r.injected}
		}
		return nil
	}
	if e.workflow == workflowCreate || e.workflow == workflowDelete {
		r.then(r.sim.worker.task, injected) // first, because afterwards nothing is left to fail
	}
	if err := r.plan(r); err != nil {
		r.fail(err)
		return
	}
	r.then(2*r.sim.worker.task, injected)
	r.next()
}

// next plans the next step, or ends what has none left.
func (r *run) next() {
	if len(r.steps) == 0 {
		if r.execution.script && r.execution.cancelling() {
			r.fail(cancelledScript(r.execution))
			return
		}
		r.execution.finished = r.execution.total
		r.sim.finish(r.execution, statusTerminated, "")
		return
	}
	now := r.steps[0]
	r.steps = r.steps[1:]
	r.sim.clock.after(now.wait, func() {
		if !r.live() {
			return
		}
		if err := now.do(); err != nil {
			r.fail(err)
			return
		}
		r.next()
	})
}

func (r *run) fail(err error) {
	if r.graph != "" {
		r.sim.event(r.execution, "task_failed", "Subgraph failed '"+r.graph+"'")
	}
	if r.undo != nil {
		r.undo()
	}
	r.execution.brief = briefly(err)
	r.sim.finish(r.execution, statusFailed, err.Error())
}

// finish ends an execution, updates its deployment and lets a queued one start.
func (s *Simulator) finish(e *execution, status, message string) {
	e.status, e.err, e.run, e.ended = status, message, nil, s.clock.now()
	switch status {
	case statusTerminated:
		s.event(e, "workflow_succeeded", "'"+e.workflow+"' workflow execution succeeded")
	case statusFailed:
		s.event(e, "workflow_failed", "'"+e.workflow+"' workflow execution failed: "+cmp.Or(e.brief, message))
	default:
		s.event(e, "workflow_cancelled", "'"+e.workflow+"' workflow execution cancelled")
	}
	if e.update != nil && status != statusTerminated {
		e.update.state = updateFailed
	}
	if e.deployment == nil {
		return
	}
	e.deployment.latest = e
	e.deployment.refresh(e)
	s.dequeue(e.deployment)
}
