// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// uploaded is the state of a blueprint that deployments can be made of.
const uploaded = "uploaded"

// trackers are the objects that refer to one blueprint; of a blueprint that exists there can be several.
type trackers map[types.NamespacedName]*blueprint

// blueprint is what an object saw of a blueprint at the Manager.
type blueprint struct {
	state   string
	created time.Time // zero: not known
	since   beat
	// differs: the latest list shows another state, another blueprint of this ID, or none.
	differs bool
}

// agrees reports whether row, the zero Blueprint if there is none, says the same.
func (b *blueprint) agrees(row cloudify.Blueprint) bool {
	return row.State == b.state && (b.created.IsZero() || row.CreatedAt.Equal(b.created))
}

// TrackBlueprint says how object saw a blueprint that exists: lists that began later wake the object until they agree.
func (w *Watcher) TrackBlueprint(manager string, b *cloudify.Blueprint, object types.NamespacedName) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.track(b.ID, object, b.State, b.CreatedAt)
}

// track is called with mu held.
func (l *ledger) track(blueprintID string, object types.NamespacedName, state string, created time.Time) {
	if l.blueprints[blueprintID] == nil {
		l.blueprints[blueprintID] = trackers{}
	}
	l.blueprints[blueprintID][object] = &blueprint{state: state, created: created, since: l.tick()}
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

// BlueprintPresent reports whether a blueprint that object saw uploaded is still so, and still the one that was created then,
// as far as the lists know. One that was not tracked, as after a restart, is tracked from here on and taken for present: a
// list wakes the object if it is not.
func (w *Watcher) BlueprintPresent(manager, blueprintID string, object types.NamespacedName, created time.Time) bool {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.blueprints[blueprintID][object]
	if b == nil {
		l.track(blueprintID, object, uploaded, created)
		return true
	}
	return b.state == uploaded && !b.differs
}

// BlueprintStands reports whether a blueprint is as object saw it last, whatever its state, as far as the lists know. What object
// did not see since the process began is not known.
func (w *Watcher) BlueprintStands(manager, blueprintID string, object types.NamespacedName) bool {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.blueprints[blueprintID][object]
	return b != nil && !b.differs
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
	rows := make(map[string]cloudify.Blueprint, len(found))
	for _, row := range found {
		rows[row.ID] = row
	}
	for id, objects := range l.blueprints {
		for object, b := range objects {
			if b.since >= began {
				continue
			}
			if b.differs = !b.agrees(rows[id]); b.differs {
				l.blueprintWakes.wake(object)
			}
		}
	}
}
