// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestSizesThatCannotBeMeasuredAreRefused(t *testing.T) {
	for _, row := range []struct {
		name, wrong string
		change      func(o *options)
	}{
		{name: "the least of everything", change: func(*options) {}},
		{name: "no rounds", change: func(o *options) { o.rounds = 0 }, wrong: "--rounds must be at least 1"},
		{name: "rounds without length", change: func(o *options) { o.round = 0 }, wrong: "--round"},
		{name: "a window without length", change: func(o *options) { o.sizes.window = -time.Second }, wrong: "--window"},
		{name: "nobody at once", change: func(o *options) { o.sizes.crowd = 0 }, wrong: "--crowd"},
		{name: "fewer idle ones than have a hundredth", change: func(o *options) { o.sizes.idle = 50 }, wrong: "--idle must be at least 100, not 50"},
		{name: "fewer offerings than there are anyway", change: func(o *options) { o.sizes.offerings = 9 }, wrong: "--offerings must be at least 10"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			o := options{rounds: 1, round: time.Millisecond, sizes: sizes{
				crowd: 1, idle: 100, fresh: 1, discovered: 1, installing: 1, offerings: smallCatalog, window: time.Second,
			}}
			row.change(&o)
			if row.wrong == "" {
				g.Expect(o.validate()).To(Succeed())
				return
			}
			g.Expect(o.validate()).To(MatchError(ContainSubstring(row.wrong)))
		})
	}
}
