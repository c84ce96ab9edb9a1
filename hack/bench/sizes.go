// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"time"
)

// sizes are how many of everything there are, for whoever tries something with fewer.
type sizes struct {
	crowd, idle, discovered, installing, offerings int
	window                                         time.Duration
}

func (s *sizes) flags() {
	flag.IntVar(&s.crowd, "crowd", 1000, "deployments that are created at once")
	flag.IntVar(&s.idle, "idle", 10000, "deployments that are left alone; a hundredth and a tenth of them are measured too")
	flag.IntVar(&s.discovered, "discovered", 1000, "blueprints that are discovered")
	flag.IntVar(&s.installing, "installing", 100, "deployments of one blueprint that install for a long time")
	flag.IntVar(&s.offerings, "offerings", 1000, "offerings of a large catalog")
	flag.DurationVar(&s.window, "window", time.Minute, "how long requests to a Manager are counted")
}
