// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
)

// repeats is how often what takes a moment is measured.
const repeats = 3

// startsWithNone measures the start of an operator that has nothing to look at, until its first deployment is ready. The first
// start connects to the Manager and is not counted.
func (s *operatorStories) startsWithNone(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return err
	}
	if err := s.lifeOf(ctx, nil, nil); err != nil {
		return err
	}
	took, err := s.restarts(ctx)
	if err != nil {
		return err
	}
	s.row("start with no deployments → first new one Ready", middle(took), "")
	return nil
}

// restarts ends the operator and starts it again, and measures how long each start takes until a deployment that is created at the
// same moment is ready.
func (s *operatorStories) restarts(ctx context.Context) ([]time.Duration, error) {
	var took []time.Duration
	for range repeats {
		if err := s.halt(); err != nil {
			return nil, err
		}
		begun := time.Now()
		var err error
		if s.operator, err = s.LaunchOperator("operator"); err != nil {
			return nil, err
		}
		name, after, err := s.newcomer(ctx, begun)
		if err != nil {
			return nil, err
		}
		took = append(took, after)
		if err := s.remove(ctx, name); err != nil {
			return nil, err
		}
	}
	return took, nil
}

// lives are those of single deployments, whose operations take no time, while nothing else happens.
func (s *operatorStories) lives(ctx context.Context) error {
	var ready, gone []time.Duration
	for range 2 * repeats {
		if err := s.lifeOf(ctx, &ready, &gone); err != nil {
			return err
		}
	}
	s.row("one deployment whose operations take no time: created → Ready", middle(ready), "")
	s.row("the same: deleted → gone", middle(gone), "")
	return nil
}

func (s *operatorStories) lifeOf(ctx context.Context, ready, gone *[]time.Duration) error {
	name, after, err := s.newcomer(ctx, time.Now())
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := s.remove(ctx, name); err != nil {
		return err
	}
	if ready != nil {
		*ready, *gone = append(*ready, after), append(*gone, time.Since(begun))
	}
	return nil
}

// middle is the median for people, with the shortest and the longest.
func middle(all []time.Duration) string {
	values := make([]float64, 0, len(all))
	for _, d := range all {
		values = append(values, float64(d))
	}
	spread := load.SpreadOf(values)
	return fmt.Sprintf("%s (%s to %s)", report.Duration(time.Duration(spread.Median)),
		report.Duration(time.Duration(spread.Low)), report.Duration(time.Duration(spread.High)))
}
