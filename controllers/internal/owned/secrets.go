// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package owned keeps the Secrets that the operator writes for an object. What it writes rests on a live read, because only the
// metadata of Secrets is cached; a Secret that is somebody else's is never changed.
package owned

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Secrets are those of one object, in its namespace.
type Secrets struct {
	client.Client
	APIReader client.Reader
	Owner     client.Object
}

// Read returns a Secret; nil when there is none.
func (s Secrets) Read(ctx context.Context, name string) (*corev1.Secret, error) {
	var secret corev1.Secret
	switch err := s.APIReader.Get(ctx, types.NamespacedName{Namespace: s.Owner.GetNamespace(), Name: name}, &secret); {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // there is none
	case err != nil:
		return nil, fmt.Errorf("read Secret %s: %w", name, err)
	}
	return &secret, nil
}

// Foreign reports whether a Secret that was read is somebody else's.
func (s Secrets) Foreign(secret *corev1.Secret) bool {
	return secret != nil && !metav1.IsControlledBy(secret, s.Owner)
}

// Keep creates the Secret where none was found, or makes the change to the one found, and returns it as it is then.
func (s Secrets) Keep(ctx context.Context, name string, found *corev1.Secret, change func(*corev1.Secret)) (*corev1.Secret, error) {
	if found == nil {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.Owner.GetNamespace(), Name: name, Labels: ownLabels()}}
		change(secret)
		if err := controllerutil.SetControllerReference(s.Owner, secret, s.Scheme()); err != nil {
			return nil, fmt.Errorf("own Secret %s: %w", name, err)
		}
		if err := s.Create(ctx, secret); err != nil {
			return nil, fmt.Errorf("create Secret %s: %w", name, err)
		}
		ctrl.LoggerFrom(ctx).Info("Created Secret", "secret", name)
		return secret, nil
	}
	secret := found.DeepCopy()
	label(secret)
	if change(secret); equality.Semantic.DeepEqual(secret, found) {
		return found, nil
	}
	if err := s.Patch(ctx, secret, client.MergeFromWithOptions(found, client.MergeFromWithOptimisticLock{})); err != nil {
		return nil, fmt.Errorf("patch Secret %s: %w", name, err)
	}
	ctrl.LoggerFrom(ctx).Info("Updated Secret", "secret", name)
	return secret, nil
}

// Drop deletes a Secret, if it is there and the object's own.
func (s Secrets) Drop(ctx context.Context, name string) error {
	secret, err := s.Read(ctx, name)
	if err != nil || secret == nil || s.Foreign(secret) {
		return err
	}
	if err := s.Delete(ctx, secret, client.Preconditions{UID: &secret.UID}); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("delete Secret %s: %w", name, err)
	}
	return nil
}

// DropFormer deletes the Secret that the status names, if it has another name than the one that is kept now.
func (s Secrets) DropFormer(ctx context.Context, former *v1alpha1.LocalObjectReference, name string) error {
	if former == nil || former.Name == name {
		return nil
	}
	return s.Drop(ctx, former.Name)
}
