// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package references watches the Secrets and ConfigMaps that objects refer to, in all namespaces, metadata only.
package references

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// Cache is what is watched, shared by the controllers; a nil Cache watches nothing.
type Cache struct{ all cache.Cache }

// New adds a cache of these namespaces, or of all, to mgr. The cache of mgr itself would not do: of Secrets and ConfigMaps it
// holds those in the operator's namespace.
func New(mgr ctrl.Manager, namespaces []string) (*Cache, error) {
	all, err := cache.New(mgr.GetConfig(), cache.Options{
		HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(), DefaultNamespaces: kube.CacheNamespaces(namespaces),
	})
	if err != nil {
		return nil, fmt.Errorf("create a cache of references: %w", err)
	}
	if err := mgr.Add(all); err != nil {
		return nil, fmt.Errorf("add the cache of references: %w", err)
	}
	return &Cache{all: all}, nil
}

// Version tells the states of an object apart; "" when there is none.
func (c *Cache) Version(ctx context.Context, kind string, key types.NamespacedName) string {
	object := metadataOf(kind)
	if err := c.all.Get(ctx, key, object); err != nil {
		return "" // not there, or the cache cannot say: whoever must know reads it
	}
	return Version(object)
}

// Wake is a source of the objects that refer to a Secret or ConfigMap that changed; by finds them.
func (c *Cache) Wake(kind string, by func(context.Context, *metav1.PartialObjectMetadata) []reconcile.Request) source.Source {
	return source.Kind(c.all, metadataOf(kind), handler.TypedEnqueueRequestsFromMapFunc(by))
}

func metadataOf(kind string) *metav1.PartialObjectMetadata {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(kind))
	return object
}
