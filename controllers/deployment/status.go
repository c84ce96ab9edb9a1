// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// setStatus says what people see of a deployment, from what the phases found. It is pure.
func (f *facts) setStatus(out outcome.Outcome) {
	switch out.Kind {
	case outcome.Retry, outcome.Unchanged:
		f.unhandle()
	case outcome.Stalled:
		f.handle() // what is final answers to all that was asked
	}
	f.setExpiry()
	if out.Kind == outcome.Unchanged {
		return
	}
	status := &f.deployment.Status
	status.ObservedGeneration = f.deployment.Generation
	status.DeletionPolicy = f.deployment.EffectiveDeletionPolicy()
	if f.deployment.Annotations[v1alpha1.ManagerAnnotation] != "" {
		status.DeploymentID = f.id
	}
	if f.history.looked {
		f.set(f.createdCondition(out))
		f.setObserved(out)
	}
	f.setObservedInputs(out)
	if f.effect.outputs.secret != "" {
		status.Binding = &v1alpha1.LocalObjectReference{Name: f.effect.outputs.secret}
	}
	if out.Kind == outcome.Done && f.asWanted() {
		f.setApplied()
	}
	outcome.SetSummary(&status.Conditions, f.deployment.Generation, out, f.readyMessage())
}

// setApplied notes what is applied now, where it is news.
func (f *facts) setApplied() {
	a, approved := f.deployment.Status.Applied, ""
	if a != nil {
		approved = a.ApprovedUpdate
	}
	if p := f.before.Status.PendingUpdate; p != nil && p.Approved {
		approved = p.ID
	}
	if a != nil && a.Generation == f.deployment.Generation && a.Operation == f.deployment.Operation() &&
		a.BlueprintID == f.history.remote.BlueprintID && a.ApprovedUpdate == approved {
		return
	}
	f.deployment.Status.Applied = &v1alpha1.AppliedStatus{
		Generation: f.deployment.Generation, BlueprintID: f.history.remote.BlueprintID,
		Plan: f.deployment.Spec.Plan, PlanInputs: slices.Sorted(maps.Keys(f.want.fixed)), ApprovedUpdate: approved,
		Spec: askedDigest(&f.deployment.Spec), Operation: f.deployment.Operation(), MaintenanceVersion: f.deployment.MaintenanceVersion(),
	}
}

// readyMessage is what a deployment says that is Ready.
func (f *facts) readyMessage() string {
	kept := &f.effect.outputs
	message := fmt.Sprintf("deployment %s of blueprint %s is installed", f.id, f.deployment.Status.BlueprintID)
	if len(kept.unevaluated) > 0 {
		message += "; " + f.mask(kept.unevaluatedMessage(kept.secret))
	}
	if kept.omitted != "" {
		message += "; " + kept.omittedMessage(kept.secret)
	}
	if p := f.deployment.Status.PendingUpdate; p != nil && !p.Approved {
		message += "; update " + p.ID + " awaits approval"
	}
	return message
}

// setObserved shows what the Manager has; what is not this object's own is not shown.
func (f *facts) setObserved(out outcome.Outcome) {
	status := &f.deployment.Status
	status.BlueprintID, status.NewerBlueprintID, status.Execution, status.AwaitedWindow = "", "", nil, nil
	if !f.ours() {
		return
	}
	if f.history.remote != nil {
		status.BlueprintID = f.history.remote.BlueprintID
	}
	status.Execution = f.executionStatus()
	if at, awaited := f.awaitedWindow(); awaited {
		status.AwaitedWindow = outcome.Time(at)
	}
	status.PreviewExecution = ""
	if preview := f.history.preview(); preview != nil {
		status.PreviewExecution = preview.ID
	}
	f.setPending(out)
	f.set(f.installedCondition(out))
	f.setUpToDate(out)
	f.setDrifted(out)
}

// executionStatus shows the latest execution, whoever started it.
func (f *facts) executionStatus() *v1alpha1.ExecutionStatus {
	e := f.effect.started
	if e == nil || e.WorkflowID == workflowUpdate { // of which nothing was read yet
		e = f.history.latest()
	}
	if e == nil {
		return nil
	}
	shown := f.timing.sighting.Status(e)
	if e.Failed() {
		shown.Error = outcome.Truncate(f.mask(cloudify.Cause(e, f.effect.causes)), 4096)
		if last := f.before.Status.Execution; shown.Error == "" && last != nil && last.ID == e.ID {
			shown.Error = last.Error
		}
	}
	return shown
}
