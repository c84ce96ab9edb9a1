// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"strings"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// choosePlan fills fixed: the inputs that the plan fixes. Nothing moves unasked: a deployment keeps what was applied under its
// plan, as the Manager has or had it, until spec.plan changes or a platform upgrades it; what the author changed meanwhile is
// announced.
func (s *scope) choosePlan() error {
	s.fixed = map[string]any{}
	if s.deployment.Spec.Plan == "" {
		return nil
	}
	offered, err := s.offeredInputs()
	applied := s.before.Status.Applied
	if applied == nil || applied.Plan != s.deployment.Spec.Plan || s.upgrading() || s.remote == nil || s.createFailed() != nil {
		s.fixed = offered
		return err
	}
	for _, name := range applied.PlanInputs {
		value, known := s.lastGood(name)
		if !known {
			value = offered[name]
		}
		if value != nil {
			s.fixed[name] = value
		}
	}
	s.newerPlan = err == nil && !inputs.Equal(s.fixed, offered)
	return nil
}

// lastGood is the value of an input before the updates that did not end well: the Manager switches a deployment over before it
// brings the nodes after, and does not switch back. It is not known where executions do not tell their inputs, or are too old.
func (s *scope) lastGood(name string) (value any, known bool) {
	spoiled := false
	for i := range s.executions {
		e := &s.executions[i]
		given, _ := e.Parameters["inputs"].(map[string]any)
		value, named := given[name]
		switch {
		case e.WorkflowID != workflowUpdate && e.WorkflowID != workflowCreate, !s.ran(e):
		case !e.Succeeded():
			spoiled = spoiled || named || !s.release.Has(cloudify.UpdateByWorkflow)
		case !spoiled:
			return s.remote.Inputs[name], true
		case named:
			return value, true
		}
	}
	return s.remote.Inputs[name], !spoiled
}

// offeredInputs are those the plan fixes by the blueprint's offering of today.
func (s *scope) offeredInputs() (map[string]any, error) {
	if s.blueprint == nil {
		return nil, s.blueprintNotFound()
	}
	plan, ok := s.blueprint.Plan(s.deployment.Spec.Plan)
	if !ok {
		return nil, outcome.Wait(v1alpha1.ReasonUnknownPlan, "CloudifyBlueprint %s has no plan %s: set spec.plan to one of its plans%s",
			s.deployment.BlueprintKey(), s.deployment.Spec.Plan, planNames(s.blueprint))
	}
	return inputs.Decode(plan.Inputs)
}

// planNames lists the plans of a blueprint, for people.
func planNames(b *v1alpha1.CloudifyBlueprint) string {
	if b.Spec.Offering == nil {
		return "; it has none"
	}
	names := make([]string, 0, len(b.Spec.Offering.Plans))
	for _, plan := range b.Spec.Offering.Plans {
		names = append(names, plan.Name)
	}
	if len(names) == 0 {
		names = append(names, v1alpha1.DefaultPlanName)
	}
	return ": " + strings.Join(names, ", ")
}
