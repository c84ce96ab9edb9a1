// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"strings"
	"time"
)

const lifecycle = "cloudify.interfaces.lifecycle."

// stage is an operation of the lifecycle, the states around it and the words for it.
type stage struct {
	operation, during, after string
	doing, done              string
}

// The lifecycle of an instance. An instance visits a stage's states only if its node has the
// operation.
var (
	installing = []stage{
		{operation: "precreate", doing: "Precreating node instance"},
		{"create", "creating", "created", "Creating node instance", "Node instance created"},
		{"configure", "configuring", "configured", "Configuring node instance", "Node instance configured"},
		{"start", "starting", "", "Starting node instance", ""},
		{operation: "poststart", doing: "Poststarting node instance"},
	}
	stopping = []stage{
		{operation: "prestop", doing: "Prestopping node instance"},
		{"stop", "stopping", "stopped", "Stopping node instance", "Stopped node instance"},
		{"delete", "deleting", "", "Deleting node instance", ""},
		{operation: "postdelete", doing: "Postdeleting node instance"},
	}
)

// How many tasks the Manager counts.
const (
	tasksOfNothing    = 2 // for an instance without operations
	tasksBefore       = 6 // around those of an instance that has some
	tasksAfterInstall = 3
	tasksAfterDelete  = 5
	tasksOfOperation  = 4
)

// install brings an instance to started, from where an earlier try has left it.
func (r *run) install(i *instance) {
	if i.state == stateStarted || !r.busy(i, installing) {
		r.nothing(i, "install_", "Node instance started (nothing to do)", stateStarted)
		return
	}
	left := installing
	switch i.state {
	case "created", "configuring":
		left = installing[2:]
	case "configured", "starting", "stopped":
		left = installing[3:]
	}
	r.count(tasksBefore + tasksAfterInstall)
	r.subgraph("install_" + i.id)
	r.then(taskTime, func() error {
		r.done(tasksBefore)
		if !i.live() {
			i.enter("initializing")
			r.sim.nodeEvent(r.execution, i, "Validating node instance before creation: nothing to do")
		}
		return nil
	})
	r.stages(i, left, false)
	r.settled(i, stateStarted, "Node instance started")
	r.then(0, func() error { r.done(tasksAfterInstall); return nil })
	r.endSubgraph()
}

// nothing is the way of an instance without operations.
func (r *run) nothing(i *instance, graph, message, state string) {
	r.count(tasksOfNothing)
	r.subgraph(graph + i.id)
	r.settled(i, state, message)
	r.then(0, func() error { r.done(tasksOfNothing); return nil })
	r.endSubgraph()
}

// subgraph reports the beginning of a group of tasks; if one fails, so does the group.
func (r *run) subgraph(name string) {
	r.then(0, func() error {
		r.graph = name
		r.sim.event(r.execution, "task_started", "Subgraph started '"+name+"'")
		return nil
	})
}

func (r *run) endSubgraph() {
	r.then(0, func() error {
		r.sim.event(r.execution, "task_succeeded", "Subgraph succeeded '"+r.graph+"'")
		r.graph = ""
		return nil
	})
}

// uninstall brings an instance to deleted.
func (r *run) uninstall(i *instance, ignoreFailure bool) {
	if !i.live() {
		return
	}
	if !r.busy(i, stopping) {
		r.nothing(i, "uninstall_", "Node instance deleted (nothing to do)", stateDeleted)
		return
	}
	left := stopping
	if i.state == "stopped" || i.state == "deleting" {
		left = stopping[2:]
	}
	r.count(tasksBefore + tasksAfterDelete)
	r.subgraph("uninstall_" + i.id)
	r.then(taskTime, func() error { r.done(tasksBefore); return nil })
	r.stages(i, left, ignoreFailure)
	r.settled(i, stateDeleted, "Node instance deleted")
	r.then(0, func() error { r.done(tasksAfterDelete); return nil })
	r.endSubgraph()
}

// busy tells whether the instance has something to do in these stages.
func (r *run) busy(i *instance, stages []stage) bool {
	for _, st := range stages {
		if r.sim.hasOperation(i, st.operation) {
			return true
		}
	}
	return false
}

// stages runs the operations that the instance has.
func (r *run) stages(i *instance, stages []stage, ignoreFailure bool) {
	for _, st := range stages {
		has := r.sim.hasOperation(i, st.operation)
		r.then(0, func() error {
			switch {
			case !has:
				r.sim.nodeEvent(r.execution, i, st.doing+": nothing to do")
			case st.during != "":
				i.enter(st.during)
				fallthrough
			default:
				r.sim.nodeEvent(r.execution, i, st.doing)
			}
			return nil
		})
		if !has {
			continue
		}
		r.operation(i, st.operation, ignoreFailure)
		if st.after != "" {
			r.then(0, func() error {
				i.enter(st.after)
				if st.after == "configured" {
					i.drifted = false
				}
				r.sim.nodeEvent(r.execution, i, st.done)
				return nil
			})
		}
	}
}

