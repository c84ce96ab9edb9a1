// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// What is wanted moves a list to its own time, up to a tenth of its interval late, and no other.
func TestWhatIsWantedIsListedEarlier(t *testing.T) {
	now := time.Now()
	executions := func(p *poller) *schedule { return p.executions }
	deployments := func(p *poller) *schedule { return p.deployments }
	for name, row := range map[string]struct {
		wanted   demand
		failed   bool
		list     func(*poller) *schedule
		in, late time.Duration // from now on, and how much later at most
	}{
		"nothing":                                {demand{}, false, executions, time.Hour, 0},
		"something is followed":                  {demand{busy: true}, false, executions, 2 * time.Second, 200 * time.Millisecond},
		"what is followed is new":                {demand{busy: true, begun: true, following: few}, false, executions, 250 * time.Millisecond, 25 * time.Millisecond},
		"one more among many":                    {demand{busy: true, begun: true, following: few + 1}, false, executions, 2 * time.Second, 200 * time.Millisecond},
		"a list of executions, later":            {demand{executions: now.Add(500 * time.Millisecond)}, false, executions, 500 * time.Millisecond, 0},
		"a list of executions, at once":          {demand{executions: now.Add(-time.Minute)}, false, executions, 0, 0},
		"a list of executions that was not made": {demand{busy: true, begun: true, executions: now}, true, executions, 2 * time.Hour, 12 * time.Minute},
		"a list of deployments, later":           {demand{deployments: now.Add(time.Second)}, false, deployments, time.Second, 0},
		"a list of deployments, at once":         {demand{deployments: time.Time{}.Add(listGap)}, false, deployments, 0, 0},
		"another census":                         {demand{count: true}, false, func(p *poller) *schedule { return p.census }, time.Minute, 6 * time.Second},
		"discovery":                              {demand{discover: 10 * time.Minute}, false, func(p *poller) *schedule { return p.discovery }, 10 * time.Minute, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p := &poller{options: Options{Cluster: "this"}.withDefaults()}
			p.begin(now.Add(time.Hour)) // and the census and the blueprints a minute later
			hastened := row.list(p)
			if row.failed {
				hastened.failed(now, 2*time.Hour, 2*time.Hour)
			}
			p.hasten(row.wanted, now)
			g.Expect(hastened.due).To(And(
				BeTemporally(">=", now.Add(row.in)), BeTemporally("<=", now.Add(row.in+row.late)),
			))
			for _, other := range []*schedule{p.executions, p.deployments, p.blueprints, p.discovery, p.census} {
				if other != hastened {
					g.Expect(other.due).To(BeTemporally(">=", now.Add(time.Hour)))
				}
			}
			if !row.failed {
				g.Expect(p.due(row.wanted)).To(Equal(hastened.due))
			}
		})
	}
}

// A schedule that nobody wants, and the census where no label says whose is counted, are never due.
func TestWhatIsNotWantedIsNotDue(t *testing.T) {
	g, now := NewWithT(t), time.Now()
	p := &poller{options: Options{}.withDefaults()}
	p.begin(now.Add(time.Hour))
	p.discovery.set(now, 0)
	p.census.set(now, 0)
	g.Expect(p.due(demand{})).To(BeTemporally("==", now.Add(time.Hour)))
	g.Expect(p.due(demand{discover: time.Minute})).To(BeTemporally("~", now, time.Microsecond))
}
