// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;create;patch;delete

// publish keeps the outputs Secret as the latest execution left capabilities and outputs.
func (r *reconciler) publish(ctx context.Context, s *scope) error {
	name := s.deployment.OutputsSecretName()
	secret, err := r.outputsSecret(ctx, s.key.Namespace, name)
	if err != nil {
		return err
	}
	if secret != nil && !metav1.IsControlledBy(secret, s.deployment) {
		return outcome.WaitFor(referenceInterval, v1alpha1.ReasonSecretConflict,
			"Secret %s exists and is not this object's, so the outputs cannot be written: delete it, or set spec.outputsSecretName", name)
	}
	s.binding = name
	execution := ""
	if latest := s.latest(); latest != nil {
		execution = latest.ID
	}
	if secret != nil && secret.Annotations[v1alpha1.OutputsExecutionAnnotation] == execution && !incomplete(secret) && !s.asked() {
		return nil
	}
	values, err := s.evaluate(ctx)
	if err != nil {
		return err
	}
	data, omitted := outputsData(values.Outputs)
	s.unevaluated = values.problems()
	before := secret.DeepCopy()
	if err := r.writeOutputs(ctx, s, secret, name, values.annotations(execution), values.keep(data, before)); err != nil {
		return err
	}
	if len(omitted) > 0 {
		r.Reporter.Recorder.Eventf(s.deployment, nil, corev1.EventTypeWarning, "OutputsOmitted", "Publish",
			"Secret %s cannot hold %s: their names are no keys, or they are too large", name, strings.Join(omitted, ", "))
	}
	if len(s.unevaluated) > 0 && !values.toldIn(before) {
		r.Reporter.Recorder.Eventf(s.deployment, nil, corev1.EventTypeWarning, "OutputsNotEvaluated", "Publish",
			"%s", outcome.Truncate(s.unevaluatedMessage(name), 1024))
	}
	return r.dropFormer(ctx, s, name)
}

// outputsSecret reads the Secret live, for they are not cached; nil when there is none.
func (r *reconciler) outputsSecret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	var secret corev1.Secret
	switch err := r.APIReader.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, &secret); {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // there is none
	case err != nil:
		return nil, fmt.Errorf("read outputs Secret: %w", err)
	}
	return &secret, nil
}

// maxOutputs bounds the Secret below the API server's 1 MiB.
const maxOutputs = 1_000_000

// outputsData is what the Secret holds: strings as they stand, other types as JSON, nulls are left out. It is pure.
func outputsData(o credentials.Outputs) (data map[string][]byte, omitted []string) {
	data = map[string][]byte{}
	all, size := o.Keys(), 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value, ok := credentials.Text(all[name])
		if !ok {
			continue
		}
		if len(validation.IsConfigMapKey(name)) > 0 || size+len(name)+len(value) > maxOutputs {
			omitted = append(omitted, name)
			continue
		}
		size += len(name) + len(value)
		data[name] = []byte(value)
	}
	return data, omitted
}

// writeOutputs creates the Secret, or changes it where it differs.
func (r *reconciler) writeOutputs(ctx context.Context, s *scope, secret *corev1.Secret, name string, annotations map[string]string, data map[string][]byte) error {
	if secret == nil {
		secret = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
			Namespace: s.key.Namespace, Name: name, Annotations: annotations,
			Labels: map[string]string{"app.kubernetes.io/managed-by": v1alpha1.ManagedBy},
		}, Data: data}
		if err := controllerutil.SetControllerReference(s.deployment, secret, r.Scheme()); err != nil {
			return fmt.Errorf("own outputs Secret: %w", err)
		}
		if err := r.Create(ctx, secret); err != nil {
			return fmt.Errorf("create outputs Secret: %w", err)
		}
		ctrl.LoggerFrom(ctx).Info("Created outputs Secret", "secret", name)
		return nil
	}
	before := secret.DeepCopy()
	if secret.Annotations == nil {
		secret.Annotations = map[string]string{}
	}
	delete(secret.Annotations, v1alpha1.OutputsIncompleteAnnotation)
	maps.Copy(secret.Annotations, annotations)
	if !reflect.DeepEqual(secret.Data, data) {
		secret.Data = data
	}
	if err := r.Patch(ctx, secret, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("patch outputs Secret: %w", err)
	}
	return nil
}

// dropFormer deletes the Secret of an earlier outputsSecretName.
func (r *reconciler) dropFormer(ctx context.Context, s *scope, name string) error {
	former := s.before.Status.Binding
	if former == nil || former.Name == name {
		return nil
	}
	secret, err := r.outputsSecret(ctx, s.key.Namespace, former.Name)
	if err != nil || secret == nil || !metav1.IsControlledBy(secret, s.deployment) {
		return err
	}
	if err := r.Delete(ctx, secret, client.Preconditions{UID: &secret.UID}); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("delete former outputs Secret: %w", err)
	}
	return nil
}

// outputsMissing tells whether the Secret that the status names is gone, or lacks what could not be evaluated; it is looked for
// at each resync.
func (r *reconciler) outputsMissing(ctx context.Context, s *scope) (bool, error) {
	if s.before.Status.Binding == nil || !s.before.IsReady() {
		return false, nil
	}
	secret, err := r.outputsSecret(ctx, s.key.Namespace, s.before.Status.Binding.Name)
	return secret == nil || incomplete(secret), err
}

// dropOutputs deletes the outputs Secret of an object that ends, for another of its name may come at once and must not find it
// taken. The garbage collector would do it in the end, so that nothing hangs on it.
func (r *reconciler) dropOutputs(ctx context.Context, s *scope) {
	if s.before.Status.Binding == nil {
		return
	}
	secret, err := r.outputsSecret(ctx, s.key.Namespace, s.before.Status.Binding.Name)
	if err == nil && secret != nil && metav1.IsControlledBy(secret, s.deployment) {
		err = client.IgnoreNotFound(r.Delete(ctx, secret, client.Preconditions{UID: &secret.UID}))
	}
	if err != nil {
		ctrl.LoggerFrom(ctx).V(1).Info("Outputs Secret is left to the garbage collector", "secret", s.before.Status.Binding.Name, "reason", err.Error())
	}
}
