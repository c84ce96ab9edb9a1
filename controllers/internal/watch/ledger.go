// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"sync"
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// beat orders what controllers say and when lists begin. Times would not do: two can be equal.
type beat uint64

// ledger is what the poller and the controllers know of one Manager. It outlives connections, so that what vanished during
// an outage is noticed.
type ledger struct {
	// kick tells the poller that it may have to look earlier.
	kick chan struct{}

	deploymentWakes, blueprintWakes *wakes
	wakeManager, wakeDiscovery      func()

	mu     sync.Mutex
	now    beat
	opened beat // lists that began before prove nothing

	// rows is the latest complete list of deployments since the connection opened.
	rows      map[string]cloudify.Deployment
	listBegan beat
	listedAt  time.Time
	wanted    beat // when a list was last asked for; zero: it was made

	deployments map[string]*deployment
	inventory   inventory
	blueprints  map[string]trackers
	discovery   discovery

	// census is the latest count of what carries this cluster's label, the last of so many counts.
	census     *Census
	counts     int
	countAgain bool

	executions, uploads map[followed]beat
	progress            map[string]progress
}

func newLedger(deployments, blueprints *wakes, wakeManager, wakeDiscovery func()) *ledger {
	return &ledger{
		kick:            make(chan struct{}, 1),
		deploymentWakes: deployments, blueprintWakes: blueprints, wakeManager: wakeManager, wakeDiscovery: wakeDiscovery,
		deployments: map[string]*deployment{}, blueprints: map[string]trackers{},
		executions: map[followed]beat{}, uploads: map[followed]beat{}, progress: map[string]progress{},
	}
}

// tick is called with mu held.
func (l *ledger) tick() beat {
	l.now++
	return l.now
}

// begin marks the beginning of a list.
func (l *ledger) begin() beat {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tick()
}

// reopen forgets the rows of an earlier connection, and whatever it still brings.
func (l *ledger) reopen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened = l.tick()
	l.rows, l.listBegan, l.listedAt = nil, 0, time.Time{}
	l.discovery.found = nil
}

// answered tells whether an answer of the Manager counts: it is to a list of this connection. It is called with mu held.
func (l *ledger) answered(began beat) bool { return began >= l.opened }

// hurry tells the poller to look whether something is due earlier than it thought.
func (l *ledger) hurry() {
	select {
	case l.kick <- struct{}{}:
	default: // it was told
	}
}
