// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// setDrifted repeats the Manager's own counts, on releases that have them. While the operator itself is at work they count what
// it has not started yet, or stopped.
func setDrifted(s *scope, out outcome.Outcome) {
	counts := s.remote != nil && s.release.Has(cloudify.DriftCounts) && s.createFailed() == nil
	switch workflow := s.works(out); {
	case counts && workflow != "":
		set(s, metav1.Condition{
			Type: v1alpha1.DriftedCondition, Status: metav1.ConditionFalse, Reason: running(workflow),
			Message: "workflow " + workflow + " is not over; the Manager's counts are repeated after it",
		})
	case counts && s.installed():
		set(s, driftedCondition(s.remote))
	default:
		meta.RemoveStatusCondition(&s.deployment.Status.Conditions, v1alpha1.DriftedCondition)
	}
}

// works is the workflow that the operator has running or just started, "" if there is none. An update does not tell whose it is.
func (s *scope) works(out outcome.Outcome) string {
	if workflow := s.step.starts(); workflow != "" && out.Kind == outcome.Waiting && out.Reason == running(workflow) {
		return workflow
	}
	if active := s.active(); active != nil && (s.startedHere(active) || active.WorkflowID == workflowUpdate) {
		return active.WorkflowID
	}
	return ""
}

// driftedCondition says what the Manager counts of a deployment, be it a row of a list.
func driftedCondition(d *cloudify.Deployment) metav1.Condition {
	if d.Drifted+d.Unavailable == 0 {
		return metav1.Condition{
			Type: v1alpha1.DriftedCondition, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNotDrifted,
			Message: "the Manager counts no instances that drifted or are unavailable",
		}
	}
	return metav1.Condition{
		Type: v1alpha1.DriftedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonInstancesDrifted,
		Message: fmt.Sprintf("the Manager counts %d instances that drifted and %d that are unavailable: heal may repair them", d.Drifted, d.Unavailable),
	}
}

// followCounts repeats the counts of a row that agrees with the status else: a check may change them and leave no other trace.
func (s *scope) followCounts(row *cloudify.Deployment) {
	if s.release.Has(cloudify.DriftCounts) && meta.IsStatusConditionTrue(s.before.Status.Conditions, v1alpha1.InstalledCondition) {
		set(s, driftedCondition(row))
	}
}
