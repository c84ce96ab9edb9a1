// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"
	"fmt"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// Bind creates a binding, the lock, and makes its credentials of the outputs of the deployment. It waits for no controller.
func (s *Service) Bind(ctx context.Context, r *osb.BindRequest) (*osb.BindResponse, error) {
	for range tries {
		render := s.renderAhead(ctx, r.InstanceID)
		d, err := s.store.LiveInstance(ctx, r.InstanceID)
		if err == nil {
			err = usable(d)
		}
		if err != nil {
			return nil, err
		}
		b, created, err := s.binding(ctx, r, d)
		switch {
		case errors.Is(err, ErrNotFound), errors.Is(err, ErrStale):
			continue // somebody deleted it meanwhile
		case err != nil:
			return nil, err
		}
		rendered, err := render(d)
		answer, err := s.credentials(ctx, r, bound{b, created}, rendered, err)
		if err != nil && created {
			// The request fails, so nothing shall stay of it; the platform will not ask for its deletion in all cases.
			s.discard(ctx, b)
		}
		return answer, err
	}
	return nil, ErrBusy
}

// discard deletes a binding that no platform has heard of. Where that does not succeed it goes with its instance.
func (s *Service) discard(ctx context.Context, b *v1alpha1.CloudifyBinding) {
	ctx, cancel := cleanup(ctx)
	defer cancel()
	if err := s.store.DeleteBinding(ctx, b); err != nil && !errors.Is(err, ErrNotFound) {
		ctrl.LoggerFrom(ctx).Error(err, "Cannot delete the CloudifyBinding of a failed request", "bindingID", b.Spec.OSB.BindingID, "name", b.Name)
	}
}

// binding creates the binding, or finds the one that the same request created before.
func (s *Service) binding(ctx context.Context, r *osb.BindRequest, d *v1alpha1.CloudifyDeployment) (b *v1alpha1.CloudifyBinding, created bool, err error) {
	b, refused := s.newBinding(ctx, r, d)
	if refused == nil {
		refused = s.store.CreateBinding(ctx, d, b)
	}
	switch {
	case refused == nil:
		return b, true, nil
	case errors.Is(refused, ErrNotFound):
		return nil, false, fmt.Errorf("%w: the namespace does not exist", ErrUnavailable)
	case !errors.Is(refused, ErrExists) && !refusal(refused):
		return nil, false, refused
	}
	// The catalog, or a predecessor, has no say in what exists.
	b, err = s.store.LiveBinding(ctx, r.InstanceID, r.BindingID)
	switch {
	case errors.Is(err, ErrForeign):
		return nil, false, ErrConflict
	case errors.Is(err, ErrNotFound) && refusal(refused):
		return nil, false, refused
	case err != nil:
		return nil, false, err
	case !b.DeletionTimestamp.IsZero():
		return nil, false, ErrBusy
	case !bindingOf(b, d): // of an instance that is gone, which the binding outlived for a moment
		if err := s.store.DeleteBinding(ctx, b); err != nil {
			return nil, false, err
		}
		return nil, false, ErrStale
	case !sameBinding(b, r):
		return nil, false, ErrConflict
	}
	return b, false, nil
}

// newBinding is the binding that a request asks for, if the catalog or its predecessor allows it.
func (s *Service) newBinding(ctx context.Context, r *osb.BindRequest, d *v1alpha1.CloudifyDeployment) (*v1alpha1.CloudifyBinding, error) {
	b := &v1alpha1.CloudifyBinding{Spec: v1alpha1.CloudifyBindingSpec{
		DeploymentRef: v1alpha1.LocalObjectReference{Name: d.Name},
		OSB: &v1alpha1.ServiceBinding{
			InstanceID: r.InstanceID, BindingID: r.BindingID, ServiceID: d.Spec.OSB.ServiceID, PlanID: d.Spec.OSB.PlanID,
			PredecessorBindingID: r.PredecessorBindingID,
		},
	}}
	annotate(b, r.Context, r.Identity)
	given, err := values(r.Parameters)
	if err != nil {
		return nil, err
	}
	if r.PredecessorBindingID != "" {
		b.Spec.Parameters, err = s.inherited(ctx, r, d)
		return b, err
	}
	b.Spec.OSB.PlanID = r.PlanID
	for name := range given {
		if b.Spec.Parameters == nil {
			b.Spec.Parameters = map[string]v1alpha1.JSON{}
		}
		b.Spec.Parameters[name] = v1alpha1.JSON{Raw: r.Parameters[name]}
	}
	return b, s.bindable(ctx, r, d)
}

// bindable refuses what the catalog does not know, or does not bind. The instance's own plan is known, whatever the catalog says.
func (s *Service) bindable(ctx context.Context, r *osb.BindRequest, d *v1alpha1.CloudifyDeployment) error {
	if r.ServiceID != d.Spec.OSB.ServiceID {
		return &InvalidError{Reason: "service_id differs from that of the service instance"}
	}
	return s.againstCatalog(ctx, func() error {
		offering, err := s.offering(ctx, d)
		if err != nil {
			return err
		}
		if !isBindable(offering) {
			return &InvalidError{Reason: "the service offering is not bindable"}
		}
		if r.PlanID == d.Spec.OSB.PlanID {
			return nil
		}
		_, err = s.choose(ctx, r.ServiceID, r.PlanID)
		return err
	})
}

// inherited are the parameters of the binding that a new one succeeds.
func (s *Service) inherited(ctx context.Context, r *osb.BindRequest, d *v1alpha1.CloudifyDeployment) (map[string]v1alpha1.JSON, error) {
	unknown := &InvalidError{Reason: "predecessor_binding_id is not the ID of a binding of the service instance"}
	before, err := s.store.LiveBinding(ctx, r.InstanceID, r.PredecessorBindingID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, unknown
	case err != nil:
		return nil, err
	case !before.DeletionTimestamp.IsZero(), !bindingOf(before, d):
		return nil, unknown
	}
	err = s.againstCatalog(ctx, func() error {
		offering, err := s.offering(ctx, d)
		if err != nil {
			return err
		}
		if offering.Binding == nil || !offering.Binding.Rotatable {
			return &InvalidError{Reason: "bindings of the plan cannot be rotated"}
		}
		return nil
	})
	return before.Spec.Parameters, err
}

// bindingOf reports whether a binding was made for this very deployment, not for an earlier one of its name.
func bindingOf(b *v1alpha1.CloudifyBinding, d *v1alpha1.CloudifyDeployment) bool {
	for _, owner := range b.OwnerReferences {
		if owner.UID == d.UID {
			return true
		}
	}
	return false
}

// sameBinding reports whether a request asks for the binding that exists.
func sameBinding(b *v1alpha1.CloudifyBinding, r *osb.BindRequest) bool {
	was := b.Spec.OSB
	if was.PredecessorBindingID != r.PredecessorBindingID {
		return false
	}
	if r.PredecessorBindingID != "" {
		return true // all the rest is the predecessor's
	}
	given, err := values(r.Parameters)
	return err == nil && was.ServiceID == r.ServiceID && was.PlanID == r.PlanID && inputs.Equal(given, stored(b.Spec.Parameters))
}
