// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// later is when something is tried again that must first become possible at the Manager.
const later = 30 * time.Second

// create makes the deployment, once its outputs have a place to go to. A conflict means that an earlier call arrived: the ID is
// made of the object's UID.
func (r *reconciler) create(ctx context.Context, s *scope, d decision) error {
	if _, err := r.readOutputs(ctx, s); err != nil {
		return err
	}
	if err := r.tellCreating(ctx, s); err != nil {
		return err
	}
	s.handle()
	r.leftovers.Made(s.deployment)
	created, err := s.conn.CreateDeployment(ctx, s.id, cloudify.NewDeployment{
		BlueprintID: s.want.revision, Inputs: s.want.wanted, DisplayName: s.displayName(), Labels: s.wantedLabels(),
	})
	switch {
	case cloudify.IsConflict(err):
		return outcome.WaitFor(soon, d.reason, "deployment %s already exists; the operator is reading its state", s.id)
	case cloudify.IsCreationFailed(err):
		// The blueprint may not be uploaded, or the environment failed and left a row: the next pass reads which.
		return outcome.WaitFor(later, d.reason, "the Manager could not start creating the deployment: %v", err)
	case err != nil:
		return fmt.Errorf("create deployment %s: %w", s.id, err)
	}
	ctrl.LoggerFrom(ctx).Info("Created deployment", "deploymentID", s.id, "blueprintID", s.want.revision)
	if created.CreateExecution != "" {
		r.Watcher.FollowExecution(s.manager.Name, created.CreateExecution, s.key)
	} else {
		r.Watcher.FollowDeployment(s.manager.Name, s.id, s.key)
	}
	if s.history.remote == nil {
		s.effect.made = created
	}
	return outcome.WaitFor(later, d.reason, asking, s.id) // as it was told before; what runs is told when it is listed
}

// asking is what a deployment says while the Manager is asked to create it, until a list shows that it is made.
const asking = "asking the Manager to create deployment %s"

// tellCreating writes what the object waits for into the status before the Manager is asked, which may take its time to answer.
// Later steps find a status that says what was done before. A request is handled by that: where there is no deployment, to create
// it is next whatever was asked.
func (r *reconciler) tellCreating(ctx context.Context, s *scope) error {
	ready := meta.FindStatusCondition(s.before.Status.Conditions, v1alpha1.ReadyCondition)
	if ready != nil && (ready.Reason == v1alpha1.ReasonCreating || ready.Reason == v1alpha1.ReasonRecreating) {
		return nil
	}
	if s.history.remote == nil {
		s.handle()
	}
	out := outcome.Classify(outcome.Wait(v1alpha1.ReasonCreating, asking, s.id))
	s.setStatus(out)
	if _, err := r.Reporter.Report(ctx, s.before, s.deployment, out); err != nil {
		return err
	}
	s.before = s.deployment.DeepCopy()
	return nil
}

// update sends the complete effective set: the Manager merges, so an input left out would keep its old value.
func (r *reconciler) update(ctx context.Context, s *scope, d decision) error {
	s.handle()
	update := s.change()
	started, err := s.conn.StartUpdate(ctx, s.id, update)
	if cloudify.IsConflict(err) && !s.history.release.Has(cloudify.UpdateByWorkflow) {
		started, err = s.updateOverStale(ctx, update)
	}
	switch {
	case cloudify.IsUnsupported(err):
		return outcome.Advise(outcome.Stall(v1alpha1.ReasonUpdateUnsupported, "%v", err),
			"revert spec.inputs (or the Secrets and ConfigMaps that inputs come from) and spec.revision, or delete this object and create it again")
	case cloudify.IsConflict(err):
		return outcome.WaitFor(later, v1alpha1.ReasonManagerBusy, "another update is in progress: %v", err)
	case cloudify.IsDependentExists(err):
		return outcome.WaitFor(later, v1alpha1.ReasonDependentsExist, "other deployments use this one, so it cannot be updated: %v", err)
	case err != nil:
		return fmt.Errorf("start update: %w", err)
	}
	ctrl.LoggerFrom(ctx).Info("Started execution", "workflow", workflowUpdate, "executionID", started.ExecutionID, "deploymentID", s.id, "blueprintID", s.want.revision)
	s.effect.started = &cloudify.Execution{ID: started.ExecutionID, WorkflowID: workflowUpdate, DeploymentID: s.id, Status: "pending"}
	r.Watcher.FollowExecution(s.manager.Name, started.ExecutionID, s.key)
	if s.deleting() {
		return outcome.Wait(d.reason, "updating inputs before the next uninstall")
	}
	return outcome.Wait(d.reason, "updating inputs and revision")
}

