// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// departureMemory is how long a departure is remembered: longer than platforms leave between two polls.
	departureMemory = time.Hour
	// maxDepartures bounds the memory.
	maxDepartures = 100_000
)

// departure is the digest of an ID: IDs may be long, and there may be many.
type departure [sha256.Size]byte

// departures remembers what was seen being deleted. Only polls without a token need it: these say "gone" to one who asked
// for the deletion, and "never heard of it" to all others.
type departures struct {
	mu   sync.Mutex
	seen map[departure]time.Time
}

func (d *departures) note(id string, now time.Time) {
	key := departure(sha256.Sum256([]byte(id)))
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seen == nil {
		d.seen = map[departure]time.Time{}
	}
	if _, known := d.seen[key]; !known && len(d.seen) >= maxDepartures {
		d.forget(now)
	}
	d.seen[key] = now
}

// forget drops what is too old, and everything should that not be enough.
func (d *departures) forget(now time.Time) {
	for key, at := range d.seen {
		if now.Sub(at) > departureMemory {
			delete(d.seen, key)
		}
	}
	if len(d.seen) >= maxDepartures {
		clear(d.seen)
	}
}

func (d *departures) has(id string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.seen[sha256.Sum256([]byte(id))]
	return ok && now.Sub(at) <= departureMemory
}
