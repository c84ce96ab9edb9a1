// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// measureScale measures what platforms get where a catalog is large, and then where there are many instances too.
func measureScale(ctx context.Context, b *bench) (report.Section, error) {
	s, err := b.setStage(ctx)
	if err != nil {
		return report.Section{}, err
	}
	b.tell("adding offerings until there are %d", b.sizes.offerings)
	pool := names("pool", rig.MaxClients)
	if err := b.addInstances(ctx, s.provisioned, pool); err != nil {
		return report.Section{}, err
	}
	if err := b.addOfferings(ctx, smallCatalog, b.sizes.offerings); err != nil {
		return report.Section{}, err
	}
	o, err := b.StartOperator(ctx, "replica")
	if err != nil {
		return report.Section{}, err
	}
	if err := awaitCatalog(ctx, o.Platform, b.sizes.offerings); err != nil {
		return report.Section{}, err
	}
	section, err := b.atScale(ctx, o, s, pool)
	if err != nil {
		return report.Section{}, fmt.Errorf("%w\n%s", err, o.Tail())
	}
	return section, o.Stop()
}

func (b *bench) atScale(ctx context.Context, o *rig.Operator, s *stage, pool []string) (report.Section, error) {
	large := fmt.Sprintf(", %s offerings", report.Count(b.sizes.offerings))
	reads, err := catalogs(ctx, o, b.sizes.offerings)
	if err != nil {
		return report.Section{}, err
	}
	contests, err := b.against(ctx, o, reads)
	if err != nil {
		return report.Section{}, err
	}
	orders, err := b.orders(ctx, o, putPath+large, deletePath+large, 1, 8, 64)
	if err != nil {
		return report.Section{}, err
	}
	results, err := b.play(ctx, o, slices.Concat(contests, orders))
	if err != nil {
		return report.Section{}, err
	}
	changing, err := b.whileCatalogChanges(ctx, o)
	if err != nil {
		return report.Section{}, err
	}
	crowded, memory, err := b.amongInstances(ctx, o, s, pool, large)
	if err != nil {
		return report.Section{}, err
	}
	return report.Section{Tables: []report.Table{
		report.Contests(append(results, crowded...)), report.Stories(append(changing, memory)...),
	}}, nil
}

// amongInstances holds some contests again, where there are as many instances as the part operator has idle deployments.
func (b *bench) amongInstances(ctx context.Context, o *rig.Operator, s *stage, pool []string, large string) ([]load.Result, []string, error) {
	b.tell("adding instances until there are %d", b.sizes.idle)
	if err := b.addInstances(ctx, s.provisioned, names("crowd", b.sizes.idle-len(pool))); err != nil {
		return nil, nil, err
	}
	many := large + fmt.Sprintf(", %s instances", report.Count(b.sizes.idle))
	polls, err := b.against(ctx, o, []read{{pollPath + many, poll(s.running, s.operation), []int{16}}})
	if err != nil {
		return nil, nil, err
	}
	orders, err := b.orders(ctx, o, putPath+many, deletePath+many, 8)
	if err != nil {
		return nil, nil, err
	}
	results, err := b.play(ctx, o, slices.Concat(polls, orders))
	if err != nil {
		return nil, nil, err
	}
	now, most, err := o.Memory()
	return results, []string{"memory of a replica" + many, report.Bytes(now), "most: " + report.Bytes(most)}, err
}

// addOfferings adds offerings like the first one, from one number up to another.
func (b *bench) addOfferings(ctx context.Context, from, to int) error {
	model, err := b.ReadBlueprint(ctx, offeringName(0))
	if err != nil {
		return err
	}
	return load.Each(ctx, writers, to-from, func(ctx context.Context, number int) error {
		return b.CopyBlueprint(ctx, model, offeringName(from+number))
	})
}