// change is the update that brings the deployment to what is wanted.
func (s *scope) change() cloudify.Update {
	update := cloudify.Update{Inputs: s.want.effective, OnlyInputs: s.deleting()}
	if s.want.revision != s.history.remote.BlueprintID {
		update.BlueprintID = s.want.revision
	}
	return update
}

// updateOverStale starts an update in spite of an earlier one that was left unfinished: until 6.2 a Manager that went down in
// the midst of one refuses all that follow. No execution of the deployment is active; should one be since, the Manager refuses
// this, too. What it would pass over beside that is looked at here.
func (s *scope) updateOverStale(ctx context.Context, update cloudify.Update) (*cloudify.DeploymentUpdate, error) {
	dependents, err := s.conn.ListDependents(ctx, s.id)
	if err != nil {
		return nil, fmt.Errorf("list dependents of deployment %s: %w", s.id, err)
	}
	if len(dependents) > 0 {
		return nil, outcome.WaitFor(later, v1alpha1.ReasonDependentsExist,
			"other deployments use this one, so it cannot be updated: %s", outcome.Enumerate(dependents, maxDependents))
	}
	update.Force = true
	return s.conn.StartUpdate(ctx, s.id, update)
}

// start starts a workflow for the present ask.
func (r *reconciler) start(ctx context.Context, s *scope, d decision) error {
	workflow := d.step.starts()
	s.handle()
	if !s.history.offers(workflow) {
		return outcome.Advise(outcome.Stall(v1alpha1.ReasonManagerRefused,
			"the Manager does not offer workflow %s in the current state of the node instances", workflow), "check the deployment at the Manager; "+toRetry)
	}
	execution := cloudify.NewExecution{DeploymentID: s.id, WorkflowID: workflow}.WithOwnParameter(s.ask())
	if options := s.deployment.Spec.Uninstall; workflow == workflowUninstall && options != nil && options.IgnoreFailure {
		execution.Parameters["ignore_failure"] = true
	}
	started, err := s.conn.StartExecution(ctx, execution)
	switch {
	case cloudify.IsUnavailableWorkflow(err), cloudify.IsCreationFailed(err):
		// The state is another than was read: the next pass reads it again.
		return outcome.WaitFor(later, d.reason, "the Manager does not currently offer workflow %s: %v", workflow, err)
	case cloudify.IsDependentExists(err):
		return outcome.WaitFor(later, v1alpha1.ReasonDependentsExist, "other deployments use this one: %v. Delete those first%s", err, s.wayOut())
	case err != nil:
		return fmt.Errorf("start %s execution: %w", workflow, err)
	}
	ctrl.LoggerFrom(ctx).Info("Started execution", "workflow", workflow, "executionID", started.ID, "deploymentID", s.id)
	s.effect.started = started
	s.timing.sighting = executions.Sight(started, s.before.Status.Execution, time.Now())
	r.Watcher.FollowExecution(s.manager.Name, started.ID, s.key)
	if d.step == stepInstall && s.begins() {
		return outcome.WaitUntold(listPatience, d.reason, "workflow %s is %s", workflow, started.Status)
	}
	return outcome.Wait(d.reason, "workflow %s is %s", workflow, started.Status)
}

