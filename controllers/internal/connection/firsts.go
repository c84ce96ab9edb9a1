// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Firsts remembers when something of an object was first seen. It may forget, as in a restart: the Manager is then asked
// once more, or given a little more time.
type Firsts struct {
	mu sync.Mutex
	at map[types.UID]time.Time
}

// Since returns when it was first seen; now, if that is news.
func (f *Firsts) Since(uid types.UID, now time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at == nil {
		f.at = map[types.UID]time.Time{}
	}
	at, ok := f.at[uid]
	if !ok {
		at = now
		f.at[uid] = at
	}
	return at
}

// Forget says that it is over.
func (f *Firsts) Forget(uid types.UID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.at, uid)
}
