// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	ctrlsource "sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
)

// configMaps watches all ConfigMaps, metadata only. It has a cache for itself, for that of the manager holds those of the
// operator's namespace.
func (r *reconciler) configMaps(mgr ctrl.Manager) (ctrlsource.Source, error) {
	all, err := cache.New(mgr.GetConfig(), cache.Options{HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper()})
	if err != nil {
		return nil, fmt.Errorf("create a cache of ConfigMaps: %w", err)
	}
	if err := mgr.Add(all); err != nil {
		return nil, fmt.Errorf("add the cache of ConfigMaps: %w", err)
	}
	config := &metav1.PartialObjectMetadata{}
	config.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	return ctrlsource.Kind(all, config, handler.TypedEnqueueRequestsFromMapFunc(r.blueprintsOfConfigMap)), nil
}

func (r *reconciler) blueprintsOfConfigMap(ctx context.Context, o *metav1.PartialObjectMetadata) []reconcile.Request {
	return r.requests(ctx, func(*v1alpha1.CloudifyBlueprint) bool { return true },
		client.InNamespace(o.GetNamespace()), client.MatchingFields{index.SourceConfigMap: o.GetName()})
}
