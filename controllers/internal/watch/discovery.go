// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// discovery is what is found at a Manager, and what became of it.
type discovery struct {
	every   time.Duration // zero: nothing is looked for
	found   []cloudify.Blueprint
	finding *Finding
}

// Finding is what became of the blueprints that were found, for people. Good: they are CloudifyBlueprints.
type Finding struct {
	Good            bool
	Reason, Message string
}

// Discover makes the poller list all blueprints of a Manager every interval and wake its CloudifyManager after each list;
// zero ends that.
func (w *Watcher) Discover(manager string, interval time.Duration) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.discovery.every == interval {
		return
	}
	l.discovery.every = interval
	if interval == 0 {
		l.discovery.found = nil
	}
	l.hurry()
}

// Found is the latest complete list of a Manager's blueprints; nil: there was none since the connection opened.
func (w *Watcher) Found(manager string) []cloudify.Blueprint {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.discovery.found
}

// SetFinding notes what became of what was found, nil if nothing is looked for, and wakes the CloudifyManager when that is
// news.
func (w *Watcher) SetFinding(manager string, f *Finding) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.discovery.finding
	if l.discovery.finding = f; f != was && (f == nil || was == nil || *f != *was) {
		l.wakeManager()
	}
}

// Finding is what became of what was found at a Manager; nil: it is not known.
func (w *Watcher) Finding(manager string) *Finding {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.discovery.finding
}

func (l *ledger) discoversEvery() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.discovery.every
}

// listFound lists all blueprints of the Manager.
func (p *poller) listFound(ctx context.Context) error {
	began := p.ledger.begin()
	found, err := p.api.ListBlueprints(ctx, cloudify.BlueprintFilter{})
	if err != nil {
		return err
	}
	p.ledger.listedBlueprints(began, found)
	p.ledger.discovered(began, found)
	return nil
}

// discovered takes a complete list of all blueprints.
func (l *ledger) discovered(began beat, found []cloudify.Blueprint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.answered(began) || l.discovery.every == 0 {
		return
	}
	if found == nil {
		found = []cloudify.Blueprint{} // an empty list is one, too
	}
	l.discovery.found = found
	l.wakeDiscovery()
}
