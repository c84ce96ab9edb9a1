// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// Provision creates an instance: Create is the lock, and the second request for the same is answered with what became of the
// first. The request ends when the object is stored.
func (s *Service) Provision(ctx context.Context, r *osb.ProvisionRequest) (*osb.ProvisionResponse, error) {
	if !r.AcceptsIncomplete {
		return nil, ErrAsyncRequired
	}
	_, err := s.store.CachedInstance(ctx, r.InstanceID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	seemsNew := err != nil
	for range tries {
		var refused error
		if seemsNew {
			answer, err := s.create(ctx, r)
			if !errors.Is(err, ErrExists) && !refusal(err) {
				return answer, err
			}
			refused = err // by the catalog, perhaps, which has no say in what exists
		}
		d, err := s.store.LiveInstance(ctx, r.InstanceID)
		switch {
		case errors.Is(err, ErrForeign):
			return nil, ErrConflict
		case errors.Is(err, ErrNotFound) && refusal(refused):
			return nil, refused
		case errors.Is(err, ErrNotFound):
			seemsNew = true
			continue
		case err != nil:
			return nil, err
		}
		seemsNew = false
		answer, err := s.replay(ctx, r, d)
		if !errors.Is(err, ErrStale) && !errors.Is(err, ErrNotFound) { // deleted meanwhile
			return answer, err
		}
	}
	return nil, ErrBusy
}

// create makes a new instance of the request.
func (s *Service) create(ctx context.Context, r *osb.ProvisionRequest) (*osb.ProvisionResponse, error) {
	given, err := values(r.Parameters)
	if err != nil {
		return nil, err
	}
	var d *v1alpha1.CloudifyDeployment
	var secret secrets
	err = s.againstCatalog(ctx, func() error {
		chosen, err := s.choose(ctx, r.ServiceID, r.PlanID)
		if err != nil {
			return err
		}
		if err := chosen.checkMaintenance(r.MaintenanceInfo); err != nil {
			return err
		}
		if err := chosen.check(given, false); err != nil {
			return err
		}
		d, secret = newInstance(r, chosen)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.store.CreateInstance(ctx, d); err != nil {
		return nil, err
	}
	switch err := s.keep(ctx, d, secret); {
	case errors.Is(err, ErrConflict): // a request with other secrets had them stored first: the instance is its
		return nil, err
	case err != nil: // a refusal would leave behind what the platform does not know of
		return nil, fmt.Errorf("%w: store the secrets of a new instance: %s", ErrUnavailable, err.Error())
	}
	return &osb.ProvisionResponse{DashboardURL: s.dashboardURL(ctx, d), Operation: tokenOf(d).String()}, nil
}

// newInstance is what a request creates, with the secrets that its object refers to.
func newInstance(r *osb.ProvisionRequest, chosen *choice) (*v1alpha1.CloudifyDeployment, secrets) {
	base := &v1alpha1.CloudifyDeploymentSpec{
		BlueprintRef: v1alpha1.BlueprintReference{Namespace: chosen.blueprint.Namespace, Name: chosen.blueprint.Name},
		OSB: &v1alpha1.ServiceInstance{
			InstanceID: r.InstanceID, ServiceID: r.ServiceID,
			Operation: v1alpha1.Operation{Verb: v1alpha1.OperationProvision, Number: 1},
		},
	}
	spec, secret := desiredSpec(base, nil, ask{
		planID: chosen.planID, plan: chosen.plan.Name, maintenanceVersion: chosen.maintenanceVersion(),
		parameters: r.Parameters, sensitive: chosen.sensitive(),
	})
	refer(spec, newSecretName(), secret)
	d := &v1alpha1.CloudifyDeployment{Spec: *spec}
	annotate(d, r.Context, r.Identity)
	return d, secret
}

// keep stores the secrets of an instance, unless another request for the same did it first.
func (s *Service) keep(ctx context.Context, d *v1alpha1.CloudifyDeployment, secret secrets) error {
	if len(secret) == 0 {
		return nil
	}
	name := d.Spec.OSB.ParametersSecret
	err := s.store.CreateSecret(ctx, d, name, secret.data())
	if !errors.Is(err, ErrExists) {
		return err
	}
	held, err := s.ownSecret(ctx, d, name)
	switch {
	case errors.Is(err, ErrForeign):
		return ErrConflict
	case err != nil:
		return err
	case !maps.Equal(secretsOf(held.Data), secret):
		return ErrConflict
	default:
		return nil
	}
}

// replay answers a request for an instance that exists. Nothing but what was asked for then and now counts.
func (s *Service) replay(ctx context.Context, r *osb.ProvisionRequest, d *v1alpha1.CloudifyDeployment) (*osb.ProvisionResponse, error) {
	if !d.DeletionTimestamp.IsZero() {
		s.NoteDeparture(r.InstanceID)
		return nil, ErrBusy
	}
	held, known, err := s.secretsAskedFor(ctx, d)
	if err != nil {
		return nil, err
	}
	was := d.Spec.OSB
	if was.ServiceID != r.ServiceID || was.PlanID != r.PlanID || !sameParameters(d, held, known, r.Parameters) ||
		r.MaintenanceInfo != nil && r.MaintenanceInfo.Version != was.MaintenanceVersion {
		return nil, ErrConflict
	}
	if !known { // the request that created the object has not stored them yet, or never will
		for name := range held {
			held[name] = text(r.Parameters[name])
		}
		if err := s.keep(ctx, d, held); err != nil {
			return nil, err
		}
	}
	answer := &osb.ProvisionResponse{DashboardURL: s.dashboardURL(ctx, d)}
	switch progress(d) {
	case osb.Succeeded:
		return answer, nil
	case osb.Failed:
		if d, err = s.again(ctx, d); err != nil {
			return nil, err
		}
	}
	answer.Operation = tokenOf(d).String()
	return answer, nil
}

// again answers that the operation failed, or starts the same once more.
func (s *Service) again(ctx context.Context, before *v1alpha1.CloudifyDeployment) (*v1alpha1.CloudifyDeployment, error) {
	d := before.DeepCopy()
	repeat(d, before.Spec.OSB.Operation.Verb, s.Now())
	if equality.Semantic.DeepEqual(before, d) {
		return d, nil
	}
	return d, s.store.UpdateInstance(ctx, before, d)
}
