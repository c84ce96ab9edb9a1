// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"sync"
	"time"
)

const (
	// departureMemory is how long a departure is remembered: longer than platforms leave between two polls.
	departureMemory = time.Hour
	// maxDepartures bounds the memory.
	maxDepartures = 100_000
)

// departures remembers what was seen being deleted. Only polls without a token need it: these say "gone" to one who asked
// for the deletion, and "never heard of it" to all others.
type departures struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

func (d *departures) note(id string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seen == nil {
		d.seen = map[string]time.Time{}
	}
	if _, known := d.seen[id]; !known && len(d.seen) >= maxDepartures {
		d.forget(now)
	}
	d.seen[id] = now
}

// forget drops what is too old, and everything should that not be enough.
func (d *departures) forget(now time.Time) {
	for id, at := range d.seen {
		if now.Sub(at) > departureMemory {
			delete(d.seen, id)
		}
	}
	if len(d.seen) >= maxDepartures {
		clear(d.seen)
	}
}

func (d *departures) has(id string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.seen[id]
	return ok && now.Sub(at) <= departureMemory
}
