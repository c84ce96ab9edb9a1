// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leftovers

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

const (
	// lately is how long it is remembered that something was made for an object. A DELETE that overtook the finalizer shows
	// within milliseconds, or seconds where the API server is slow.
	lately = 10 * time.Minute
	// mostMade bounds how many are remembered; the oldest give way.
	mostMade = 10_000
)

// made remembers for which objects something was made lately, and in which order.
type made struct {
	at    map[types.UID]time.Time
	order []entry
}

type entry struct {
	uid types.UID
	at  time.Time
}

func (m *made) note(uid types.UID, now time.Time) {
	if m.at == nil {
		m.at = map[types.UID]time.Time{}
	}
	m.at[uid] = now
	m.order = append(m.order, entry{uid, now})
	for len(m.order) > mostMade || now.Sub(m.order[0].at) > lately {
		if oldest := m.order[0]; m.at[oldest.uid].Equal(oldest.at) { // otherwise something was made for it since
			delete(m.at, oldest.uid)
		}
		m.order = m.order[1:]
	}
}

func (m *made) lately(uid types.UID, now time.Time) bool {
	at, found := m.at[uid]
	return found && now.Sub(at) <= lately
}
