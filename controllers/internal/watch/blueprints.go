// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// uploaded is the state of a blueprint that deployments can be made of.
const uploaded = "uploaded"

// trackers are the objects that refer to one blueprint; of a blueprint that exists there can be several.
type trackers map[types.NamespacedName]*blueprint

// blueprint is what an object saw of a blueprint at the Manager.
type blueprint struct {
	state string
	since beat
	// differs: the latest list shows another state, or none.
	differs bool
}

// TrackBlueprint says in which state object saw a blueprint that exists: lists that began later wake the object until they
// agree.
func (w *Watcher) TrackBlueprint(manager, blueprintID string, object types.NamespacedName, state string) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.track(blueprintID, object, state)
}

// track is called with mu held.
func (l *ledger) track(blueprintID string, object types.NamespacedName, state string) {
	if l.blueprints[blueprintID] == nil {
		l.blueprints[blueprintID] = trackers{}
	}
	l.blueprints[blueprintID][object] = &blueprint{state: state, since: l.tick()}
}

// ForgetBlueprint says that a blueprint was let go or is being deleted. If several objects refer to it, they are woken, and
// those that stay track it again.
func (w *Watcher) ForgetBlueprint(manager, blueprintID string) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	if objects := l.blueprints[blueprintID]; len(objects) > 1 {
		for object := range objects {
			l.blueprintWakes.wake(object)
		}
	}
	delete(l.blueprints, blueprintID)
	maps.DeleteFunc(l.uploads, func(f followed, _ beat) bool { return f.id == blueprintID })
}

// BlueprintPresent reports whether a blueprint that object saw uploaded is still so, as far as the lists know. One that was
// not tracked, as after a restart, is tracked from here on and taken for present: a list wakes the object if it is not.
func (w *Watcher) BlueprintPresent(manager, blueprintID string, object types.NamespacedName) bool {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.blueprints[blueprintID][object]
	if b == nil {
		l.track(blueprintID, object, uploaded)
		return true
	}
	return b.state == uploaded && !b.differs
}

// listBlueprints looks at the tracked blueprints, all together.
func (p *poller) listBlueprints(ctx context.Context) error {
	began, ids := p.ledger.beginBlueprints()
	if len(ids) == 0 {
		return nil
	}
	found, err := p.api.ListBlueprints(ctx, cloudify.BlueprintFilter{IDs: ids})
	if err != nil {
		return err
	}
	p.ledger.listedBlueprints(began, found)
	return nil
}

func (l *ledger) beginBlueprints() (began beat, ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tick(), slices.Sorted(maps.Keys(l.blueprints))
}

// listedBlueprints takes a complete list of the tracked blueprints.
func (l *ledger) listedBlueprints(began beat, found []cloudify.Blueprint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.answered(began) {
		return
	}
	states := make(map[string]string, len(found))
	for i := range found {
		states[found[i].ID] = found[i].State
	}
	for id, objects := range l.blueprints {
		for object, b := range objects {
			if b.since >= began {
				continue
			}
			if b.differs = states[id] != b.state; b.differs {
				l.blueprintWakes.wake(object)
			}
		}
	}
}
