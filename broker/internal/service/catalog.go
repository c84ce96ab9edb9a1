// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/internal/catalog"
)

// offered are the blueprints that the catalog lists, by the ID of the offering. They are read only. Of those that want the same
// name or ID, as long as no status says so, all replicas list the same one.
func (s *Service) offered(ctx context.Context) ([]*v1alpha1.CloudifyBlueprint, error) {
	blueprints, err := s.store.Blueprints(ctx)
	if err != nil {
		return nil, err
	}
	offered := listed(blueprints)
	slices.SortFunc(offered, func(a, b *v1alpha1.CloudifyBlueprint) int {
		return strings.Compare(a.Status.Offering.ID, b.Status.Offering.ID)
	})
	return offered, nil
}

// listed are those of blueprints that are offered, and have lost nothing to another one.
func listed(blueprints []*v1alpha1.CloudifyBlueprint) []*v1alpha1.CloudifyBlueprint {
	var entries []catalog.Entry
	for _, b := range blueprints {
		if b.IsOffered() {
			entries = append(entries, catalog.Entry{Blueprint: b, Offering: b.Status.Offering})
		}
	}
	var winners []*v1alpha1.CloudifyBlueprint
	for i, loss := range catalog.Contest(entries) {
		if loss == nil {
			winners = append(winners, entries[i].Blueprint)
		}
	}
	return winners
}

// rivals are the blueprints that are offered under a key, those that want another key of theirs, and so on: enough to tell which
// of them the catalog lists, without a look at all the others.
func (s *Service) rivals(ctx context.Context, key string) ([]*v1alpha1.CloudifyBlueprint, error) {
	var found []*v1alpha1.CloudifyBlueprint
	asked := map[string]bool{}
	for keys := []string{key}; len(keys) > 0; keys = keys[1:] {
		if asked[keys[0]] {
			continue
		}
		asked[keys[0]] = true
		wanting, err := s.store.BlueprintsOfferedAs(ctx, keys[0])
		if err != nil {
			return nil, err
		}
		for _, b := range wanting {
			known := slices.ContainsFunc(found, func(f *v1alpha1.CloudifyBlueprint) bool { return f.UID == b.UID })
			if !known {
				found = append(found, b)
				keys = append(keys, catalog.Keys(b.Status.Offering)...)
			}
		}
	}
	return found, nil
}

// choice is a plan of an offering, as the catalog has it.
type choice struct {
	blueprint *v1alpha1.CloudifyBlueprint
	planID    string
	plan      v1alpha1.Plan
	rules     *ruleBook
}

// choose finds a plan in the catalog.
func (s *Service) choose(ctx context.Context, serviceID, planID string) (*choice, error) {
	rivals, err := s.rivals(ctx, catalog.IDKey(serviceID))
	if err != nil {
		return nil, err
	}
	for _, b := range listed(rivals) {
		if b.Status.Offering.ID != serviceID {
			continue
		}
		for _, listed := range b.Status.Offering.Plans {
			if plan, ok := b.Plan(listed.Name); ok && listed.ID == planID {
				return &choice{blueprint: b, planID: planID, plan: plan, rules: &s.rules}, nil
			}
		}
		return nil, &InvalidError{Reason: "plan_id is not the ID of a plan of the service offering"}
	}
	return nil, &InvalidError{Reason: "service_id is not the ID of a service offering"}
}

// maintenanceVersion of the plan; empty where its author sets none.
func (c *choice) maintenanceVersion() string {
	if c.plan.MaintenanceInfo == nil {
		return ""
	}
	return c.plan.MaintenanceInfo.Version
}

// checkMaintenance refuses a version that the catalog does not have.
func (c *choice) checkMaintenance(asked *osb.MaintenanceInfo) error {
	if asked != nil && asked.Version != c.maintenanceVersion() {
		return ErrMaintenanceInfo
	}
	return nil
}

// againstCatalog calls a function that may refuse a request by what the catalog says. A refusal stands only if the catalog is as new as
// the request: the platform may have read it from another replica.
func (s *Service) againstCatalog(ctx context.Context, by func() error) error {
	err := by()
	if !refusal(err) {
		return err
	}
	if err := s.store.RefreshBlueprints(ctx); err != nil {
		return err
	}
	return by()
}

func refusal(err error) bool {
	var invalid *InvalidError
	return errors.As(err, &invalid) || errors.Is(err, ErrMaintenanceInfo)
}
