// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// API is what is asked of a Manager. Its values must be comparable, as pointers are.
type API interface {
	ListDeployments(context.Context, cloudify.DeploymentFilter) ([]cloudify.Deployment, error)
	ListExecutions(context.Context, cloudify.ExecutionFilter) ([]cloudify.Execution, error)
	ListBlueprints(context.Context, cloudify.BlueprintFilter) ([]cloudify.Blueprint, error)
}

// lists asks one Manager, and has memory take what it answers.
type lists struct {
	api     API
	memory  *memory
	cluster string // whose label is counted
}

// executions lists everything that runs, and reads what is not in the list although an object waits for its end; then the uploads.
func (l *lists) executions(ctx context.Context) error {
	running := &l.memory.executions
	l.memory.Lock()
	s := running.begin()
	l.memory.Unlock()
	var err error
	if s.unfinished, err = l.api.ListExecutions(ctx, cloudify.ExecutionFilter{Active: true}); err != nil {
		return err
	}
	l.memory.Lock()
	unlisted := running.unlisted(s)
	l.memory.Unlock()
	if len(unlisted) > 0 {
		// Pages shift while they are read, and a status that the list does not ask for is no end.
		found, err := l.api.ListExecutions(ctx, cloudify.ExecutionFilter{IDs: unlisted})
		if err != nil {
			return err
		}
		for i := range found {
			if found[i].Active() {
				s.unfinished = append(s.unfinished, found[i])
			} else {
				s.ended = append(s.ended, found[i])
			}
		}
	}
	l.memory.take(s.began, func() {
		running.listed(s, &l.memory.deployments)
		l.memory.executionsMade = time.Now()
	})
	return l.uploads(ctx)
}

// uploads lists those that are not over, while an object waits for one.
func (l *lists) uploads(ctx context.Context) error {
	l.memory.Lock()
	began, wanted := l.memory.clock.next(), l.memory.blueprints.uploads.any()
	l.memory.Unlock()
	if !wanted {
		return nil
	}
	found, err := l.api.ListBlueprints(ctx, cloudify.BlueprintFilter{States: uploading})
	if err != nil && !cloudify.IsUnsupported(err) { // releases without states answer an upload when it is over
		return err
	}
	l.memory.take(began, func() { l.memory.blueprints.listedUploads(began, found) })
	return nil
}

// deployments lists all of them. The first list has their labels: nothing new is created before somebody knows what there is.
func (l *lists) deployments(ctx context.Context) error {
	l.memory.Lock()
	labels := l.cluster != "" && l.memory.deployments.labelled == nil
	l.memory.Unlock()
	_, err := l.listDeployments(ctx, labels)
	return err
}

// listDeployments lists all deployments, and returns those that carry this cluster's label where their labels are read.
func (l *lists) listDeployments(ctx context.Context, labels bool) (ours []Marked, err error) {
	began, at := l.memory.begin(), time.Now()
	rows, err := l.api.ListDeployments(ctx, cloudify.DeploymentFilter{WithLabels: labels})
	if err != nil {
		return nil, err
	}
	for i := range rows {
		ours = marked(ours, l.cluster, rows[i].ID, rows[i].Labels)
		rows[i].Labels = nil // rows are kept
	}
	l.memory.take(began, func() {
		if labels {
			l.memory.deployments.label(began, ours)
		}
		l.memory.deployments.listed(began, at, rows)
		l.memory.deploymentsMade = time.Now()
	})
	return ours, nil
}

// blueprints lists those that objects refer to, all together.
func (l *lists) blueprints(ctx context.Context) error {
	l.memory.Lock()
	began, ids := l.memory.clock.next(), l.memory.blueprints.ids()
	l.memory.Unlock()
	if len(ids) == 0 {
		return nil
	}
	found, err := l.api.ListBlueprints(ctx, cloudify.BlueprintFilter{IDs: ids})
	if err != nil {
		return err
	}
	l.memory.take(began, func() { l.memory.blueprints.listed(began, found) })
	return nil
}

// discovery lists all blueprints.
func (l *lists) discovery(ctx context.Context) error {
	began := l.memory.begin()
	found, err := l.api.ListBlueprints(ctx, cloudify.BlueprintFilter{})
	if err != nil {
		return err
	}
	l.memory.take(began, func() {
		l.memory.blueprints.listed(began, found)
		if l.memory.discovery.listed(found) {
			l.memory.wakeDiscovery()
		}
	})
	return nil
}

// census lists all deployments and blueprints with their labels. Both lists serve as any other of theirs.
func (l *lists) census(ctx context.Context) error {
	deployments, err := l.listDeployments(ctx, true)
	if err != nil {
		return err
	}
	census := &Census{Deployments: deployments}
	began := l.memory.begin()
	blueprints, err := l.api.ListBlueprints(ctx, cloudify.BlueprintFilter{})
	if err != nil {
		return err
	}
	for i := range blueprints {
		census.Blueprints = marked(census.Blueprints, l.cluster, blueprints[i].ID, blueprints[i].Labels)
	}
	l.memory.take(began, func() {
		l.memory.blueprints.listed(began, blueprints)
		l.memory.census.counted(census)
		l.memory.wakeManager()
	})
	return nil
}
