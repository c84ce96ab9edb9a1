// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
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

// deployments are those of one Manager: what the latest list shows, and what controllers said of them.
type deployments struct {
	clock       *clock
	wakes       *queue
	wakeManager func()

	latest  deploymentList
	askedAt tick // when a list was last asked for; zero: it was made

	byID      map[string]*deployment
	inventory inventory
	// heard is when the list began by which an object was woken last for what runs, or ran.
	heard map[types.NamespacedName]tick
}

// deploymentList is a complete list; the zero value: there was none since the connection opened.
type deploymentList struct {
	rows  map[string]cloudify.Deployment
	began tick
	at    time.Time
}

// deployment is what a controller said of one deployment at the Manager.
type deployment struct {
	object    types.NamespacedName
	tracked   bool // false: forgotten, but perhaps still listed
	forgotten bool // was forgotten once, so its absence is no loss

	exists bool
	known  bool // counts for the inventory
	since  tick // of the latest word on it; a list that began before proves nothing against that

	settled    *Fingerprint // what the latest close look saw; nil: there was none since the process began
	unanswered bool         // a look could not be answered
}

func (d *deployments) track(id string, object types.NamespacedName, exists bool) {
	one := d.byID[id]
	if one == nil || one.object != object {
		one = &deployment{object: object, since: d.clock.next()}
		d.byID[id] = one
	}
	one.tracked = true
	if exists && !one.exists {
		one.known, one.since = !one.forgotten, d.clock.next()
	}
	one.exists = exists
}

// forget returns the object that stood for the deployment.
func (d *deployments) forget(id string) (object types.NamespacedName, found bool) {
	one := d.byID[id]
	if one == nil {
		return types.NamespacedName{}, false
	}
	*one = deployment{object: one.object, forgotten: true, since: d.clock.next()}
	delete(d.heard, one.object)
	return one.object, true
}

func (d *deployments) settle(id string, f Fingerprint) {
	d.agree(id, f)
	if one := d.byID[id]; one != nil && f != (Fingerprint{}) { // a list that does not show it is then older than the look
		one.since = d.clock.next()
	}
}

func (d *deployments) agree(id string, f Fingerprint) {
	if one := d.byID[id]; one != nil {
		one.settled = &f
	}
}

func (d *deployments) look(id string) (cloudify.Deployment, Seen) {
	row, present := d.latest.rows[id]
	one, listed := d.byID[id], !d.latest.at.IsZero()
	switch {
	case listed && one != nil && one.wasSeen() && one.since >= d.latest.began && one.since > d.heard[one.object]:
		return cloudify.Deployment{}, Older
	case present:
		return row, Present
	case listed && (one == nil || one.since < d.latest.began):
		return cloudify.Deployment{}, Absent
	}
	if one != nil {
		one.unanswered = true
	}
	return cloudify.Deployment{}, NotListed
}

// ownerOf finds the object of an execution, and whether it has settled on a state with that execution.
func (d *deployments) ownerOf(e *cloudify.Execution) (object types.NamespacedName, settled, ours bool) {
	one := d.byID[e.DeploymentID]
	if one == nil || !one.tracked {
		return types.NamespacedName{}, false, false
	}
	return one.object, one.settled != nil && one.settled.ExecutionID == e.ID, true
}

// wakeFor wakes an object for what a list that began then says of executions.
func (d *deployments) wakeFor(object types.NamespacedName, began tick) {
	d.heard[object] = began
	d.wakes.wake(object)
}

// acceptInventory makes what the latest list lacks no longer known, and wakes every tracked object.
func (d *deployments) acceptInventory() {
	if !d.inventory.lost {
		return
	}
	d.inventory.accept(!d.latest.at.IsZero())
	for id, one := range d.byID {
		if _, present := d.latest.rows[id]; !present && one.since < d.latest.began {
			one.known = false
		}
		if one.tracked {
			d.wakes.wake(one.object)
		}
	}
}

// listed takes a complete list.
func (d *deployments) listed(began tick, at time.Time, rows []cloudify.Deployment) {
	d.latest = deploymentList{rows: make(map[string]cloudify.Deployment, len(rows)), began: began, at: at}
	for _, row := range rows {
		d.latest.rows[row.ID] = row
	}
	asked := d.askedAt != 0 && d.askedAt < began
	if asked {
		d.askedAt = 0
	}
	if d.inventory.check(d.missing()) {
		d.wakeManager()
	}
	if d.inventory.lost {
		return
	}
	for id, one := range d.byID {
		row, present := d.latest.rows[id]
		if one.since >= began && (!present || !one.unanswered) {
			continue
		}
		one.known = present && one.exists && !one.forgotten
		switch {
		case !one.tracked && !present:
			delete(d.byID, id)
		case !one.tracked:
		case asked && !present, !present && one.differs(nil):
			one.unanswered = false
			d.wakes.wake(one.object)
		case present && one.differs(&row):
			one.unanswered = false
			d.wakes.wakeMany(one.object)
		case one.unanswered:
			one.unanswered = false
			d.wakes.wakeLow(one.object)
		}
	}
}

// missing counts the known deployments that the latest list could show, and those that it lacks.
func (d *deployments) missing() (missing, known int) {
	for id, one := range d.byID {
		if !one.known || one.since >= d.latest.began {
			continue
		}
		known++
		if _, present := d.latest.rows[id]; !present {
			missing++
		}
	}
	return missing, known
}

// wasSeen reports whether the latest close look found the deployment.
func (d *deployment) wasSeen() bool { return d.settled != nil && *d.settled != Fingerprint{} }

// differs reports whether a row, nil if there is none, is not what the controller saw. An object that its controller has
// not settled since the process began is left alone while its deployment is there.
func (d *deployment) differs(row *cloudify.Deployment) bool {
	switch {
	case d.settled == nil:
		return row == nil && d.exists
	case row == nil:
		return d.wasSeen()
	default:
		return !d.wasSeen() || !d.settled.agrees(FingerprintOf(row))
	}
}
