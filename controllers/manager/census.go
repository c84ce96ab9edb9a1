// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// countOrphans compares the latest count, if it is news, with the objects that exist now: those that were on their way when it
// began are among them.
func (r *reconciler) countOrphans(ctx context.Context, s *scope) error {
	census := r.Watcher.Census(s.manager.Name)
	if census == nil || r.counts.compared(s.manager.Name, census.Number) {
		return nil
	}
	k, err := r.known(ctx)
	if err != nil {
		return err
	}
	confirmed, again := r.counts.confirm(s.manager.Name, census.Number, orphansOf(census, k, r.Watches))
	if again {
		r.Watcher.CountAgain(s.manager.Name)
	}
	s.orphans = confirmed
	return nil
}

// known lists what objects stand for, wherever it is.
func (r *reconciler) known(ctx context.Context) (known, error) {
	var deployments v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &deployments, client.UnsafeDisableDeepCopy); err != nil {
		return known{}, fmt.Errorf("list CloudifyDeployments: %w", err)
	}
	var blueprints v1alpha1.CloudifyBlueprintList
	if err := r.List(ctx, &blueprints, client.UnsafeDisableDeepCopy); err != nil {
		return known{}, fmt.Errorf("list CloudifyBlueprints: %w", err)
	}
	k := known{deployments: map[string]bool{}, blueprints: map[string]bool{}}
	for i := range deployments.Items {
		k.deployments[deployments.Items[i].RemoteID()] = true
	}
	for i := range blueprints.Items {
		b := &blueprints.Items[i]
		k.blueprints[b.RemoteID()], k.blueprints[b.Status.BlueprintID] = true, true
		for _, revision := range b.Status.Revisions {
			k.blueprints[revision.BlueprintID] = true
		}
	}
	return k, nil
}

// setOrphans says what was found; it stands until there is news.
func setOrphans(s *scope) {
	status := &s.manager.Status
	condition := metav1.Condition{Type: v1alpha1.OrphansFoundCondition, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNoOrphans}
	switch {
	case s.version != nil && !s.labels():
		status.Orphans = nil
		condition.Status, condition.Reason = metav1.ConditionUnknown, v1alpha1.ReasonLabelsUnsupported
		condition.Message = fmt.Sprintf("release %s does not support labels, so this cluster's deployments cannot be told from those of others", s.version.Version)
	case s.orphans == nil:
		return
	case s.orphans.count() == 0:
		status.Orphans = nil
		condition.Message = "every deployment and blueprint that carries this cluster's label has an object"
	default:
		status.Orphans = &v1alpha1.Orphans{
			Count:       int32(s.orphans.count()), //nolint:gosec // a number of rows of a list
			Deployments: shown(s.orphans.deployments), Blueprints: shown(s.orphans.blueprints),
		}
		condition.Status, condition.Reason = metav1.ConditionTrue, v1alpha1.ReasonOrphansFound
		condition.Message = fmt.Sprintf("%d deployments and %d blueprints at the Manager carry this cluster's label, but their objects are gone: adopt or remove them there; status.orphans lists them",
			len(s.orphans.deployments), len(s.orphans.blueprints))
	}
	outcome.Set(&status.Conditions, s.manager.Generation, condition)
}

// labels reports whether deployments of the Manager's release carry labels.
func (s *scope) labels() bool {
	release, err := cloudify.ParseRelease(s.version.Version)
	return err == nil && release.Has(cloudify.Labels)
}

// maxOrphans is how many of a kind the status lists.
const maxOrphans = 20

func shown(all []watch.Marked) []v1alpha1.Orphan {
	var list []v1alpha1.Orphan
	for _, m := range all[:min(len(all), maxOrphans)] {
		list = append(list, v1alpha1.Orphan{
			ID: outcome.Truncate(m.ID, 256), Namespace: outcome.Truncate(m.Namespace, 253), Name: outcome.Truncate(m.Name, 253),
		})
	}
	return list
}

// announceOrphans makes an event when their number changes.
func (r *reconciler) announceOrphans(s *scope) {
	was, is := orphanCount(s.before), orphanCount(s.manager)
	r.tally.set(s.manager.Name, is)
	if was == is {
		return
	}
	found := meta.FindStatusCondition(s.manager.Status.Conditions, v1alpha1.OrphansFoundCondition)
	r.Reporter.Announce(s.manager, found.Reason, "CountOrphans", found.Message)
}

func orphanCount(m *v1alpha1.CloudifyManager) int32 {
	if m.Status.Orphans == nil {
		return 0
	}
	return m.Status.Orphans.Count
}
