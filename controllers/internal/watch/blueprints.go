// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// uploaded is the state of a blueprint that deployments can be made of.
const uploaded = "uploaded"

// uploading are the states of an upload that is not over. Its execution names no blueprint, so the blueprints are listed.
var uploading = []string{"pending", "uploading", "extracting", "parsing", "validating"}

// blueprints are those of one Manager that objects refer to, and the uploads whose end they wait for.
type blueprints struct {
	clock *clock
	wakes *queue

	byID    map[string]trackers
	uploads follows
}

// trackers are the objects that refer to one blueprint; of a blueprint that exists there can be several.
type trackers map[types.NamespacedName]*blueprint

// blueprint is what an object saw of a blueprint at the Manager.
type blueprint struct {
	state   string
	created time.Time // zero: not known
	since   tick
	// differs: the latest list shows another state, another blueprint of this ID, or none.
	differs bool
}

func (b *blueprints) track(id string, object types.NamespacedName, state string, created time.Time) {
	if b.byID[id] == nil {
		b.byID[id] = trackers{}
	}
	b.byID[id][object] = &blueprint{state: state, created: created, since: b.clock.next()}
}

func (b *blueprints) forget(id string) {
	if objects := b.byID[id]; len(objects) > 1 {
		for object := range objects {
			b.wakes.wake(object)
		}
	}
	delete(b.byID, id)
	b.uploads.drop(func(f follow) bool { return f.id == id })
}

func (b *blueprints) present(id string, object types.NamespacedName, created time.Time) bool {
	one := b.byID[id][object]
	if one == nil {
		b.track(id, object, uploaded, created)
		return true
	}
	return one.state == uploaded && !one.differs
}

func (b *blueprints) stands(id string, object types.NamespacedName) bool {
	one := b.byID[id][object]
	return one != nil && !one.differs
}

// ids are the blueprints to list.
func (b *blueprints) ids() []string { return slices.Sorted(maps.Keys(b.byID)) }

// listed takes a complete list of them; there may be others in it.
func (b *blueprints) listed(began tick, rows []cloudify.Blueprint) {
	found := make(map[string]cloudify.Blueprint, len(rows))
	for _, row := range rows {
		found[row.ID] = row
	}
	for id, objects := range b.byID {
		for object, one := range objects {
			if one.since >= began {
				continue
			}
			if one.differs = !one.agrees(found[id]); one.differs {
				b.wakes.wake(object)
			}
		}
	}
}

// listedUploads takes all uploads that are not over, and wakes the objects that wait for another.
func (b *blueprints) listedUploads(began tick, rows []cloudify.Blueprint) {
	open := make(map[string]bool, len(rows))
	for i := range rows {
		open[rows[i].ID] = true
	}
	for _, object := range b.uploads.takeEnded(began, open) {
		b.wakes.wake(object)
	}
}

// agrees reports whether row, the zero Blueprint if there is none, says the same.
func (b *blueprint) agrees(row cloudify.Blueprint) bool {
	return row.State == b.state && (b.created.IsZero() || row.CreatedAt.Equal(b.created))
}
