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

// createdCondition says whether the deployment exists.
func (f *facts) createdCondition(out outcome.Outcome) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.CreatedCondition, Status: metav1.ConditionFalse}
	active := f.history.active()
	switch {
	case f.history.remote == nil:
		c.Reason, c.Message = v1alpha1.ReasonNotFound, "the Manager has no deployment "+f.id
	case !f.ours():
		c.Reason, c.Message = out.Reason, "deployment "+f.id+" is not adopted"
	case f.effect.removing, isOf(active, workflowDelete):
		c.Reason, c.Message = v1alpha1.ReasonDeleting, "the Manager is deleting the deployment"
	case isOf(active, workflowCreate):
		c.Reason, c.Message = v1alpha1.ReasonCreating, "the Manager is preparing the deployment"
	case f.history.createFailed() != nil:
		c.Reason, c.Message = v1alpha1.ReasonCreateFailed, f.mask(cloudify.Cause(f.history.createFailed(), f.effect.causes))
	default:
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, v1alpha1.ReasonCreated, "deployment "+f.id+" exists"
	}
	return c
}

// installedCondition says whether the install workflow ended well and nothing undid it.
func (f *facts) installedCondition(out outcome.Outcome) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.InstalledCondition, Status: metav1.ConditionFalse}
	active := f.running()
	switch {
	case f.history.remote == nil:
		c.Reason, c.Message = v1alpha1.ReasonNotInstalled, "the deployment does not exist"
	case isOf(active, workflowInstall):
		c.Reason, c.Message = v1alpha1.ReasonInstalling, "workflow install is "+active.Status
	case isOf(active, workflowUninstall):
		c.Reason, c.Message = v1alpha1.ReasonUninstalling, "workflow uninstall is "+active.Status
	case f.history.createFailed() == nil && f.history.installed():
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, v1alpha1.ReasonInstalled, "every node instance is started"
	case out.Reason == v1alpha1.ReasonInstallFailed, out.Reason == v1alpha1.ReasonInstallCancelled,
		out.Reason == v1alpha1.ReasonUninstallFailed, out.Reason == v1alpha1.ReasonTimedOut:
		c.Reason, c.Message = out.Reason, out.Message
	default:
		c.Reason, c.Message = v1alpha1.ReasonNotInstalled, "not every node instance is started"
	}
	return c
}

// setUpToDate says whether the Manager has the inputs and the revision of the spec, and whether there is a newer one.
func (f *facts) setUpToDate(out outcome.Outcome) {
	c := metav1.Condition{Type: v1alpha1.UpToDateCondition, Status: metav1.ConditionFalse}
	active := f.running()
	f.announceRevision()
	switch {
	case f.history.remote == nil:
		c.Reason, c.Message = v1alpha1.ReasonNotFound, "the Manager has no deployment "+f.id
	case isOf(active, workflowUpdate):
		c.Reason, c.Message = v1alpha1.ReasonUpdating, "inputs and revision are being updated"
	case f.want == nil:
		return // what was seen last still stands
	case out.Reason == v1alpha1.ReasonUpdateFailed, out.Reason == v1alpha1.ReasonUpdateCancelled, out.Reason == v1alpha1.ReasonUpdateUnsupported:
		c.Reason, c.Message = out.Reason, out.Message
	case f.awaits():
		c.Reason, c.Message = v1alpha1.ReasonAwaitingWindow, f.awaitingMessage()
	case f.awaitsApproval():
		c.Reason, c.Message = f.awaiting(f.deployment.Status.PendingUpdate)
	case f.history.createFailed() != nil, f.outdated():
		c.Reason, c.Message = v1alpha1.ReasonOutdated, "inputs or revision at the Manager differ from the spec"
	case f.deployment.Status.NewerBlueprintID != "":
		c.Reason = v1alpha1.ReasonNewerRevision
		c.Message = fmt.Sprintf("the blueprint has the newer revision %s: to move there, set spec.revision.blueprintID to it, or spec.revision.policy to Latest",
			f.deployment.Status.NewerBlueprintID)
	case f.want.newerPlan:
		c.Reason, c.Message = v1alpha1.ReasonNewerPlan, fmt.Sprintf("plan %s now fixes other inputs than were applied: to apply them, set spec.plan to another plan and back", f.deployment.Spec.Plan)
	default:
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, v1alpha1.ReasonUpToDate, "inputs and revision match the spec"
	}
	f.set(c)
}

// setDrifted repeats the Manager's own counts, on releases that have them. While the operator itself is at work they count what
// it has not started yet, or stopped.
func (f *facts) setDrifted(out outcome.Outcome) {
	counts := f.history.remote != nil && f.history.release.Has(cloudify.DriftCounts) && f.history.createFailed() == nil
	switch workflow := f.works(out); {
	case counts && workflow != "":
		f.set(metav1.Condition{
			Type: v1alpha1.DriftedCondition, Status: metav1.ConditionFalse, Reason: workflowOf(workflow).underway,
			Message: "workflow " + workflow + " is still running; the Manager's counts are shown again once it ends",
		})
	case counts && f.history.installed():
		f.set(driftedCondition(f.history.remote))
	default:
		meta.RemoveStatusCondition(&f.deployment.Status.Conditions, v1alpha1.DriftedCondition)
	}
}

// works is the workflow that the operator has running or just started, "" if there is none. An update does not say whose it is.
func (f *facts) works(out outcome.Outcome) string {
	if workflow := f.decision.step.starts(); workflow != "" && out.Kind == outcome.Waiting && out.Reason == workflowOf(workflow).underway {
		return workflow
	}
	if active := f.history.active(); active != nil && (f.startedHere(active) || active.WorkflowID == workflowUpdate) {
		return active.WorkflowID
	}
	return ""
}

// driftedCondition says what the Manager counts of a deployment, be it a row of a list.
func driftedCondition(d *cloudify.Deployment) metav1.Condition {
	if d.Drifted+d.Unavailable == 0 {
		return metav1.Condition{
			Type: v1alpha1.DriftedCondition, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNotDrifted,
			Message: "the Manager counts no drifted or unavailable node instances",
		}
	}
	return metav1.Condition{
		Type: v1alpha1.DriftedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonInstancesDrifted,
		Message: fmt.Sprintf("the Manager counts %d drifted and %d unavailable node instances: the heal workflow may repair them; to run it, create a CloudifyExecution", d.Drifted, d.Unavailable),
	}
}

// followCounts repeats the counts of a row that agrees with the status in all else: a check may change them and leave no other trace.
func (f *facts) followCounts(row *cloudify.Deployment) {
	if f.history.release.Has(cloudify.DriftCounts) && meta.IsStatusConditionTrue(f.before.Status.Conditions, v1alpha1.InstalledCondition) {
		f.set(driftedCondition(row))
	}
}

func (f *facts) set(c metav1.Condition) {
	outcome.Set(&f.deployment.Status.Conditions, f.deployment.Generation, c)
}
