// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// shop is the CloudifyBlueprint that deployments of the benchmark are made of.
const shop = "shop"

// operatorStories is what is measured of deployments, one story after the other on the same rig.
type operatorStories struct {
	*bench
	operator    *rig.Operator
	deployments *rig.Follower
	rows        [][]string
	idle        report.Series // requests a minute by idle deployments
}

func measureOperator(ctx context.Context, b *bench) (report.Section, error) {
	s := &operatorStories{bench: b, idle: report.Series{Name: "requests a minute"}}
	if err := b.Admin.Create(ctx, rig.Blueprint(shop)); err != nil {
		return report.Section{}, err
	}
	var err error
	if s.deployments, err = b.Follow(ctx, &v1alpha1.CloudifyDeployment{}, rig.Services); err != nil {
		return report.Section{}, err
	}
	defer s.deployments.Stop()
	for _, tell := range []func(context.Context) error{
		s.startsWithNone, s.lives, s.crowd, s.installing, s.idles, s.discovers,
	} {
		if err := tell(ctx); err != nil {
			if s.operator != nil {
				err = fmt.Errorf("%w\n%s", err, s.operator.Tail())
			}
			return report.Section{}, err
		}
	}
	return report.Section{
		Tables: []report.Table{report.Stories(s.rows...)},
		Figures: []report.Figure{{
			Path: "benchmarks-idle.svg", Title: "Requests a minute to a Manager by idle deployments",
			X: report.Axis{Label: "idle deployments", Log: true}, Y: report.Axis{Label: "requests a minute"},
			Series: []report.Series{s.idle},
		}},
	}, s.operator.Stop()
}

// row adds a figure, and what was measured beside it to compare with.
func (s *operatorStories) row(figure, measured, beside string) {
	s.rows = append(s.rows, []string{figure, measured, beside})
	s.tell("%s: %s %s", figure, measured, beside)
}

// start replaces the operator by another one, and waits until it is ready.
func (s *operatorStories) start(ctx context.Context) error {
	if err := s.halt(); err != nil {
		return err
	}
	var err error
	s.operator, err = s.StartOperator(ctx, "operator")
	return err
}

func (s *operatorStories) halt() error {
	if s.operator == nil {
		return nil
	}
	return s.operator.Stop()
}

// deployment is one of the shop.
func deployment(name string) *v1alpha1.CloudifyDeployment {
	return &v1alpha1.CloudifyDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: rig.Services, Name: name},
		Spec: v1alpha1.CloudifyDeploymentSpec{
			BlueprintRef: v1alpha1.BlueprintReference{Namespace: rig.Catalog, Name: shop},
			Inputs:       map[string]v1alpha1.JSON{"owner": {Raw: []byte(`"wine@example.com"`)}, "port": {Raw: []byte("8080")}},
		},
	}
}

// newcomer creates a deployment and tells how long it takes from a moment on until it is ready.
func (s *operatorStories) newcomer(ctx context.Context, since time.Time) (string, time.Duration, error) {
	name := fmt.Sprintf("newcomer-%d", serial.Add(1))
	if err := s.AsAdmin.Create(ctx, rig.Deployments, deployment(name)); err != nil {
		return name, 0, err
	}
	err := s.deployments.Await(ctx, name+" to be ready", 5*time.Minute, rig.Ready(name))
	return name, time.Since(since), err
}

// remove deletes deployments and waits until they are gone.
func (s *operatorStories) remove(ctx context.Context, names ...string) error {
	if err := load.Each(ctx, writers, len(names), func(ctx context.Context, number int) error {
		return s.Admin.Delete(ctx, deployment(names[number]))
	}); err != nil {
		return err
	}
	return s.deployments.Await(ctx, fmt.Sprintf("%d deployments to go", len(names)), 20*time.Minute, rig.Gone(names...))
}

// settle waits until the operator has nothing to do.
func (s *operatorStories) settle(ctx context.Context) error {
	quiet := 0
	return rig.Await(ctx, "the operator to come to rest", 5*time.Minute, time.Second, func(ctx context.Context) error {
		before := s.Manager.RequestCount("")
		m, err := s.operator.Metrics(ctx)
		if err != nil {
			return err
		}
		s.Manager.ResetRequests()
		if busy := m.Sum("workqueue_depth") + m.Sum("controller_runtime_active_workers"); busy > 0 || before > 5 {
			quiet = 0
			return fmt.Errorf("%.0f objects are worked on or wait", busy)
		}
		if quiet++; quiet < 3 {
			return fmt.Errorf("it has been at rest for %d s", quiet)
		}
		return nil
	})
}
