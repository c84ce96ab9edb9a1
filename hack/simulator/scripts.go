// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"maps"
	"slices"
)

// planScript is what a workflow of the blueprint's own does: what its script says in a comment, else nothing for as long as an
// operation takes. It runs even if it is to be dry.
func planScript(r *run) error {
	e := r.execution
	note, err := r.note()
	if err != nil {
		return err
	}
	b := r.sim.wish(note)
	e.script, e.heeds = true, note["heeds_cancel"] == true
	operations, _ := note["operations"].([]any)
	for _, operation := range operations {
		for _, i := range r.chosen() {
			r.operation(i, shortOperation(fmt.Sprint(operation)), false)
		}
	}
	r.then(b.duration, func() error {
		if b.fail != "" {
			return &scriptError{message: b.fail}
		}
		for nodeID, properties := range b.runtime {
			n := e.deployment.node(nodeID)
			changes, ok := properties.(map[string]any)
			if n == nil || !ok {
				return &scriptError{message: "there is no node " + nodeID}
			}
			for _, i := range n.instances {
				i.setRuntime(changes)
			}
		}
		return nil
	})
	return nil
}

// note is what the script of the execution's workflow says of itself, with its functions evaluated.
func (r *run) note() (map[string]any, error) {
	e := r.execution
	path, _ := e.parameters["script_path"].(string)
	note := e.deployment.plan.Note(path)
	if note == nil {
		return nil, nil
	}
	value, err := r.sim.resolve(e.deployment, withParameters(note, e.parameters))
	evaluated, _ := value.(map[string]any)
	return evaluated, err
}

// withParameters puts parameters in the place of {get_parameter: name}, which only notes of scripts know.
func withParameters(value any, parameters map[string]any) any {
	switch v := value.(type) {
	case map[string]any:
		if name, ok := v["get_parameter"].(string); ok && len(v) == 1 {
			return parameters[name]
		}
		replaced := make(map[string]any, len(v))
		for key, inner := range v {
			replaced[key] = withParameters(inner, parameters)
		}
		return replaced
	case []any:
		replaced := make([]any, 0, len(v))
		for _, inner := range v {
			replaced = append(replaced, withParameters(inner, parameters))
		}
		return replaced
	}
	return value
}

// scriptError is a failed workflow script, in the words of the worker's exception.
type scriptError struct{ message string }

func (e *scriptError) Error() string {
	return "File \"/opt/manager/script_runner/tasks.py\", line 123, in execute_workflow\n" +
		"  script_result = process_execution(eval_script, script_path, ctx)\ncloudify.exceptions.NonRecoverableError: " + e.message + "\n"
}

// typeError is a function that is given a parameter it does not take: the Manager lets it through, Python does not.
type typeError struct{ function, parameter string }

func (e *typeError) Error() string { return "TypeError: " + e.brief() + "\n" }

func (e *typeError) brief() string {
	return e.function + "() got an unexpected keyword argument '" + e.parameter + "'"
}

// briefly is an error as the event of a failed workflow says it, "" if that uses the same words.
func briefly(err error) string {
	switch e := err.(type) { //nolint:errorlint // made here, never wrapped
	case *scriptError:
		return e.message
	case *typeError:
		return e.brief()
	}
	return ""
}

// unexpected is a parameter that the function of the execution's workflow does not take, "" if there is none.
func unexpected(e *execution) string {
	workflow, ok := e.deployment.workflows[e.workflow]
	if !ok {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(e.parameters)) {
		if _, declared := workflow.Parameters[name]; !declared && !e.deployment.plan.Takes(workflow, name) {
			return name
		}
	}
	return ""
}

// lacksPlugin reports whether the worker waits for ever for the plugin of an execution's workflow.
func (s *Simulator) lacksPlugin(e *execution) bool {
	return e.deployment != nil && e.deployment.workflows[e.workflow].Missing
}

// cancelledScript is why a script fails that comes to its end after a cancel: its success is refused.
func cancelledScript(e *execution) error {
	return fmt.Errorf("Traceback (most recent call last):\n"+ //nolint:staticcheck // the Manager's words
		"cloudify_rest_client.exceptions.InvalidExecutionUpdateStatus: 400: Invalid relationship - can't change status from %s to "+
		"terminated for \"%s\" execution while running \"%s\" workflow.\n", e.status, e.id, e.workflow)
}
