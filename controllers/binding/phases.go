// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package binding

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/owned"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

// scope is one reconcile of a CloudifyBinding.
type scope struct {
	before, binding *v1alpha1.CloudifyBinding
	key             types.NamespacedName

	// deployment and offering are filled by resolve; offering is nil where the blueprint says nothing.
	deployment *v1alpha1.CloudifyDeployment
	offering   *v1alpha1.BindingTemplate
	// outputs is filled by observe: the deployment's outputs Secret.
	outputs *corev1.Secret
	// secret is filled by observe: the one with the credentials, nil when there is none; by act as it is kept.
	secret *corev1.Secret
}

func (s *scope) subject() phases.Subject {
	return phases.Subject{Kind: "CloudifyBinding", NamespacedName: s.key}
}

// unfinished reports whether the binding has had no credentials yet, and is not stalled.
func (s *scope) unfinished() bool {
	return s.before.Status.Binding == nil && !meta.IsStatusConditionTrue(s.before.Status.Conditions, v1alpha1.StalledCondition)
}

// secretInterval is how often a Secret is looked for that is missing or in the way: they are read, not watched.
const secretInterval = 15 * time.Second

// resolve finds the deployment that the binding was made for, and what its offering says. For a binding that is being deleted
// nothing is left to do.
func (r *reconciler) resolve(ctx context.Context, s *scope) error {
	if !s.binding.DeletionTimestamp.IsZero() {
		return outcome.LetGo()
	}
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
			"CloudifyDeployment %s is not the one this binding was created for: delete the binding and create it again", key.Name)
	}
	s.deployment = &d
	var b v1alpha1.CloudifyBlueprint
	if err := r.Get(ctx, d.BlueprintKey(), &b); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("read CloudifyBlueprint: %w", err)
	} else if err != nil {
		return outcome.Wait(v1alpha1.ReasonBlueprintNotFound,
			"CloudifyBlueprint %s, which defines the credentials, not found: create it", d.BlueprintKey())
	}
	if b.Spec.Offering != nil {
		s.offering = b.Spec.Offering.Binding
	}
	return nil
}

// observe reads the outputs, and what is there of the credentials.
func (r *reconciler) observe(ctx context.Context, s *scope) (err error) {
	if s.deployment.Status.Binding == nil {
		return outcome.Wait(v1alpha1.ReasonOutputsMissing, "CloudifyDeployment %s has no outputs yet: see its status", s.deployment.Name)
	}
	if settled, err := r.settled(ctx, s); err != nil || settled {
		return cmp.Or(err, outcome.Settled(0))
	}
	if s.outputs, err = r.secrets(s).Read(ctx, s.deployment.Status.Binding.Name); err != nil {
		return err
	}
	if s.outputs == nil || !metav1.IsControlledBy(s.outputs, s.deployment) {
		return outcome.WaitFor(secretInterval, v1alpha1.ReasonOutputsMissing, "the outputs Secret %s of CloudifyDeployment %s is missing: the operator is about to write it again",
			s.deployment.Status.Binding.Name, s.deployment.Name)
	}
	s.secret, err = r.secrets(s).Read(ctx, s.binding.SecretName())
	return err
}

// settled reports whether both Secrets are as they were when the status was written, as far as the watch knows, so that neither
// need be read.
func (r *reconciler) settled(ctx context.Context, s *scope) (bool, error) {
	if !s.before.IsReady() || s.before.Status.Binding == nil || s.before.Status.Binding.Name != s.binding.SecretName() {
		return false, nil
	}
	outputs, err := r.Secrets.Find(ctx, types.NamespacedName{Namespace: s.key.Namespace, Name: s.deployment.Status.Binding.Name})
	if err != nil || outputs == nil {
		return false, err
	}
	secret, err := r.Secrets.Find(ctx, types.NamespacedName{Namespace: s.key.Namespace, Name: s.binding.SecretName()})
	return err == nil && secret != nil && s.digest(outputs, secret) == s.before.Status.ObservedSecrets, err
}

// digest changes with what credentials are made of, and with what they are kept in.
func (s *scope) digest(outputs, secret metav1.Object) string {
	template, err := json.Marshal(s.offering)
	if err != nil {
		return "" // strings and maps of strings
	}
	return references.Digest(map[string]string{
		"outputs": references.Version(outputs), "secret": references.Version(secret), "template": string(template),
	})
}

// secrets are those of the binding.
func (r *reconciler) secrets(s *scope) owned.Secrets {
	return owned.Secrets{Client: r.Client, APIReader: r.APIReader, Owner: s.binding}
}

// act writes the credentials where they differ.
func (r *reconciler) act(ctx context.Context, s *scope) error {
	name, secrets := s.binding.SecretName(), r.secrets(s)
	if secrets.Foreign(s.secret) {
		return outcome.WaitFor(secretInterval, v1alpha1.ReasonSecretConflict,
			"Secret %s exists and does not belong to this binding, so the operator cannot write the credentials there: delete it, or set spec.secretName", name)
	}
	rendered, err := credentials.Render(s.offering, credentials.FromSecret(s.outputs.Annotations, s.outputs.Data))
	if err != nil {
		return outcome.Stall(v1alpha1.ReasonInvalidCredentialsTemplate, "%v: correct spec.offering.binding of CloudifyBlueprint %s", err, s.deployment.BlueprintKey())
	}
	isNew := s.secret == nil
	s.secret, err = secrets.Keep(ctx, name, s.secret, func(secret *corev1.Secret) {
		secret.Data = credentials.Data(rendered)
		if isNew && s.offering != nil && s.offering.Type != "" { // it cannot be changed later
			secret.Type = corev1.SecretType("servicebinding.io/" + s.offering.Type)
		}
	})
	if err != nil {
		return err
	}
	return secrets.DropFormer(ctx, s.before.Status.Binding, name)
}
