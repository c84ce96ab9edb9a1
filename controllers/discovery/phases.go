// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"cmp"
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// scope is the discovery at one Manager.
type scope struct {
	name string
	// manager is nil when the CloudifyManager is gone.
	manager *v1alpha1.CloudifyManager
	// conn is nil while the Manager is not connected.
	conn *connection.Connection
	// visit takes a slot of the Manager, when something of it vanished.
	visit *connection.Visit
	situation
	// finding is what the status of the CloudifyManager is to say; nil: nothing new.
	finding *watch.Finding
}

func (s *scope) subject() phases.Subject {
	return phases.Subject{Task: "discover", Kind: "CloudifyManager", NamespacedName: types.NamespacedName{Name: s.name}}
}

// resolve finds out whether and how to discover, and what the Manager has as far as it may be acted on.
func (r *reconciler) resolve(ctx context.Context, s *scope) error {
	s.situation.manager = s.name
	var m v1alpha1.CloudifyManager
	switch err := r.Get(ctx, types.NamespacedName{Name: s.name}, &m); {
	case apierrors.IsNotFound(err):
		r.Watcher.Discover(s.name, 0)
		return nil
	case err != nil:
		return fmt.Errorf("read CloudifyManager: %w", err)
	}
	s.manager = &m
	if !m.DeletionTimestamp.IsZero() || m.Spec.Discovery == nil {
		r.Watcher.Discover(s.name, 0)
		return nil
	}
	s.discovery = m.Spec.Discovery
	r.Watcher.Discover(s.name, cmp.Or(r.Interval, m.DiscoveryInterval()))

	if !r.Watches(s.discovery.Namespace) {
		s.finding = &watch.Finding{Reason: v1alpha1.ReasonNamespaceNotWatched, Message: fmt.Sprintf(
			"namespace %s of spec.discovery is not in --watch-namespaces: add it there, or choose another namespace", s.discovery.Namespace)}
		return nil
	}
	exists, err := r.namespaceExists(ctx, s.discovery.Namespace)
	if err != nil {
		return err
	}
	if !exists {
		s.finding = &watch.Finding{Reason: v1alpha1.ReasonNamespaceMissing, Message: fmt.Sprintf(
			"namespace %s of spec.discovery does not exist, or is being deleted: create it, or choose another namespace", s.discovery.Namespace)}
		return nil
	}
	conn, err := r.Pool.Get(s.name)
	if err != nil {
		return nil //nolint:nilerr // the CloudifyManager says it, and a list will follow
	}
	s.conn = conn
	if release := conn.Release(); len(s.discovery.Labels) > 0 && !release.Has(cloudify.BlueprintLabels) {
		s.finding = &watch.Finding{Reason: v1alpha1.ReasonLabelsUnsupported, Message: fmt.Sprintf(
			"release %s of the Manager does not support labels on blueprints, so nothing is found: remove spec.discovery.labels to find all blueprints of the tenant", release)}
		return nil
	}
	if _, _, lost := r.Watcher.InventoryLost(s.name); !lost {
		s.found = r.Watcher.Found(s.name)
	}
	return nil
}

func (r *reconciler) namespaceExists(ctx context.Context, name string) (bool, error) {
	var ns metav1.PartialObjectMetadata
	ns.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	switch err := r.Get(ctx, types.NamespacedName{Name: name}, &ns); {
	case apierrors.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read Namespace %s: %w", name, err)
	}
	return ns.DeletionTimestamp.IsZero(), nil
}

// observe reads what exists in Kubernetes, from the cache.
func (r *reconciler) observe(ctx context.Context, s *scope) error {
	var list v1alpha1.CloudifyBlueprintList
	if err := r.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("list CloudifyBlueprints: %w", err)
	}
	s.taken, s.used = map[string]bool{}, map[types.NamespacedName]bool{}
	for i := range list.Items {
		b := &list.Items[i]
		by, owned := b.Labels[v1alpha1.DiscoveredByLabel], isOwner(b)
		if s.discovery != nil && b.Namespace == s.discovery.Namespace {
			s.taken[b.Name] = by == "" || !owned
		}
		if by != s.name || !owned {
			continue
		}
		s.existing = append(s.existing, b)
		var users v1alpha1.CloudifyDeploymentList
		if err := r.List(ctx, &users, client.MatchingFields{index.BlueprintRef: keyOf(b).String()}, client.UnsafeDisableDeepCopy); err != nil {
			return fmt.Errorf("list CloudifyDeployments: %w", err)
		}
		s.used[keyOf(b)] = len(users.Items) > 0
	}
	return nil
}
