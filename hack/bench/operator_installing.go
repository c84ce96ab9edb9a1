// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// uploaded is a CloudifyBlueprint whose files the operator uploads.
const uploaded = "uploaded"

// newOneEach is how often another deployment of the same blueprint is created.
const newOneEach = 2 * time.Second

// installing counts what the Manager is asked while many deployments of one uploaded blueprint install for a long time and others
// are created.
func (s *operatorStories) installing(ctx context.Context) error {
	b := rig.Blueprint(uploaded)
	b.Spec.BlueprintID, b.Spec.Source = "", &v1alpha1.BlueprintSource{Inline: &v1alpha1.InlineSource{}}
	for path, content := range rig.ShopArchive() {
		b.Spec.Source.Inline.Files = append(b.Spec.Source.Inline.Files, v1alpha1.InlineFile{Path: v1alpha1.FilePath(path), Content: &content})
	}
	if err := s.Admin.Create(ctx, b); err != nil {
		return fmt.Errorf("create a blueprint: %w", err)
	}
	all := names("installing", s.sizes.installing)
	if err := load.Each(ctx, writers, len(all), func(ctx context.Context, number int) error {
		_, err := s.install(ctx, all[number])
		return err
	}); err != nil {
		return err
	}
	if err := s.awaitInstalls(ctx, len(all)); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}

	m, err := s.moment(ctx)
	if err != nil {
		return err
	}
	over := s.profile(ctx, s.operator, "installing", s.sizes.window)
	var newIDs []string
	for until := time.Now().Add(s.sizes.window); time.Now().Before(until); {
		name := fmt.Sprintf("late-%d", serial.Add(1))
		id, err := s.install(ctx, name)
		if err != nil {
			return err
		}
		all, newIDs = append(all, name), append(newIDs, id)
		if err := rig.Sleep(ctx, newOneEach); err != nil {
			return err
		}
	}
	if err := over(); err != nil {
		return err
	}
	happened, err := s.since(ctx, m)
	if err != nil {
		return err
	}
	minutes := s.sizes.window.Minutes()
	others := len(happened.requests) - own(happened.requests, newIDs)
	s.row(fmt.Sprintf("%d installing deployments of one uploaded blueprint and a new one each %s: requests a minute to the Manager", s.sizes.installing, newOneEach),
		report.Rate(float64(others)/minutes), fmt.Sprintf("and those of the %d new ones: %s", len(newIDs), report.Rate(float64(len(happened.requests)-others)/minutes)))
	return s.remove(ctx, all...)
}

// install creates a deployment that installs for an hour, and tells the ID that it will have at the Manager.
func (s *operatorStories) install(ctx context.Context, name string) (string, error) {
	d := deployment(name)
	d.Spec.BlueprintRef.Name = uploaded
	d.Spec.Inputs["install_seconds"] = v1alpha1.JSON{Raw: []byte("3600")}
	err := s.AsAdmin.Create(ctx, rig.Deployments, d)
	return rig.Remote(d), err
}

// awaitInstalls waits until so many install at the Manager.
func (s *operatorStories) awaitInstalls(ctx context.Context, wanted int) error {
	return rig.Await(ctx, "installs at the Manager", 10*time.Minute, time.Second, func(context.Context) error {
		running := 0
		for _, e := range s.Manager.Executions("") {
			if e.Workflow == "install" && e.Active() {
				running++
			}
		}
		if running < wanted {
			return fmt.Errorf("%d of %d are under way", running, wanted)
		}
		return nil
	})
}

// own counts the requests that are about one of these deployments. Which one a workflow is started on is in the body; nobody but
// the new ones starts any.
func own(requests []simulator.Request, ids []string) int {
	count := 0
	for _, r := range requests {
		text := r.Path + "?" + r.Query.Encode()
		is := r.Route == "POST executions"
		for _, id := range ids {
			is = is || strings.Contains(text, id)
		}
		if is {
			count++
		}
	}
	return count
}
