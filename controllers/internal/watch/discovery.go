// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
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

// discoverEvery reports whether the interval is news.
func (d *discovery) discoverEvery(interval time.Duration) bool {
	if d.every == interval {
		return false
	}
	d.every = interval
	if interval == 0 {
		d.found = nil
	}
	return true
}

// setFinding reports whether the finding is news.
func (d *discovery) setFinding(f *Finding) bool {
	was := d.finding
	d.finding = f
	return f != was && (f == nil || was == nil || *f != *was)
}

// listed takes a complete list of all blueprints, and reports whether they are looked for.
func (d *discovery) listed(found []cloudify.Blueprint) bool {
	if d.every == 0 {
		return false
	}
	if found == nil {
		found = []cloudify.Blueprint{} // an empty list is one, too
	}
	d.found = found
	return true
}
