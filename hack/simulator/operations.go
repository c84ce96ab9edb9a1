// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

const lifecycle = "cloudify.interfaces.lifecycle."

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
		given, _ := r.execution.parameters["operation_kwargs"].(map[string]any)
		behaviour, err := r.sim.behaviour(i, name, given)
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
			r.returned = behaviour.returns
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
	returns  map[string]any
}

// behaviour reads the node's property simulate, or else what the operation's script says of itself, evaluated now.
func (s *Simulator) behaviour(i *instance, operation string, given map[string]any) (behaviour, error) {
	value, err := s.resolveSelf(i, i.node.properties["simulate"])
	if err != nil {
		return behaviour{}, err
	}
	operations, _ := value.(map[string]any)
	wish, wished := operations[operation].(map[string]any)
	if !wished {
		if wish, err = s.noteOf(i, operation, given); err != nil {
			return behaviour{}, err
		}
	}
	return s.wish(wish), nil
}

// noteOf is what the script of an operation says of itself; what it says of this operation alone goes first.
func (s *Simulator) noteOf(i *instance, operation string, given map[string]any) (map[string]any, error) {
	inputs, _ := i.node.Operation(operation)["inputs"].(map[string]any)
	inputs = merged(inputs, given)
	path, _ := inputs["script_path"].(string)
	note := i.node.deployment.plan.Note(path)
	if note == nil {
		return nil, nil
	}
	if alone, ok := note[operation].(map[string]any); ok {
		note = merged(note, alone)
	}
	value, err := s.resolveSelf(i, withParameters(note, inputs))
	evaluated, _ := value.(map[string]any)
	return evaluated, err
}

// resolveSelf evaluates every function in a value of an instance's node.
func (s *Simulator) resolveSelf(i *instance, value any) (any, error) {
	return dsl.Evaluate(value, dsl.WithSelf(scope{sim: s, deployment: i.node.deployment}, i.node.ID))
}

// wish is what is asked of an operation or a script.
func (s *Simulator) wish(wish map[string]any) behaviour {
	b := behaviour{duration: s.options.OperationDuration}
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
	b.returns, _ = wish["returns"].(map[string]any)
	return b
}

// hasOperation reports whether there is something to run: an implementation, or a wish of the
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
