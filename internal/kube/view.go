// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// View is the part of a cluster that the operator sees.
type View struct {
	// Namespace is the operator's own, the only one whose Secrets and ConfigMaps are watched: credentials and certificate
	// authorities are there.
	Namespace string
	// Watched are the namespaces whose objects are reconciled; empty: all of the cluster.
	Watched []string
}

// Scheme knows Kubernetes' own kinds and the operator's.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	return scheme
}

// ManagerOptions returns the options of a controller-runtime manager that has this view. The caller adds the others that it
// needs.
func (v View) ManagerOptions() ctrl.Options {
	return ctrl.Options{
		Scheme: Scheme(),
		Cache:  v.cacheOptions(),
		// Reads see at least what the reconcile before wrote.
		Client:    client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: new(true)}},
		NewClient: v.NewClient,
	}
}

func (v View) cacheOptions() cache.Options {
	own := cache.ByObject{Namespaces: map[string]cache.Config{v.Namespace: {}}}
	return cache.Options{
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Secret{}: own, &corev1.ConfigMap{}: own,
			// Discovery looks which fields of a blueprint are its own.
			&v1alpha1.CloudifyBlueprint{}: {Transform: func(o any) (any, error) { return o, nil }},
		},
		DefaultNamespaces: CacheNamespaces(v.Watched),
		// Who wrote which field is a fifth of what objects take in memory. Patches leave it alone.
		DefaultTransform: cache.TransformStripManagedFields(),
	}
}

// CacheNamespaces returns namespaces as a cache takes them; empty: all of the cluster.
func CacheNamespaces(namespaces []string) map[string]cache.Config {
	if len(namespaces) == 0 {
		return nil
	}
	of := make(map[string]cache.Config, len(namespaces))
	for _, namespace := range namespaces {
		of[namespace] = cache.Config{}
	}
	return of
}
