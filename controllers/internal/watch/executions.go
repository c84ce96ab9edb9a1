// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"math"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// followed is an execution, or the upload of a blueprint, whose end an object waits for.
type followed struct {
	id     string
	object types.NamespacedName
}

// progress is how far an execution was when its object last heard of it.
type progress struct {
	object          types.NamespacedName
	status          string
	finished, total int
	at              time.Time
}

const (
	// progressStep and progressTime are what is worth a word: so much of the whole, or any movement after so long.
	progressStep = 0.1
	progressTime = 10 * time.Second
)

// FollowExecution makes the poller look often until an execution has ended or is gone, and then wakes object.
func (w *Watcher) FollowExecution(manager, executionID string, object types.NamespacedName) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.follow(l.executions, followed{executionID, object})
}

// follow is called with mu held.
func (l *ledger) follow(open map[followed]beat, f followed) {
	if _, ok := open[f]; !ok {
		open[f] = l.tick()
		l.hurry()
	}
}

// over takes out what was registered before a list that does not show it, and returns whose it was; called with mu held.
func over(open map[followed]beat, began beat, running map[string]bool) (objects []types.NamespacedName) {
	for f, since := range open {
		if since < began && !running[f.id] {
			delete(open, f)
			objects = append(objects, f.object)
		}
	}
	return objects
}

// busy reports whether something of ours is open.
func (l *ledger) busy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.executions)+len(l.uploads) > 0
}

// listUnfinished looks at everything that runs: one list, and what is not in it although we wait for its end.
func (p *poller) listUnfinished(ctx context.Context) error {
	began := p.ledger.begin()
	unfinished, err := p.api.ListExecutions(ctx, cloudify.ExecutionFilter{Active: true})
	if err != nil {
		return err
	}
	if unlisted := p.ledger.unlisted(began, unfinished); len(unlisted) > 0 {
		// Pages shift while they are read, and a status that the list does not ask for is no end.
		found, err := p.api.ListExecutions(ctx, cloudify.ExecutionFilter{IDs: unlisted})
		if err != nil {
			return err
		}
		for i := range found {
			if found[i].Active() {
				unfinished = append(unfinished, found[i])
			}
		}
	}
	p.ledger.unfinished(began, unfinished)
	return p.listUploads(ctx)
}

// unlisted are the followed executions that a list should show and does not.
func (l *ledger) unlisted(began beat, unfinished []cloudify.Execution) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	listed := make(map[string]bool, len(unfinished))
	for i := range unfinished {
		listed[unfinished[i].ID] = true
	}
	var ids []string
	for f, since := range l.executions {
		if since < began && !listed[f.id] {
			ids = append(ids, f.id)
		}
	}
	return ids
}

// unfinished takes all that runs, and wakes whoever should look.
func (l *ledger) unfinished(began beat, unfinished []cloudify.Execution) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.answered(began) {
		return
	}
	now, before := time.Now(), l.progress
	l.progress = map[string]progress{}
	running := make(map[string]bool, len(unfinished))
	for i := range unfinished {
		e := &unfinished[i]
		running[e.ID] = true
		object, settled, ours := l.ownerOf(e)
		if !ours {
			continue
		}
		last, heard := before[e.ID]
		if heard && !last.moved(e, now) {
			l.progress[e.ID] = last
			continue
		}
		l.progress[e.ID] = progress{object: object, status: e.Status, finished: e.FinishedOperations, total: e.TotalOperations, at: now}
		if heard || !settled {
			l.deploymentWakes.wake(object)
		}
	}
	ended := map[types.NamespacedName]bool{} // an object of each that ended, once
	for id, last := range before {
		if !running[id] {
			ended[last.object] = true
		}
	}
	for _, object := range over(l.executions, began, running) {
		ended[object] = true
	}
	for object := range ended {
		l.deploymentWakes.wake(object)
	}
}

// ownerOf finds the object of an execution, and whether it has settled on a state with that execution; called with mu held.
func (l *ledger) ownerOf(e *cloudify.Execution) (object types.NamespacedName, settled, ours bool) {
	d := l.deployments[e.DeploymentID]
	if d != nil && d.tracked {
		return d.object, d.settled != nil && d.settled.ExecutionID == e.ID, true
	}
	return types.NamespacedName{}, false, false
}

// moved reports whether e has come far enough since p to tell.
func (p progress) moved(e *cloudify.Execution, now time.Time) bool {
	switch {
	case e.Status != p.status:
		return true
	case e.FinishedOperations == p.finished && e.TotalOperations == p.total:
		return false
	case now.Sub(p.at) >= progressTime:
		return true
	default:
		return math.Abs(share(e.FinishedOperations, e.TotalOperations)-share(p.finished, p.total)) >= progressStep
	}
}

func share(finished, total int) float64 { return float64(finished) / float64(max(total, 1)) }
