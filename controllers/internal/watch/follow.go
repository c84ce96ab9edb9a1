// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"maps"

	"k8s.io/apimachinery/pkg/types"
)

// follow is something at the Manager whose end an object waits for, by its ID: an execution, all that runs of a deployment, or
// the upload of a blueprint.
type follow struct {
	id     string
	object types.NamespacedName
}

// follows are those of one sort that have not ended.
type follows struct {
	since  map[follow]tick
	latest tick // when the last of them was added; it may have ended
}

// add reports whether it is news.
func (f *follows) add(id string, object types.NamespacedName, clock *clock) bool {
	if _, found := f.since[follow{id, object}]; found {
		return false
	}
	if f.since == nil {
		f.since = map[follow]tick{}
	}
	f.latest = clock.next()
	f.since[follow{id, object}] = f.latest
	return true
}

// takeEnded takes out what was added before a list that does not show it, and returns whose it was.
func (f *follows) takeEnded(began tick, listed map[string]bool) (objects []types.NamespacedName) {
	for one, since := range f.since {
		if since < began && !listed[one.id] {
			delete(f.since, one)
			objects = append(objects, one.object)
		}
	}
	return objects
}

// unlisted are the IDs of what was added before a list that does not show it.
func (f *follows) unlisted(began tick, listed map[string]bool) (ids []string) {
	for one, since := range f.since {
		if since < began && !listed[one.id] {
			ids = append(ids, one.id)
		}
	}
	return ids
}

// sinceListed reports whether object follows something that was added after a list began.
func (f *follows) sinceListed(began tick, object types.NamespacedName) bool {
	for one, since := range f.since {
		if one.object == object && since >= began {
			return true
		}
	}
	return false
}

func (f *follows) drop(which func(follow) bool) {
	maps.DeleteFunc(f.since, func(one follow, _ tick) bool { return which(one) })
}

func (f *follows) any() bool { return len(f.since) > 0 }
