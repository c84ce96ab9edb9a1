// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// undoing is the reason that Ready has while somebody else takes away what the spec asks for.
var undoing = map[string]string{workflowUninstall: v1alpha1.ReasonForeignUninstall, workflowDelete: v1alpha1.ReasonForeignDelete}

// undoes tells whether an execution takes away what the spec asks for, and the operator did not start it. What is left of a
// creation that failed it deletes itself.
func (s *scope) undoes(e *cloudify.Execution) bool {
	return !s.deleting() && undoing[e.WorkflowID] != "" && !s.startedFor(e) && (e.WorkflowID != workflowDelete || s.createFailed() == nil)
}

// startedFor tells whether an execution carries the operator's parameter for this object.
func (s *scope) startedFor(e *cloudify.Execution) bool {
	return strings.HasPrefix(e.OwnParameter(), string(s.deployment.UID)+"/")
}

// waitForUndoing tells what somebody else takes away, and what follows.
func (s *scope) waitForUndoing(e *cloudify.Execution, reason, progress string) error {
	text := fmt.Sprintf("somebody else uninstalls deployment %s at the Manager: workflow uninstall is %s%s", s.id, e.Status, progress)
	then := "; then it is installed again"
	if e.WorkflowID == workflowDelete {
		text = fmt.Sprintf("somebody else deletes deployment %s at the Manager", s.id)
		then = "; then it is created anew"
		if s.adopted() {
			then = ""
		}
	}
	if s.deployment.Spec.Paused || then == "" {
		return outcome.WaitFor(s.judgeAgain, reason, "%s", text)
	}
	return outcome.Advise(outcome.WaitFor(s.judgeAgain, reason, "%s%s", text, then), leaveIt)
}

// leaveIt is how a deployment stays as others made it.
const leaveIt = "to leave it so, set spec.paused, or delete this object"

// undone is the uninstall that somebody else has ended, of what the status says is installed; nil if there is none. It may have
// begun and ended unseen, and is told before an install follows.
func (s *scope) undone() *cloudify.Execution {
	if !meta.IsStatusConditionTrue(s.before.Status.Conditions, v1alpha1.InstalledCondition) {
		return nil
	}
	for i := range s.executions {
		e := &s.executions[i]
		if e.WorkflowID == workflowInstall || e.WorkflowID == workflowUninstall && e.Succeeded() {
			if s.undoes(e) {
				return e
			}
			return nil
		}
	}
	return nil
}
