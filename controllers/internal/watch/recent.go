// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// recentExecutions are as many as may reasonably end between two looks.
const recentExecutions = 100

// listRecent looks for what somebody ran between two looks, on releases whose rows do not name the latest execution.
func (p *poller) listRecent(ctx context.Context) error {
	if p.api.Release().Has(cloudify.LatestExecution) {
		return nil
	}
	began := p.ledger.begin()
	recent, err := p.api.ListExecutions(ctx, cloudify.ExecutionFilter{NewestFirst: true, Limit: recentExecutions})
	if err != nil {
		return err
	}
	p.ledger.recent(began, recent)
	return nil
}

// recent takes the newest executions, the newest first, makes them part of the rows, and wakes the objects that settled
// without the latest of theirs.
func (l *ledger) recent(began beat, recent []cloudify.Execution) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.answered(began) {
		return
	}
	seen := map[string]bool{}
	for i := range recent {
		e := &recent[i]
		if e.DeploymentID == "" || seen[e.DeploymentID] {
			continue
		}
		seen[e.DeploymentID] = true
		l.latest[e.DeploymentID] = e.ID
		row, present := l.rows[e.DeploymentID]
		if !present {
			continue
		}
		row.LatestExecution = e.ID
		l.rows[e.DeploymentID] = row
		if d := l.deployments[e.DeploymentID]; d != nil && d.tracked && d.since < began && d.differs(&row) {
			l.deploymentWakes.wake(d.object)
		}
	}
}
