// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// Running is what the latest list of unfinished executions says of one deployment.
type Running struct {
	// Executions are those of the deployment in it, without their parameters.
	Executions []cloudify.Execution
	// Began is when the list was asked for; zero: there was none since the connection opened, or it took several pages, which
	// shift while they are read.
	Began leadership.Moment
	// Newer: the list began after the object had last begun to follow something. What it follows and is not listed has ended.
	Newer bool
}

// maxListAge is how old a list may be that a change rests on.
const maxListAge = 3 * time.Second

// Fresh tells whether what the list does not show can be taken for ended, or for never begun.
func (r Running) Fresh() bool { return r.Began != 0 && r.Newer && r.Began.Age() <= maxListAge }

// Running reads what runs of a deployment, from memory.
func (w *Watcher) Running(manager, deploymentID string, object types.NamespacedName) Running {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	running := Running{Executions: l.running[deploymentID], Began: l.lookedAt, Newer: true}
	for _, open := range []map[followed]beat{l.executions, l.deploymentEnds} {
		for f, since := range open {
			if f.object == object && since >= l.lookBegan {
				running.Newer = false
			}
		}
	}
	return running
}

// Ended returns an execution that was followed and ended lately, as it was then and without its parameters.
func (w *Watcher) Ended(manager, executionID string) (cloudify.Execution, bool) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.ended[executionID]
	return e.Execution, ok
}

// Await asks for a list of unfinished executions that begins later than the call, at once or a second after the last, and
// wakes object when it was made.
func (w *Watcher) Await(manager string, object types.NamespacedName) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awaiting[object] = l.tick()
	l.hurry()
}

// onePage is how long a list is that comes in one answer.
const onePage = 1000

// endedTime is how long what ended is kept for its object.
const endedTime = time.Minute

// ended is an execution that was followed and has ended.
type ended struct {
	cloudify.Execution
	seen time.Time
}

// keep takes a list of what runs, and what was followed and has ended; called with mu held.
func (l *ledger) keep(list look, now time.Time) {
	l.running, l.lookBegan, l.lookedAt = map[string][]cloudify.Execution{}, list.began, list.at
	if len(list.unfinished) >= onePage {
		l.lookedAt = 0
	}
	for i := range list.unfinished {
		e := list.unfinished[i]
		l.running[e.DeploymentID] = append(l.running[e.DeploymentID], e)
	}
	maps.DeleteFunc(l.ended, func(_ string, e ended) bool { return now.Sub(e.seen) > endedTime })
	for i := range list.ended {
		l.ended[list.ended[i].ID] = ended{list.ended[i], now}
	}
	for object, since := range l.awaiting {
		if since < list.began {
			delete(l.awaiting, object)
			l.deploymentWakes.wake(object)
		}
	}
}

// nextLook is when a list of unfinished executions may begin that objects wait for.
func (l *ledger) nextLook() (at time.Time, asked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lookStarted.Add(listGap), len(l.awaiting) > 0
}
