// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import "github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"

// history is what the Manager has of a deployment, and what ran on it.
type history struct {
	// release is the Manager's: it says what can be read from the rest. ask is what the object asks for now, by which
	// executions that tried just that are known. Both are filled by resolve.
	release cloudify.Release
	ask     string

	// looked: the Manager has answered, or what it answered before still holds. What follows is filled with it.
	looked bool
	// remote is the deployment at the Manager, nil when it is not there.
	remote *cloudify.Deployment
	// executions are its latest, newest first, with their parameters.
	executions []cloudify.Execution
	// live: it has node instances that an uninstall would remove. It is read while deleting, and where deployments do not say
	// whether they are installed.
	live bool
}

// maxExecutions is how many executions a list of them has at most; it is their parameters that make them large.
const maxExecutions = 10

// with is the history with this deployment and these executions.
func (h history) with(remote *cloudify.Deployment, executions []cloudify.Execution) history {
	h.remote, h.executions = remote, executions
	return h
}

// active is the execution that runs or waits to run, nil when none does.
func (h *history) active() *cloudify.Execution {
	for i := range h.executions {
		if h.executions[i].Active() {
			return &h.executions[i]
		}
	}
	return nil
}

// latest is the execution people want to see: the one that runs, or the one that ended last. A start that was refused leaves
// a newer row that never ran; it is passed over, and so is a preview, which changes nothing.
func (h *history) latest() *cloudify.Execution {
	if active := h.active(); active != nil && !active.IsPreview() {
		return active
	}
	for i := range h.executions {
		if e := &h.executions[i]; h.remote != nil && e.ID == h.remote.LatestExecution && !e.IsPreview() {
			return e
		}
	}
	for i := range h.executions {
		if e := &h.executions[i]; h.ran(e) && !e.IsPreview() {
			return e
		}
	}
	return nil
}

// preview is the execution in which the Manager previewed an update, if none ran since; nil otherwise. It changed nothing, but is
// what the Manager calls the latest.
func (h *history) preview() *cloudify.Execution {
	for i := range h.executions {
		if e := &h.executions[i]; h.ran(e) {
			if e.IsPreview() {
				return e
			}
			return nil
		}
	}
	return nil
}

// ran reports whether an execution began at all. Releases that do not say when one began keep no start that was refused.
func (h *history) ran(e *cloudify.Execution) bool {
	return !e.StartedAt.IsZero() || e.Cancelled() || !h.release.Has(cloudify.StartTimes)
}

// asAsked is the newest execution of a workflow that was started for exactly the present ask. An install before the last
// good update was for other inputs: values of Secrets change without a new generation.
func (h *history) asAsked(name string) *cloudify.Execution {
	for i := range h.executions {
		e := &h.executions[i]
		if name == workflowInstall && e.WorkflowID == workflowUpdate && e.Succeeded() && !e.IsPreview() {
			return nil
		}
		if e.WorkflowID == name && e.OwnParameter() == h.ask && (e.Active() || h.ran(e)) {
			return e
		}
	}
	return nil
}

// failedAsAsked is the execution that already tried what is asked, and failed or was cancelled.
func (h *history) failedAsAsked(name string) *cloudify.Execution {
	if e := h.asAsked(name); e != nil && (e.Failed() || e.Cancelled()) {
		return e
	}
	return nil
}

// createFailed is the create execution where it did not end well; the Manager keeps a deployment then that is of no use.
func (h *history) createFailed() *cloudify.Execution {
	for i := range h.executions {
		e := &h.executions[i]
		if e.WorkflowID == workflowCreate && (h.remote.CreateExecution == "" || e.ID == h.remote.CreateExecution) {
			if e.Failed() || e.Cancelled() {
				return e
			}
			return nil
		}
	}
	return nil
}

// exists reports whether there is a deployment of use: it is at the Manager, and its creation did not fail.
func (h *history) exists() bool { return h.remote != nil && h.createFailed() == nil }

// replaceable reports whether a deployment whose creation went wrong gives way to a new one: the Manager replaces one whose
// creation failed and is all that ever happened to it, but none whose creation was cancelled.
func (h *history) replaceable() bool {
	return h.release.Has(cloudify.ReplacesFailedCreate) && h.createFailed().Failed() && len(h.executions) == 1
}

// deleteFailed is the delete execution where it was the last thing that happened, and did not end well.
func (h *history) deleteFailed() *cloudify.Execution {
	if latest := h.latest(); isOf(latest, workflowDelete) && !latest.Active() && !latest.Succeeded() {
		return latest
	}
	return nil
}

// installed reports whether every node instance is started.
func (h *history) installed() bool {
	return h.remote.InstallationStatus == "active" && h.asInstalled()
}

// asInstalled guards against the deployment without nodes, which is always active: it counts as installed once install ran,
// until an uninstall did.
func (h *history) asInstalled() bool {
	for i := range h.executions {
		switch e := &h.executions[i]; {
		case e.WorkflowID == workflowUninstall && e.Succeeded():
			return h.nothingToInstall()
		case e.WorkflowID == workflowInstall && e.Succeeded():
			return true
		}
	}
	return len(h.executions) >= maxExecutions || h.nothingToInstall() // the install is so long ago that it is not listed
}

// nothingToInstall reports whether there are nodes and all of them are started, so that the Manager refuses an install, however
// they came to be. An install that failed as it is asked now comes first: something went wrong, and somebody must read it.
func (h *history) nothingToInstall() bool {
	return !h.offers(workflowInstall) && h.failedAsAsked(workflowInstall) == nil
}

// inTheWay reports whether what an earlier install left must go before the next, which would do all of it a second time.
func (h *history) inTheWay() bool { return !h.release.Has(cloudify.ResumesInstalls) && h.live }

// offers reports whether the Manager would start a workflow for the state that the node instances are in. Where release or
// blueprint have no such rules, it always would.
func (h *history) offers(name string) bool {
	for i := range h.remote.Workflows {
		if w := &h.remote.Workflows[i]; w.Name == name {
			return w.Available == nil || *w.Available
		}
	}
	return true
}

// lastGood is the value of an input before the updates that did not end well: the Manager switches a deployment over before it
// changes its nodes, and does not switch back. It is not known where executions do not tell their inputs, or are too old.
func (h *history) lastGood(input string) (value any, known bool) {
	spoiled := false
	for i := range h.executions {
		e := &h.executions[i]
		given, _ := e.Parameters["inputs"].(map[string]any)
		value, named := given[input]
		switch {
		case e.WorkflowID != workflowUpdate && e.WorkflowID != workflowCreate, e.IsPreview(), !h.ran(e):
		case !e.Succeeded():
			spoiled = spoiled || named || !h.release.Has(cloudify.UpdateByWorkflow)
		case !spoiled:
			return h.remote.Inputs[input], true
		case named:
			return value, true
		}
	}
	return h.remote.Inputs[input], !spoiled
}
