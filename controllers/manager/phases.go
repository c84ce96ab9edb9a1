// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// claim takes hold of the CloudifyManager, and lets go of one that is deleted and unused.
func (r *reconciler) claim(ctx context.Context, s *scope) error {
	if s.manager.DeletionTimestamp.IsZero() {
		if !controllerutil.AddFinalizer(s.manager, v1alpha1.Finalizer) {
			return nil
		}
		patch := client.MergeFromWithOptions(s.before, client.MergeFromWithOptimisticLock{})
		if err := r.Patch(ctx, s.manager, patch); err != nil {
			return fmt.Errorf("add finalizer: %w", err)
		}
		if connection.Stripped(s.before) {
			r.Reporter.AnnounceRestored(s.manager)
		}
		s.before = s.manager.DeepCopy()
		return nil
	}
	users, err := r.usersOf(ctx, s.manager.Name)
	if err != nil || len(users) > 0 {
		s.users = users
		return err
	}
	r.forget(s.manager.Name)
	return connection.LetGo(ctx, r.Client, s.manager)
}

// usersOf lists what belongs to a Manager, for people: kind namespace/name. What was discovered there leaves with it, unless
// the Manager would be asked to delete something.
func (r *reconciler) usersOf(ctx context.Context, manager string) ([]string, error) {
	of := client.MatchingFields{index.Manager: manager}
	var deployments v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &deployments, of); err != nil {
		return nil, fmt.Errorf("list CloudifyDeployments: %w", err)
	}
	var blueprints v1alpha1.CloudifyBlueprintList
	if err := r.List(ctx, &blueprints, of); err != nil {
		return nil, fmt.Errorf("list CloudifyBlueprints: %w", err)
	}
	var users []string
	for i := range deployments.Items {
		users = append(users, "CloudifyDeployment "+client.ObjectKeyFromObject(&deployments.Items[i]).String())
	}
	for i := range blueprints.Items {
		b := &blueprints.Items[i]
		if b.Labels[v1alpha1.DiscoveredByLabel] == manager && b.EffectiveDeletionPolicy() == v1alpha1.DeletionPolicyOrphan {
			continue
		}
		users = append(users, "CloudifyBlueprint "+client.ObjectKeyFromObject(b).String())
	}
	slices.Sort(users)
	return users, nil
}

// resolve reads the Secret and the certificate authorities. Without them the connection closes.
func (r *reconciler) resolve(ctx context.Context, s *scope) error {
	config, err := r.configOf(ctx, s.manager)
	if err != nil {
		r.disconnect(s.manager.Name)
		return err
	}
	s.config = config
	return nil
}

// connect tries the Manager where that is due, and opens or closes the connection by what it answers.
func (r *reconciler) connect(ctx context.Context, s *scope) error {
	name := s.manager.Name
	attempt := r.probes.of(name, s.config, v1alpha1.RequestedAt(s.manager))
	if conn, err := r.Pool.Get(name); err == nil && attempt.fresh() {
		if err := stillAnswers(ctx, conn); err != nil {
			r.disconnect(name)
			return r.probes.failed(name, s.manager, err)
		}
		s.version, s.readAgain = attempt.version, attempt.remaining()
		return nil
	}
	if attempt.tooEarly() {
		return attempt.waitOn()
	}
	// A refusal that other requests met counts as a try, because each brings the account nearer to its lock. So does a connection
	// that was lost soon; any other loss is followed by a try at once.
	cause := r.Pool.TakeCause(name)
	if attempt.version != nil && (cloudify.IsUnauthorized(cause) || cause != nil && attempt.lostSoon()) {
		r.disconnect(name)
		return r.probes.failed(name, s.manager, cause)
	}
	config := s.config
	config.Permit = r.Leadership
	client, version, err := login(ctx, config)
	s.manager.Status.LastHandledRequest = v1alpha1.RequestedAt(s.manager)
	if err != nil {
		r.disconnect(name)
		ctrl.LoggerFrom(ctx).Info("Cannot connect to the Manager", "error", err.Error())
		return r.probes.failed(name, s.manager, err)
	}
	s.version, s.readAgain = version, r.probes.succeeded(name, version)
	if lostBefore(s.before) {
		r.Watcher.RestoreLost(name)
	}
	r.Watcher.Open(name, r.Pool.Open(name, client))
	return nil
}

// forget drops the connection and all that is remembered of a CloudifyManager that is gone, however it went.
func (r *reconciler) forget(name string) {
	r.disconnect(name)
	r.probes.forget(name)
	r.counts.forget(name)
	r.tally.set(name, 0)
}

func (r *reconciler) disconnect(name string) {
	r.Pool.Close(name)
	r.Watcher.Close(name)
}

// inventory holds everything back at a Manager whose deployments vanished, until it is asked to accept that.
func (r *reconciler) inventory(_ context.Context, s *scope) error {
	missing, known, lost := r.Watcher.InventoryLost(s.manager.Name)
	if !lost {
		return nil
	}
	if asked := v1alpha1.RequestedAt(s.manager); asked != s.before.Status.LastHandledRequest && lostBefore(s.before) {
		r.Watcher.AcceptInventory(s.manager.Name)
		s.manager.Status.LastHandledRequest = asked
		return nil
	}
	s.manager.Status.LastHandledRequest = v1alpha1.RequestedAt(s.manager)
	return outcome.Stall(v1alpha1.ReasonInventoryLost, "%s", lostMessage(s.before, missing, known))
}

// lostBefore reports whether the CloudifyManager was stalled for lost deployments, by an earlier process too.
func lostBefore(m *v1alpha1.CloudifyManager) bool {
	stalled := meta.FindStatusCondition(m.Status.Conditions, v1alpha1.StalledCondition)
	return stalled != nil && stalled.Reason == v1alpha1.ReasonInventoryLost
}

// lostMessage says how many deployments vanished. Where an earlier process counted them its message stands, unless an outage has
// taken its place since.
func lostMessage(before *v1alpha1.CloudifyManager, missing, known int) string {
	vanished := "many"
	switch {
	case known > 0:
		vanished = fmt.Sprintf("%d of %d", missing, known)
	case lostBefore(before):
		return meta.FindStatusCondition(before.Status.Conditions, v1alpha1.StalledCondition).Message
	}
	return fmt.Sprintf("%s deployments vanished from the Manager at once. The operator creates and releases nothing there. If this is the right Manager "+
		"with the right data, set the annotation %s on this CloudifyManager to a new value; the operator then creates the deployments that are still missing",
		vanished, v1alpha1.RequestedAtAnnotation)
}

// holders says who holds back a CloudifyManager that is deleted; its connection goes on working for them.
func (r *reconciler) holders(_ context.Context, s *scope) error {
	if len(s.users) == 0 {
		return nil
	}
	return outcome.Wait(v1alpha1.ReasonInUse, "%s", held(s.users))
}

// held says what the deletion of a CloudifyManager waits for.
func held(users []string) string {
	return fmt.Sprintf("deletion waits for the objects that use this Manager: %s. Delete them first; to keep everything at the Manager, set their deletionPolicy to Orphan before that",
		outcome.Enumerate(users, 5))
}
