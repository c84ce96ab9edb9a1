// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// setStatus says what people see of a deployment, from what the phases found. It is pure.
func setStatus(s *scope, out outcome.Outcome) {
	status := &s.deployment.Status
	status.ObservedGeneration = s.deployment.Generation
	status.DeletionPolicy = s.deployment.EffectiveDeletionPolicy()
	if s.deployment.Annotations[v1alpha1.ManagerAnnotation] != "" {
		status.DeploymentID = s.id
	}
	if s.looked {
		set(s, createdCondition(s, out))
		setObserved(s, out)
	}
	s.setObservedInputs(out)
	if s.binding != "" {
		status.Binding = &v1alpha1.LocalObjectReference{Name: s.binding}
	}
	if a := status.Applied; out.Kind == outcome.Done && (a == nil || a.Generation != s.deployment.Generation ||
		a.Operation != s.deployment.Operation() || a.BlueprintID != s.remote.BlueprintID) {
		status.Applied = &v1alpha1.AppliedStatus{
			Generation: s.deployment.Generation, BlueprintID: s.remote.BlueprintID,
			Plan: s.deployment.Spec.Plan, PlanInputs: slices.Sorted(maps.Keys(s.fixed)),
			Operation: s.deployment.Operation(), MaintenanceVersion: s.deployment.MaintenanceVersion(),
		}
	}
	outcome.SetSummary(&status.Conditions, s.deployment.Generation, out, s.readyMessage())
}

// readyMessage is what a deployment says that is Ready.
func (s *scope) readyMessage() string {
	message := fmt.Sprintf("deployment %s of blueprint %s is installed", s.id, s.deployment.Status.BlueprintID)
	if len(s.unevaluated) > 0 {
		message += "; " + s.unevaluatedMessage(s.binding)
	}
	if s.omitted != "" {
		message += "; " + s.omittedMessage(s.binding)
	}
	return message
}

// setObserved shows what the Manager has; what is not this object's own is not shown.
func setObserved(s *scope, out outcome.Outcome) {
	status := &s.deployment.Status
	status.BlueprintID, status.NewerBlueprintID, status.Execution = "", "", nil
	if !s.ours() {
		return
	}
	if s.remote != nil {
		status.BlueprintID = s.remote.BlueprintID
	}
	status.Execution = executionStatus(s)
	set(s, installedCondition(s, out))
	setUpToDate(s, out)
	setDrifted(s, out)
}

func set(s *scope, c metav1.Condition) {
	outcome.Set(&s.deployment.Status.Conditions, s.deployment.Generation, c)
}

// createdCondition says whether the deployment exists.
func createdCondition(s *scope, out outcome.Outcome) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.CreatedCondition, Status: metav1.ConditionFalse}
	active := s.active()
	switch {
	case s.remote == nil:
		c.Reason, c.Message = v1alpha1.ReasonNotFound, "the Manager has no deployment "+s.id
	case !s.ours():
		c.Reason, c.Message = out.Reason, "deployment "+s.id+" is not adopted"
	case s.removing, active != nil && active.WorkflowID == workflowDelete:
		c.Reason, c.Message = v1alpha1.ReasonDeleting, "the Manager deletes the deployment"
	case active != nil && active.WorkflowID == workflowCreate:
		c.Reason, c.Message = v1alpha1.ReasonCreating, "the Manager prepares the deployment"
	case s.createFailed() != nil:
		c.Reason, c.Message = v1alpha1.ReasonCreateFailed, s.mask(reason(s.createFailed(), s.causes))
	default:
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, v1alpha1.ReasonCreated, "deployment "+s.id+" exists"
	}
	return c
}

