// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"maps"
	"math"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

const (
	// onePage is how long a list is that comes in one answer.
	onePage = 1000
	// endedTime is how long an execution that ended is kept for its object.
	endedTime = time.Minute
	// maxListAge is how old a list may be that a change rests on.
	maxListAge = 3 * time.Second
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

// Fresh reports whether what the list does not show can be taken for ended, or for never begun.
func (r Running) Fresh() bool { return r.Began != 0 && r.Newer && r.Began.Age() <= maxListAge }

// executions are what runs at one Manager, and the objects that wait for it.
type executions struct {
	clock *clock

	// Objects wait for the end of executions: by its ID for that of one, by deployment for that of all that run of it.
	byID, byDeployment follows
	// runs are those that have an object of their own.
	runs runs
	// awaiting are the objects that asked for a list, and when.
	awaiting map[types.NamespacedName]tick

	latest executionList
	// started is when the latest list was asked for, whether it was answered or not.
	started time.Time
	// progress is that of each execution in the latest list that belongs to an object.
	progress map[string]progress
	// ended are executions that were followed and ended lately.
	ended map[string]ended
}

// executionList is a list of unfinished executions; the zero value: there was none since the connection opened.
type executionList struct {
	byDeployment map[string][]cloudify.Execution
	began        tick
	at           leadership.Moment // runs on while the process does not; zero where no change may rest on the list
}

// ended is an execution that was followed and has ended.
type ended struct {
	cloudify.Execution
	seen time.Time
}

// snapshot is one answer of the Manager: all that runs.
type snapshot struct {
	began      tick
	at         leadership.Moment
	unfinished []cloudify.Execution
	// ended are executions that were followed, not listed, and have ended.
	ended []cloudify.Execution
}

// begin is the beginning of a list.
func (e *executions) begin() snapshot {
	e.started = time.Now()
	return snapshot{began: e.clock.next(), at: leadership.Now()}
}

// running is what runs of a deployment, for object.
func (e *executions) running(deploymentID string, object types.NamespacedName) Running {
	return Running{
		Executions: e.latest.byDeployment[deploymentID],
		Began:      e.latest.at,
		Newer:      !e.byID.sinceListed(e.latest.began, object) && !e.byDeployment.sinceListed(e.latest.began, object),
	}
}

// row is what is known of one execution: as the latest list shows it, or as it ended.
func (e *executions) row(id, deploymentID string) (cloudify.Execution, bool) {
	if one, found := e.ended[id]; found {
		return one.Execution, true
	}
	for _, one := range e.latest.byDeployment[deploymentID] {
		if one.ID == id {
			return one, true
		}
	}
	return cloudify.Execution{}, false
}

// forget ends the waiting of an object: what runs of its deployment, or ends, is no news to it.
func (e *executions) forget(object types.NamespacedName) {
	its := func(f follow) bool { return f.object == object }
	e.byID.drop(its)
	e.byDeployment.drop(its)
	maps.DeleteFunc(e.progress, func(_ string, p progress) bool { return p.object == object })
}

// unlisted are the followed executions that a snapshot should show and does not.
func (e *executions) unlisted(s snapshot) []string {
	listed := make(map[string]bool, len(s.unfinished))
	for i := range s.unfinished {
		listed[s.unfinished[i].ID] = true
	}
	return slices.Concat(e.byID.unlisted(s.began, listed), e.runs.unlisted(s.began, listed))
}

// listed takes all that runs, and wakes the objects that asked for a list, those whose executions moved, and those for which
// something ended.
func (e *executions) listed(s snapshot, owners *deployments) {
	now, before := time.Now(), e.progress
	e.keep(s, now)
	for object, since := range e.awaiting {
		if since < s.began {
			delete(e.awaiting, object)
			owners.wakes.wake(object)
		}
	}
	for _, object := range e.noteProgress(s, owners, now) {
		owners.wakeFor(object, s.began)
	}
	for object := range e.takeEnded(s, before) {
		owners.wakeFor(object, s.began)
	}
	e.runs.listed(s, now)
}

// keep makes a snapshot the latest list.
func (e *executions) keep(s snapshot, now time.Time) {
	e.latest = executionList{byDeployment: map[string][]cloudify.Execution{}, began: s.began, at: s.at}
	if len(s.unfinished) >= onePage {
		e.latest.at = 0
	}
	for i := range s.unfinished {
		one := s.unfinished[i]
		e.latest.byDeployment[one.DeploymentID] = append(e.latest.byDeployment[one.DeploymentID], one)
	}
	maps.DeleteFunc(e.ended, func(_ string, one ended) bool { return now.Sub(one.seen) > endedTime })
	for i := range s.ended {
		e.ended[s.ended[i].ID] = ended{s.ended[i], now}
	}
}

// noteProgress notes the progress of what runs, and returns the objects whose executions are news or have come far enough.
func (e *executions) noteProgress(s snapshot, owners *deployments, now time.Time) (objects []types.NamespacedName) {
	before := e.progress
	e.progress = map[string]progress{}
	for i := range s.unfinished {
		one := &s.unfinished[i]
		object, settled, ours := owners.ownerOf(one)
		if !ours {
			continue
		}
		last, known := before[one.ID]
		if known && !last.moved(one, now) {
			e.progress[one.ID] = last
			continue
		}
		e.progress[one.ID] = progressOf(one, object, now)
		if known || !settled {
			objects = append(objects, object)
		}
	}
	return objects
}

// takeEnded takes out the follows that have come to their end, and returns the objects for which something ended: what they follow,
// or an execution that ran before. Each is in it once.
func (e *executions) takeEnded(s snapshot, before map[string]progress) map[types.NamespacedName]bool {
	running, busy := make(map[string]bool, len(s.unfinished)), map[string]bool{}
	for i := range s.unfinished {
		running[s.unfinished[i].ID], busy[s.unfinished[i].DeploymentID] = true, true
	}
	objects := map[types.NamespacedName]bool{}
	for id, last := range before {
		if !running[id] {
			objects[last.object] = true
		}
	}
	for _, object := range slices.Concat(e.byID.takeEnded(s.began, running), e.byDeployment.takeEnded(s.began, busy)) {
		objects[object] = true
	}
	return objects
}

// progress is how far an execution was when its object was last woken for it.
type progress struct {
	object          types.NamespacedName
	status          string
	finished, total int
	at              time.Time
}

const (
	// progressStep and progressTime are what an object is woken for: so much of the whole, or any movement after so long.
	progressStep = 0.1
	progressTime = 10 * time.Second
)

func progressOf(e *cloudify.Execution, object types.NamespacedName, now time.Time) progress {
	return progress{object: object, status: e.Status, finished: e.FinishedOperations, total: e.TotalOperations, at: now}
}

// moved reports whether e has come far enough since p to wake its object.
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
