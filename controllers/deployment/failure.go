// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// toRetry is how a person asks for the same once more.
const toRetry = "to retry, set the annotation " + v1alpha1.RequestedAtAnnotation + " to a new value"

// failure is the decision to go no further, for a step was tried as it is asked now and did not end well; false where there is
// none.
func (f *facts) failure() (decision, bool) {
	if f.deleting() {
		return f.failureToDelete()
	}
	h := &f.history
	if e := h.createFailed(); e != nil {
		if f.createdAsAsked(e) {
			return f.failed(e, "correct the spec, or "+toRetry)
		}
		if e := h.deleteFailed(); e != nil && !f.asked() { // what is left of it stands in the way of a new one
			return stalled(v1alpha1.ReasonDeleteFailed, e, toRetry)
		}
		return decision{}, false
	}
	if e := f.failedUpdate(); e != nil && !f.asked() {
		return f.failed(e, mend(e))
	}
	if f.outdated() && !f.awaitsApproval() {
		return decision{}, false // an update may repair what failed
	}
	if e := h.failedAsAsked(workflowInstall); e != nil && !h.installed() {
		return f.failed(e, h.mendInstall(e))
	}
	switch e := h.latest(); {
	case e == nil || e.Active() || e.OwnParameter() != h.ask || h.installed():
	case e.WorkflowID == workflowInstall && e.Succeeded():
		return stalled(v1alpha1.ReasonInstallFailed, e, "check the deployment at the Manager; "+toRetry)
	case e.WorkflowID == workflowUninstall && h.inTheWay():
		return stalled(v1alpha1.ReasonUninstallFailed, e, "what an earlier install left must be removed before the next one: check the deployment at the Manager;  "+toRetry)
	}
	return decision{}, false
}

func (f *facts) failureToDelete() (decision, bool) {
	h := &f.history
	if e := h.asAsked(workflowUninstall); e != nil && !e.Active() && h.live {
		if e.Succeeded() {
			return stalled(v1alpha1.ReasonUninstallFailed, e, "check the deployment at the Manager; "+toRetry+"; "+toOrphan)
		}
		return f.failed(e, toRetry+", or set spec.uninstall.ignoreFailure; "+toOrphan)
	}
	if e := h.deleteFailed(); e != nil && !f.asked() {
		return stalled(v1alpha1.ReasonDeleteFailed, e, toRetry+"; "+toOrphan)
	}
	return decision{}, false
}

// failed tells a failure from somebody's wish, and both from a timeout.
func (f *facts) failed(e *cloudify.Execution, advice string) (decision, bool) {
	switch w := workflowOf(e.WorkflowID); {
	case e.Cancelled() && f.timedOut(e):
		return stalled(v1alpha1.ReasonTimedOut, e, advice)
	case e.Cancelled():
		return stalled(w.cancelled, e, advice)
	default:
		return stalled(w.failed, e, advice)
	}
}

func stalled(reason string, e *cloudify.Execution, advice string) (decision, bool) {
	return decision{step: stepStall, reason: reason, execution: e, advice: advice}, true
}

// mend says how to get on: what failed may need another spec, what somebody cancelled was not wrong.
func mend(e *cloudify.Execution) string {
	if e.Cancelled() {
		return toRetry
	}
	return "correct the spec, or " + toRetry
}

// mendInstall is mend where an install went wrong that may have started everything all the same.
func (h *history) mendInstall(e *cloudify.Execution) string {
	if h.remote.InstallationStatus != "active" || h.offers(workflowInstall) {
		return mend(e)
	}
	return "every node instance is started nevertheless, so the Manager refuses another install: to accept the deployment as installed, set the annotation " +
		v1alpha1.RequestedAtAnnotation + " to a new value; to install it again, uninstall it at the Manager first"
}

// stall ends the reconcile with what failed, in the Manager's words. Secrets are masked where it is reported.
func (f *facts) stall(d decision) error {
	limit, advice := f.limit(d), d.advice
	if limit != "" {
		advice += "; the timeout is set in " + workflowOf(d.execution.WorkflowID).timeout
	}
	return outcome.Advise(outcome.Stall(d.reason, "%s%s", limit, failureMessage(d.execution, f.effect.causes)), advice)
}

// limit says that a time was over, "" where none was. A creation does not tell how much it was given.
func (f *facts) limit(d decision) string {
	name := d.execution.WorkflowID
	timeout := f.timeout(name)
	switch {
	case d.reason != v1alpha1.ReasonTimedOut || workflowOf(name).timeout == "":
		return ""
	case d.execution.OwnParameter() != f.history.ask || timeout == 0:
		return "the timeout expired: "
	default:
		return fmt.Sprintf("the timeout of %s expired: ", timeout)
	}
}

// failureMessage says what failed.
func failureMessage(e *cloudify.Execution, causes []cloudify.Event) string {
	verb := "failed"
	switch {
	case e.Cancelled():
		verb = "was cancelled"
	case e.Succeeded():
		verb = "succeeded, but " + workflowOf(e.WorkflowID).inVain
	}
	text := "workflow " + e.WorkflowID + " " + verb
	if why := cloudify.Cause(e, causes); why != "" {
		text += ": " + why
	}
	return text
}
