// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// configOf is what spec, Secret and certificate authorities come to.
func (r *reconciler) configOf(ctx context.Context, m *v1alpha1.CloudifyManager) (cloudify.Config, error) {
	config := cloudify.Config{Endpoint: m.Spec.Endpoint, Tenant: m.Spec.Tenant, UserAgent: r.UserAgent}
	if limit := m.Spec.RateLimit; limit != nil {
		config.MaxInFlight, config.QPS, config.Burst = int(limit.InFlight), int(limit.QPS), int(limit.Burst)
	}
	key := types.NamespacedName{Namespace: r.Namespace, Name: m.Spec.CredentialsSecretRef.Name}
	var secret corev1.Secret
	switch err := r.Get(ctx, key, &secret); {
	case apierrors.IsNotFound(err):
		return config, outcome.Wait(v1alpha1.ReasonInvalidCredentials,
			"Secret %s not found: create it with the keys username and password, or token", key)
	case err != nil:
		return config, fmt.Errorf("read credentials Secret: %w", err)
	}
	if err := logInWith(&config, &secret); err != nil {
		return config, err
	}
	tls := m.Spec.TLS
	if tls == nil {
		return config, nil
	}
	config.ServerName, config.InsecureSkipVerify = tls.ServerName, tls.InsecureSkipVerify
	var err error
	if tls.CARef != nil {
		config.CA, err = r.authorities(ctx, *tls.CARef)
	}
	return config, err
}

// authorities reads the PEM text that a CAReference names.
func (r *reconciler) authorities(ctx context.Context, ref v1alpha1.CAReference) ([]byte, error) {
	object := types.NamespacedName{Namespace: r.Namespace, Name: ref.Name}
	key := ref.Key
	if key == "" {
		key = "ca.crt"
	}
	var pem []byte
	var err error
	if ref.Kind == "Secret" {
		var secret corev1.Secret
		err = r.Get(ctx, object, &secret)
		pem = secret.Data[key]
	} else {
		var config corev1.ConfigMap
		err = r.Get(ctx, object, &config)
		pem = []byte(config.Data[key])
	}
	switch {
	case apierrors.IsNotFound(err):
		return nil, outcome.Wait(v1alpha1.ReasonInvalidTLS, "%s %s of tls.caRef not found: create it with the key %s", ref.Kind, object, key)
	case err != nil:
		return nil, fmt.Errorf("read certificate authorities: %w", err)
	case len(pem) == 0:
		return nil, outcome.Wait(v1alpha1.ReasonInvalidTLS, "%s %s of tls.caRef has no key %s", ref.Kind, object, key)
	}
	return pem, nil
}
