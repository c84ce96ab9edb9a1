// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// LiveBinding returns a binding as it is.
func (s *Store) LiveBinding(ctx context.Context, instanceID, bindingID string) (*v1alpha1.CloudifyBinding, error) {
	var b v1alpha1.CloudifyBinding
	if err := s.kube.Get(ctx, s.key(BindingName(instanceID, bindingID)), &b); err != nil {
		return nil, explain("read CloudifyBinding", err)
	}
	if b.Spec.OSB == nil || b.Spec.OSB.InstanceID != instanceID || b.Spec.OSB.BindingID != bindingID {
		return nil, service.ErrForeign
	}
	return &b, nil
}

// CreateBinding gives b its name, and d as its owner, and creates it. When the owner is gone, Kubernetes' garbage collector
// deletes it, and its Secret after it.
func (s *Store) CreateBinding(ctx context.Context, d *v1alpha1.CloudifyDeployment, b *v1alpha1.CloudifyBinding) error {
	b.Namespace, b.Name = s.namespace, BindingName(b.Spec.OSB.InstanceID, b.Spec.OSB.BindingID)
	b.Spec.SecretName = b.Name
	nameRequest(ctx, b, 1)
	metav1.SetMetaDataLabel(&b.ObjectMeta, v1alpha1.OSBInstanceLabel, d.Name)
	if err := controllerutil.SetOwnerReference(d, b, s.kube.Scheme()); err != nil {
		return fmt.Errorf("own CloudifyBinding: %w", err)
	}
	if err := explain("create CloudifyBinding", s.kube.Create(ctx, b)); err != nil {
		return err
	}
	ctrl.LoggerFrom(ctx).Info("Created CloudifyBinding", "name", b.Name)
	return nil
}

// DeleteBinding deletes this very object, not a later one of its name.
func (s *Store) DeleteBinding(ctx context.Context, b *v1alpha1.CloudifyBinding) error {
	if err := s.kube.Delete(ctx, b, client.Preconditions{UID: &b.UID}); err != nil {
		return explain("delete CloudifyBinding", err)
	}
	ctrl.LoggerFrom(ctx).Info("Deleted CloudifyBinding", "name", b.Name)
	return nil
}
