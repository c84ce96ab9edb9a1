// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package references

import (
	"math/rand/v2"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Reads is when to read again what idle objects refer to, where that is not watched: once a resync. It may be lost with the
// process, because the status says what was read last; the reads after a start are spread over the first resync, because all
// at once would be a storm.
type Reads struct {
	mu  sync.Mutex
	due map[types.UID]time.Time
}

// Left is how long what an object refers to may stay unread; zero: it is due.
func (r *Reads) Left(uid types.UID, now time.Time, resync time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	due, known := r.due[uid]
	if !known {
		due = now.Add(rand.N(resync + 1)) //nolint:gosec // no secret depends on it
		r.set(uid, due)
	}
	return max(due.Sub(now), 0)
}

// Done notes that it was read. A resync comes up to a fifth early, and is to find it due.
func (r *Reads) Done(uid types.UID, now time.Time, resync time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.set(uid, now.Add(resync-resync/5))
}

// set is called with mu held.
func (r *Reads) set(uid types.UID, due time.Time) {
	if r.due == nil {
		r.due = map[types.UID]time.Time{}
	}
	r.due[uid] = due
}

// Forget says that an object is gone.
func (r *Reads) Forget(uid types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.due, uid)
}
