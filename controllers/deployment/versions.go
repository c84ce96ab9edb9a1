// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import "sync"

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