// settled ends the way of an instance in a state.
func (r *run) settled(i *instance, state, message string) {
	r.then(taskTime, func() error {
		r.sim.nodeEvent(r.execution, i, message)
		if state == stateStarted {
			r.started(i)
		} else {
			i.enter(state)
		}
		return nil
	})
}

func (r *run) started(i *instance) {
	if i.state != stateStarted {
		i.enter(stateStarted)
		i.statusOK, i.checkedAt = true, r.sim.clock.now()
	}
}

// operation runs one operation of an instance: what it takes, does and says is asked of the node
// when it begins.
func (r *run) operation(i *instance, name string, ignoreFailure bool) {
	if !r.sim.hasOperation(i, name) {
		return
	}
	r.count(tasksOfOperation)
	r.then(0, func() error {
		r.sim.noteOperation(i, name)
		task := task{run: r, instance: i, name: name, ignoreFailure: ignoreFailure}
		behaviour, err := r.sim.behaviour(i, name)
		if err != nil {
			return task.failed(err.Error())
		}
		if r.injected != "" {
			behaviour.fail, r.injected = r.injected, ""
		}
		task.event("sending_task", "Sending task '"+task.function()+"'")
		task.event("task_started", "Task started '"+task.function()+"'")
		r.first(step{behaviour.duration, func() error {
			r.done(tasksOfOperation)
			if behaviour.fail != "" {
				return task.failed(behaviour.fail)
			}
			i.setRuntime(behaviour.runtime)
			task.event("task_succeeded", "Task succeeded '"+task.function()+"'")
			return nil
		}})
		return nil
	})
}

// count plans tasks; a resumed execution keeps its plan.
func (r *run) count(tasks int) {
	if !r.execution.resumed {
		r.execution.total += tasks
	}
}

func (r *run) done(tasks int) {
	r.execution.finished = min(r.execution.finished+tasks, r.execution.total)
}

// behaviour is what a blueprint asks of an operation.
type behaviour struct {
	duration time.Duration
	fail     string
	runtime  map[string]any
}

// behaviour reads the node's property simulate, evaluated now.
func (s *Simulator) behaviour(i *instance, operation string) (behaviour, error) {
	b := behaviour{duration: s.options.OperationDuration}
	value, err := s.resolve(i.node.deployment, i.node.properties["simulate"])
	if err != nil {
		return b, err
	}
	operations, _ := value.(map[string]any)
	wish, _ := operations[operation].(map[string]any)
	switch seconds := wish["duration"].(type) {
	case int64:
		b.duration = time.Duration(seconds) * time.Second
	case float64:
		b.duration = time.Duration(seconds * float64(time.Second))
	}
	if fail := wish["fail"]; fail != nil && fail != "" {
		b.fail = fmt.Sprint(fail)
	}
	b.runtime, _ = wish["runtime_properties"].(map[string]any)
	return b, nil
}

// hasOperation tells whether there is something to run: an implementation, or a wish of the
// blueprint's.
func (s *Simulator) hasOperation(i *instance, operation string) bool {
	if i.node.HasOperation(operation) {
		return true
	}
	operations, _ := i.node.properties["simulate"].(map[string]any)
	_, wished := operations[operation]
	return wished
}

func shortOperation(name string) string { return strings.TrimPrefix(name, lifecycle) }

// task is an operation that was sent to somebody.
type task struct {
	run           *run
	instance      *instance
	name          string
	ignoreFailure bool
}

func (t *task) operation() string {
	if strings.Contains(t.name, ".") {
		return t.name
	}
	return lifecycle + t.name
}

// function is what runs the operation.
func (t *task) function() string {
	if f, _ := t.instance.node.Operation(t.name)["operation"].(string); strings.Contains(f, ".") && !strings.Contains(f, "/") {
		return f
	}
	return "script_runner.tasks.run"
}

func (t *task) event(kind, message string) *event {
	ev := t.run.sim.event(t.run.execution, kind, message)
	ev.instance, ev.operation = t.instance, t.operation()
	return ev
}

// failed writes the event that says why, and ends the execution unless failures are ignored.
func (t *task) failed(reason string) error {
	err := &taskError{function: t.function(), instance: t.instance.id, operation: t.operation(), message: reason}
	t.event("task_failed", "Task failed '"+t.function()+"' -> "+reason).cause = err
	if t.ignoreFailure {
		return nil
	}
	return err
}

// taskError is a failed operation, in the words of the worker's exception.
type taskError struct {
	function, instance, operation string
	message                       string
}

func (e *taskError) traceback() string {
	return "File \"/opt/manager/scripts/op.py\", line 10, in <module>\ncloudify.exceptions.NonRecoverableError: " + e.message
}

func (e *taskError) Error() string {
	if e.function == "" {
		return e.message
	}
	name := fmt.Sprintf("%s (%s:%s)", e.function, e.instance, e.operation)
	return fmt.Sprintf("Task failed: %s: NonRecoverableError `%s`\nTraceback of %s (most recent call last):\n%s",
		name, e.message, name, e.traceback())
}
