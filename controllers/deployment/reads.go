// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"math/rand/v2"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// reads is when the references of idle objects are read again, which are not watched: once a resync. It may be lost: after a
// start they are spread over the first resync, for the status says what they were, and all at once would be a storm.
type reads struct {
	mu  sync.Mutex
	due map[types.UID]time.Time
}

// left is how long the references of an object may stay unread; zero: they are due.
func (r *reads) left(uid types.UID, now time.Time, resync time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	due, known := r.due[uid]
	if !known {
		due = now.Add(rand.N(resync + 1)) //nolint:gosec // no secret depends on it
		r.set(uid, due)
	}
	return max(due.Sub(now), 0)
}

// done notes that they were read. A resync comes up to a fifth early, and then finds them due.
func (r *reads) done(uid types.UID, now time.Time, resync time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.set(uid, now.Add(resync-resync/5))
}

// set is called with mu held.
func (r *reads) set(uid types.UID, due time.Time) {
	if r.due == nil {
		r.due = map[types.UID]time.Time{}
	}
	r.due[uid] = due
}

func (r *reads) forget(uid types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.due, uid)
}
