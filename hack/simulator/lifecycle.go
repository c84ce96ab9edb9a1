// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import "slices"

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
		{"stop", "stopping", "stopped", "Stopping node instance", ""},
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

// stages are those of the release.
func (p profile) stages(all []stage) []stage {
	if p.has(extendedLifecycle) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(st stage) bool { return st.during == "" })
}

// install brings an instance to started, from where an earlier try has left it. The older releases
// begin anew.
func (r *run) install(i *instance) {
	left := r.sim.profile.stages(installing)
	resumes := r.sim.profile.has(resumesInstalls)
	if resumes && i.state == stateStarted || !r.busy(i, left) {
		r.nothing(i, "install_", "Node instance started (nothing to do)", stateStarted)
		return
	}
	if resumes {
		switch i.state {
		case "created", "configuring":
			left = left[2:]
		case "configured", "starting", "stopped":
			left = left[3:]
		}
	}
	r.count(tasksBefore + tasksAfterInstall)
	r.subgraph("install_" + i.id)
	r.then(r.sim.worker.task, func() error {
		r.done(tasksBefore)
		if !i.live() || !resumes {
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
	aware := r.sim.profile.has(skipsStates)
	if aware && !i.live() {
		return
	}
	left := r.sim.profile.stages(stopping)
	if !r.busy(i, left) {
		r.nothing(i, "uninstall_", "Node instance deleted (nothing to do)", stateDeleted)
		return
	}
	if aware && (i.state == "stopped" || i.state == "deleting") {
		left = left[2:]
	}
	r.count(tasksBefore + tasksAfterDelete)
	r.subgraph("uninstall_" + i.id)
	r.then(r.sim.worker.task, func() error { r.done(tasksBefore); return nil })
	r.stages(i, left, ignoreFailure)
	r.settled(i, stateDeleted, "Node instance deleted")
	r.then(0, func() error { r.done(tasksAfterDelete); return nil })
	r.endSubgraph()
}

// busy reports whether the instance has something to do in these stages, were it only to visit them.
func (r *run) busy(i *instance, stages []stage) bool {
	if !r.sim.profile.has(skipsStates) {
		return true
	}
	for _, st := range stages {
		if r.sim.hasOperation(i, st.operation) {
			return true
		}
	}
	return false
}

// stages runs the operations that the instance has. The older releases visit the states of others too.
func (r *run) stages(i *instance, stages []stage, ignoreFailure bool) {
	for _, st := range stages {
		has := r.sim.hasOperation(i, st.operation)
		r.then(0, func() error {
			switch {
			case !has && r.sim.profile.has(skipsStates):
				r.sim.nodeEvent(r.execution, i, st.doing+": nothing to do")
			case st.during != "":
				i.enter(st.during)
				fallthrough
			default:
				r.sim.nodeEvent(r.execution, i, st.doing)
			}
			return nil
		})
		if !has && r.sim.profile.has(skipsStates) {
			continue
		}
		r.operation(i, st.operation, ignoreFailure)
		if st.after != "" {
			r.then(0, func() error {
				i.enter(st.after)
				if st.after == "configured" {
					i.drifted, i.checked = false, nil
				}
				if st.done != "" {
					r.sim.nodeEvent(r.execution, i, st.done)
				}
				return nil
			})
		}
	}
}

// settled ends the way of an instance in a state.
func (r *run) settled(i *instance, state, message string) {
	r.then(r.sim.worker.task, func() error {
		r.sim.nodeEvent(r.execution, i, message)
		if state == stateStarted {
			r.started(i)
		} else {
			i.enter(state)
		}
		if state == stateDeleted {
			i.checked = nil
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
