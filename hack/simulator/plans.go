// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"slices"
	"strings"
)

// planOf is what the worker does for an execution.
func (s *Simulator) planOf(e *execution) func(*run) error {
	if e.deployment.ownWorkflow(e.workflow) {
		return planScript
	}
	if e.dryRun {
		return func(*run) error { return nil }
	}
	switch e.workflow {
	case workflowCreate:
		return createEnvironment
	case workflowDelete:
		return deleteEnvironment
	case "install":
		return planInstall
	case "uninstall":
		return planUninstall
	case "reinstall":
		return planReinstall
	case "start", "stop", "restart":
		return planStartStop
	case "heal":
		return planHeal
	case "execute_operation":
		return planOperation
	case "scale":
		return planScale
	case "check_drift":
		return planDrift
	default:
		return func(r *run) error {
			r.then(s.options.OperationDuration, func() error { return nil })
			return nil
		}
	}
}

// builtinFunctions begins the functions behind the workflows that every deployment has.
const builtinFunctions = "cloudify.plugins.workflows."

// ownWorkflow reports whether a workflow is the blueprint's own: a script, or a function of a plugin.
func (d *deployment) ownWorkflow(name string) bool {
	workflow, declared := d.workflows[name]
	return declared && !strings.HasPrefix(workflow.Operation, builtinFunctions)
}

// chosen are the instances that a workflow's parameters choose, all if they say nothing; targets
// of relationships come before their sources.
func (r *run) chosen() []*instance {
	nodes, instances, types := r.words("node_ids"), r.words("node_instance_ids"), r.words("type_names")
	return slices.DeleteFunc(r.execution.deployment.instances(), func(i *instance) bool {
		return len(nodes) > 0 && !slices.Contains(nodes, i.node.ID) ||
			len(instances) > 0 && !slices.Contains(instances, i.id) ||
			len(types) > 0 && !slices.ContainsFunc(types, func(t string) bool { return slices.Contains(i.node.TypeHierarchy, t) })
	})
}

func (r *run) words(parameter string) []string {
	values, _ := r.execution.parameters[parameter].([]any)
	var words []string
	for _, value := range values {
		if word, ok := value.(string); ok {
			words = append(words, word)
		}
	}
	return words
}

func (r *run) ignoreFailure() bool {
	ignore, _ := r.execution.parameters["ignore_failure"].(bool)
	return ignore
}

func planInstall(r *run) error {
	for _, i := range r.chosen() {
		r.install(i)
	}
	return nil
}

func planUninstall(r *run) error {
	for _, i := range slices.Backward(r.chosen()) {
		r.uninstall(i, r.ignoreFailure())
	}
	return nil
}

func planReinstall(r *run) error {
	r.later(planUninstall)
	r.later(planInstall)
	return nil
}

// planHeal looks at every instance, and reinstalls those that are unavailable.
func planHeal(r *run) error {
	r.then(r.sim.options.OperationDuration, func() error { return nil })
	broken := slices.DeleteFunc(r.chosen(), func(i *instance) bool {
		only, _ := r.execution.parameters["node_instance_id"].(string)
		return i.statusOK && r.execution.parameters["force_reinstall"] != true || only != "" && only != i.id
	})
	r.later(func(r *run) error {
		for _, i := range slices.Backward(broken) {
			r.uninstall(i, r.ignoreFailure())
		}
		return nil
	})
	r.later(func(r *run) error {
		for _, i := range broken {
			r.install(i)
		}
		return nil
	})
	return nil
}

func planStartStop(r *run) error {
	if r.execution.workflow != "start" {
		for _, i := range slices.Backward(r.chosen()) {
			r.stages(i, stopping[:2], false)
			r.settled(i, "stopped", "Stopped node instance")
		}
	}
	if r.execution.workflow != "stop" {
		for _, i := range r.chosen() {
			r.stages(i, installing[3:], false)
			r.settled(i, stateStarted, "Node instance started")
		}
	}
	return nil
}

func planOperation(r *run) error {
	operation, _ := r.execution.parameters["operation"].(string)
	announcement := "Starting operation " + operation
	if kwargs, _ := r.execution.parameters["operation_kwargs"].(map[string]any); len(kwargs) > 0 {
		announcement += " (Operation parameters: " + pythonValue(kwargs) + ")"
	}
	for _, i := range r.chosen() {
		r.subgraph(i.id)
		r.then(0, func() error { r.sim.nodeEvent(r.execution, i, announcement); return nil })
		r.operation(i, shortOperation(operation), false)
		r.endSubgraph()
	}
	return nil
}
