// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"slices"
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// Marked is a deployment or blueprint at a Manager that carries this cluster's label, with what its labels say of its object.
type Marked struct{ ID, Namespace, Name string }

// Census is all that carries this cluster's label at one Manager.
type Census struct {
	// Number is another one for each count.
	Number                  int
	Deployments, Blueprints []Marked
}

// Census is the latest count of what carries this cluster's label; nil: there was none yet. Each count wakes the
// CloudifyManager.
func (w *Watcher) Census(manager string) *Census {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.census
}

// CountAgain asks for another count soon: what the latest found may have been on its way.
func (w *Watcher) CountAgain(manager string) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.countAgain = true
	l.hurry()
}

// countsAgain reports whether a count was asked for.
func (l *ledger) countsAgain() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.countAgain
}

// count lists all deployments and blueprints with their labels. Both lists serve as any other of theirs.
func (p *poller) count(ctx context.Context) error {
	began, at := p.ledger.begin(), time.Now()
	deployments, err := p.api.ListDeployments(ctx, cloudify.DeploymentFilter{WithLabels: true})
	if err != nil {
		return err
	}
	census := &Census{}
	for i := range deployments {
		if d := &deployments[i]; p.marked(d.Labels) {
			census.Deployments = append(census.Deployments, mark(d.ID, d.Labels))
		}
		deployments[i].Labels = nil // rows are kept
	}
	p.ledger.listed(began, at, deployments)

	began = p.ledger.begin()
	blueprints, err := p.api.ListBlueprints(ctx, cloudify.BlueprintFilter{})
	if err != nil {
		return err
	}
	for i := range blueprints {
		if b := &blueprints[i]; p.marked(b.Labels) {
			census.Blueprints = append(census.Blueprints, mark(b.ID, b.Labels))
		}
	}
	p.ledger.listedBlueprints(began, blueprints)
	p.ledger.counted(began, census)
	return nil
}

func (p *poller) marked(labels cloudify.LabelSet) bool {
	return slices.Contains(labels[v1alpha1.RemoteLabelCluster], p.options.Cluster)
}

func mark(id string, labels cloudify.LabelSet) Marked {
	first := func(values []string) string {
		if len(values) == 0 {
			return ""
		}
		return values[0]
	}
	return Marked{ID: id, Namespace: first(labels[v1alpha1.RemoteLabelNamespace]), Name: first(labels[v1alpha1.RemoteLabelName])}
}

// counted takes a complete count.
func (l *ledger) counted(began beat, census *Census) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.answered(began) {
		return
	}
	l.counts++
	census.Number = l.counts
	l.census, l.countAgain = census, false
	l.wakeManager()
}
