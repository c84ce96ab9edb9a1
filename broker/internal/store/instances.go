// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	ctrlcache "sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// CachedInstance returns an instance as this replica last heard of it. It is the cache's own: nobody may write to it.
func (s *Store) CachedInstance(ctx context.Context, instanceID string) (*v1alpha1.CloudifyDeployment, error) {
	return s.instance(ctx, s.cached, instanceID, asHeard...)
}

// LiveInstance returns an instance as it is.
func (s *Store) LiveInstance(ctx context.Context, instanceID string) (*v1alpha1.CloudifyDeployment, error) {
	return s.instance(ctx, s.kube, instanceID)
}

func (s *Store) instance(ctx context.Context, reader client.Reader, instanceID string, how ...client.GetOption) (*v1alpha1.CloudifyDeployment, error) {
	var d v1alpha1.CloudifyDeployment
	if err := reader.Get(ctx, s.key(InstanceName(instanceID)), &d, how...); err != nil {
		return nil, explain("read CloudifyDeployment", err)
	}
	if d.Spec.OSB == nil || d.Spec.OSB.InstanceID != instanceID {
		return nil, service.ErrForeign
	}
	return &d, nil
}

// CreateInstance gives d its name and creates it with the finalizer, so that no DELETE can overtake the controller that would
// set it. Which Manager the object belongs to is left to the controller: what a replica has in its cache may be behind a
// blueprint that was created anew for another one.
func (s *Store) CreateInstance(ctx context.Context, d *v1alpha1.CloudifyDeployment) error {
	d.Namespace, d.Name = s.namespace, InstanceName(d.Spec.OSB.InstanceID)
	controllerutil.AddFinalizer(d, v1alpha1.Finalizer)
	nameRequest(ctx, d, 1)
	switch err := explain("create CloudifyDeployment", s.kube.Create(ctx, d)); {
	case errors.Is(err, service.ErrNotFound):
		return fmt.Errorf("%w: namespace %s does not exist", service.ErrUnavailable, s.namespace)
	case err != nil:
		return err
	}
	ctrl.LoggerFrom(ctx).Info("Created CloudifyDeployment", "name", d.Name, "planID", d.Spec.OSB.PlanID)
	return nil
}

// UpdateInstance writes what the endpoint may change, if the object still is as before says.
func (s *Store) UpdateInstance(ctx context.Context, before, d *v1alpha1.CloudifyDeployment) error {
	if !equality.Semantic.DeepEqual(before.Spec, d.Spec) {
		nameRequest(ctx, d, before.Generation+1)
	}
	patch, err := instancePatch(before, d)
	if err != nil {
		return err
	}
	if err := s.kube.Patch(ctx, d, client.RawPatch(types.JSONPatchType, patch)); err != nil {
		return explain("patch CloudifyDeployment", err)
	}
	if d.Generation != before.Generation {
		ctrl.LoggerFrom(ctx).Info("Changed CloudifyDeployment", "name", d.Name, "operation", d.Spec.OSB.Operation.Number)
	}
	return nil
}

type patchStep struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// instancePatch is a JSON patch and not a merge patch: in that one a null inside of an input would remove something.
func instancePatch(before, d *v1alpha1.CloudifyDeployment) ([]byte, error) {
	steps := []patchStep{{Op: "replace", Path: "/metadata/resourceVersion", Value: before.ResourceVersion}}
	for _, field := range []struct {
		path    string
		was, is any
	}{
		{"/metadata/annotations", before.Annotations, d.Annotations},
		{"/spec/plan", before.Spec.Plan, d.Spec.Plan},
		{"/spec/inputs", before.Spec.Inputs, d.Spec.Inputs},
		{"/spec/inputsFrom", before.Spec.InputsFrom, d.Spec.InputsFrom},
		{"/spec/osb", before.Spec.OSB, d.Spec.OSB},
	} {
		switch {
		case reflect.DeepEqual(field.was, field.is), empty(field.was) && empty(field.is):
		case empty(field.is):
			steps = append(steps, patchStep{Op: "remove", Path: field.path})
		default:
			steps = append(steps, patchStep{Op: "add", Path: field.path, Value: field.is})
		}
	}
	patch, err := json.Marshal(steps)
	if err != nil {
		return nil, fmt.Errorf("encode patch: %w", err)
	}
	return patch, nil
}

func empty(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	default:
		return v.IsZero()
	}
}

// DeleteInstance asks for the deletion of this very object as it was read: the API server decides whether it may go at once on
// what it read before, and must not miss a finalizer that comes meanwhile.
func (s *Store) DeleteInstance(ctx context.Context, d *v1alpha1.CloudifyDeployment) error {
	if err := s.kube.Delete(ctx, d, client.Preconditions{UID: &d.UID, ResourceVersion: &d.ResourceVersion}); err != nil {
		return explain("delete CloudifyDeployment", err)
	}
	ctrl.LoggerFrom(ctx).Info("Deleted CloudifyDeployment", "name", d.Name)
	return nil
}

// WatchDepartures calls seen for each instance of the namespace that the cache shows being deleted.
func (s *Store) WatchDepartures(ctx context.Context, informers ctrlcache.Informers, seen func(instanceID string)) error {
	informer, err := informers.GetInformer(ctx, &v1alpha1.CloudifyDeployment{}, ctrlcache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watch CloudifyDeployments: %w", err)
	}
	depart := func(object any) {
		if last, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = last.Obj
		}
		if d, ok := object.(*v1alpha1.CloudifyDeployment); ok && d.Namespace == s.namespace && d.Spec.OSB != nil {
			seen(d.Spec.OSB.InstanceID)
		}
	}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(_, object any) {
			if d, ok := object.(*v1alpha1.CloudifyDeployment); ok && !d.DeletionTimestamp.IsZero() {
				depart(d)
			}
		},
		DeleteFunc: depart,
	})
	if err != nil {
		return fmt.Errorf("watch CloudifyDeployments: %w", err)
	}
	return nil
}
