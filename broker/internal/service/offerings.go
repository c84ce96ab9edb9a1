// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// defaultPolling is how long a platform waits for an operation where the plan does not say.
const defaultPolling = 2 * time.Hour

// SameOffering reports whether a change of a blueprint leaves the catalog as it is.
func SameOffering(before, after *v1alpha1.CloudifyBlueprint) bool {
	offered := after.IsOffered()
	switch {
	case before.IsOffered() != offered:
		return false
	case !offered:
		return true
	}
	return before.UID == after.UID && before.IsDiscovered() == after.IsDiscovered() &&
		reflect.DeepEqual(before.Spec.Offering, after.Spec.Offering) && reflect.DeepEqual(before.Status.Offering, after.Status.Offering)
}

// Catalog is what is offered, in the order of the IDs.
func (s *Service) Catalog(ctx context.Context) (*osb.Catalog, error) {
	offered, err := s.offered(ctx)
	if err != nil {
		return nil, err
	}
	return s.rendered.catalog(offered), nil
}

// rendered are the offerings of the last catalog. The cache keeps what did not change at its place, so the place tells whether an
// offering has to be rendered again.
type rendered struct {
	mu   sync.Mutex
	last map[source]osb.Service
}

// source is what an offering is rendered from.
type source struct {
	spec   *v1alpha1.Offering
	status *v1alpha1.OfferingStatus
}

// catalog is that of what is offered. An offering that cannot be in it does not keep the others out.
func (r *rendered) catalog(offered []*v1alpha1.CloudifyBlueprint) *osb.Catalog {
	r.mu.Lock()
	defer r.mu.Unlock()
	catalog, now := &osb.Catalog{Services: []osb.Service{}}, make(map[source]osb.Service, len(offered))
	for _, b := range offered {
		from := source{b.Spec.Offering, b.Status.Offering}
		service, known := r.last[from]
		if !known {
			service = renderOffering(b)
		}
		now[from] = service
		if len(service.Plans) > 0 {
			catalog.Services = append(catalog.Services, service)
		}
	}
	r.last = now
	return catalog
}

// renderOffering is a blueprint as the catalog has it.
func renderOffering(b *v1alpha1.CloudifyBlueprint) osb.Service {
	spec, offering := b.Spec.Offering, b.Status.Offering
	if spec == nil {
		spec = &v1alpha1.Offering{}
	}
	bindable := isBindable(spec)
	service := osb.Service{
		ID: offering.ID, Name: offering.Name, Description: either(offering.Description, offering.Name), Tags: spec.ListedTags(),
		Bindable: bindable, BindingsRetrievable: bindable, InstancesRetrievable: true, AllowContextUpdates: true, PlanUpdateable: true,
	}
	if m := spec.Metadata; m != nil {
		service.Metadata = &osb.ServiceMetadata{
			DisplayName: m.DisplayName, ImageURL: m.ImageURL, LongDescription: m.LongDescription,
			ProviderDisplayName: m.ProviderDisplayName, DocumentationURL: m.DocumentationURL, SupportURL: m.SupportURL,
		}
	}
	for _, listed := range offering.Plans {
		plan, known := b.Plan(listed.Name)
		if !known || slices.ContainsFunc(service.Plans, func(p osb.Plan) bool { return p.ID == listed.ID }) {
			continue // a change of the spec has overtaken the status
		}
		service.Plans = append(service.Plans, renderPlan(listed.ID, plan, spec, offering.Schema))
	}
	return service
}

func isBindable(offering *v1alpha1.Offering) bool {
	return offering.Bindable == nil || *offering.Bindable
}

func renderPlan(id string, plan v1alpha1.Plan, offering *v1alpha1.Offering, schema *v1alpha1.JSON) osb.Plan {
	made := osb.Plan{
		ID: id, Name: plan.Name, Description: either(plan.Description, plan.Name), Free: plan.Free == nil || *plan.Free,
		Bindable: isBindable(offering), PlanUpdateable: true,
		BindingRotatable:       offering.Binding != nil && offering.Binding.Rotatable,
		MaximumPollingDuration: int64(defaultPolling / time.Second),
		Schemas:                schemas(schema, plan.Inputs),
	}
	if d := plan.MaximumPollingDuration; d != nil {
		made.MaximumPollingDuration = int64(d.Duration / time.Second)
	}
	if m := plan.MaintenanceInfo; m != nil {
		made.MaintenanceInfo = &osb.PlanMaintenanceInfo{Version: m.Version, Description: m.Description}
	}
	if m := plan.Metadata; m != nil {
		made.Metadata = &osb.PlanMetadata{DisplayName: m.DisplayName, Bullets: m.Bullets}
		for _, cost := range m.Costs {
			amount := map[string]json.RawMessage{}
			for currency, value := range cost.Amount {
				amount[currency] = value.Raw
			}
			made.Metadata.Costs = append(made.Metadata.Costs, osb.PlanCost{Amount: amount, Unit: cost.Unit})
		}
	}
	return made
}

// schemas are those of a plan: what all inputs are, without those that the plan fixes. One that platforms would refuse is not
// there; parameters are checked all the same.
func schemas(all *v1alpha1.JSON, fixed map[string]v1alpha1.JSON) *osb.Schemas {
	if all == nil {
		return nil
	}
	schema, err := inputs.ParseJSONSchema(all.Raw)
	if err != nil {
		return nil
	}
	schema = schema.Without(slices.Collect(maps.Keys(fixed))...)
	create, err := schema.Bytes()
	if err != nil || len(create) > inputs.MaxJSONSchema {
		return nil
	}
	update, err := schema.ForUpdate().Bytes()
	if err != nil {
		return nil
	}
	return &osb.Schemas{ServiceInstance: osb.InstanceSchemas{
		Create: osb.InputParameters{Parameters: create}, Update: osb.InputParameters{Parameters: update},
	}}
}

func either(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
