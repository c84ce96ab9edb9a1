// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/access"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// claim takes hold of the object before anything exists at the Manager, and lets go at once of one that is to be orphaned.
func (r *reconciler) claim(ctx context.Context, s *scope) error {
	if s.deleting() {
		if s.deployment.EffectiveDeletionPolicy() == v1alpha1.DeletionPolicyOrphan || s.managerName() == "" {
			return r.letGo(ctx, s)
		}
		return nil
	}
	if s.managerName() != "" && controllerutil.ContainsFinalizer(s.deployment, v1alpha1.Finalizer) {
		return nil
	}
	if err := r.readBlueprint(ctx, s); err != nil {
		return err
	}
	if s.blueprint == nil {
		return s.blueprintNotFound()
	}
	err := connection.Claim(ctx, r.Client, s.deployment, s.blueprint.ManagerName())
	s.before = s.deployment.DeepCopy()
	return err
}

// letGo takes the finalizer away; what is at the Manager stays there.
func (r *reconciler) letGo(ctx context.Context, s *scope) error {
	r.Watcher.Forget(s.managerName(), s.id)
	r.vanished.Forget(s.deployment.UID)
	return connection.LetGo(ctx, r.Client, s.deployment)
}

func (r *reconciler) readBlueprint(ctx context.Context, s *scope) error {
	var b v1alpha1.CloudifyBlueprint
	switch err := r.Get(ctx, s.deployment.BlueprintKey(), &b); {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("read CloudifyBlueprint: %w", err)
	}
	s.blueprint = &b
	return nil
}

func (s *scope) blueprintNotFound() error {
	return outcome.Wait(v1alpha1.ReasonBlueprintNotFound, "CloudifyBlueprint %s not found: create it, or create another CloudifyDeployment with the right blueprintRef",
		s.deployment.BlueprintKey())
}

// resolve finds the blueprint, which may be gone, and the connection. While deleting only the connection matters.
func (r *reconciler) resolve(ctx context.Context, s *scope) error {
	if !s.deleting() && s.blueprint == nil {
		if err := r.readBlueprint(ctx, s); err != nil {
			return err
		}
	}
	var m v1alpha1.CloudifyManager
	switch err := r.Get(ctx, types.NamespacedName{Name: s.managerName()}, &m); {
	case apierrors.IsNotFound(err):
		return outcome.Wait(v1alpha1.ReasonManagerNotFound, "CloudifyManager %s not found: create it%s", s.managerName(), s.wayOut())
	case err != nil:
		return fmt.Errorf("read CloudifyManager: %w", err)
	}
	s.manager = &m
	r.Watcher.Track(m.Name, s.id, s.key, s.existed())
	conn, err := r.Pool.Get(m.Name)
	if err != nil {
		return r.unavailable(s)
	}
	if lost := connection.Lost(r.Watcher, &m); lost != nil {
		return lost
	}
	s.conn, s.release = conn, conn.Release()
	return nil
}

// unavailable ends the reconcile of an object whose Manager cannot be asked. What the status of a settled one says is what
// the lists shall be compared with once they come again.
func (r *reconciler) unavailable(s *scope) error {
	if s.settled() {
		r.Watcher.Settle(s.manager.Name, s.id, statusFingerprint(&s.before.Status))
	}
	return r.Pool.Unavailable(s.manager, s.settled(), s.wayOut())
}

// wayOut reminds of the deletion policy when deletion is held up.
func (s *scope) wayOut() string {
	if !s.deleting() {
		return ""
	}
	return "; " + orphan
}

// settled tells whether the status as stored answers to spec and request, so that the poller's list can vouch for the rest.
func (s *scope) settled() bool {
	return !s.deleting() && s.existed() && !s.asked() && (s.before.IsReady() || s.before.IsStalled())
}

// maxExecutions is how many executions a close look reads; it is their parameters that make them large.
const maxExecutions = 10

// observe reads what the Manager has. An idle object is judged from the poller's list; only one that has something to do, or
// whose row differs, is looked at closely.
func (r *reconciler) observe(ctx context.Context, s *scope) error {
	if s.settled() {
		switch row, seen := r.Watcher.Look(s.manager.Name, s.id); {
		case seen == watch.NotListed:
			return outcome.Settled(0) // the first list wakes it
		case seen == watch.Present && s.agrees(watch.FingerprintOf(&row)):
			r.Watcher.Settle(s.manager.Name, s.id, watch.FingerprintOf(&row))
			return outcome.Settled(0)
		}
	}
	// Executions first: what one did that has ended shows in the deployment, and what began since is refused a companion. The
	// other way round, a deployment read while an execution ran would be judged as if that were its result.
	executions, err := s.conn.ListExecutions(ctx, cloudify.ExecutionFilter{
		DeploymentID: s.id, NewestFirst: true, Limit: maxExecutions, WithParameters: true,
	})
	if err != nil && !cloudify.IsNotFound(err) { // old releases miss the deployment already here
		return fmt.Errorf("list executions of deployment %s: %w", s.id, err)
	}
	remote, err := s.conn.GetDeployment(ctx, s.id)
	if cloudify.IsNotFound(err) {
		s.looked = true
		return r.confirmGone(s)
	}
	if err != nil {
		return fmt.Errorf("read deployment %s: %w", s.id, err)
	}
	r.vanished.Forget(s.deployment.UID)
	s.remote, s.executions = remote, executions
	if active := s.active(); active != nil {
		r.Watcher.FollowExecution(s.manager.Name, active.ID, s.key)
	}
	if s.deleting() {
		if err := s.readLive(ctx); err != nil {
			return err
		}
	}
	s.looked = true
	return nil
}

