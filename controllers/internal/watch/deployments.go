// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// Seen is what the lists of deployments say of one.
type Seen int

const (
	// NotListed: no list since the connection opened could tell. The object is woken by the first that can.
	NotListed Seen = iota
	// Present: it is in the latest complete list.
	Present
	// Absent: it is not.
	Absent
	// Older: the latest list began before the last close look, and nothing was heard of it since.
	Older
)

// deployment is what a controller said of one deployment at the Manager.
type deployment struct {
	object  types.NamespacedName
	tracked bool // false: forgotten, but perhaps still listed
	leaving bool // was forgotten once, so its absence is no loss

	exists bool
	known  bool // counts for the inventory
	since  beat // of the latest word on it; a list that began before proves nothing against that

	settled *Fingerprint
	asked   bool // a Look could not be answered
}

// Track says that object stands for a deployment, and whether it was created as far as its status knows. Said again it
// changes nothing. After Forget the object is woken again, but does not count for the inventory.
func (w *Watcher) Track(manager, deploymentID string, object types.NamespacedName, exists bool) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.deployments[deploymentID]
	if d == nil || d.object != object {
		d = &deployment{object: object, since: l.tick()}
		l.deployments[deploymentID] = d
	}
	d.tracked = true
	if exists && !d.exists {
		d.known, d.since = !d.leaving, l.tick()
	}
	d.exists = exists
}

// Forget says that a deployment was let go, or that the Manager accepted to delete it: its absence is no loss. Executions
// of its object that were followed so far are followed no longer.
func (w *Watcher) Forget(manager, deploymentID string) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.deployments[deploymentID]
	if d == nil {
		return
	}
	*d = deployment{object: d.object, leaving: true, since: l.tick()}
	delete(l.heard, d.object)
	for _, open := range []map[followed]beat{l.executions, l.deploymentEnds} {
		maps.DeleteFunc(open, func(f followed, _ beat) bool { return f.object == d.object })
	}
}

// Settle says what a close look saw, the zero Fingerprint if it was nothing: lists that began later wake the object until
// they agree.
func (w *Watcher) Settle(manager, deploymentID string, f Fingerprint) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.deployments[deploymentID]
	if d == nil {
		return
	}
	d.settled = &f
	if f != (Fingerprint{}) { // a list that does not show it is then older than the look
		d.since = l.tick()
	}
}

// Look reads a deployment's row, from memory. Track comes before it.
func (w *Watcher) Look(manager, deploymentID string) (cloudify.Deployment, Seen) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	row, present := l.rows[deploymentID]
	d := l.deployments[deploymentID]
	switch {
	case d != nil && d.settled != nil && *d.settled != (Fingerprint{}) && !l.listedAt.IsZero() && d.since >= l.listBegan && d.since > l.heard[d.object]:
		return cloudify.Deployment{}, Older
	case present:
		return row, Present
	case !l.listedAt.IsZero() && (d == nil || d.since < l.listBegan):
		return cloudify.Deployment{}, Absent
	}
	if d != nil {
		d.asked = true
	}
	return cloudify.Deployment{}, NotListed
}

// ListNow asks for a list that begins later than the call, at once or a second after the last. It wakes every tracked
// object whose deployment is not in it, be that news or not.
func (w *Watcher) ListNow(manager string) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wanted = l.tick()
	l.hurry()
}

// ListedAt is when the latest complete list began; zero: there was none since the connection opened.
func (w *Watcher) ListedAt(manager string) time.Time {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.listedAt
}

// nextList is when a list may begin that was asked for.
func (l *ledger) nextList() (at time.Time, asked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.listedAt.Add(listGap), l.wanted != 0
}

func (p *poller) listDeployments(ctx context.Context) error {
	began, at := p.ledger.begin(), time.Now()
	rows, err := p.api.ListDeployments(ctx, cloudify.DeploymentFilter{})
	if err != nil {
		return err
	}
	p.ledger.listed(began, at, rows)
	return nil
}

// listed takes a complete list.
func (l *ledger) listed(began beat, at time.Time, rows []cloudify.Deployment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.answered(began) {
		return
	}
	l.rows, l.listBegan, l.listedAt = make(map[string]cloudify.Deployment, len(rows)), began, at
	for _, row := range rows {
		l.rows[row.ID] = row
	}
	wanted := l.wanted != 0 && l.wanted < began
	if wanted {
		l.wanted = 0
	}
	if l.takeStock(); l.inventory.lost {
		return
	}
	for id, d := range l.deployments {
		row, present := l.rows[id]
		if d.since >= began && (!present || !d.asked) {
			continue
		}
		d.known = present && d.exists && !d.leaving
		switch {
		case !d.tracked && !present:
			delete(l.deployments, id)
		case !d.tracked:
		case wanted && !present, present && d.differs(&row), !present && d.differs(nil):
			d.asked = false
			l.deploymentWakes.wake(d.object)
		case d.asked:
			d.asked = false
			l.deploymentWakes.look(d.object)
		}
	}
}

// differs reports whether a row, nil if there is none, is not what the controller saw. An object that its controller has
// not settled since the process began is left in peace while its deployment is there.
func (d *deployment) differs(row *cloudify.Deployment) bool {
	switch {
	case d.settled == nil:
		return row == nil && d.exists
	case row == nil:
		return *d.settled != Fingerprint{}
	default:
		return !d.settled.agrees(FingerprintOf(row)) || *d.settled == Fingerprint{}
	}
}
