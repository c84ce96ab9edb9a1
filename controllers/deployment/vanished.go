// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// vanished remembers since when a deployment that existed is not found. It may forget: the Manager is then asked once more.
type vanished struct {
	mu sync.Mutex
	at map[types.UID]time.Time
}

// since returns when the deployment was first not found; now, if that is news.
func (v *vanished) since(uid types.UID, now time.Time) time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.at == nil {
		v.at = map[types.UID]time.Time{}
	}
	at, ok := v.at[uid]
	if !ok {
		at = now
		v.at[uid] = at
	}
	return at
}

func (v *vanished) forget(uid types.UID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.at, uid)
}
