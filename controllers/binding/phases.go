// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package binding

import (
	"context"
	"fmt"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

// secretInterval is how often a Secret is looked for that is missing or in the way: they are read, not watched.
const secretInterval = 15 * time.Second

// resolve finds the deployment that the binding was made for, and what its offering says.
func (r *reconciler) resolve(ctx context.Context, s *scope) error {
	key := types.NamespacedName{Namespace: s.key.Namespace, Name: s.binding.Spec.DeploymentRef.Name}
	var d v1alpha1.CloudifyDeployment
	switch err := r.Get(ctx, key, &d); {
	case apierrors.IsNotFound(err):
		return outcome.Wait(v1alpha1.ReasonDeploymentNotFound, "CloudifyDeployment %s not found: create it, or delete this binding", key.Name)
	case err != nil:
		return fmt.Errorf("read CloudifyDeployment: %w", err)
	case !d.DeletionTimestamp.IsZero():
		return outcome.Wait(v1alpha1.ReasonDeploymentNotFound, "CloudifyDeployment %s is being deleted: delete this binding too", key.Name)
	case s.binding.Status.DeploymentUID != "" && s.binding.Status.DeploymentUID != string(d.UID):
		return outcome.Stall(v1alpha1.ReasonDeploymentReplaced,
			"CloudifyDeployment %s is another one than this binding was made for: delete the binding and create it anew", key.Name)
	}
	s.deployment = &d
	var b v1alpha1.CloudifyBlueprint
	if err := r.Get(ctx, d.BlueprintKey(), &b); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("read CloudifyBlueprint: %w", err)
	} else if err != nil {
		return outcome.Wait(v1alpha1.ReasonBlueprintNotFound,
			"CloudifyBlueprint %s, which says what the credentials are made of, not found: create it", d.BlueprintKey())
	}
	if b.Spec.Offering != nil {
		s.offering = b.Spec.Offering.Binding
	}
	return nil
}

// observe reads the outputs, and what is there of the credentials.
func (r *reconciler) observe(ctx context.Context, s *scope) (err error) {
	if s.deployment.Status.Binding == nil {
		return outcome.Wait(v1alpha1.ReasonOutputsMissing, "CloudifyDeployment %s has no outputs yet: look at its status", s.deployment.Name)
	}
	if s.outputs, err = r.readSecret(ctx, s, s.deployment.Status.Binding.Name); err != nil {
		return err
	}
	if s.outputs == nil || !metav1.IsControlledBy(s.outputs, s.deployment) {
		return outcome.WaitFor(secretInterval, v1alpha1.ReasonOutputsMissing, "the outputs Secret %s of CloudifyDeployment %s is missing: the operator writes it again",
			s.deployment.Status.Binding.Name, s.deployment.Name)
	}
	s.secret, err = r.readSecret(ctx, s, s.binding.SecretName())
	return err
}

// readSecret reads a Secret live; nil when there is none.
func (r *reconciler) readSecret(ctx context.Context, s *scope, name string) (*corev1.Secret, error) {
	var secret corev1.Secret
	switch err := r.APIReader.Get(ctx, types.NamespacedName{Namespace: s.key.Namespace, Name: name}, &secret); {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // there is none
	case err != nil:
		return nil, fmt.Errorf("read Secret %s: %w", name, err)
	}
	return &secret, nil
}

// act writes the credentials where they differ.
func (r *reconciler) act(ctx context.Context, s *scope) error {
	name := s.binding.SecretName()
	if s.secret != nil && !metav1.IsControlledBy(s.secret, s.binding) {
		return outcome.WaitFor(secretInterval, v1alpha1.ReasonSecretConflict,
			"Secret %s exists and is not this binding's, so the credentials cannot be written: delete it, or set spec.secretName", name)
	}
	rendered, err := credentials.Render(s.offering, credentials.FromSecret(s.outputs.Annotations, s.outputs.Data))
	if err != nil {
		return outcome.Stall(v1alpha1.ReasonInvalidCredentialsTemplate, "%v: correct spec.offering.binding of CloudifyBlueprint %s", err, s.deployment.BlueprintKey())
	}
	if err := r.write(ctx, s, name, credentials.Data(rendered)); err != nil {
		return err
	}
	return r.dropFormer(ctx, s, name)
}

func (r *reconciler) write(ctx context.Context, s *scope, name string, data map[string][]byte) error {
	if s.secret == nil {
		secret := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: s.key.Namespace, Name: name, Labels: map[string]string{"app.kubernetes.io/managed-by": v1alpha1.ManagedBy}},
			Data:       data,
		}
		if s.offering != nil && s.offering.Type != "" {
			secret.Type = corev1.SecretType("servicebinding.io/" + s.offering.Type)
		}
		if err := controllerutil.SetControllerReference(s.binding, secret, r.Scheme()); err != nil {
			return fmt.Errorf("own Secret: %w", err)
		}
		if err := r.Create(ctx, secret); err != nil {
			return fmt.Errorf("create Secret: %w", err)
		}
		ctrl.LoggerFrom(ctx).Info("Created Secret", "secret", name)
		return nil
	}
	if reflect.DeepEqual(s.secret.Data, data) || len(s.secret.Data)+len(data) == 0 {
		return nil
	}
	before := s.secret.DeepCopy()
	s.secret.Data = data
	if err := r.Patch(ctx, s.secret, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("patch Secret: %w", err)
	}
	ctrl.LoggerFrom(ctx).Info("Updated Secret", "secret", name)
	return nil
}

// dropFormer deletes the Secret of an earlier secretName.
func (r *reconciler) dropFormer(ctx context.Context, s *scope, name string) error {
	former := s.before.Status.Binding
	if former == nil || former.Name == name {
		return nil
	}
	secret, err := r.readSecret(ctx, s, former.Name)
	if err != nil || secret == nil || !metav1.IsControlledBy(secret, s.binding) {
		return err
	}
	if err := r.Delete(ctx, secret, client.Preconditions{UID: &secret.UID}); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("delete former Secret: %w", err)
	}
	return nil
}
