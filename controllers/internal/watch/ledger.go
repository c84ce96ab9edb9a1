// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
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

	// executions, uploads and deploymentEnds are what objects wait for the end of: executions and uploads by their IDs, and all
	// that runs of a deployment by its.
	executions, uploads, deploymentEnds map[followed]beat
	// followed is when the latest of these was registered.
	followed beat
	progress map[string]progress
	// heard is when the list began by which an object was woken last for what runs, or ran.
	heard map[types.NamespacedName]beat

	// running is the latest list of unfinished executions, by deployment. It began at lookBegan, which is lookedAt by a clock
	// that runs while the process does not, and the last that was asked for at lookStarted.
	running     map[string][]cloudify.Execution
	lookBegan   beat
	lookedAt    leadership.Moment
	lookStarted time.Time
	// ended are executions that were followed and ended lately, awaiting the objects that asked for a list.
	ended    map[string]ended
	awaiting map[types.NamespacedName]beat
}

func newLedger(deployments, blueprints *wakes, wakeManager, wakeDiscovery func()) *ledger {
	return &ledger{
		kick:            make(chan struct{}, 1),
		deploymentWakes: deployments, blueprintWakes: blueprints, wakeManager: wakeManager, wakeDiscovery: wakeDiscovery,
		deployments: map[string]*deployment{}, blueprints: map[string]trackers{},
		executions: map[followed]beat{}, uploads: map[followed]beat{}, deploymentEnds: map[followed]beat{}, progress: map[string]progress{},
		heard: map[types.NamespacedName]beat{}, ended: map[string]ended{}, awaiting: map[types.NamespacedName]beat{},
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
	l.running, l.lookBegan, l.lookedAt = nil, 0, 0
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
