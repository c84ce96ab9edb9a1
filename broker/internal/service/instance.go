// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// Instance is what an instance was made of, as it is now: there once it was provisioned, and until it is deleted.
func (s *Service) Instance(ctx context.Context, instanceID string) (*osb.Instance, error) {
	d, err := s.store.LiveInstance(ctx, instanceID)
	switch {
	case err != nil:
		return nil, err
	case !provisioned(d):
		return nil, ErrNotFound
	}
	asked := d.Spec.OSB
	planID, version := asked.PlanID, asked.MaintenanceVersion
	switch progress(d) {
	case osb.InProgress:
		return nil, ErrBusy
	case osb.Failed:
		if id := s.appliedPlanID(ctx, d); id != "" {
			planID, version = id, d.Status.Applied.MaintenanceVersion
		}
	}
	instance := &osb.Instance{
		ServiceID: asked.ServiceID, PlanID: planID, DashboardURL: s.dashboardURL(ctx, d), Parameters: raw(asked.Parameters),
	}
	if len(instance.Parameters) > 0 { // an input may have become secret since it was set
		if b, err := s.store.Blueprint(ctx, d.BlueprintKey()); err == nil {
			secret := sensitiveInputs(b)
			maps.DeleteFunc(instance.Parameters, func(name string, _ json.RawMessage) bool { return secret[name] })
		}
	}
	if version != "" {
		instance.MaintenanceInfo = &osb.MaintenanceInfo{Version: version}
	}
	return instance, nil
}

// appliedPlanID is the ID of the plan that an instance has, whatever was asked for since; empty where that is not known.
func (s *Service) appliedPlanID(ctx context.Context, d *v1alpha1.CloudifyDeployment) string {
	if d.Status.Applied.Plan == d.Spec.Plan {
		return d.Spec.OSB.PlanID
	}
	b, err := s.store.Blueprint(ctx, d.BlueprintKey())
	if err != nil || b.Status.Offering == nil {
		return ""
	}
	for _, plan := range b.Status.Offering.Plans {
		if plan.Name == d.Status.Applied.Plan {
			return plan.ID
		}
	}
	return ""
}

// InstanceOperation is what became of an operation on an instance.
func (s *Service) InstanceOperation(ctx context.Context, r *osb.PollRequest) (*osb.LastOperation, error) {
	d, err := s.seen(s.store.CachedInstance(ctx, r.InstanceID))
	if err != nil {
		return nil, err
	}
	s.clearFormer(ctx, d)
	op, err := operationState(sight{deployment: d}, r.Operation)
	if !errors.Is(err, errLookCloser) {
		return op, err
	}
	if d, err = s.seen(s.store.LiveInstance(ctx, r.InstanceID)); err != nil {
		return nil, err
	}
	return operationState(sight{deployment: d, live: true, departed: s.departed.has(r.InstanceID, s.Now())}, r.Operation)
}

// seen makes nothing of an instance that is not there, and remembers one that is on its way out.
func (s *Service) seen(d *v1alpha1.CloudifyDeployment, err error) (*v1alpha1.CloudifyDeployment, error) {
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil //nolint:nilnil // there is none
	case err != nil:
		return nil, err
	case !d.DeletionTimestamp.IsZero():
		s.NoteDeparture(d.Spec.OSB.InstanceID)
	}
	return d, nil
}
