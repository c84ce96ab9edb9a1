// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
)

// +kubebuilder:rbac:groups="",resources=secrets;configmaps,verbs=get

// referred is what inputsFrom refers to.
type referred struct {
	// read: it was; until then the rest is empty.
	read bool
	// again is when to read it again, of a settled object that left it unread; zero: need not.
	again time.Duration
	// values of the inputs, as text.
	values map[string]string
	// digest changes when any of the Secrets and ConfigMaps does, or is another; it is made of their versions, not of what they
	// hold. outputs is the same of the outputs of other deployments.
	digest, outputs string
}

// parametersInterval is how often those of a service instance are: the OSB endpoint writes the Secret right after the object.
const parametersInterval = time.Second

// lookAgain is how long to leave a missing reference alone.
func (s *scope) lookAgain() time.Duration {
	if s.deployment.Spec.OSB != nil {
		return parametersInterval
	}
	return references.Interval
}

// referencesStand reports whether what inputsFrom refers to may stay unread, for the status answers to it: so the watch says, or,
// where there is none, so it was when it was read, not longer ago than a resync.
func (r *reconciler) referencesStand(ctx context.Context, s *scope) bool {
	seen := observed(s.before)
	if len(s.deployment.Spec.InputsFrom) == 0 || !s.answered() || seen.References == "" && seen.Deployments == "" || !r.outputsStand(ctx, s) {
		return false
	}
	if seen.References == "" {
		return true
	}
	if r.References == nil {
		s.references.again = r.reads.Left(s.deployment.UID, time.Now(), r.Reporter.Resync)
		return s.references.again > 0
	}
	versions := map[string]string{}
	for _, source := range s.deployment.Spec.InputsFrom {
		if source.DeploymentRef != nil {
			continue
		}
		kind, ref := referenceOf(&source)
		versions[index.Reference(kind, ref.Name)] = r.References.Version(ctx, kind, types.NamespacedName{Namespace: s.key.Namespace, Name: ref.Name})
	}
	return references.Digest(versions) == seen.References
}

func referenceOf(source *v1alpha1.InputSource) (kind string, ref *v1alpha1.KeyReference) {
	if source.SecretKeyRef != nil {
		return "Secret", source.SecretKeyRef
	}
	return "ConfigMap", source.ConfigMapKeyRef
}

// readReferences reads what inputsFrom refers to, each object once.
func (r *reconciler) readReferences(ctx context.Context, s *scope) error {
	read := referred{read: true, values: map[string]string{}}
	objects := map[string]map[string]string{}
	versions := map[string]string{}
	for _, source := range s.deployment.Spec.InputsFrom {
		if source.DeploymentRef != nil {
			continue
		}
		kind, ref := referenceOf(&source)
		id := index.Reference(kind, ref.Name)
		data, ok := objects[id]
		if !ok {
			var version string
			var err error
			if data, version, err = r.readObject(ctx, s, kind, ref.Name); err != nil {
				return err
			}
			objects[id], versions[id] = data, version
		}
		value, ok := data[ref.Key]
		if !ok {
			return outcome.WaitFor(s.lookAgain(), v1alpha1.ReasonReferenceMissing,
				"%s %s has no key %s, which spec.inputsFrom names for input %s", kind, ref.Name, ref.Key, source.Input)
		}
		read.values[source.Input] = value
	}
	read.digest = references.Digest(versions)
	if err := r.readOthersOutputs(ctx, s, &read); err != nil {
		return err
	}
	s.references = read
	if len(versions) > 0 {
		r.reads.Done(s.deployment.UID, time.Now(), r.Reporter.Resync)
	}
	return nil
}

// readObject reads the data of one Secret or ConfigMap, and what tells its states apart.
func (r *reconciler) readObject(ctx context.Context, s *scope, kind, name string) (data map[string]string, version string, err error) {
	key := types.NamespacedName{Namespace: s.key.Namespace, Name: name}
	data, version, err = references.Read(ctx, r.APIReader, kind, key)
	switch {
	case apierrors.IsNotFound(err):
		return nil, "", outcome.WaitFor(s.lookAgain(), v1alpha1.ReasonReferenceMissing, "%s %s of spec.inputsFrom not found: create it", kind, key)
	case err != nil:
		return nil, "", fmt.Errorf("read %s %s: %w", kind, key, err)
	}
	return data, version, nil
}
