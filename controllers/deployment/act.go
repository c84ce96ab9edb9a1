// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// act makes at most one change at the Manager; the next pass sees its result.
func (r *reconciler) act(ctx context.Context, s *scope) error {
	s.step = nextStep(s)
	wanted := wantedStep(s)
	if !s.mayArrive(wanted) {
		s.deployment.Status.Unanswered = nil
	}
	if wanted == stepUpdate {
		if err := r.publishFirst(ctx, s); err != nil {
			return err
		}
	}
	switch s.step {
	case stepNone:
		err := r.publish(ctx, s)
		s.handle()
		return err
	case stepPause:
		return outcome.Wait(v1alpha1.ReasonPaused, "the next step is %s, but spec.paused is set: remove it to go on%s", wanted, s.wayOut())
	case stepRelease:
		ctrl.LoggerFrom(ctx).Info("Deployment is gone", "deploymentID", s.id)
		return r.letGo(ctx, s)
	case stepWait:
		return s.waitForExecution()
	case stepAwait:
		return s.awaitArrival()
	case stepStall:
		return r.stall(ctx, s)
	case stepTimeOut:
		return s.timeOut(s.toCancel())
	case stepCancel:
		return r.cancel(ctx, s, s.toCancel(), cloudify.Cancel)
	case stepForceCancel:
		return r.cancel(ctx, s, s.active(), cloudify.ForceCancel)
	case stepKill:
		return r.cancel(ctx, s, s.active(), cloudify.Kill)
	case stepCreate:
		if s.remote == nil && s.existed() { // it is told before the Manager is asked: that may fail, and be tried again as any other creation
			return outcome.Tell(v1alpha1.ReasonRecreating, "deployment %s vanished from the Manager and is created anew", s.id)
		}
		return r.create(ctx, s)
	case stepUpdate:
		return r.update(ctx, s)
	case stepInstall:
		if e := s.undone(); e != nil {
			return outcome.Tell(v1alpha1.ReasonForeignUninstall,
				"somebody else uninstalled deployment %s at the Manager (execution %s); it is installed again", s.id, e.ID)
		}
		return r.start(ctx, s, workflowInstall, v1alpha1.ReasonInstalling)
	case stepUninstall:
		return r.uninstall(ctx, s)
	case stepDelete:
		return r.remove(ctx, s)
	case stepLabel:
		return r.label(ctx, s)
	default:
		return fmt.Errorf("unknown step %s", s.step)
	}
}

const (
	// soon is when a change is looked at by itself: what is quick is over before the poller comes by.
	soon = time.Second
	// later is when something is tried again that somebody else must make possible.
	later = 30 * time.Second
)

// eventsLag is how long the events of an execution may take to arrive after its end.
const eventsLag = 2 * soon

// stall says why a step failed. Events lag behind the end of an execution, so a failure without a cause is told only once
// they had time to arrive; whatever wakes the object before proves nothing.
func (r *reconciler) stall(ctx context.Context, s *scope) error {
	failed := s.failure()
	causes, err := s.conn.ListFailures(ctx, failed.execution.ID)
	if err != nil {
		return fmt.Errorf("read why execution %s failed: %w", failed.execution.ID, err)
	}
	s.causes = causes
	now, last := time.Now(), s.before.Status.Execution
	if told := s.before.IsStalled() && last != nil && last.ID == failed.execution.ID; len(causes) == 0 && failed.execution.Failed() && !told {
		if left := eventsLag - now.Sub(r.failed.Since(s.deployment.UID, failed.execution.ID, now)); left > 0 {
			return outcome.WaitFor(left, running(failed.execution.WorkflowID), "workflow %s failed; reading why", failed.execution.WorkflowID)
		}
	}
	r.failed.Forget(s.deployment.UID)
	limit, advice := s.limit(failed), failed.advice
	if limit != "" {
		advice += "; the time limit is " + timeoutField(failed.execution.WorkflowID)
	}
	return outcome.Advise(outcome.Stall(failed.reason, "%s%s", limit, failed.message(causes)), advice)
}

