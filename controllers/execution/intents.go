// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// intents are the starts that this process announced in a status and has not asked for yet, with what is to be started. They only save
// time: a start that is not among them may be under way.
type intents struct {
	mu    sync.Mutex
	ofUID map[types.UID]intent
}

type intent struct {
	at   time.Time
	want *desired
}

// keep notes that a start was announced with this time.
func (i *intents) keep(uid types.UID, at time.Time, want *desired) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ofUID == nil {
		i.ofUID = map[types.UID]intent{}
	}
	i.ofUID[uid] = intent{at, want}
}

// of is what is to be started, where it was announced with this time and not asked for; nil otherwise.
func (i *intents) of(uid types.UID, at time.Time) *desired {
	i.mu.Lock()
	defer i.mu.Unlock()
	if kept, ok := i.ofUID[uid]; ok && kept.at.Equal(at) {
		return kept.want
	}
	return nil
}

// forget comes before a start is asked for.
func (i *intents) forget(uid types.UID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.ofUID, uid)
}
