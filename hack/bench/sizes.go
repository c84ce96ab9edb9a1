// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"time"
)

// sizes are how many of everything there are, for whoever tries something with fewer.
type sizes struct {
	crowd, idle, fresh, discovered, installing, offerings int
	window                                                time.Duration
}

func (s *sizes) flags() {
	flag.IntVar(&s.crowd, "crowd", 1000, "deployments that are created at once")
	flag.IntVar(&s.idle, "idle", 10000, "deployments that are left alone; a hundredth and a tenth of them are measured too")
	flag.IntVar(&s.fresh, "new", 300, "deployments that are new at a start beside a tenth of the idle ones")
	flag.IntVar(&s.discovered, "discovered", 1000, "blueprints that are discovered")
	flag.IntVar(&s.installing, "installing", 100, "deployments of one blueprint that install for a long time")
	flag.IntVar(&s.offerings, "offerings", 1000, "offerings of a large catalog")
	flag.DurationVar(&s.window, "window", time.Minute, "how long requests to a Manager are counted")
}

// validate says what is too few to be measured.
func (o options) validate() error {
	for _, given := range []struct {
		flag         string
		value, least int
	}{
		{"rounds", o.rounds, 1},
		{"crowd", o.sizes.crowd, 1},
		{"idle", o.sizes.idle, 100}, // of which a hundredth is measured too
		{"new", o.sizes.fresh, 1},
		{"discovered", o.sizes.discovered, 1},
		{"installing", o.sizes.installing, 1},
		{"offerings", o.sizes.offerings, smallCatalog},
	} {
		if given.value < given.least {
			return fmt.Errorf("--%s must be at least %d, not %d", given.flag, given.least, given.value)
		}
	}
	if o.round <= 0 || o.sizes.window <= 0 {
		return errors.New("--round and --window must be longer than nothing")
	}
	return nil
}