// readLive lists the node instances that an uninstall would remove.
func (s *scope) readLive(ctx context.Context) error {
	instances, err := s.conn.ListNodeInstances(ctx, s.id)
	if err != nil {
		return fmt.Errorf("list node instances of deployment %s: %w", s.id, err)
	}
	for i := range instances {
		if instances[i].Live() {
			s.live = append(s.live, instances[i])
		}
	}
	return nil
}

// confirmGone makes sure that a deployment that was there is gone by itself.
func (r *reconciler) confirmGone(s *scope) error {
	if !s.existed() {
		return nil
	}
	return r.vanished.Confirm(r.Watcher, s.manager.Name, s.deployment.UID, "deployment "+s.id)
}

// prepare says what the deployment should be made of, and refuses inputs that the Manager would only trip over in a workflow.
func (r *reconciler) prepare(ctx context.Context, s *scope) error {
	s.revision = s.wantedRevision()
	s.readSchemaToMask(ctx)
	if s.deleting() || s.active() != nil {
		return nil
	}
	creating := s.remote == nil || s.createFailed() != nil
	if creating {
		if err := r.mayCreate(ctx, s); err != nil {
			return err
		}
	}
	plan, err := s.conn.Plan(ctx, s.revision)
	if err != nil {
		return err
	}
	if s.schema, err = schemaOf(plan); err != nil {
		return err
	}
	if err := s.checkInputs(); err != nil {
		s.handle()
		return outcome.Stall(v1alpha1.ReasonInvalidInputs, "%v", err)
	}
	s.inputs = inputs.Effective(s.schema, s.given)
	return nil
}

// checkInputs says what is wrong with spec.inputs, never a value.
func (s *scope) checkInputs() (err error) {
	if s.given, err = inputs.Decode(s.deployment.Spec.Inputs); err != nil {
		return err
	}
	if err := inputs.RefuseFunctions(s.given); err != nil {
		return err
	}
	return inputs.Validate(s.schema, s.given)
}

// wantedRevision is the revision an existing deployment has, for nothing moves unasked, else the blueprint's newest.
func (s *scope) wantedRevision() string {
	if s.remote != nil && s.createFailed() == nil {
		return s.remote.BlueprintID
	}
	if s.blueprint != nil {
		return s.blueprint.Status.BlueprintID
	}
	return ""
}

// readSchemaToMask tells which inputs are secret, for however this reconcile ends, the Manager's words may be shown. Without
// an answer nothing is lost: all inputs are masked, and the reconcile goes on to what it has to do.
func (s *scope) readSchemaToMask(ctx context.Context) {
	s.given, _ = inputs.Decode(s.deployment.Spec.Inputs) // values that cannot be read cannot be masked
	if s.remote == nil {
		return
	}
	if plan, err := s.conn.Plan(ctx, s.remote.BlueprintID); err == nil {
		s.schema, _ = schemaOf(plan)
	}
}

// mayCreate checks what only a new deployment needs: a blueprint that is there, ready, of the same Manager, and allowed.
func (r *reconciler) mayCreate(ctx context.Context, s *scope) error {
	b := s.blueprint
	if b == nil {
		return s.blueprintNotFound()
	}
	if b.ManagerName() != s.managerName() {
		return outcome.Stall(v1alpha1.ReasonBlueprintNotAllowed, "this object belongs to CloudifyManager %s and its blueprint to %s: put the annotation %s back, or create another CloudifyDeployment",
			s.managerName(), b.ManagerName(), v1alpha1.ManagerAnnotation)
	}
	allowed, err := access.OfBlueprint(b).Allows(ctx, r.Client, s.key.Namespace)
	switch {
	case err != nil:
		return err
	case !allowed:
		return outcome.Wait(v1alpha1.ReasonBlueprintNotAllowed, "CloudifyBlueprint %s may not be used from namespace %s: its owner can allow that in spec.allowedNamespaces",
			s.deployment.BlueprintKey(), s.key.Namespace)
	case !b.DeletionTimestamp.IsZero():
		return outcome.Wait(v1alpha1.ReasonBlueprintNotReady, "CloudifyBlueprint %s is being deleted", s.deployment.BlueprintKey())
	case !b.IsReady():
		return outcome.Wait(v1alpha1.ReasonBlueprintNotReady, "CloudifyBlueprint %s is not ready (%s): look at its status", s.deployment.BlueprintKey(), why(b))
	}
	return nil
}

// why is the reason a blueprint gives; its message is for those who may read the blueprint.
func why(b *v1alpha1.CloudifyBlueprint) string {
	if ready := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		return ready.Reason
	}
	return "not yet looked at"
}

// agrees tells whether a row of the list is what the status says. A release that lacks a field has nothing to say on it.
func (s *scope) agrees(row watch.Fingerprint) bool {
	stored := statusFingerprint(&s.before.Status)
	for _, field := range []struct{ row, stored string }{
		{row.BlueprintID, stored.BlueprintID},
		{row.InstallationStatus, stored.InstallationStatus},
		{row.ExecutionID, stored.ExecutionID},
		{row.ExecutionStatus, stored.ExecutionStatus},
	} {
		if field.row != "" && !strings.EqualFold(field.row, field.stored) {
			return false
		}
	}
	return true
}
