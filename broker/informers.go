// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"fmt"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// informers fill the cache that the endpoint reads, and follow what every request depends on: one that finds out nothing new costs
// the others nothing.
type informers struct {
	namespace string
	// home is the namespace of instances as it was last seen; nil: it is not there.
	home   atomic.Pointer[metav1.PartialObjectMetadata]
	synced []func() bool
	// filled is that all of them were synced once.
	filled atomic.Bool
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
		{namespace, i.follow()},
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

// follow notes what becomes of the namespace of instances.
func (i *informers) follow() toolscache.ResourceEventHandler {
	seen := func(object any) {
		if namespace, is := object.(*metav1.PartialObjectMetadata); is && namespace.Name == i.namespace {
			i.home.Store(namespace)
		}
	}
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc:    seen,
		UpdateFunc: func(_, object any) { seen(object) },
		DeleteFunc: func(object any) {
			if last, missed := object.(toolscache.DeletedFinalStateUnknown); missed {
				object = last.Obj
			}
			if namespace, is := object.(*metav1.PartialObjectMetadata); is && namespace.Name == i.namespace {
				i.home.Store(nil)
			}
		},
	}
}

// offeringsChange calls a function when a blueprint may be offered in another way.
func offeringsChange(changed func()) toolscache.ResourceEventHandler {
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { changed() },
		UpdateFunc: func(before, after any) {
			if !service.SameOffering(before.(*v1alpha1.CloudifyBlueprint), after.(*v1alpha1.CloudifyBlueprint)) {
				changed()
			}
		},
		DeleteFunc: func(any) { changed() },
	}
}

// errFilling is an endpoint that does not know everything yet.
var errFilling = &closedError{"the cache of the OSB endpoint is still filling"}

// filling is why nothing can be answered at first; nil: the cache is filled.
func (i *informers) filling() error {
	if !i.full() {
		return errFilling
	}
	return nil
}

// available is why nothing can be answered: the cache is not filled yet, or the namespace of instances is not there.
func (i *informers) available() error {
	if err := i.filling(); err != nil {
		return err
	}
	switch home := i.home.Load(); {
	case home == nil:
		return &closedError{fmt.Sprintf("the namespace of service instances, %s, does not exist: create it", i.namespace)}
	case !home.DeletionTimestamp.IsZero():
		return &closedError{fmt.Sprintf("the namespace of service instances, %s, is being deleted: create it again once it is gone", i.namespace)}
	}
	return nil
}

// full reports whether all of the cache was there once: from then on it only changes.
func (i *informers) full() bool {
	if i.filled.Load() {
		return true
	}
	for _, synced := range i.synced {
		if !synced() {
			return false
		}
	}
	i.filled.Store(true)
	return true
}
