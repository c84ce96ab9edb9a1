// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// A seed is enough to do the same again.
func TestPlanFollowsItsSeed(t *testing.T) {
	g := NewWithT(t)
	plan := newPlan(7, 10*time.Minute, true)
	g.Expect(newPlan(7, 10*time.Minute, true)).To(Equal(plan))
	g.Expect(newPlan(8, 10*time.Minute, true)).NotTo(Equal(plan))
	for i, s := range plan {
		g.Expect(s.at).To(BeNumerically("<", 10*time.Minute))
		if i > 0 {
			g.Expect(s.at).To(BeNumerically(">=", plan[i-1].at))
		}
		g.Expect(s.dice().Uint64()).To(Equal(s.dice().Uint64()))
	}
}

// Nothing is forgotten: ten runs do whatever can be done, and a Manager that cannot update is not asked to.
func TestPlansDoEverything(t *testing.T) {
	g := NewWithT(t)
	with, without := map[kind]int{}, map[kind]int{}
	for seed := range uint64(10) {
		for _, s := range newPlan(seed, 10*time.Minute, true) {
			with[s.kind]++
		}
		for _, s := range newPlan(seed, 10*time.Minute, false) {
			without[s.kind]++
		}
	}
	for _, class := range laneClasses {
		for _, c := range class.choices {
			g.Expect(with).To(HaveKey(c.kind))
			if c.updates {
				g.Expect(without).NotTo(HaveKey(c.kind))
			} else {
				g.Expect(without).To(HaveKey(c.kind))
			}
		}
	}
}
