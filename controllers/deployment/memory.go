// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"sync"
	"time"
)

// firsts remembers when something was first seen: a deployment that is gone, an execution that was told to stop. It may
// forget, as in a restart: the Manager is then asked once more, or given a little more time.
type firsts struct {
	mu sync.Mutex
	at map[string]time.Time
}

// since returns when key was first seen; now, if that is news.
func (f *firsts) since(key string, now time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at == nil {
		f.at = map[string]time.Time{}
	}
	at, ok := f.at[key]
	if !ok {
		at = now
		f.at[key] = at
	}
	return at
}

func (f *firsts) forget(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.at, key)
}

// versions remembers which version of its references an object was last reconciled with. It may forget: the object is then
// looked at closely once.
type versions struct {
	mu  sync.Mutex
	all map[string]string
}

func (v *versions) is(key, version string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	known, ok := v.all[key]
	return version == "" || ok && known == version
}

func (v *versions) set(key, version string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.all == nil {
		v.all = map[string]string{}
	}
	if version == "" {
		delete(v.all, key)
		return
	}
	v.all[key] = version
}
