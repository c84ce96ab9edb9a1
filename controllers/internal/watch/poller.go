// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"time"

	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// poller makes the lists of one Manager, one after the other, each when it is due.
type poller struct {
	manager string
	options Options
	lists   lists
	cancel  context.CancelFunc
	// gap is the time between the latest list of executions and the next, while something runs.
	gap time.Duration

	executions, deployments, blueprints, discovery, census *schedule
}

func (p *poller) run(ctx context.Context) {
	p.begin(time.Now())
	for {
		now, wanted := time.Now(), p.lists.memory.demand()
		p.hasten(wanted, now)
		timer := time.NewTimer(p.due(wanted).Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-p.lists.memory.changed:
			timer.Stop()
		case <-timer.C:
			p.makeLists(ctx, wanted)
		}
	}
}

// begin sets the first slots: at once, but those of the blueprints and the census after one List.
func (p *poller) begin(now time.Time) {
	p.executions, p.deployments, p.discovery = newSchedule(now), newSchedule(now), newSchedule(now)
	p.blueprints, p.census = newSchedule(now.Add(p.options.List)), newSchedule(now.Add(p.options.List))
	p.gap = p.options.Busy
}

// hasten moves the lists that are wanted earlier than by their own intervals.
func (p *poller) hasten(wanted demand, now time.Time) {
	o := p.options
	if wanted.busy {
		p.executions.hasten(now.Add(o.Busy), o.Busy)
	}
	if wanted.begun {
		p.gap = o.firstGap(wanted.following)
		p.executions.hasten(now.Add(p.gap), p.gap)
	}
	if !wanted.executions.IsZero() {
		p.executions.hastenTo(wanted.executions, now)
	}
	if !wanted.deployments.IsZero() {
		p.deployments.hastenTo(wanted.deployments, now)
	}
	if wanted.count {
		p.census.hasten(now.Add(o.List), o.List)
	}
	if wanted.discover > 0 {
		p.discovery.hasten(now.Add(wanted.discover), wanted.discover)
	}
}

// due is when the first list is due.
func (p *poller) due(wanted demand) time.Time {
	schedules := []*schedule{p.deployments, p.blueprints}
	if p.counts() {
		schedules = append(schedules, p.census)
	}
	if wanted.discover > 0 {
		schedules = append(schedules, p.discovery)
	}
	return earliest(p.executions, schedules...)
}

// makeLists makes those that are due. A list of all blueprints, or deployments, serves those that list fewer.
func (p *poller) makeLists(ctx context.Context, wanted demand) {
	o := p.options
	if p.counts() && p.poll(ctx, p.census, p.lists.census, func() time.Duration { return o.Count }) {
		p.deployments.done(time.Now(), o.List)
		p.blueprints.done(time.Now(), o.blueprints())
	}
	p.poll(ctx, p.deployments, p.lists.deployments, func() time.Duration { return o.List })
	p.poll(ctx, p.executions, p.lists.executions, p.executionsEvery)
	if wanted.discover > 0 && p.poll(ctx, p.discovery, p.lists.discovery, func() time.Duration { return p.lists.memory.demand().discover }) {
		p.blueprints.done(time.Now(), o.blueprints())
	}
	p.poll(ctx, p.blueprints, p.lists.blueprints, o.blueprints)
}

// counts reports whether this cluster has a label that can be counted.
func (p *poller) counts() bool { return p.options.Cluster != "" }

// executionsEvery is when to list what runs again: after something began at distances that double, up to the busy interval. A
// Manager that takes its time gets as much.
func (p *poller) executionsEvery() time.Duration {
	wanted := p.lists.memory.demand()
	if !wanted.busy {
		return p.options.Idle
	}
	p.gap = min(max(2*p.gap, time.Since(wanted.listed)), p.options.Busy)
	return p.gap
}

// poll makes a list if it is due, and reports whether it did. The interval is asked for afterwards: the list may have shown
// that nothing runs any more.
func (p *poller) poll(ctx context.Context, s *schedule, list func(context.Context) error, interval func() time.Duration) bool {
	if ctx.Err() != nil || s.due.After(time.Now()) {
		return false
	}
	err := list(ctx)
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil:
		if cloudify.IsUnauthorized(err) {
			p.cancel() // each wrong password brings the account nearer to its lock
		}
		s.failed(time.Now(), p.options.Busy, p.options.Idle)
		log.FromContext(ctx).V(1).Info("Poll failed", "CloudifyManager", klog.KRef("", p.manager), "reason", err.Error())
		p.options.OnError(p.manager, err)
		return false
	default:
		s.done(time.Now(), interval())
		return true
	}
}
