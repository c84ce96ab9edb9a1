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
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// +kubebuilder:rbac:groups="",resources=secrets;configmaps,verbs=get

// referred is the values that inputsFrom refers to, as text.
type referred struct {
	values map[string]string
	// secret are the inputs whose value came from a Secret.
	secret []string
	// version changes when any of the objects does.
	version string
}

// referenceInterval is how often a missing Secret or ConfigMap is looked for: they are read, not watched.
const referenceInterval = 15 * time.Second

// parametersInterval is how often those of a service instance are: the OSB endpoint writes the Secret right after the object.
const parametersInterval = time.Second

// lookAgain is how long to leave a missing reference alone.
func (s *scope) lookAgain() time.Duration {
	if s.deployment.Spec.OSB != nil {
		return parametersInterval
	}
	return referenceInterval
}

// readReferences reads what inputsFrom refers to, each object once.
func (r *reconciler) readReferences(ctx context.Context, s *scope) error {
	read := referred{values: map[string]string{}}
	objects := map[string]map[string]string{}
	var versions []string
	for _, source := range s.deployment.Spec.InputsFrom {
		kind, ref := "ConfigMap", source.ConfigMapKeyRef
		if source.SecretKeyRef != nil {
			kind, ref = "Secret", source.SecretKeyRef
			read.secret = append(read.secret, source.Input)
		}
		id := kind + "/" + ref.Name
		data, ok := objects[id]
		if !ok {
			var version string
			var err error
			if data, version, err = r.readObject(ctx, s, kind, ref.Name); err != nil {
				return err
			}
			objects[id] = data
			versions = append(versions, id+"@"+version)
		}
		value, ok := data[ref.Key]
		if !ok {
			return outcome.WaitFor(s.lookAgain(), v1alpha1.ReasonReferenceMissing,
				"%s %s has no key %s, which spec.inputsFrom names for input %s", kind, ref.Name, ref.Key, source.Input)
		}
		read.values[source.Input] = value
	}
	slices.Sort(versions)
	read.version = strings.Join(versions, " ")
	s.references = read
	return nil
}

// readObject reads the data of one Secret or ConfigMap, and what tells its states apart.
func (r *reconciler) readObject(ctx context.Context, s *scope, kind, name string) (data map[string]string, version string, err error) {
	key := types.NamespacedName{Namespace: s.key.Namespace, Name: name}
	data = map[string]string{}
	if kind == "Secret" {
		var secret corev1.Secret
		err = r.APIReader.Get(ctx, key, &secret)
		for k, v := range secret.Data {
			data[k] = string(v)
		}
		version = string(secret.UID) + "/" + secret.ResourceVersion
	} else {
		var config corev1.ConfigMap
		err = r.APIReader.Get(ctx, key, &config)
		for k, v := range config.BinaryData {
			data[k] = string(v)
		}
		maps.Copy(data, config.Data)
		version = string(config.UID) + "/" + config.ResourceVersion
	}
	switch {
	case apierrors.IsNotFound(err):
		return nil, "", outcome.WaitFor(s.lookAgain(), v1alpha1.ReasonReferenceMissing, "%s %s of spec.inputsFrom not found: create it", kind, key)
	case err != nil:
		return nil, "", fmt.Errorf("read %s %s: %w", kind, key, err)
	}
	return data, version, nil
}
