// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// Unbind deletes a binding. Nothing of it exists elsewhere, so it is gone at once.
func (s *Service) Unbind(ctx context.Context, r *osb.UnbindRequest) error {
	b, err := s.store.LiveBinding(ctx, r.InstanceID, r.BindingID)
	if err == nil {
		err = s.store.DeleteBinding(ctx, b)
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return ErrGone
	case errors.Is(err, ErrStale):
		return ErrBusy
	case err != nil:
		return err
	}
	s.departed.note(bindingKey(r.InstanceID, r.BindingID), s.Now())
	return nil
}

// Binding is a binding with its credentials, as they are now.
func (s *Service) Binding(ctx context.Context, instanceID, bindingID string) (*osb.Binding, error) {
	d, b, err := s.boundInstance(ctx, instanceID, bindingID)
	if err != nil {
		return nil, err
	}
	rendered, err := s.render(ctx, d)
	switch {
	case errors.Is(err, errNoOutputs):
		return nil, ErrNotFound
	case err != nil:
		return nil, err
	}
	return &osb.Binding{Credentials: rendered, Parameters: raw(b.Spec.Parameters)}, nil
}

// boundInstance reads a binding and its instance, live; ErrNotFound where one of them is not there for use.
func (s *Service) boundInstance(ctx context.Context, instanceID, bindingID string) (*v1alpha1.CloudifyDeployment, *v1alpha1.CloudifyBinding, error) {
	b, err := s.store.LiveBinding(ctx, instanceID, bindingID)
	if err != nil {
		return nil, nil, err
	}
	d, err := s.store.LiveInstance(ctx, instanceID)
	switch {
	case err != nil:
		return nil, nil, err
	case !b.DeletionTimestamp.IsZero(), !provisioned(d), !bindingOf(b, d):
		return nil, nil, ErrNotFound
	}
	return d, b, nil
}

// BindingOperation is what became of an operation on a binding.
func (s *Service) BindingOperation(ctx context.Context, r *osb.PollRequest) (*osb.LastOperation, error) {
	b, err := s.store.LiveBinding(ctx, r.InstanceID, r.BindingID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	t, named := parseToken(r.Operation)
	named = named && t.verb == verbBind
	there := err == nil && b.DeletionTimestamp.IsZero()
	switch {
	case named && (!there || b.UID != t.uid):
		return failed(verbBind, "the service binding was deleted by somebody else", false, false), nil
	case !there && s.departed.has(bindingKey(r.InstanceID, r.BindingID), s.Now()):
		return &osb.LastOperation{State: osb.Succeeded}, nil
	case !there:
		return nil, ErrNotFound
	}
	return s.bindState(ctx, r, b)
}

// bindState is how far a binding that exists is. Its credentials are there when they can be made; one whose Secret was written
// once succeeded, for good.
func (s *Service) bindState(ctx context.Context, r *osb.PollRequest, b *v1alpha1.CloudifyBinding) (*osb.LastOperation, error) {
	if b.Status.Binding != nil {
		return &osb.LastOperation{State: osb.Succeeded}, nil
	}
	d, err := s.store.LiveInstance(ctx, r.InstanceID)
	switch {
	case errors.Is(err, ErrNotFound):
		return failed(verbBind, "the service instance was deleted", false, false), nil
	case err != nil:
		return nil, err
	case !provisioned(d), !bindingOf(b, d):
		return failed(verbBind, "the service instance is being deleted", false, false), nil
	}
	_, err = s.render(ctx, d)
	var broken *templateError
	switch {
	case errors.As(err, &broken):
		return failed(verbBind, broken.Error(), false, false), nil
	case errors.Is(err, errNoOutputs):
		return &osb.LastOperation{State: osb.InProgress, Description: "Waiting for the outputs of the service instance", RetryAfter: retryAfter}, nil
	case err != nil:
		return nil, err
	}
	return &osb.LastOperation{State: osb.Succeeded}, nil
}

func bindingKey(instanceID, bindingID string) string { return instanceID + "\x00" + bindingID }
