// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// outputsInterval is how often a bind looks for outputs that are about to come.
const outputsInterval = 500 * time.Millisecond

// renderAhead begins to read the outputs, whose Secret the cache knows by name, while the instance is read and the binding
// created. What it returns makes the credentials of an instance as it was read.
func (s *Service) renderAhead(ctx context.Context, instanceID string) func(*v1alpha1.CloudifyDeployment) (map[string]any, error) {
	heard, err := s.store.CachedInstance(ctx, instanceID)
	if err != nil || heard.Status.Binding == nil {
		return func(d *v1alpha1.CloudifyDeployment) (map[string]any, error) { return s.render(ctx, d) }
	}
	outputs := sync.OnceValues(func() (*corev1.Secret, error) { return s.outputs(ctx, heard) })
	go func() { _, _ = outputs() }()
	return func(d *v1alpha1.CloudifyDeployment) (map[string]any, error) {
		secret, err := outputs()
		if err != nil || heard.UID != d.UID || d.Status.Binding == nil || d.Status.Binding.Name != secret.Name {
			return s.render(ctx, d) // the cache is behind
		}
		return s.renderOf(ctx, d, secret)
	}
}

// bound is a binding that this request created a moment ago, or found.
type bound struct {
	*v1alpha1.CloudifyBinding
	created bool
}

// credentials answers with those that were rendered, or can be in time.
func (s *Service) credentials(ctx context.Context, r *osb.BindRequest, b bound, rendered map[string]any, err error) (*osb.BindResponse, error) {
	if err == nil && b.created {
		return &osb.BindResponse{Credentials: rendered, Created: true}, nil
	}
	if errors.Is(err, errNoOutputs) {
		if r.AcceptsIncomplete {
			return &osb.BindResponse{Operation: bindToken(b.CloudifyBinding).String(), Created: b.created}, nil
		}
		rendered, err = s.await(ctx, r.InstanceID, b)
	}
	switch {
	case errors.Is(err, errNoOutputs):
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case err != nil:
		return nil, err
	}
	// Time has passed since it was created, by another request or before the outputs came.
	now, err := s.store.LiveBinding(ctx, r.InstanceID, r.BindingID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, ErrBusy // unbound meanwhile
	case err != nil:
		return nil, err
	case now.UID != b.UID, !now.DeletionTimestamp.IsZero():
		return nil, ErrBusy
	}
	return &osb.BindResponse{Credentials: rendered, Created: b.created}, nil
}

// await makes the credentials as soon as there are outputs of the instance that the binding is of.
func (s *Service) await(ctx context.Context, instanceID string, b bound) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, s.BindPatience)
	defer cancel()
	tick := time.NewTicker(outputsInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, errNoOutputs
		case <-tick.C:
		}
		d, err := s.store.LiveInstance(ctx, instanceID)
		switch {
		case err != nil:
			return nil, err
		case !provisioned(d), !bindingOf(b.CloudifyBinding, d):
			return nil, ErrBusy
		}
		if rendered, err := s.render(ctx, d); !errors.Is(err, errNoOutputs) {
			return rendered, err
		}
	}
}
