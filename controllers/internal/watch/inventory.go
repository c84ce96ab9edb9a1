// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

// inventory says whether the deployments of a Manager vanished at once.
type inventory struct {
	lost bool
	// missing of known deployments vanished, by the list that said so; both are zero where an earlier process saw it.
	missing, known int
	// checked: this process knows by itself whether the inventory is lost.
	checked bool
	// accepting: the next list is the truth, whatever it says.
	accepting bool
}

// leastLost is how many deployments must vanish at once to be more than a coincidence.
const leastLost = 5

// vanished reports whether so many of the known deployments are missing that the Manager lost them.
func vanished(missing, known int) bool { return missing >= leastLost && 2*missing > known }

// check takes how many of the known deployments a list lacks, and reports whether the inventory was lost by it. Once lost, only
// accept helps: the deployments that are there again may not be all.
func (i *inventory) check(missing, known int) bool {
	if i.lost {
		return false
	}
	accepting := i.accepting
	*i = inventory{checked: true}
	if accepting || !vanished(missing, known) {
		return false
	}
	i.lost, i.missing, i.known = true, missing, known
	return true
}

// accept says that the Manager is right in what the latest list lacks or, where there was none yet, the next.
func (i *inventory) accept(listed bool) { *i = inventory{checked: true, accepting: !listed} }

// restore says that an earlier process found the inventory lost; what this one found out by itself stands.
func (i *inventory) restore() {
	if !i.checked {
		i.lost = true
	}
}
