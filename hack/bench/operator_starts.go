// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// newAmongIdle measures whether new deployments wait at a start for so many that are idle: those that are as they were, and those on
// which somebody ran a workflow meanwhile, so that each has to be read again. alone is how long the new ones take by themselves.
func (s *operatorStories) newAmongIdle(ctx context.Context, idle int, alone time.Duration) error {
	row := func(state string, took time.Duration) {
		s.row(fmt.Sprintf("start with %s idle deployments%s and %s new ones → all new ones Ready", report.Count(idle), state, report.Count(s.sizes.fresh)),
			report.Duration(took), fmt.Sprintf("the new ones alone: %s (%.1f×)", report.Duration(alone), took.Seconds()/alone.Seconds()))
	}
	among, err := s.startWithNew(ctx, idle)
	if err != nil {
		return err
	}
	row("", among)
	if err := s.halt(); err != nil {
		return err
	}
	for _, d := range s.Manager.Deployments() {
		if _, err := s.Manager.StartExecution(d.ID, "execute_operation", map[string]any{"operation": "cloudify.interfaces.lifecycle.start"}); err != nil {
			return fmt.Errorf("run a workflow on %s: %w", d.ID, err)
		}
	}
	if among, err = s.startWithNew(ctx, idle); err != nil {
		return err
	}
	row(" that changed at the Manager", among)
	return nil
}

// startWithNew creates new deployments while no operator runs, starts one, and tells how long it takes until they are ready, and with
// them all idle ones. The new ones are removed again.
func (s *operatorStories) startWithNew(ctx context.Context, idle int) (time.Duration, error) {
	if err := s.halt(); err != nil {
		return 0, err
	}
	fresh := names(fmt.Sprintf("new-%d", serial.Add(1)), s.sizes.fresh)
	if err := load.Each(ctx, writers, len(fresh), func(ctx context.Context, number int) error {
		return s.AsAdmin.Create(ctx, rig.Deployments, deployment(fresh[number]))
	}); err != nil {
		return 0, err
	}
	begun := time.Now()
	var err error
	if s.operator, err = s.LaunchOperator("operator"); err != nil {
		return 0, err
	}
	if err := s.deployments.Await(ctx, "new deployments to be ready", 20*time.Minute, rig.AllReady(idle+len(fresh))); err != nil {
		return 0, err
	}
	took := time.Since(begun)
	if err := s.remove(ctx, fresh...); err != nil {
		return 0, err
	}
	return took, s.settle(ctx)
}
