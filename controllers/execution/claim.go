// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// claim finds the deployment, takes hold of the object before anything is started for it, and makes the deployment its owner. It lets
// go of one of which nothing can run, and deletes one that has stayed long enough after its end.
func (r *reconciler) claim(ctx context.Context, s *scope) error {
	if err := r.readDeployment(ctx, s); err != nil {
		return err
	}
	switch started := s.before.Status.Start != nil; {
	case s.deleting() && (s.execution.IsFinished() || s.deployment == nil || !started):
		return r.letGo(ctx, s)
	case s.execution.IsFinished():
		return r.expire(ctx, s)
	case s.deployment == nil && started:
		return outcome.Stall(v1alpha1.ReasonExecutionLost, "CloudifyDeployment %s is gone, and with it what is known of this execution", s.execution.Spec.DeploymentRef.Name)
	case s.deployment == nil:
		return outcome.Wait(v1alpha1.ReasonDeploymentNotFound, "CloudifyDeployment %s not found: create it, or delete this object", s.execution.Spec.DeploymentRef.Name)
	case s.deleting():
		return nil
	}
	stripped := connection.Stripped(s.execution) && metav1.GetControllerOf(s.execution) != nil
	if err := r.hold(ctx, s); err != nil {
		return err
	}
	if stripped {
		r.Reporter.AnnounceRestored(s.execution)
	}
	return nil
}

// readDeployment finds the deployment that the object is for; one that only has the same name is another.
func (r *reconciler) readDeployment(ctx context.Context, s *scope) error {
	var d v1alpha1.CloudifyDeployment
	switch err := r.Get(ctx, types.NamespacedName{Namespace: s.key.Namespace, Name: s.execution.Spec.DeploymentRef.Name}, &d); {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("read CloudifyDeployment: %w", err)
	}
	if owner := metav1.GetControllerOf(s.execution); owner == nil || owner.UID == d.UID {
		s.deployment = &d
	}
	return nil
}

// hold sets finalizer and owner, in one patch.
func (r *reconciler) hold(ctx context.Context, s *scope) error {
	before := s.execution.DeepCopy()
	if err := controllerutil.SetControllerReference(s.deployment, s.execution, r.Scheme()); err != nil {
		return outcome.Stall(v1alpha1.ReasonExecutionCancelled, "this object has another owner, and an execution is owned by its CloudifyDeployment: %v", err)
	}
	if changed := controllerutil.AddFinalizer(s.execution, v1alpha1.Finalizer); !changed && len(before.OwnerReferences) == len(s.execution.OwnerReferences) {
		return nil
	}
	if err := r.Patch(ctx, s.execution, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("claim for CloudifyDeployment %s: %w", s.deployment.Name, err)
	}
	s.before = s.execution.DeepCopy()
	return nil
}

// standBy says that how the execution ended is true of the spec as it is now: what can be changed does not change that.
func (f *facts) standBy() {
	status, generation := &f.execution.Status, f.execution.Generation
	status.ObservedGeneration = generation
	for i := range status.Conditions {
		status.Conditions[i].ObservedGeneration = generation
	}
}

// expire deletes an object that has stayed as long after its end as its spec says.
func (r *reconciler) expire(ctx context.Context, s *scope) error {
	s.standBy()
	ttl := s.execution.Spec.TTLAfterFinished
	if ttl == nil {
		return outcome.Settled(0)
	}
	if left := time.Until(s.execution.Status.FinishedAt.Add(ttl.Duration)); left > 0 {
		return outcome.Settled(left)
	}
	// Of the version that was read: somebody may have extended the time.
	same := client.Preconditions{UID: &s.execution.UID, ResourceVersion: &s.execution.ResourceVersion}
	if err := r.Delete(ctx, s.execution, same); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("delete after %s: %w", ttl.Duration, err)
	}
	ctrl.LoggerFrom(ctx).Info("Deleted, because ttlAfterFinished is over", "ttl", ttl.Duration.String())
	return outcome.Settled(0)
}

// letGo takes the finalizer away.
func (r *reconciler) letGo(ctx context.Context, s *scope) error {
	r.forget(s.execution)
	return connection.LetGo(ctx, r.Client, s.execution)
}

// forget drops what is remembered of an object that has come to its end, or is gone.
func (r *reconciler) forget(e client.Object) {
	r.failed.Forget(e.GetUID())
	r.vanished.Forget(e.GetUID())
	r.intents.forget(e.GetUID())
	r.Watcher.ForgetRuns(client.ObjectKeyFromObject(e))
}
