// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
)

// tolerated is the part of a documented ratio that must be reached again.
const tolerated = 0.9

// guarded are the contests that are held again: some of each kind, which a change of the hot paths would show in. Rates differ from
// machine to machine; ratios to a limit that was measured beside them much less, if they are measured often enough.
var guarded = []report.Contest{
	{Path: catalogPath(smallCatalog), Clients: 8},
	{Path: catalogPath(smallCatalog) + ", If-None-Match", Clients: 8},
	{Path: pollPath, Clients: 16},
	{Path: "GET instance", Clients: 8},
	{Path: putPath, Clients: 8},
	{Path: deletePath, Clients: 8}, // which also takes away what was ordered
	{Path: "PUT binding", Clients: 8},
}

// guardedOften is how many times a round holds each of them, here and where the document is made.
const guardedOften = 4

func isGuarded(path string, clients int) bool {
	return slices.Contains(guarded, report.Contest{Path: path, Clients: clients})
}

// attempts are how often a contest may fall short: a machine that does something else for a moment does not do so each time.
const attempts = 3

// compare measures again and fails where a ratio is much lower than the documented one, each time.
func (o options) compare(ctx context.Context) error {
	documented, err := report.Ratios(o.document, "osb")
	if err != nil {
		return err
	}
	left := guarded
	for range attempts {
		measured, err := o.ratios(ctx)
		if err != nil {
			return err
		}
		maps.DeleteFunc(measured, func(c report.Contest, _ float64) bool { return !slices.Contains(left, c) })
		short, err := judge(documented, measured)
		if len(short) == 0 {
			return err
		}
		fmt.Println(err)
		left = short
	}
	return fmt.Errorf("%d contests fell short %d times", len(left), attempts)
}

// ratios are those of the guarded contests, measured now.
func (o options) ratios(ctx context.Context) (map[report.Contest]float64, error) {
	measured := map[report.Contest]float64{}
	_, err := o.onRig(ctx, func(ctx context.Context, b *bench) (report.Section, error) {
		results, err := b.contestsOfPlatforms(ctx, isGuarded)
		for _, r := range results {
			measured[report.Contest{Path: r.Path, Clients: r.Clients}] = r.Ratio.Median
		}
		return report.Section{}, err
	})
	return measured, err
}

// judge compares ratios that are documented with those that were measured now. Those that fell short may be measured again.
func judge(documented, measured map[report.Contest]float64) (short []report.Contest, err error) {
	var failures []error
	for _, c := range slices.SortedFunc(maps.Keys(measured), func(a, b report.Contest) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Clients, b.Clients))
	}) {
		was, now := documented[c], measured[c]
		switch {
		case was == 0:
			failures = append(failures, fmt.Errorf("%s with %d clients is not documented: make bench", c.Path, c.Clients))
		case now < tolerated*was:
			short = append(short, c)
			failures = append(failures, fmt.Errorf("%s with %d clients: ratio %.2f, documented %.2f", c.Path, c.Clients, now, was))
		default:
			fmt.Printf("%s with %d clients: ratio %.2f, documented %.2f\n", c.Path, c.Clients, now, was)
		}
	}
	return short, errors.Join(failures...)
}
