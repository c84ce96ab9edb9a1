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

// measureOSB measures each request of a platform, with the flags as shipped.
func measureOSB(ctx context.Context, b *bench) (report.Section, error) {
	results, err := b.contestsOfPlatforms(ctx, func(string, int) bool { return true })
	if err != nil {
		return report.Section{}, err
	}
	return report.Section{
		Tables: []report.Table{report.Contests(results)}, Figures: []report.Figure{ratesByClients(results)},
	}, nil
}

// contestsOfPlatforms holds those contests that are wanted.
func (b *bench) contestsOfPlatforms(ctx context.Context, wanted func(path string, clients int) bool) ([]load.Result, error) {
	s, err := b.setStage(ctx)
	if err != nil {
		return nil, err
	}
	pool := names("pool", rig.MaxClients)
	if err := b.addInstances(ctx, s.provisioned, pool); err != nil {
		return nil, err
	}
	o, err := b.StartOperator(ctx, "replica")
	if err != nil {
		return nil, err
	}
	if err := awaitCatalog(ctx, o.Platform, smallCatalog); err != nil {
		return nil, err
	}
	remembered, err := b.remembered(ctx, o, s)
	if err != nil {
		return nil, err
	}
	asked, err := b.asked(ctx, o, s, pool)
	if err != nil {
		return nil, err
	}
	contests := kept(slices.Concat(remembered, asked), wanted)
	for _, c := range contests {
		if isGuarded(c.Path, c.Clients) {
			c.Often = guardedOften
		}
	}
	results, err := b.play(ctx, o, contests)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, o.Tail())
	}
	return results, o.Stop()
}

// play holds contests, and returns what came of each.
func (b *bench) play(ctx context.Context, o *rig.Operator, contests []*load.Contest) ([]load.Result, error) {
	b.tell("%d contests, %d rounds of %s a side", len(contests), b.rounds, b.round)
	if err := load.Play(ctx, contests, b.rounds, b.round, b.profiler(ctx, o)); err != nil {
		return nil, err
	}
	results := make([]load.Result, 0, len(contests))
	for _, c := range contests {
		results = append(results, c.Result())
	}
	return results, nil
}

// remembered are the requests that a replica answers without a request to the Kubernetes API.
func (b *bench) remembered(ctx context.Context, o *rig.Operator, s *stage) ([]*load.Contest, error) {
	reads, err := catalogs(ctx, o, smallCatalog)
	if err != nil {
		return nil, err
	}
	return b.against(ctx, o, append(reads, read{pollPath, poll(s.running, s.operation), []int{1, 16, 64}}))
}

// asked are the requests that may need others to the Kubernetes API.
func (b *bench) asked(ctx context.Context, o *rig.Operator, s *stage, pool []string) ([]*load.Contest, error) {
	unnamed, err := b.against(ctx, o, []read{{"GET last_operation, without a token", poll(s.running, ""), []int{1, 16}}})
	if err != nil {
		return nil, err
	}
	orders, err := b.orders(ctx, o, putPath, deletePath, 1, 8, 64)
	if err != nil {
		return nil, err
	}
	return slices.Concat(unnamed, b.fetches(o, pool), orders, b.updates(o, pool), b.binds(o, s, pool)), nil
}

func kept(contests []*load.Contest, wanted func(path string, clients int) bool) []*load.Contest {
	var some []*load.Contest
	for _, c := range contests {
		if wanted(c.Path, c.Clients) {
			some = append(some, c)
		}
	}
	return some
}

// names of objects that have a number each.
func names(prefix string, count int) []string {
	all := make([]string, count)
	for number := range all {
		all[number] = fmt.Sprintf("%s-%d", prefix, number)
	}
	return all
}

// ratesByClients is the plot of how rates grow with clients.
func ratesByClients(results []load.Result) report.Figure {
	f := report.Figure{
		Path: "benchmarks-osb.svg", Title: "Requests a second by clients",
		X: report.Axis{Label: "clients", Log: true}, Y: report.Axis{Label: "requests a second", Log: true},
	}
	for _, path := range []string{pollPath, putPath} {
		var operator, bare report.Series
		operator.Name, bare.Name = path, path+": limit"
		for _, r := range results {
			if r.Path == path {
				operator.Points = append(operator.Points, [2]float64{float64(r.Clients), r.Operator})
				bare.Points = append(bare.Points, [2]float64{float64(r.Clients), r.Bare})
			}
		}
		if len(operator.Points) > 0 {
			f.Series = append(f.Series, operator, bare)
		}
	}
	return f
}
