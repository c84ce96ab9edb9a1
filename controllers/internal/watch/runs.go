// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// runs are the executions that CloudifyExecutions stand for, by their IDs.
type runs struct {
	follows
	wakes *queue
	// progress is that of each in the latest list, when its object was last woken for it.
	progress map[string]progress
}

// listed wakes the objects whose executions came far enough, or have ended.
func (r *runs) listed(s snapshot, now time.Time) {
	before, running := r.progress, make(map[string]bool, len(s.unfinished))
	r.progress = map[string]progress{}
	for i := range s.unfinished {
		one := &s.unfinished[i]
		running[one.ID] = true
		for _, object := range r.of(one.ID) {
			last, known := before[one.ID]
			if known && !last.moved(one, now) {
				r.progress[one.ID] = last
				continue
			}
			r.progress[one.ID] = progressOf(one, object, now)
			r.wakes.wake(object)
		}
	}
	for _, object := range r.takeEnded(s.began, running) {
		r.wakes.wake(object)
	}
}

// of are the objects that follow an execution.
func (r *runs) of(id string) (objects []types.NamespacedName) {
	for one := range r.since {
		if one.id == id {
			objects = append(objects, one.object)
		}
	}
	return objects
}

// forget drops all that is known of an object.
func (r *runs) forget(object types.NamespacedName) {
	r.drop(func(f follow) bool { return f.object == object })
	maps.DeleteFunc(r.progress, func(_ string, p progress) bool { return p.object == object })
}
