// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

// inventory says whether the deployments of a Manager vanished at once.
type inventory struct {
	lost bool
	// missing of known deployments vanished, by the list that said so; both are zero where an earlier process saw it.
	missing, known int
	// judged: this process knows by itself whether the inventory is lost.
	judged bool
	// accepting: the next list is the truth, whatever it says.
	accepting bool
}

// leastLost is how many deployments must vanish at once to be more than a coincidence.
const leastLost = 5

// vanished reports whether so many of the known deployments are missing that the Manager lost them.
func vanished(missing, known int) bool { return missing >= leastLost && 2*missing > known }

// InventoryLost reports whether most of a Manager's deployments vanished between two lists, and how many of how many. It
// stays so until AcceptInventory. Both numbers are zero after RestoreLost.
func (w *Watcher) InventoryLost(manager string) (missing, known int, lost bool) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inventory.missing, l.inventory.known, l.inventory.lost
}

// AcceptInventory says that a Manager which lost its inventory is right: what is missing in the latest list, or else in the
// next, is no longer known. Every tracked object is woken.
func (w *Watcher) AcceptInventory(manager string) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.inventory.lost {
		return
	}
	l.inventory = inventory{judged: true, accepting: l.listedAt.IsZero()}
	for id, d := range l.deployments {
		if _, present := l.rows[id]; !present && d.since < l.listBegan {
			d.known = false
		}
		if d.tracked {
			l.deploymentWakes.wake(d.object)
		}
	}
}

// RestoreLost says, before Open, that the inventory was lost when the operator last ran and that nobody accepted it. What
// this process found out by itself stands.
func (w *Watcher) RestoreLost(manager string) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.inventory.judged {
		l.inventory.lost = true
	}
}

// takeStock compares the latest list with what is known, with mu held. Once lost, only AcceptInventory helps: the
// deployments that are there again may not be all.
func (l *ledger) takeStock() {
	if l.inventory.lost {
		return
	}
	accepting := l.inventory.accepting
	l.inventory = inventory{judged: true}
	if accepting {
		return
	}
	var missing, known int
	for id, d := range l.deployments {
		if !d.known || d.since >= l.listBegan {
			continue
		}
		known++
		if _, present := l.rows[id]; !present {
			missing++
		}
	}
	if vanished(missing, known) {
		l.inventory.lost, l.inventory.missing, l.inventory.known = true, missing, known
		l.wakeManager()
	}
}
