// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// formerSecrets are the Secrets of parameters that an instance had before, and that are still to be deleted. The object names
// them from the write on that replaces them, so that none is forgotten when a deletion fails, or is never tried.
func formerSecrets(d *v1alpha1.CloudifyDeployment) []string {
	names := strings.FieldsFunc(d.Annotations[v1alpha1.OSBFormerSecretsAnnotation], func(r rune) bool { return r == ',' })
	return slices.DeleteFunc(names, func(name string) bool { return name == d.Spec.OSB.ParametersSecret })
}

func noteFormer(d *v1alpha1.CloudifyDeployment, secret string) {
	names := append(formerSecrets(d), secret)
	slices.Sort(names)
	metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.OSBFormerSecretsAnnotation, strings.Join(slices.Compact(names), ","))
}

// clearFormer deletes the Secrets that an instance had before. What it cannot delete stays named on the object: the next poll or
// update tries it again, and with the instance it goes in any case.
func (s *Service) clearFormer(ctx context.Context, before *v1alpha1.CloudifyDeployment) {
	if before == nil || !before.DeletionTimestamp.IsZero() || before.Annotations[v1alpha1.OSBFormerSecretsAnnotation] == "" {
		return
	}
	ctx, cancel := cleanup(ctx)
	defer cancel()
	for _, name := range formerSecrets(before) {
		if !s.forget(ctx, before, name) {
			return
		}
	}
	d := before.DeepCopy()
	delete(d.Annotations, v1alpha1.OSBFormerSecretsAnnotation)
	if err := s.store.UpdateInstance(ctx, before, d); err != nil && !errors.Is(err, ErrStale) && !errors.Is(err, ErrNotFound) {
		ctrl.LoggerFrom(ctx).Error(err, "Cannot remove the names of deleted Secrets from the CloudifyDeployment", "name", d.Name)
	}
}

// takeBack deletes a new Secret of an update that was not written. Where that is not sure, or the deletion fails, the object is
// to name the Secret, as one that it had before.
func (s *Service) takeBack(ctx context.Context, before *v1alpha1.CloudifyDeployment, secret string, sure bool) {
	if sure && s.forget(ctx, before, secret) {
		return
	}
	ctx, cancel := cleanup(ctx)
	defer cancel()
	now, err := s.store.LiveInstance(ctx, before.Spec.OSB.InstanceID)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && (now.UID != before.UID || now.Spec.OSB.ParametersSecret == secret):
		return
	case err == nil:
		d := now.DeepCopy()
		noteFormer(d, secret)
		err = s.store.UpdateInstance(ctx, now, d)
	}
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "A Secret of a failed update may remain; it is deleted with its CloudifyDeployment", "name", before.Name, "secret", secret)
	}
}

// forget deletes a Secret of an instance's parameters that nothing refers to, and reports whether it is gone. One that the
// instance does not own is as good as gone.
func (s *Service) forget(ctx context.Context, d *v1alpha1.CloudifyDeployment, name string) bool {
	ctx, cancel := cleanup(ctx)
	defer cancel()
	secret, err := s.ownSecret(ctx, d, name)
	if err == nil {
		err = s.store.DeleteSecret(ctx, secret)
	}
	if err == nil || errors.Is(err, ErrNotFound) {
		return true
	}
	ctrl.LoggerFrom(ctx).Error(err, "A Secret of former parameters remains; it is deleted with its CloudifyDeployment at the latest", "name", d.Name, "secret", name)
	return false
}
