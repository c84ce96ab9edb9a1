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

// crowd creates many deployments at once, with the flags as shipped, and deletes them.
func (s *operatorStories) crowd(ctx context.Context) error {
	crowd := names("crowd", s.sizes.crowd)
	took, made, err := s.createCrowd(ctx, crowd)
	if err != nil {
		return err
	}
	bare, err := s.bareWrites(ctx, crowd[0], len(crowd), perObject(made.writes, len(crowd)))
	if err != nil {
		return err
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	title := fmt.Sprintf("%s deployments at once → all Ready", report.Count(len(crowd)))
	s.row(title, report.Duration(took), fmt.Sprintf("the same writes alone, bare: %s (%.1f×)", report.Duration(bare), took.Seconds()/bare.Seconds()))
	s.row("requests to the Manager to install one, shared lists included", each(byRoute(made.requests), len(crowd)), "")
	s.row("writes in Kubernetes to install one", each(made.writes, len(crowd)), "")

	m, err := s.moment(ctx)
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := s.remove(ctx, crowd...); err != nil {
		return err
	}
	took = time.Since(begun)
	gone, err := s.since(ctx, m)
	if err != nil {
		return err
	}
	s.row(fmt.Sprintf("%s deployments deleted at once → all gone", report.Count(len(crowd))), report.Duration(took), "")
	s.row("requests to the Manager to delete one, shared lists included", each(byRoute(gone.requests), len(crowd)), "")
	s.row("writes in Kubernetes to delete one", each(gone.writes, len(crowd)), "")
	s.row("reconciles of the CloudifyManager for each one deleted", fmt.Sprintf("%.2f", gone.managers/float64(len(crowd))), "")
	return nil
}

// createCrowd creates deployments as fast as it goes, and waits until all are ready.
func (s *operatorStories) createCrowd(ctx context.Context, crowd []string) (time.Duration, count, error) {
	m, err := s.moment(ctx)
	if err != nil {
		return 0, count{}, err
	}
	over := s.profile(ctx, s.operator, "crowd", 10*time.Second)
	begun := time.Now()
	if err := load.Each(ctx, writers, len(crowd), func(ctx context.Context, number int) error {
		return s.AsAdmin.Create(ctx, rig.Deployments, deployment(crowd[number]))
	}); err != nil {
		return 0, count{}, err
	}
	if err := s.deployments.Await(ctx, "the crowd to be ready", 20*time.Minute, rig.AllReady(len(crowd))); err != nil {
		return 0, count{}, err
	}
	took := time.Since(begun)
	if err := over(); err != nil {
		return 0, count{}, err
	}
	made, err := s.since(ctx, m)
	return took, made, err
}
