// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// platformKubernetes sends all parameters with each update; other platforms send what their user typed.
const platformKubernetes = "kubernetes"

// Update changes plan, parameters or maintenance version of an instance, upon what the object says now.
func (s *Service) Update(ctx context.Context, r *osb.UpdateRequest) (*osb.UpdateResponse, error) {
	if !r.AcceptsIncomplete {
		return nil, ErrAsyncRequired
	}
	for range tries {
		d, err := s.store.LiveInstance(ctx, r.InstanceID)
		if err != nil {
			return nil, err
		}
		answer, err := s.update(ctx, r, d)
		if !errors.Is(err, ErrStale) {
			return answer, err
		}
	}
	return nil, ErrBusy
}

func (s *Service) update(ctx context.Context, r *osb.UpdateRequest, d *v1alpha1.CloudifyDeployment) (*osb.UpdateResponse, error) {
	if err := usable(d); err != nil {
		return nil, err
	}
	if d.Spec.OSB.ServiceID != r.ServiceID {
		return nil, &InvalidError{Reason: "service_id cannot be changed"}
	}
	held, known, err := s.secretsAskedFor(ctx, d)
	if err != nil {
		return nil, err
	}
	given, err := values(r.Parameters)
	if err != nil {
		return nil, err
	}
	held = held.referredBy(d)
	var c change
	refused := s.againstCatalog(ctx, func() error {
		c, err = s.changeFor(ctx, r, d, held, given)
		return err
	})
	if refused != nil && !refusal(refused) {
		return nil, refused
	}
	state := progress(d)
	switch {
	case refused == nil && c.none():
		return s.unchanged(ctx, r, d, state)
	case state == osb.InProgress:
		return nil, ErrBusy
	case refused != nil:
		return nil, refused
	case !known && c.needsLost(given):
		return nil, &InvalidError{Reason: "the values of secret parameters are lost: send a value, or null, for " +
			strings.Join(slices.Sorted(maps.Keys(held)), ", ")}
	}
	return s.write(ctx, r, c)
}

// unchanged answers an update that asks for what is wanted already.
func (s *Service) unchanged(ctx context.Context, r *osb.UpdateRequest, before *v1alpha1.CloudifyDeployment, state osb.OperationState) (*osb.UpdateResponse, error) {
	d := before.DeepCopy()
	annotate(d, r.Context, r.Identity)
	if state == osb.Failed {
		repeat(d, v1alpha1.OperationUpdate, s.Now())
	}
	if !equality.Semantic.DeepEqual(before, d) {
		if err := s.store.UpdateInstance(ctx, before, d); err != nil {
			return nil, err
		}
	}
	answer := &osb.UpdateResponse{DashboardURL: s.dashboardURL(ctx, d)}
	if state != osb.Succeeded {
		answer.Operation = tokenOf(d).String()
	}
	return answer, nil
}

// changeFor makes out what a request changes, and refuses what the catalog does not have. What the request leaves as it is, it does
// not look up.
func (s *Service) changeFor(ctx context.Context, r *osb.UpdateRequest, d *v1alpha1.CloudifyDeployment, held secrets, given map[string]any) (change, error) {
	a := s.base(ctx, r, d)
	a.parameters, a.replaces, a.sensitive = r.Parameters, platform(r.Context) == platformKubernetes, map[string]bool{}
	for name := range held {
		a.sensitive[name] = true
	}
	asked, stayingID, staying := r.MaintenanceInfo, a.planID, a.plan
	moves := r.PlanID != "" && r.PlanID != a.planID || asked != nil && asked.Version != a.maintenanceVersion
	// Nothing new, by what was asked for before: then today's catalog has no say.
	if c := newChange(d, held, a); !moves && (c.none() || len(r.Parameters) == 0) {
		return c, nil
	}
	if r.PlanID != "" {
		a.planID = r.PlanID
	}
	chosen, err := s.choose(ctx, r.ServiceID, a.planID)
	if err != nil {
		return change{}, err
	}
	if moves && asked != nil {
		if err := chosen.checkMaintenance(asked); err != nil {
			return change{}, err
		}
		a.maintenanceVersion = asked.Version
	}
	if stays, ok := chosen.blueprint.Plan(staying); ok && a.planID == stayingID {
		chosen.plan = stays // it may have been chosen with kubectl
	}
	a.plan = chosen.plan.Name
	if err := chosen.check(given, true); err != nil {
		return change{}, err
	}
	maps.Copy(a.sensitive, sensitiveInputs(chosen.blueprint))
	c := newChange(d, held, a)
	return c, c.clash(chosen.plan)
}

// base is what stays if the request says nothing of it. After an update that failed, plan and version are those that the
// instance has, because the platform sees it so.
func (s *Service) base(ctx context.Context, r *osb.UpdateRequest, d *v1alpha1.CloudifyDeployment) ask {
	wanted := ask{planID: d.Spec.OSB.PlanID, plan: d.Spec.Plan, maintenanceVersion: d.Spec.OSB.MaintenanceVersion}
	if r.PlanID == wanted.planID || progress(d) != osb.Failed {
		return wanted
	}
	if id := s.appliedPlanID(ctx, d); id != "" {
		return ask{planID: id, plan: d.Status.Applied.Plan, maintenanceVersion: d.Status.Applied.MaintenanceVersion}
	}
	return wanted
}

// write stores a change. New secrets come first, under a name of their own: the request that loses the race takes its own away
// again.
func (s *Service) write(ctx context.Context, r *osb.UpdateRequest, c change) (*osb.UpdateResponse, error) {
	d := c.before.DeepCopy()
	d.Spec = *c.spec
	former := c.before.Spec.OSB.ParametersSecret
	if c.ofSecrets() {
		refer(&d.Spec, newSecretName(), c.secrets)
		if err := s.keep(ctx, d, c.secrets); err != nil {
			return nil, err
		}
	} else {
		refer(&d.Spec, former, c.secrets)
	}
	d.Spec.OSB.Operation = v1alpha1.Operation{Verb: v1alpha1.OperationUpdate, Number: d.Spec.OSB.Operation.Number + 1}
	annotate(d, r.Context, r.Identity)
	if c.ofSecrets() && former != "" {
		noteFormer(d, former)
	}
	forgetFailures(d)
	created := d.Spec.OSB.ParametersSecret
	if err := s.store.UpdateInstance(ctx, c.before, d); err != nil {
		if c.ofSecrets() && created != "" {
			s.takeBack(ctx, c.before, created, errors.Is(err, ErrStale) || errors.Is(err, ErrNotFound) || refusal(err))
		}
		return nil, err
	}
	answer := &osb.UpdateResponse{DashboardURL: s.dashboardURL(ctx, d), Operation: tokenOf(d).String()}
	s.clearFormer(ctx, d)
	return answer, nil
}
