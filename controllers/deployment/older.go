// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// An object that is created anew, as by a restore of the cluster, has a new UID, and so another deployment than the object of its
// name had before. Nothing tells it from an object that is new but the labels of what is at the Manager, which the lists show.

// isNew reports whether a deployment is about to be made for the first time, and may be so only where no earlier one is there.
// Without labels nothing can be known of those.
func (f *facts) isNew() bool {
	return !f.deleting() && !f.adopted() && !f.existed() && f.deployment.Annotations[v1alpha1.InstallAnewAnnotation] == "" &&
		f.history.release.Has(cloudify.Labels)
}

// clearingInterval is when a deployment of an earlier object is looked at that is being removed; its end usually wakes the object.
const clearingInterval = 5 * time.Second

// awaitNamesakes waits until it is known what was made for earlier objects of a new one's name: the first list after a start says
// it for all. What is still made to go for an object that was deleted is waited for.
func (r *reconciler) awaitNamesakes(s *scope) error {
	if !s.isNew() {
		return nil
	}
	if r.leftovers.Clearing(s.deployment) {
		return outcome.WaitFor(clearingInterval, v1alpha1.ReasonAwaitingDeletion,
			"an earlier object of this name was deleted, and its deployment is still being removed from the Manager; the operator creates the new one after that")
	}
	if _, known := r.Watcher.Namesakes(s.manager.Name, s.id, s.key); known {
		return nil
	}
	const message = "waiting for the first list of the Manager's deployments, which shows whether one of an earlier object of this name exists"
	now := time.Now()
	if left := listPatience - now.Sub(r.awaited.Since(s.deployment.UID, "namesakes", now)); left > 0 {
		return outcome.WaitUntold(left, v1alpha1.ReasonQueued, message)
	}
	return outcome.Wait(v1alpha1.ReasonQueued, message)
}

// mayCreate checks, before a second one is created, that no deployment of an earlier object of this name is left at the Manager.
func (r *reconciler) mayCreate(ctx context.Context, s *scope) error {
	if !s.isNew() {
		return nil
	}
	ids, known := r.Watcher.Namesakes(s.manager.Name, s.id, s.key)
	if !known {
		return outcome.WaitUntold(listPatience, v1alpha1.ReasonQueued, "waiting for a list of the Manager's deployments")
	}
	var older []string
	for _, id := range ids {
		held, err := r.held(ctx, s, id)
		switch {
		case err != nil:
			return err
		case held:
		case r.goes(s, id):
			return outcome.Wait(v1alpha1.ReasonAwaitingDeletion,
				"deployment %s of an earlier object of this name is being removed from the Manager; the operator creates the new one after that", id)
		default:
			older = append(older, id)
		}
	}
	if len(older) == 0 {
		return nil
	}
	if s.asked() { // it may have been removed since the list that shows it
		r.Watcher.ListNow(s.manager.Name)
	}
	return olderExists(older, s.key.Namespace)
}

// olderExists says what is there, and both ways on.
func olderExists(older []string, namespace string) error {
	slices.Sort(older)
	return outcome.Advise(
		outcome.Stall(v1alpha1.ReasonOlderDeploymentExists, "the Manager still has deployment %s of an earlier object of this name, so no second one was created",
			outcome.Enumerate(older, maxDependents)),
		fmt.Sprintf("to adopt it, set its label %s to %s at the Manager, then delete this object and create it with spec.deploymentID: %s; "+
			"to install another one beside it, set the annotation %s to true",
			v1alpha1.RemoteLabelAdoptableBy, namespace, older[0], v1alpha1.InstallAnewAnnotation))
}

// held reports whether another object has a deployment for its own, such as one that adopted it, so that its labels are about to say so.
func (r *reconciler) held(ctx context.Context, s *scope, id string) (bool, error) {
	var list v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &list, client.MatchingFields{index.RemoteID: id}); err != nil {
		return false, fmt.Errorf("list CloudifyDeployments: %w", err)
	}
	return slices.ContainsFunc(list.Items, func(d v1alpha1.CloudifyDeployment) bool {
		o := newObject(&d, s.cluster)
		return o.managerName() == s.managerName() && o.holds()
	}), nil
}

// goes reports whether a deployment is being uninstalled or deleted, and has the object woken when that is over.
func (r *reconciler) goes(s *scope, id string) bool {
	running := r.Watcher.Running(s.manager.Name, id, s.key).Executions
	if !slices.ContainsFunc(running, func(e cloudify.Execution) bool { return workflowOf(e.WorkflowID).undoing != "" }) {
		return false
	}
	r.Watcher.FollowDeployment(s.manager.Name, id, s.key)
	return true
}
