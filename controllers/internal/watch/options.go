// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"cmp"
	"time"
)

// Options say how often to list. Each list comes up to a tenth of its interval late, at random.
type Options struct {
	// Busy is how often unfinished executions are listed while something of ours runs, by default 2 s.
	Busy time.Duration
	// Idle is how often they are listed otherwise, by default 30 s. It is also the longest back-off after an error.
	Idle time.Duration
	// List is how often the deployments are listed, by default a minute; the blueprints five times as seldom.
	List time.Duration
	// Count is how often what carries the label of this cluster is counted, by default 10 min; first after one List.
	Count time.Duration
	// Cluster is what that label says; empty: nothing is counted.
	Cluster string
	// OnError, if set, is called with each error of a list. It must not block. After a 401 a Manager is not asked again until
	// it is opened with another API.
	OnError func(manager string, err error)
}

// blueprintsEvery is how much more seldom blueprints are listed than deployments.
const blueprintsEvery = 5

func (o Options) withDefaults() Options {
	o.Busy = cmp.Or(o.Busy, 2*time.Second)
	o.Idle = cmp.Or(o.Idle, 30*time.Second)
	o.List = cmp.Or(o.List, time.Minute)
	o.Count = cmp.Or(o.Count, 10*time.Minute)
	if o.OnError == nil {
		o.OnError = func(string, error) {}
	}
	return o
}

// blueprints is how often the blueprints are listed.
func (o Options) blueprints() time.Duration { return blueprintsEvery * o.List }