// installedCondition says whether the install workflow ended well and nothing undid it.
func installedCondition(s *scope, out outcome.Outcome) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.InstalledCondition, Status: metav1.ConditionFalse}
	active := s.active()
	if s.started != nil {
		active = s.started
	}
	switch {
	case s.remote == nil:
		c.Reason, c.Message = v1alpha1.ReasonNotInstalled, "the deployment does not exist"
	case active != nil && active.WorkflowID == workflowInstall:
		c.Reason, c.Message = v1alpha1.ReasonInstalling, "workflow install is "+active.Status
	case active != nil && active.WorkflowID == workflowUninstall:
		c.Reason, c.Message = v1alpha1.ReasonUninstalling, "workflow uninstall is "+active.Status
	case s.createFailed() == nil && s.installed():
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
func setUpToDate(s *scope, out outcome.Outcome) {
	c := metav1.Condition{Type: v1alpha1.UpToDateCondition, Status: metav1.ConditionFalse}
	active := s.active()
	s.announceRevision()
	switch {
	case s.remote == nil:
		c.Reason, c.Message = v1alpha1.ReasonNotFound, "the Manager has no deployment "+s.id
	case s.updating != "", active != nil && active.WorkflowID == workflowUpdate:
		c.Reason, c.Message = v1alpha1.ReasonUpdating, "inputs and revision are being updated"
	case !s.prepared:
		return // what was seen last still stands
	case out.Reason == v1alpha1.ReasonUpdateFailed, out.Reason == v1alpha1.ReasonUpdateCancelled, out.Reason == v1alpha1.ReasonUpdateUnsupported:
		c.Reason, c.Message = out.Reason, out.Message
	case s.createFailed() != nil, s.outdated():
		c.Reason, c.Message = v1alpha1.ReasonOutdated, "inputs or revision at the Manager are not those of the spec"
	case s.deployment.Status.NewerBlueprintID != "":
		c.Reason = v1alpha1.ReasonNewerRevision
		c.Message = fmt.Sprintf("the blueprint has revision %s: set spec.revision.blueprintID to it, or spec.revision.policy to Latest, to move there",
			s.deployment.Status.NewerBlueprintID)
	case s.newerPlan:
		c.Reason, c.Message = v1alpha1.ReasonNewerPlan, fmt.Sprintf("plan %s fixes other inputs today than were applied: set spec.plan to another plan and back to have them", s.deployment.Spec.Plan)
	default:
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, v1alpha1.ReasonUpToDate, "inputs and revision are those of the spec"
	}
	set(s, c)
}

// executionStatus shows the latest execution, whoever started it.
func executionStatus(s *scope) *v1alpha1.ExecutionStatus {
	e := s.started
	if e == nil {
		e = s.latest()
	}
	if e == nil {
		return nil
	}
	shown := &v1alpha1.ExecutionStatus{
		ID: e.ID, Workflow: e.WorkflowID, Status: e.Status,
		StartedAt: timeOf(e.StartedAt), EndedAt: timeOf(e.EndedAt),
		FinishedOperations: int32(e.FinishedOperations), TotalOperations: int32(e.TotalOperations), //nolint:gosec // counts of operations
	}
	if e.Active() {
		shown.FirstSeenAt, shown.CancelledAt = s.times(e)
	}
	if e.Active() && e.TotalOperations > 0 {
		shown.Progress = fmt.Sprintf("%d/%d", e.FinishedOperations, e.TotalOperations)
	}
	if e.Failed() {
		shown.Error = outcome.Truncate(s.mask(reason(e, s.causes)), 4096)
		if last := s.before.Status.Execution; shown.Error == "" && last != nil && last.ID == e.ID {
			shown.Error = last.Error
		}
	}
	return shown
}

func timeOf(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return &metav1.Time{Time: t.Truncate(time.Second)} // as the API server stores it
}

// statusFingerprint is what the poller's row shows of a deployment that has this status.
func statusFingerprint(status *v1alpha1.CloudifyDeploymentStatus) watch.Fingerprint {
	f := watch.Fingerprint{BlueprintID: status.BlueprintID, InstallationStatus: "inactive"}
	if meta.IsStatusConditionTrue(status.Conditions, v1alpha1.InstalledCondition) {
		f.InstallationStatus = "active"
	}
	if e := status.Execution; e != nil {
		f.ExecutionID, f.ExecutionStatus = e.ID, cloudify.LatestStatus(e.Status)
	}
	return f
}

// seen is what the rows of the poller shall be compared with after a close look. An execution that began after the executions
// were read is in the deployment only: the next list wakes the object for it.
func (s *scope) seen() watch.Fingerprint {
	f := watch.FingerprintOf(s.remote)
	listed := slices.ContainsFunc(s.executions, func(e cloudify.Execution) bool { return e.ID == f.ExecutionID })
	if f.ExecutionID != "" && !listed && len(s.executions) < maxExecutions {
		f.ExecutionID = "not seen"
	}
	return f
}
