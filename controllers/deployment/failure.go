// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// failure is a step that was tried as it is asked now, and did not end well.
type failure struct {
	reason    string
	execution *cloudify.Execution
	// advice says what a person can do with kubectl.
	advice string
}

const (
	askAgain = "to try again, set the annotation " + v1alpha1.RequestedAtAnnotation + " to a new value"
	orphan   = "to delete this object and leave the deployment at the Manager, set spec.deletionPolicy to Orphan"
)

// failure finds the step that failed as asked, nil when there is none. It is pure.
func (s *scope) failure() *failure {
	if s.deleting() {
		return s.failureToDelete()
	}
	if e := s.createFailed(); e != nil {
		if s.createdAsAsked(e) {
			return &failure{s.verdict(e, v1alpha1.ReasonCreateFailed, v1alpha1.ReasonCreateFailed), e, "correct the spec, or " + askAgain}
		}
		if e := s.deleteFailed(); e != nil && !s.asked() { // what is left of it stands in the way of a new one
			return &failure{v1alpha1.ReasonDeleteFailed, e, askAgain}
		}
		return nil
	}
	if e := s.failedUpdate(); e != nil && !s.asked() {
		return &failure{s.verdict(e, v1alpha1.ReasonUpdateFailed, v1alpha1.ReasonUpdateCancelled), e, mend(e)}
	}
	if s.outdated() {
		return nil // an update may repair what failed
	}
	if e := s.failedAsAsked(workflowInstall); e != nil && !s.installed() {
		return &failure{s.verdict(e, v1alpha1.ReasonInstallFailed, v1alpha1.ReasonInstallCancelled), e, s.mendInstall(e)}
	}
	switch e := s.latest(); {
	case e == nil || e.Active() || e.OwnParameter() != s.ask() || s.installed():
	case e.WorkflowID == workflowInstall && e.Succeeded():
		return &failure{v1alpha1.ReasonInstallFailed, e, "look at the Manager; " + askAgain}
	case e.WorkflowID == workflowUninstall && s.inTheWay():
		return &failure{v1alpha1.ReasonUninstallFailed, e, "what an earlier install left must go before the next: look at the Manager; " + askAgain}
	}
	return nil
}

// mend says how to get on: what failed may need another spec, what somebody cancelled was not wrong.
func mend(e *cloudify.Execution) string {
	if e.Cancelled() {
		return askAgain
	}
	return "correct the spec, or " + askAgain
}

// mendInstall is mend where an install went wrong that may have started everything all the same.
func (s *scope) mendInstall(e *cloudify.Execution) string {
	if s.remote.InstallationStatus != "active" || s.offers(workflowInstall) {
		return mend(e)
	}
	return "every node instance is started all the same, so the Manager will not install again: to take it as installed, set the annotation " +
		v1alpha1.RequestedAtAnnotation + " to a new value; to have it installed anew, uninstall it at the Manager before"
}

func (s *scope) failureToDelete() *failure {
	if e := s.asAsked(workflowUninstall); e != nil && !e.Active() && s.live {
		if e.Succeeded() {
			return &failure{v1alpha1.ReasonUninstallFailed, e, "look at the Manager; " + askAgain + "; " + orphan}
		}
		return &failure{s.verdict(e, v1alpha1.ReasonUninstallFailed, v1alpha1.ReasonUninstallFailed), e,
			askAgain + ", or set spec.uninstall.ignoreFailure; " + orphan}
	}
	if e := s.deleteFailed(); e != nil && !s.asked() {
		return &failure{v1alpha1.ReasonDeleteFailed, e, askAgain + "; " + orphan}
	}
	return nil
}

// verdict tells a failure from somebody's wish, and both from a timeout.
func (s *scope) verdict(e *cloudify.Execution, failed, cancelled string) string {
	switch {
	case e.Cancelled() && s.timedOut(e):
		return v1alpha1.ReasonTimedOut
	case e.Cancelled():
		return cancelled
	default:
		return failed
	}
}

// message tells what failed, in the Manager's words. Secrets are masked where it is reported.
func (f failure) message(causes []cloudify.Event) string {
	verb := "failed"
	switch {
	case f.execution.Cancelled():
		verb = "was cancelled"
	case f.execution.Succeeded():
		verb = "ended well, but " + undone[f.execution.WorkflowID]
	}
	text := "workflow " + f.execution.WorkflowID + " " + verb
	if why := reason(f.execution, causes); why != "" {
		text += ": " + why
	}
	return text
}

// undone is what is wrong after a workflow that ended well.
var undone = map[string]string{
	workflowInstall:   "not every node instance is started",
	workflowUninstall: "some node instances are still alive",
}

// reason is why an execution failed: what the events say, with the node and operation that broke, else the execution's error.
func reason(e *cloudify.Execution, causes []cloudify.Event) string {
	why := cloudify.FailureReason(causes)
	if why == "" {
		return e.Error
	}
	for i := range causes {
		if cause := &causes[i]; cause.NodeInstanceID != "" {
			return fmt.Sprintf("%s (node %s, operation %s)", why, cause.NodeID, lastPart(cause.Operation))
		}
	}
	return why
}

// lastPart is the operation's own name: start of cloudify.interfaces.lifecycle.start.
func lastPart(operation string) string { return operation[strings.LastIndexByte(operation, '.')+1:] }
