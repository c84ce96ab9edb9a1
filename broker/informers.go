// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// informers fill the cache that the endpoint reads.
type informers struct {
	reader    client.Reader
	namespace string
	synced    []func() bool
}

// start has the cache watch what the endpoint reads, and calls a function whenever offerings may have changed.
func (i *informers) start(ctx context.Context, from cache.Cache, changed func()) error {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	for _, kind := range []struct {
		object client.Object
		notify toolscache.ResourceEventHandler
	}{
		{&v1alpha1.CloudifyBlueprint{}, offeringsChange(changed)},
		{&v1alpha1.CloudifyDeployment{}, toolscache.ResourceEventHandlerFuncs{}},
		{&v1alpha1.CloudifyManager{}, toolscache.ResourceEventHandlerFuncs{}},
		{namespace, toolscache.ResourceEventHandlerFuncs{}},
	} {
		informer, err := from.GetInformer(ctx, kind.object, cache.BlockUntilSynced(false))
		if err != nil {
			return fmt.Errorf("watch %T: %w", kind.object, err)
		}
		registration, err := informer.AddEventHandler(kind.notify)
		if err != nil {
			return fmt.Errorf("watch %T: %w", kind.object, err)
		}
		i.synced = append(i.synced, registration.HasSynced)
	}
	return nil
}

// offeringsChange calls a function when a blueprint may be offered in another way.
func offeringsChange(changed func()) toolscache.ResourceEventHandler {
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { changed() },
		UpdateFunc: func(before, after any) {
			if before.(client.Object).GetResourceVersion() != after.(client.Object).GetResourceVersion() {
				changed()
			}
		},
		DeleteFunc: func(any) { changed() },
	}
}

// available is why nothing can be answered: the cache is not filled yet, or the namespace of instances is not there.
func (i *informers) available(ctx context.Context) error {
	for _, synced := range i.synced {
		if !synced() {
			return fmt.Errorf("%w: the cache of the OSB endpoint is not filled yet", service.ErrUnavailable)
		}
	}
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	err := i.reader.Get(ctx, client.ObjectKey{Name: i.namespace}, namespace)
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%w: the namespace of service instances, %s, does not exist", service.ErrUnavailable, i.namespace)
	case err != nil:
		return fmt.Errorf("%w: read Namespace %s: %w", service.ErrUnavailable, i.namespace, err)
	case !namespace.DeletionTimestamp.IsZero():
		return fmt.Errorf("%w: the namespace of service instances, %s, is being deleted", service.ErrUnavailable, i.namespace)
	}
	return nil
}
