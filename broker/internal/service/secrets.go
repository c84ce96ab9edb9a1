// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/validation"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// secrets are the values of sensitive parameters by name, as the text that a Secret holds: strings as they stand, other types
// as JSON.
type secrets map[string]string

// newSecretName is a name that no other request chooses.
func newSecretName() string { return "parameters-" + rand.String(20) }

// encodedKey is before the names of parameters that cannot be keys of a Secret.
const encodedKey = "_x"

func secretKey(name string) string {
	if len(validation.IsConfigMapKey(name)) == 0 && !strings.HasPrefix(name, encodedKey) {
		return name
	}
	return encodedKey + hex.EncodeToString([]byte(name))
}

func secretsOf(data map[string][]byte) secrets {
	held := secrets{}
	for key, value := range data {
		name := key
		if encoded, ok := strings.CutPrefix(key, encodedKey); ok {
			raw, err := hex.DecodeString(encoded)
			if err != nil {
				continue // not written by this broker
			}
			name = string(raw)
		}
		held[name] = string(value)
	}
	return held
}

func (h secrets) data() map[string][]byte {
	data := make(map[string][]byte, len(h))
	for name, value := range h {
		data[secretKey(name)] = []byte(value)
	}
	return data
}

// sources refer to the values in a Secret.
func (h secrets) sources(secret string) []v1alpha1.InputSource {
	var sources []v1alpha1.InputSource
	for _, name := range slices.Sorted(maps.Keys(h)) {
		sources = append(sources, v1alpha1.InputSource{Input: name, SecretKeyRef: &v1alpha1.KeyReference{Name: secret, Key: secretKey(name)}})
	}
	return sources
}

// referredBy are those that an instance still takes from its Secret; kubectl may have given it others for some inputs.
func (h secrets) referredBy(d *v1alpha1.CloudifyDeployment) secrets {
	referred := secrets{}
	for _, source := range d.Spec.InputsFrom {
		if value, ok := h[source.Input]; ok && source.SecretKeyRef != nil && source.SecretKeyRef.Name == d.Spec.OSB.ParametersSecret {
			referred[source.Input] = value
		}
	}
	return referred
}

// ownSecret reads a Secret that holds parameters of an instance, live. It is ErrForeign where the instance does not own it, for
// spec.osb and annotations may name any Secret of the namespace. That of its outputs, which it controls, holds no parameters.
func (s *Service) ownSecret(ctx context.Context, d *v1alpha1.CloudifyDeployment, name string) (*corev1.Secret, error) {
	secret, err := s.store.Secret(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, owner := range secret.OwnerReferences {
		if owner.UID == d.UID && (owner.Controller == nil || !*owner.Controller) {
			return secret, nil
		}
	}
	ctrl.LoggerFrom(ctx).Info("Ignored a Secret that the CloudifyDeployment does not own", "name", d.Name, "secret", name)
	return nil, fmt.Errorf("use Secret %s: %w", name, ErrForeign)
}

// secretsAskedFor are the values that an instance has in its Secret. Where it has none of its own, known is false, and the
// names alone are there.
func (s *Service) secretsAskedFor(ctx context.Context, d *v1alpha1.CloudifyDeployment) (held secrets, known bool, err error) {
	name := d.Spec.OSB.ParametersSecret
	if name == "" {
		return secrets{}, true, nil
	}
	secret, err := s.ownSecret(ctx, d, name)
	switch {
	case errors.Is(err, ErrNotFound):
		held = secrets{}
		for _, source := range d.Spec.InputsFrom {
			if source.SecretKeyRef != nil && source.SecretKeyRef.Name == name {
				held[source.Input] = ""
			}
		}
		return held, false, nil
	case err != nil:
		return nil, false, err
	default:
		return secretsOf(secret.Data), true, nil
	}
}
