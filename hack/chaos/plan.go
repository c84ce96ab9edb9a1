// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// kind is what a step does.
type kind string

// step is one thing that happens in a run, at a time after its begin.
type step struct {
	at time.Duration
	// lane is who does it. One lane does one thing after the other.
	lane string
	kind kind
	// slot is the name of the object it is about, unless the kind chooses its own.
	slot string
	// seed of what else is to be chosen.
	seed [2]uint64
}

// dice choose the details of a step. Each step has its own, so what one meets does not change what others do.
func (s step) dice() *rand.Rand {
	return rand.New(rand.NewPCG(s.seed[0], s.seed[1]))
}

func (s step) String() string { return fmt.Sprintf("%s %s %s", s.lane, s.kind, s.slot) }

// choice is a kind that is chosen as often as its weight says.
type choice struct {
	kind   kind
	weight int
	// updates tells that it needs a Manager that can update deployments.
	updates bool
}

// laneClass is a sort of lanes: how many there are, how long they pause between steps on average, and what they choose from.
type laneClass struct {
	name    string
	lanes   int
	slots   int
	pause   time.Duration
	choices []choice
}

// laneClasses are all that take part in a run.
var laneClasses = []laneClass{
	{name: "people", lanes: 3, slots: 3, pause: 5 * time.Second, choices: peopleChoices},
	{name: "platform", lanes: 3, slots: 3, pause: 5 * time.Second, choices: platformChoices},
	{name: "trouble", lanes: 1, slots: managersInWorld, pause: 8 * time.Second, choices: troubleChoices},
}

// updates reports whether the Managers of a release can update deployments.
func updates(release string) bool { return release != "4.3" }

// newPlan is what a seed says: the same seed, duration and release make the same plan.
func newPlan(seed uint64, duration time.Duration, updates bool) []step {
	var steps []step
	for c, class := range laneClasses {
		choices := slices.DeleteFunc(slices.Clone(class.choices), func(k choice) bool { return k.updates && !updates })
		for l := range class.lanes {
			lane := fmt.Sprintf("%s-%d", class.name, l)
			dice := rand.New(rand.NewPCG(seed, uint64(c*1000+l)))
			for at := pause(dice, class.pause); at < duration; at += pause(dice, class.pause) {
				steps = append(steps, step{
					at: at, lane: lane, kind: choose(dice, choices), slot: fmt.Sprintf("%s-%d", lane, dice.IntN(class.slots)),
					seed: [2]uint64{dice.Uint64(), dice.Uint64()},
				})
			}
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	return steps
}

// pause is between a tenth and nearly two times the average.
func pause(dice *rand.Rand, average time.Duration) time.Duration {
	return average/10 + time.Duration(dice.Int64N(int64(average)*18/10))
}

func choose(dice *rand.Rand, choices []choice) kind {
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	n := dice.IntN(total)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			return c.kind
		}
	}
	panic("weights do not add up")
}