// cancel tells an execution to stop. One that has ended meanwhile needs no telling.
func (r *reconciler) cancel(ctx context.Context, s *scope, e *cloudify.Execution, how cloudify.Cancellation) error {
	if _, err := s.conn.CancelExecution(ctx, e.ID, how); err != nil && !cloudify.IsIllegalAction(err) {
		return fmt.Errorf("cancel execution %s: %w", e.ID, err)
	}
	ctrl.LoggerFrom(ctx).Info("Cancelled execution", "executionID", e.ID, "workflow", e.WorkflowID, "how", how)
	r.Watcher.FollowExecution(s.manager.Name, e.ID, s.key)
	s.stopped(e, time.Now())
	manner := fmt.Sprintf(" (execution %s)", e.ID)
	switch how {
	case cloudify.ForceCancel:
		manner += fmt.Sprintf(" by force, for it did not stop within %s", r.CancelGrace)
	case cloudify.Kill:
		manner += fmt.Sprintf(" with a kill, for it did not stop by force within %s", r.CancelGrace)
	}
	if s.timedOut(e) {
		return outcome.WaitFor(r.CancelGrace, v1alpha1.ReasonTimedOut, "%s%s", s.overdueMessage(e), manner)
	}
	return outcome.WaitFor(r.CancelGrace, v1alpha1.ReasonCancelling, "cancelling workflow %s%s", e.WorkflowID, manner)
}

// create makes the deployment, once its outputs have a place to go to. A conflict means that an earlier call arrived: the ID is
// made of the object's UID.
func (r *reconciler) create(ctx context.Context, s *scope) error {
	if _, err := r.readOutputs(ctx, s); err != nil {
		return err
	}
	if err := r.tellCreating(ctx, s); err != nil {
		return err
	}
	s.handle()
	r.leftovers.Made(s.deployment)
	created, err := s.conn.CreateDeployment(ctx, s.id, cloudify.NewDeployment{
		BlueprintID: s.revision, Inputs: s.wanted, DisplayName: s.displayName(), Labels: s.wantedLabels(),
	})
	switch {
	case cloudify.IsConflict(err):
		return outcome.WaitFor(soon, v1alpha1.ReasonCreating, "deployment %s exists already; looking at it", s.id)
	case cloudify.IsCreationFailed(err):
		// The blueprint may not be uploaded, or the environment failed and left a row: the next pass reads which.
		return outcome.WaitFor(later, v1alpha1.ReasonCreating, "the Manager could not begin: %v", err)
	case err != nil:
		return fmt.Errorf("create deployment %s: %w", s.id, err)
	}
	ctrl.LoggerFrom(ctx).Info("Created deployment", "deploymentID", s.id, "blueprintID", s.revision)
	if created.CreateExecution != "" {
		r.Watcher.FollowExecution(s.manager.Name, created.CreateExecution, s.key)
	} else {
		r.Watcher.FollowDeployment(s.manager.Name, s.id, s.key)
	}
	if s.remote == nil {
		s.made = created
	}
	return outcome.WaitFor(later, v1alpha1.ReasonCreating, "the Manager prepares deployment %s", s.id)
}

// tellCreating has the status say what the object waits for before the Manager is asked, who may take its time to answer. Later
// steps find a status that says what was done before.
func (r *reconciler) tellCreating(ctx context.Context, s *scope) error {
	ready := meta.FindStatusCondition(s.before.Status.Conditions, v1alpha1.ReadyCondition)
	if ready != nil && (ready.Reason == v1alpha1.ReasonCreating || ready.Reason == v1alpha1.ReasonRecreating) {
		return nil
	}
	out := outcome.Classify(outcome.Wait(v1alpha1.ReasonCreating, "asking the Manager for deployment %s", s.id))
	setStatus(s, out)
	if _, err := r.Reporter.Report(ctx, s.before, s.deployment, out); err != nil {
		return err
	}
	s.before = s.deployment.DeepCopy()
	return nil
}

// update sends the complete effective set: the Manager merges, so an input left out would keep its old value.
func (r *reconciler) update(ctx context.Context, s *scope) error {
	s.handle()
	update := cloudify.Update{Inputs: s.inputs, OnlyInputs: s.deleting()}
	if s.revision != s.remote.BlueprintID {
		update.BlueprintID = s.revision
	}
	started, err := s.conn.StartUpdate(ctx, s.id, update)
	if cloudify.IsConflict(err) && !s.release.Has(cloudify.UpdateByWorkflow) {
		started, err = s.updateOverStale(ctx, update)
	}
	switch {
	case cloudify.IsUnsupported(err):
		return outcome.Advise(outcome.Stall(v1alpha1.ReasonUpdateUnsupported, "%v", err),
			"put spec.inputs, or the Secrets and ConfigMaps that inputs come from, and spec.revision back, or delete this object and create it anew")
	case cloudify.IsConflict(err):
		return outcome.WaitFor(later, v1alpha1.ReasonManagerBusy, "another update is under way: %v", err)
	case cloudify.IsDependentExists(err):
		return outcome.WaitFor(later, v1alpha1.ReasonDependentsExist, "other deployments use this one, so it cannot be updated: %v", err)
	case err != nil:
		return fmt.Errorf("start update: %w", err)
	}
	ctrl.LoggerFrom(ctx).Info("Started execution", "workflow", workflowUpdate, "executionID", started.ExecutionID, "deploymentID", s.id, "blueprintID", s.revision)
	s.updating = started.ExecutionID
	r.Watcher.FollowExecution(s.manager.Name, started.ExecutionID, s.key)
	if s.deleting() {
		return outcome.Wait(v1alpha1.ReasonUpdating, "updating inputs before the next uninstall")
	}
	return outcome.Wait(v1alpha1.ReasonUpdating, "updating inputs and revision")
}

