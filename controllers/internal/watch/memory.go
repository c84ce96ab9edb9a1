// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// memory is what the lists and the controllers say of one Manager. It outlives connections, so that what vanished during an
// outage is noticed.
//
// Its one lock guards all of it: what Watcher and lists do, they do with the lock held; the types within know no lock.
type memory struct {
	// changed tells the poller that a list may be due earlier than it thought.
	changed                    chan struct{}
	wakeManager, wakeDiscovery func()

	sync.Mutex
	clock       clock
	executions  executions
	deployments deployments
	blueprints  blueprints
	discovery   discovery
	census      counting
	// executionsMade and deploymentsMade are when these lists last came to a good end, over whatever connection.
	executionsMade, deploymentsMade time.Time
}

func newMemory(wakeDeployments, wakeBlueprints, wakeRuns *queue, wakeManager, wakeDiscovery func()) *memory {
	m := &memory{changed: make(chan struct{}, 1), wakeManager: wakeManager, wakeDiscovery: wakeDiscovery}
	m.executions = executions{
		clock: &m.clock, awaiting: map[types.NamespacedName]tick{}, progress: map[string]progress{}, ended: map[string]ended{},
		runs: runs{wakes: wakeRuns},
	}
	m.deployments = deployments{
		clock: &m.clock, wakes: wakeDeployments, wakeManager: wakeManager, byID: map[string]*deployment{}, heard: map[types.NamespacedName]tick{},
		told: map[types.NamespacedName]namesakes{},
	}
	m.blueprints = blueprints{clock: &m.clock, wakes: wakeBlueprints, byID: map[string]trackers{}}
	return m
}

// reopen forgets the lists of an earlier connection, and makes void what it still brings.
func (m *memory) reopen() {
	m.Lock()
	defer m.Unlock()
	m.clock.reopen()
	m.deployments.latest, m.deployments.labelled = deploymentList{}, nil
	m.executions.latest = executionList{}
	m.discovery.found = nil
}

// begin is the beginning of a list.
func (m *memory) begin() tick {
	m.Lock()
	defer m.Unlock()
	return m.clock.next()
}

// take notes what a list says that began then, unless that is void.
func (m *memory) take(began tick, note func()) {
	m.Lock()
	defer m.Unlock()
	if m.clock.valid(began) {
		note()
	}
}

// follow is called with the lock held.
func (m *memory) follow(f *follows, id string, object types.NamespacedName) {
	if f.add(id, object, &m.clock) {
		m.reschedule()
	}
}

// reschedule makes the poller look whether a list is due earlier than it thought.
func (m *memory) reschedule() {
	select {
	case m.changed <- struct{}{}:
	default: // the poller will look
	}
}

// demand is what the controllers want of the poller.
type demand struct {
	// busy: objects wait for the end of something. begun: the latest of that began after the latest list of what runs.
	busy, begun bool
	// following is how many ends are waited for.
	following int
	// listed is when what runs was asked for last.
	listed time.Time
	// executions and deployments are when a list may begin that was asked for; zero: none was.
	executions, deployments time.Time
	// count: another census was asked for.
	count bool
	// discover is how often all blueprints are listed; zero: never.
	discover time.Duration
}

func (m *memory) demand() demand {
	m.Lock()
	defer m.Unlock()
	e, d, uploads := &m.executions, &m.deployments, &m.blueprints.uploads
	following := len(e.byID.since) + len(e.byDeployment.since) + len(e.runs.since) + len(uploads.since)
	wanted := demand{
		busy:      following > 0,
		begun:     max(e.byID.latest, e.byDeployment.latest, e.runs.latest, uploads.latest) > e.latest.began,
		following: following,
		listed:    e.started,
		count:     m.census.again,
		discover:  m.discovery.every,
	}
	if len(e.awaiting) > 0 {
		wanted.executions = e.started.Add(listGap)
	}
	if d.askedAt != 0 {
		wanted.deployments = d.latest.at.Add(listGap)
	}
	return wanted
}
