// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"math"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
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

// FollowDeployment makes the poller look often until nothing runs of a deployment, and then wakes object: for what was asked of
// the Manager, and has no execution that is known by its ID.
func (w *Watcher) FollowDeployment(manager, deploymentID string, object types.NamespacedName) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.follow(l.deploymentEnds, followed{deploymentID, object})
}

// follow is called with mu held.
func (l *ledger) follow(open map[followed]beat, f followed) {
	if _, ok := open[f]; !ok {
		l.followed = l.tick()
		open[f] = l.followed
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
	return len(l.executions)+len(l.uploads)+len(l.deploymentEnds) > 0
}

// begun reports whether something of ours was begun since the latest list.
func (l *ledger) begun() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.followed > l.lookBegan
}

// look is one list of what runs.
type look struct {
	began      beat
	at         leadership.Moment
	unfinished []cloudify.Execution
	// ended are executions that were followed, not listed, and have ended.
	ended []cloudify.Execution
}

func (l *ledger) beginLook() look {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lookStarted = time.Now()
	return look{began: l.tick(), at: leadership.Now()}
}

// listUnfinished looks at everything that runs: one list, and what is not in it although we wait for its end.
func (p *poller) listUnfinished(ctx context.Context) error {
	list := p.ledger.beginLook()
	var err error
	if list.unfinished, err = p.api.ListExecutions(ctx, cloudify.ExecutionFilter{Active: true}); err != nil {
		return err
	}
	if unlisted := p.ledger.unlisted(list); len(unlisted) > 0 {
		// Pages shift while they are read, and a status that the list does not ask for is no end.
		found, err := p.api.ListExecutions(ctx, cloudify.ExecutionFilter{IDs: unlisted})
		if err != nil {
			return err
		}
		for i := range found {
			if found[i].Active() {
				list.unfinished = append(list.unfinished, found[i])
			} else {
				list.ended = append(list.ended, found[i])
			}
		}
	}
	p.ledger.looked(list)
	return p.listUploads(ctx)
}

// unlisted are the followed executions that a list should show and does not.
func (l *ledger) unlisted(list look) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	listed := make(map[string]bool, len(list.unfinished))
	for i := range list.unfinished {
		listed[list.unfinished[i].ID] = true
	}
	var ids []string
	for f, since := range l.executions {
		if since < list.began && !listed[f.id] {
			ids = append(ids, f.id)
		}
	}
	return ids
}

// looked takes all that runs, and wakes whoever should look.
func (l *ledger) looked(list look) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.answered(list.began) {
		return
	}
	now, before := time.Now(), l.progress
	l.keep(list, now)
	l.progress = map[string]progress{}
	running, busy := make(map[string]bool, len(list.unfinished)), map[string]bool{}
	for i := range list.unfinished {
		e := &list.unfinished[i]
		running[e.ID], busy[e.DeploymentID] = true, true
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
			l.tell(object, list.began)
		}
	}
	concerned := map[types.NamespacedName]bool{} // an object of each that ended, once
	for id, last := range before {
		if !running[id] {
			concerned[last.object] = true
		}
	}
	for _, object := range slices.Concat(over(l.executions, list.began, running), over(l.deploymentEnds, list.began, busy)) {
		concerned[object] = true
	}
	for object := range concerned {
		l.tell(object, list.began)
	}
}

// tell wakes an object for what a list says of executions; called with mu held.
func (l *ledger) tell(object types.NamespacedName, began beat) {
	l.heard[object] = began
	l.deploymentWakes.wake(object)
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
