// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

// errNoOutputs: the outputs of the deployment are not written yet.
var errNoOutputs = errors.New("the service instance has no outputs yet")

// templateError: credentials cannot be made as the offering says. Only its author can help.
type templateError struct{ cause error }

func (e *templateError) Error() string {
	return "the credentials cannot be rendered as the offering defines them: " + e.cause.Error()
}

func (e *templateError) Unwrap() error { return ErrUnavailable }

// render makes the credentials of the outputs as they are now.
func (s *Service) render(ctx context.Context, d *v1alpha1.CloudifyDeployment) (map[string]any, error) {
	secret, err := s.outputs(ctx, d)
	if err != nil {
		return nil, err
	}
	return s.renderOf(ctx, d, secret)
}

// outputs reads the Secret that holds the outputs, live.
func (s *Service) outputs(ctx context.Context, d *v1alpha1.CloudifyDeployment) (*corev1.Secret, error) {
	if d.Status.Binding == nil {
		return nil, errNoOutputs
	}
	secret, err := s.store.Secret(ctx, d.Status.Binding.Name)
	if errors.Is(err, ErrNotFound) {
		return nil, errNoOutputs
	}
	return secret, err
}

// renderOf makes the credentials of a Secret, which must be the instance's own.
func (s *Service) renderOf(ctx context.Context, d *v1alpha1.CloudifyDeployment, secret *corev1.Secret) (map[string]any, error) {
	if !metav1.IsControlledBy(secret, d) {
		return nil, errNoOutputs
	}
	offering, err := s.offering(ctx, d)
	if err != nil {
		return nil, err
	}
	rendered, err := credentials.Render(offering.Binding, credentials.FromSecret(secret.Annotations, secret.Data))
	if err != nil {
		return nil, &templateError{err}
	}
	return rendered, nil
}

// offering is what the author of the blueprint says of it, offered or not.
func (s *Service) offering(ctx context.Context, d *v1alpha1.CloudifyDeployment) (*v1alpha1.Offering, error) {
	b, err := s.store.Blueprint(ctx, d.BlueprintKey())
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, fmt.Errorf("%w: the blueprint of the service instance does not exist", ErrUnavailable)
	case err != nil:
		return nil, err
	case b.Spec.Offering == nil:
		return &v1alpha1.Offering{}, nil
	}
	return b.Spec.Offering, nil
}
