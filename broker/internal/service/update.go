// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"
	"fmt"
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
	u := &updating{Service: s, request: r, before: d, given: given, held: held.referredBy(d)}
	refused := s.againstCatalog(ctx, func() error { return u.prepare(ctx) })
	if refused != nil && !refusal(refused) {
		return nil, refused
	}
	state := progress(d)
	switch {
	case refused == nil && u.same():
		return s.unchanged(ctx, r, d, state)
	case state == osb.InProgress:
		return nil, ErrBusy
	case refused != nil:
		return nil, refused
	case !known && u.needsLost():
		return nil, &InvalidError{Reason: "values of secret parameters are lost: send a value, or null, for " +
			strings.Join(slices.Sorted(maps.Keys(u.held)), ", ")}
	}
	return u.write(ctx)
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

// updating is one update of an instance.
type updating struct {
	*Service
	request *osb.UpdateRequest
	before  *v1alpha1.CloudifyDeployment
	given   map[string]any // the request's parameters
	held    secrets

	wanted *v1alpha1.CloudifyDeploymentSpec
	secret secrets
}

// prepare makes out what is wanted, and refuses what the catalog does not have. What the request leaves as it is, it does not
// look up.
func (u *updating) prepare(ctx context.Context) error {
	planID, plan, version := u.base(ctx)
	a := ask{
		planID: planID, plan: plan, maintenanceVersion: version,
		parameters: u.request.Parameters, replaces: platform(u.request.Context) == platformKubernetes, sensitive: map[string]bool{},
	}
	for name := range u.held {
		a.sensitive[name] = true
	}
	// Nothing new, by what was asked for before: then today's catalog has no say.
	u.wanted, u.secret = desiredSpec(&u.before.Spec, u.held, a)
	asked := u.request.MaintenanceInfo
	moves := u.request.PlanID != "" && u.request.PlanID != planID || asked != nil && asked.Version != version
	if !moves && (u.same() || len(u.request.Parameters) == 0) {
		return nil
	}
	if u.request.PlanID != "" {
		a.planID = u.request.PlanID
	}
	chosen, err := u.choose(ctx, u.request.ServiceID, a.planID)
	if err != nil {
		return err
	}
	if moves && asked != nil {
		if err := chosen.checkMaintenance(asked); err != nil {
			return err
		}
		a.maintenanceVersion = asked.Version
	}
	if stays, ok := chosen.blueprint.Plan(plan); ok && a.planID == planID {
		chosen.plan = stays // it may have been chosen with kubectl
	}
	a.plan = chosen.plan.Name
	if err := chosen.check(u.given, true); err != nil {
		return err
	}
	maps.Copy(a.sensitive, sensitiveInputs(chosen.blueprint))
	u.wanted, u.secret = desiredSpec(&u.before.Spec, u.held, a)
	return u.clash(chosen)
}

// base is what stays if the request says nothing of it. After an update that failed, plan and version are those that the
// instance has, because the platform sees it so.
func (u *updating) base(ctx context.Context) (planID, plan, version string) {
	spec, applied := u.before.Spec, u.before.Status.Applied
	planID, plan, version = spec.OSB.PlanID, spec.Plan, spec.OSB.MaintenanceVersion
	if u.request.PlanID == planID || progress(u.before) != osb.Failed {
		return planID, plan, version
	}
	if id := u.appliedPlanID(ctx, u.before); id != "" {
		planID, plan, version = id, applied.Plan, applied.MaintenanceVersion
	}
	return planID, plan, version
}

// same tells whether the instance wants already what the request asks for.
func (u *updating) same() bool {
	if !maps.Equal(u.secret, u.held) {
		return false
	}
	wanted := u.wanted.DeepCopy()
	refer(wanted, u.before.Spec.OSB.ParametersSecret, u.secret)
	return sameSpec(wanted, &u.before.Spec)
}

// clash refuses a plan that fixes inputs which were set before: an input named twice is never silently won.
func (u *updating) clash(chosen *choice) error {
	var set []string
	for name := range chosen.plan.Inputs {
		_, plain := u.wanted.Inputs[name]
		_, secret := u.secret[name]
		if plain || secret || slices.ContainsFunc(u.wanted.InputsFrom, func(s v1alpha1.InputSource) bool { return s.Input == name }) {
			set = append(set, name)
		}
	}
	if len(set) == 0 {
		return nil
	}
	slices.Sort(set)
	return &InvalidError{Reason: fmt.Sprintf("plan %s fixes what was set before: send null for %s", chosen.plan.Name, strings.Join(set, ", "))}
}

// needsLost tells whether values that are lost would have to be written again.
func (u *updating) needsLost() bool {
	if maps.Equal(u.secret, u.held) {
		return false
	}
	for name := range u.secret {
		if _, given := u.given[name]; !given {
			return true
		}
	}
	return false
}

// write stores what is wanted. New secrets come first, under a name of their own: the request that loses the race takes its own away again.
func (u *updating) write(ctx context.Context) (*osb.UpdateResponse, error) {
	d := u.before.DeepCopy()
	d.Spec = *u.wanted
	former := u.before.Spec.OSB.ParametersSecret
	changed := !maps.Equal(u.secret, u.held)
	if changed {
		refer(&d.Spec, newSecretName(), u.secret)
		if err := u.keep(ctx, d, u.secret); err != nil {
			return nil, err
		}
	} else {
		refer(&d.Spec, former, u.secret)
	}
	d.Spec.OSB.Operation = v1alpha1.Operation{Verb: v1alpha1.OperationUpdate, Number: d.Spec.OSB.Operation.Number + 1}
	annotate(d, u.request.Context, u.request.Identity)
	if changed && former != "" {
		noteFormer(d, former)
	}
	forgetFailures(d)
	created := d.Spec.OSB.ParametersSecret
	if err := u.store.UpdateInstance(ctx, u.before, d); err != nil {
		if changed && created != "" {
			u.takeBack(ctx, u.before, created, errors.Is(err, ErrStale) || errors.Is(err, ErrNotFound) || refusal(err))
		}
		return nil, err
	}
	answer := &osb.UpdateResponse{DashboardURL: u.dashboardURL(ctx, d), Operation: tokenOf(d).String()}
	u.clearFormer(ctx, d)
	return answer, nil
}