// uninstall starts the workflow, unless other deployments use this one: the Manager would refuse, and leave the row of a failed
// execution each time. The message names who uses it, and the next pass looks again. Where the Manager cannot say who does, it is
// left to refuse.
func (r *reconciler) uninstall(ctx context.Context, s *scope, d decision) error {
	dependents, err := s.conn.ListDependents(ctx, s.id)
	switch {
	case connection.IsOutage(err):
		return fmt.Errorf("list dependents of deployment %s: %w", s.id, err)
	case err != nil:
		ctrl.LoggerFrom(ctx).V(1).Info("Cannot list dependents", "deploymentID", s.id, "error", err.Error())
	case len(dependents) > 0:
		names, err := r.objectsOf(ctx, s, dependents)
		if err != nil {
			return err
		}
		return outcome.WaitFor(later, v1alpha1.ReasonDependentsExist, "other deployments use this one: %s. Delete those first, and this deletion continues%s",
			outcome.Enumerate(names, maxDependents), s.wayOut())
	}
	return r.start(ctx, s, d)
}

// maxDependents is how many of them a message names.
const maxDependents = 5

// objectsOf names deployments for people: by the ID at the Manager, and by the object too where it is of the same namespace.
// Those of other namespaces are not for everybody to know.
func (r *reconciler) objectsOf(ctx context.Context, s *scope, ids []string) ([]string, error) {
	var list v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &list, client.InNamespace(s.key.Namespace)); err != nil {
		return nil, fmt.Errorf("list CloudifyDeployments: %w", err)
	}
	objects := map[string]string{}
	for i := range list.Items {
		if d := &list.Items[i]; d.Annotations[v1alpha1.ManagerAnnotation] == s.managerName() {
			objects[d.RemoteID()] = d.Name
		}
	}
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		if object, ok := objects[id]; ok {
			id += " (CloudifyDeployment " + object + ")"
		}
		names = append(names, id)
	}
	return names, nil
}

// remove deletes the deployment, of which nothing lives any more: with its object, or to be created anew.
func (r *reconciler) remove(ctx context.Context, s *scope, d decision) error {
	s.handle()
	switch err := s.conn.DeleteDeployment(ctx, s.id, false); {
	case cloudify.IsDependentExists(err):
		// Something runs, lives or depends on it: the next pass reads which.
		return outcome.WaitFor(later, v1alpha1.ReasonDependentsExist, "the Manager does not delete the deployment yet: %v%s", err, s.wayOut())
	case err != nil && !cloudify.IsNotFound(err):
		return fmt.Errorf("delete deployment %s: %w", s.id, err)
	}
	ctrl.LoggerFrom(ctx).Info("Deleted deployment", "deploymentID", s.id)
	s.effect.removing = true
	if s.deleting() {
		r.Watcher.Forget(s.manager.Name, s.id)
	}
	r.Watcher.FollowDeployment(s.manager.Name, s.id, s.key)
	if !s.deleting() {
		return outcome.WaitFor(later, v1alpha1.ReasonCreating, "the Manager is deleting what is left of deployment %s, so that it can be created again", s.id)
	}
	return outcome.WaitFor(later, d.reason, "the Manager is deleting deployment %s", s.id)
}

// label puts display name and labels right. Others' labels stay.
func (r *reconciler) label(ctx context.Context, s *scope) error {
	labels, name := s.mergedLabels(), s.displayName()
	patch := cloudify.DeploymentPatch{Labels: &labels}
	if s.history.release.Has(cloudify.DisplayName) {
		patch.DisplayName = &name
	}
	if err := s.conn.PatchDeployment(ctx, s.id, patch); err != nil {
		return fmt.Errorf("label deployment %s: %w", s.id, err)
	}
	ctrl.LoggerFrom(ctx).Info("Labelled deployment", "deploymentID", s.id)
	err := r.publish(ctx, s)
	s.handle()
	if err == nil && s.awaitsApproval() {
		return outcome.WaitUntold(time.Millisecond, v1alpha1.ReasonOutdated, "looking for what an update would change")
	}
	return err
}
