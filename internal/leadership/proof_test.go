// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// clock is set by hand.
type clock struct{ now time.Duration }

func (c *clock) at(seconds int) { c.now = time.Duration(seconds) * time.Second }

// proofAt is a Proof that one renewal gives for ten seconds, and its clock.
func proofAt(seconds int) (*Proof, *clock) {
	c := &clock{}
	c.at(seconds)
	p := New(10 * time.Second)
	p.clock = func() time.Duration { return c.now }
	return p, c
}

// moment is something that happens at a second.
type moment struct {
	at   int
	what string
}

func TestProof(t *testing.T) {
	const (
		renewed  = "the lease is renewed"
		lapsed   = "somebody wrote the lease"
		taken    = "another one holds the lease"
		observed = "something is observed"
		stopped  = "it is not certain that this process leads"
		older    = "it is based on an observation made before this process was certain to lead"
	)
	for _, row := range []struct {
		name  string
		story []moment
		at    int
		// begin and goOn say why a change may not begin, or not go on; empty: it may.
		begin, goOn string
		left        int
	}{
		{"a process that never led", []moment{{100, observed}}, 100, stopped, stopped, 0},
		{"a leader", []moment{{100, renewed}, {101, observed}}, 102, "", "", 8},
		{"until the end of the proof", []moment{{100, renewed}, {101, observed}}, 110, "", "", 0},
		{"after the end of the proof", []moment{{100, renewed}, {101, observed}}, 111,
			stopped + ": its lease was last renewed 11s ago", stopped + ": its lease was last renewed 11s ago", 0},
		{"a leader that renews", []moment{{100, renewed}, {101, observed}, {105, renewed}, {110, renewed}}, 111, "", "", 9},
		{"what was read just before the first renewal", []moment{{99, observed}, {100, renewed}}, 101, older, older, 0},
		{"a leader that was frozen", []moment{{100, renewed}, {101, observed}, {131, renewed}}, 131, older, older, 0},
		{"what it reads after that", []moment{{100, renewed}, {131, renewed}, {131, observed}}, 132, "", "", 9},
		{"a leader whose lease somebody wrote", []moment{{100, renewed}, {101, observed}, {102, lapsed}}, 102, stopped, stopped, 0},
		{"when it turned out to be ours", []moment{{100, renewed}, {101, observed}, {102, lapsed}, {103, renewed}}, 103, older, older, 0},
		{"what it reads after that, too", []moment{{100, renewed}, {102, lapsed}, {103, renewed}, {103, observed}}, 104, "", "", 9},
		{"what was read long ago", []moment{{100, renewed}, {101, observed}, {109, renewed}, {118, renewed}, {127, renewed}}, 132,
			"it is based on an observation made 31s ago", "", 5},
		{"what was read nowhere", []moment{{100, renewed}}, 101, "it is not based on an observation", "it is not based on an observation", 0},
		{"a leader that lost", []moment{{100, renewed}, {101, observed}, {102, taken}}, 102, "leadership lost: taken", "leadership lost: taken", 0},
		{"for good", []moment{{100, renewed}, {102, taken}, {103, renewed}, {104, observed}}, 105, "leadership lost: taken", "leadership lost: taken", 0},
		{"a follower sees a leader", []moment{{90, taken}, {100, renewed}, {101, observed}}, 102, "", "", 8},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			p, c := proofAt(0)
			ctx := t.Context()
			for _, m := range row.story {
				c.at(m.at)
				switch m.what {
				case renewed:
					p.renew(c.now)
				case lapsed:
					p.lapse()
				case taken:
					p.lose("taken")
				case observed:
					ctx = p.Observe(ctx)
				}
			}
			c.at(row.at)
			begin := p.MayBegin(ctx)
			left, goOn := p.MayGoOn(ctx)
			for why, err := range map[string]error{row.begin: begin, row.goOn: goOn} {
				if why == "" {
					g.Expect(errors.Join(begin, goOn)).To(Or(BeNil(), MatchError(row.begin)))
					continue
				}
				g.Expect(err).To(MatchError(why))
				g.Expect(IsRefused(fmt.Errorf("create: %w", err))).To(BeTrue())
			}
			g.Expect(begin == nil).To(Equal(row.begin == ""))
			g.Expect(goOn == nil).To(Equal(row.goOn == ""))
			g.Expect(left).To(Equal(time.Duration(row.left) * time.Second))
		})
	}
}

// Another process may hold the lease once the answer to a renewal has taken too long.
func TestARenewalCountsFromWhenItWasAskedFor(t *testing.T) {
	g := NewWithT(t)
	p, c := proofAt(100)
	asked := c.now
	c.at(108)
	p.renew(asked)
	ctx := p.Observe(t.Context())
	g.Expect(p.MayGoOn(ctx)).To(Equal(2 * time.Second))

	c.at(131) // frozen while it waited for the answer
	p.renew(109 * time.Second)
	g.Expect(p.MayBegin(p.Observe(t.Context()))).To(MatchError(ContainSubstring("last renewed 22s ago")))
}

func TestAlone(t *testing.T) {
	g := NewWithT(t)
	p := Alone()
	g.Expect(p.MayBegin(p.Observe(t.Context()))).To(Succeed())
	g.Expect(p.MayGoOn(p.Observe(t.Context()))).To(Equal(time.Minute), "it is asked again now and then")
	g.Expect(p.MayBegin(t.Context())).To(MatchError("it is not based on an observation"))

	ctx := p.Observe(t.Context())
	now := p.clock()
	p.clock = func() time.Duration { return now + time.Hour }
	g.Expect(p.MayBegin(ctx)).To(MatchError("it is based on an observation made 1h0m0s ago"), "it may have been frozen, too")
	g.Expect(p.MayBegin(p.Observe(t.Context()))).To(Succeed())
}

func TestTheClockRuns(t *testing.T) {
	g := NewWithT(t)
	before := sinceBoot()
	g.Eventually(sinceBoot).Should(BeNumerically(">", before))
}

func TestWhileItLeads(t *testing.T) {
	g := NewWithT(t)
	p, c := proofAt(100)
	p.renew(c.now)
	outer, end := context.WithCancel(t.Context())
	ended, cancel := p.While(outer)
	defer cancel()
	end()
	g.Expect(ended.Done()).To(BeClosed())
	g.Expect(IsLost(context.Cause(ended))).To(BeFalse())

	ctx, cancel := p.While(t.Context())
	defer cancel()
	g.Expect(ctx.Err()).NotTo(HaveOccurred())
	p.lose("taken")
	g.Eventually(ctx.Done()).Should(BeClosed())
	g.Expect(context.Cause(ctx)).To(MatchError("leadership lost: taken"))
	g.Expect(IsLost(context.Cause(ctx))).To(BeTrue())
}