// start starts a workflow for the present ask.
func (r *reconciler) start(ctx context.Context, s *scope, workflow, reason string) error {
	s.handle()
	if !s.offers(workflow) {
		return outcome.Advise(outcome.Stall(v1alpha1.ReasonManagerRefused,
			"the Manager does not offer workflow %s for the state that the node instances are in", workflow), "look at it there; "+askAgain)
	}
	execution := cloudify.NewExecution{DeploymentID: s.id, WorkflowID: workflow}.WithOwnParameter(s.ask())
	if options := s.deployment.Spec.Uninstall; workflow == workflowUninstall && options != nil && options.IgnoreFailure {
		execution.Parameters["ignore_failure"] = true
	}
	started, err := s.conn.StartExecution(ctx, execution)
	switch {
	case cloudify.IsUnavailableWorkflow(err), cloudify.IsCreationFailed(err):
		// The state is another than was read: the next pass reads it again.
		return outcome.WaitFor(later, reason, "the Manager does not offer workflow %s now: %v", workflow, err)
	case cloudify.IsDependentExists(err):
		return outcome.WaitFor(later, v1alpha1.ReasonDependentsExist, "other deployments use this one: %v. Delete those first%s", err, s.wayOut())
	case err != nil:
		return fmt.Errorf("start %s execution: %w", workflow, err)
	}
	ctrl.LoggerFrom(ctx).Info("Started execution", "workflow", workflow, "executionID", started.ID, "deploymentID", s.id)
	s.started = started
	s.sight(started, time.Now())
	r.Watcher.FollowExecution(s.manager.Name, started.ID, s.key)
	return outcome.Wait(reason, "workflow %s is %s", workflow, started.Status)
}

// remove deletes the deployment, of which nothing lives any more: with its object, or to be created anew.
func (r *reconciler) remove(ctx context.Context, s *scope) error {
	s.handle()
	switch err := s.conn.DeleteDeployment(ctx, s.id, false); {
	case cloudify.IsDependentExists(err):
		// Something runs, lives or depends on it: the next pass reads which.
		return outcome.WaitFor(later, v1alpha1.ReasonDependentsExist, "the Manager keeps the deployment: %v%s", err, s.wayOut())
	case err != nil && !cloudify.IsNotFound(err):
		return fmt.Errorf("delete deployment %s: %w", s.id, err)
	}
	ctrl.LoggerFrom(ctx).Info("Deleted deployment", "deploymentID", s.id)
	s.removing = true
	if s.deleting() {
		r.Watcher.Forget(s.manager.Name, s.id)
	}
	r.Watcher.FollowDeployment(s.manager.Name, s.id, s.key)
	if !s.deleting() {
		return outcome.WaitFor(later, v1alpha1.ReasonCreating, "the Manager deletes what is left of deployment %s, so that it can be created anew", s.id)
	}
	return outcome.WaitFor(later, v1alpha1.ReasonDeleting, "the Manager deletes deployment %s", s.id)
}

// label puts display name and labels right. Others' labels stay.
func (r *reconciler) label(ctx context.Context, s *scope) error {
	labels, name := s.mergedLabels(), s.displayName()
	patch := cloudify.DeploymentPatch{Labels: &labels}
	if s.release.Has(cloudify.DisplayName) {
		patch.DisplayName = &name
	}
	if err := s.conn.PatchDeployment(ctx, s.id, patch); err != nil {
		return fmt.Errorf("label deployment %s: %w", s.id, err)
	}
	ctrl.LoggerFrom(ctx).Info("Labelled deployment", "deploymentID", s.id)
	err := r.publish(ctx, s)
	s.handle()
	return err
}
