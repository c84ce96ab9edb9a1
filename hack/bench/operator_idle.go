// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// idles counts what deployments cost that nothing happens to: a hundred, a thousand and ten thousand of them.
func (s *operatorStories) idles(ctx context.Context) error {
	model, err := s.idleModel(ctx)
	if err != nil {
		return err
	}
	alone, err := s.startWithNew(ctx, 1)
	if err != nil {
		return err
	}
	there := 0 // beside the model
	for _, level := range []int{s.sizes.idle / 100, s.sizes.idle / 10, s.sizes.idle} {
		s.tell("adding deployments until %d are idle", level)
		if err := s.halt(); err != nil {
			return err
		}
		// The model is one of them.
		if err := load.Each(ctx, writers, level-1-there, func(ctx context.Context, number int) error {
			return s.Copy(ctx, model, fmt.Sprintf("idle-%d", there+number), true)
		}); err != nil {
			return err
		}
		there = level - 1
		if err := s.idleAt(ctx, level); err != nil {
			return err
		}
		if level == s.sizes.idle/10 {
			if err := s.newAmongIdle(ctx, level, alone); err != nil {
				return err
			}
		}
	}
	took, err := s.restarts(ctx)
	if err != nil {
		return err
	}
	listed, err := s.bareList(ctx)
	if err != nil {
		return err
	}
	s.row(fmt.Sprintf("start with %s deployments → first new one Ready", report.Count(s.sizes.idle)), middle(took),
		"a bare client lists them in "+report.Duration(listed))
	return nil
}

// bareList is how long a bare client takes to read all deployments, as an operator that starts must.
func (s *operatorStories) bareList(ctx context.Context) (time.Duration, error) {
	begun := time.Now()
	err := s.Admin.List(ctx, &v1alpha1.CloudifyDeploymentList{}, client.InNamespace(rig.Services))
	return time.Since(begun), err
}

// idleModel is a deployment as an operator left it, that stays.
func (s *operatorStories) idleModel(ctx context.Context) (*rig.Model, error) {
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	name, _, err := s.newcomer(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	return s.ReadModel(ctx, name)
}

// idleAt counts for a while what so many cost.
func (s *operatorStories) idleAt(ctx context.Context, level int) error {
	if err := s.start(ctx); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	m, err := s.moment(ctx)
	if err != nil {
		return err
	}
	if err := rig.Sleep(ctx, s.sizes.window); err != nil {
		return err
	}
	happened, err := s.since(ctx, m)
	if err != nil {
		return err
	}
	now, most, err := s.operator.Memory()
	if err != nil {
		return err
	}
	minutes := s.sizes.window.Minutes()
	perMinute := float64(len(happened.requests)) / minutes
	title := report.Count(level) + " idle deployments"
	s.row(title+": requests a minute to the Manager", report.Rate(perMinute), "in "+report.Duration(s.sizes.window)+": "+each(byRoute(happened.requests), 1))
	s.row(title+": reads of the Kubernetes API a minute", report.Rate(happened.reads/minutes), "")
	s.row(title+": writes in Kubernetes in "+report.Duration(s.sizes.window), each(happened.writes, 1), "")
	s.row(title+": memory, share of a core", fmt.Sprintf("%s, %.1f %%", report.Bytes(now), 100*happened.cpu), "most memory: "+report.Bytes(most))
	s.idle.Points = append(s.idle.Points, [2]float64{float64(level), perMinute})
	return nil
}

// discovers has the operator find many blueprints at the Manager, beside all that is idle.
func (s *operatorStories) discovers(ctx context.Context) error {
	found := names("found", s.sizes.discovered)
	if err := s.Manager.CopyBlueprint(rig.Shop, found...); err != nil {
		return err
	}
	blueprints, err := s.Follow(ctx, &v1alpha1.CloudifyBlueprint{}, rig.Services)
	if err != nil {
		return err
	}
	defer blueprints.Stop()
	if err := s.settle(ctx); err != nil {
		return err
	}
	m, err := s.moment(ctx)
	if err != nil {
		return err
	}
	over := s.profile(ctx, s.operator, "discovery", 20*time.Second)
	begun := time.Now()
	if err := s.Discover(ctx); err != nil {
		return err
	}
	// The shop and what was uploaded of it are blueprints at the Manager, too.
	if err := blueprints.Await(ctx, "blueprints to be discovered", 20*time.Minute, rig.AllReady(len(found))); err != nil {
		return err
	}
	took := time.Since(begun)
	if err := over(); err != nil {
		return err
	}
	happened, err := s.since(ctx, m)
	if err != nil {
		return err
	}
	title := report.Count(len(found)) + " blueprints discovered"
	s.row(title+" → all Ready", report.Duration(took), "")
	s.row(title+": requests to the Manager each", each(byRoute(happened.requests), len(found)), "")
	s.row(title+": writes in Kubernetes each", each(happened.writes, len(found)), "")
	if err := s.settle(ctx); err != nil {
		return err
	}
	now, most, err := s.operator.Memory()
	if err != nil {
		return err
	}
	s.row(fmt.Sprintf("%s deployments and %s discovered blueprints: memory", report.Count(s.sizes.idle), report.Count(len(found))),
		report.Bytes(now), "most memory: "+report.Bytes(most))
	return nil
}
