// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"slices"
	"sync"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// orphans are what carries this cluster's label at a Manager, and whose object is gone.
type orphans struct{ deployments, blueprints []watch.Marked }

// known are the IDs at Managers that objects stand for.
type known struct{ deployments, blueprints map[string]bool }

// orphansOf is what a count found that no object stands for. What is of a namespace that is not watched is another
// operator's matter. It is pure.
func orphansOf(census *watch.Census, k known, watches func(namespace string) bool) orphans {
	without := func(all []watch.Marked, known map[string]bool) []watch.Marked {
		return slices.DeleteFunc(slices.Clone(all), func(m watch.Marked) bool { return known[m.ID] || !watches(m.Namespace) })
	}
	return orphans{without(census.Deployments, k.deployments), without(census.Blueprints, k.blueprints)}
}

// also are those of o that were found before, too: what was found once may have been about to go.
func (o orphans) also(before orphans) orphans {
	in := func(before []watch.Marked) func(watch.Marked) bool {
		ids := make(map[string]bool, len(before))
		for _, m := range before {
			ids[m.ID] = true
		}
		return func(m watch.Marked) bool { return !ids[m.ID] }
	}
	return orphans{
		slices.DeleteFunc(slices.Clone(o.deployments), in(before.deployments)),
		slices.DeleteFunc(slices.Clone(o.blueprints), in(before.blueprints)),
	}
}

func (o orphans) count() int { return len(o.deployments) + len(o.blueprints) }

// counts remembers what the last count of each Manager found. It decides nothing: what it forgets is counted again.
type counts struct {
	mu   sync.Mutex
	last map[string]lastCount
}

type lastCount struct {
	number int
	found  orphans
}

// compared reports whether a count was compared with the objects already.
func (c *counts) compared(manager string, number int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last[manager].number == number
}

// confirm returns what a count and the one before it found, nil while there was none before; again: there was more, which
// another count must confirm.
func (c *counts) confirm(manager string, number int, found orphans) (confirmed *orphans, again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.last = map[string]lastCount{}
	}
	before, counted := c.last[manager]
	c.last[manager] = lastCount{number, found}
	if !counted && found.count() > 0 {
		return nil, true // what the status says of an earlier process's counts stands
	}
	both := found.also(before.found)
	return &both, both.count() < found.count()
}

func (c *counts) forget(manager string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.last, manager)
}
