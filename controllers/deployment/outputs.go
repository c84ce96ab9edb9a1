// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/owned"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

// Secrets that the operator keeps are watched by label, and only their metadata.
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch;create;patch;delete

// publish keeps the outputs Secret as the latest execution left capabilities and outputs.
func (r *reconciler) publish(ctx context.Context, s *scope) error {
	name := s.deployment.OutputsSecretName()
	secret, err := r.readOutputs(ctx, s)
	if err != nil {
		return err
	}
	execution := ""
	if latest := s.history.latest(); latest != nil {
		execution = latest.ID
	}
	if secret != nil {
		s.effect.outputs.omitted = secret.Annotations[v1alpha1.OutputsOmittedAnnotation]
	}
	if owned.IsLabelled(secret) && secret.Annotations[v1alpha1.OutputsExecutionAnnotation] == execution && !incomplete(secret) && !s.asked() {
		return r.replaceFormer(ctx, s, name)
	}
	values, err := s.evaluate(ctx)
	if err != nil {
		return err
	}
	if err := r.writeOutputs(ctx, s, secret, values, execution); err != nil {
		return err
	}
	return r.replaceFormer(ctx, s, name)
}

// writeOutputs writes the Secret anew, and makes an event of what it newly lacks.
func (r *reconciler) writeOutputs(ctx context.Context, s *scope, secret *corev1.Secret, values *evaluation, execution string) error {
	name, kept := s.deployment.OutputsSecretName(), &s.effect.outputs
	data, omitted := outputsData(values.Outputs)
	before := kept.omitted
	kept.unevaluated, kept.omitted = values.problems(), outcome.Truncate(strings.Join(omitted, ", "), maxOmitted)
	_, err := r.secrets(s).Keep(ctx, name, secret, func(written *corev1.Secret) {
		if written.Annotations == nil {
			written.Annotations = map[string]string{}
		}
		delete(written.Annotations, v1alpha1.OutputsIncompleteAnnotation)
		delete(written.Annotations, v1alpha1.OutputsOmittedAnnotation)
		maps.Copy(written.Annotations, values.annotations(execution))
		if kept.omitted != "" {
			written.Annotations[v1alpha1.OutputsOmittedAnnotation] = kept.omitted
		}
		written.Data = values.keep(data, secret)
	})
	if err != nil {
		return err
	}
	if kept.omitted != "" && kept.omitted != before {
		r.Reporter.Announce(s.deployment, v1alpha1.ReasonOutputsOmitted, "Publish", kept.omittedMessage(name))
	}
	if len(kept.unevaluated) > 0 && !values.toldIn(secret) {
		r.Reporter.Announce(s.deployment, v1alpha1.ReasonOutputsNotEvaluated, "Publish", s.mask(kept.unevaluatedMessage(name)))
	}
	return nil
}

// conflictInterval is how often a Secret is looked at that is in the way.
const conflictInterval = 15 * time.Second

// readOutputs reads the outputs Secret, nil where there is none. One that is somebody else's is waited for.
func (r *reconciler) readOutputs(ctx context.Context, s *scope) (*corev1.Secret, error) {
	name, secrets := s.deployment.OutputsSecretName(), r.secrets(s)
	secret, err := secrets.Read(ctx, name)
	if err == nil && secrets.Foreign(secret) {
		err = outcome.WaitFor(conflictInterval, v1alpha1.ReasonSecretConflict,
			"Secret %s exists and does not belong to this object, so the operator cannot write the outputs there: delete it, or set spec.outputsSecretName", name)
	}
	return secret, err
}

// publishFirst keeps the outputs of a good install where Ready is not next, as when the spec changed meanwhile: what follows may
// fail, or wait for somebody, and what is installed can be used. A problem of the Secret is reported once there is no other.
func (r *reconciler) publishFirst(ctx context.Context, s *scope) error {
	latest := s.history.latest()
	if s.history.remote == nil || s.deleting() || !s.ours() || s.history.active() != nil || !isOf(latest, workflowInstall) ||
		!latest.Succeeded() || s.history.createFailed() != nil || !s.history.installed() {
		return nil
	}
	err := r.publish(ctx, s)
	if kind := outcome.Classify(err).Kind; kind == outcome.Waiting || kind == outcome.Stalled {
		return nil
	}
	return err
}

// published is an outputs Secret as a reconcile left it.
type published struct {
	// secret is its name; "": it was not looked at.
	secret string
	// unevaluated is what it lacks because the Manager cannot evaluate it, with the reasons; omitted is what it cannot hold.
	unevaluated []string
	omitted     string
}

// unevaluatedMessage says what a Secret of this name lacks.
func (p *published) unevaluatedMessage(name string) string {
	return fmt.Sprintf("the Manager cannot evaluate these keys of Secret %s: %s; the operator retries at each resync",
		name, outcome.Enumerate(p.unevaluated, 5))
}

// omittedMessage says what a Secret of this name cannot hold.
func (p *published) omittedMessage(name string) string {
	return fmt.Sprintf("Secret %s cannot hold %s: a key may contain only letters, digits, -, _ and ., and a Secret is limited to 1 MB", name, p.omitted)
}

// replaceFormer names the Secret that is kept now, once the one before is gone: the status is all that knows of that one.
func (r *reconciler) replaceFormer(ctx context.Context, s *scope, name string) error {
	if err := r.secrets(s).DropFormer(ctx, s.before.Status.Binding, name); err != nil {
		return err
	}
	s.effect.outputs.secret = name
	return nil
}

// secrets are those of the deployment.
func (r *reconciler) secrets(s *scope) owned.Secrets {
	return owned.Secrets{Client: r.Client, APIReader: r.APIReader, Owner: s.deployment}
}

// maxOutputs bounds the Secret below the API server's 1 MiB.
const maxOutputs = 1_000_000

// maxOmitted bounds the names of what it cannot hold.
const maxOmitted = 2048

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

// outputsMissing reports whether the Secret that the status names is gone, by all that the watch knows, or somebody else's, or
// lacks what could not be evaluated.
func (r *reconciler) outputsMissing(ctx context.Context, s *scope) (bool, error) {
	if s.before.Status.Binding == nil || !s.before.IsReady() {
		return false, nil
	}
	secret, err := r.Outputs.Find(ctx, types.NamespacedName{Namespace: s.key.Namespace, Name: s.before.Status.Binding.Name})
	return secret == nil || !metav1.IsControlledBy(secret, s.deployment) || incomplete(secret), err
}

// dropOutputs deletes the outputs Secret of an object that ends, for another of its name may come at once and must not find it
// taken. The garbage collector would do it in the end, so that nothing hangs on it.
func (r *reconciler) dropOutputs(ctx context.Context, s *scope) {
	if s.before.Status.Binding == nil {
		return
	}
	if err := r.secrets(s).Drop(ctx, s.before.Status.Binding.Name); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Left the outputs Secret to the garbage collector", "secret", s.before.Status.Binding.Name)
	}
}
