// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

const (
	// stillness is how long nothing may happen before what is not at rest is taken to stay so: longer than any back-off, and
	// shorter than the resync period, which would hide that something was not woken.
	stillness = 330 * time.Second
	// census is how long the operator may take to report what is at a Manager without an object: it counts every ten minutes.
	census = 11 * time.Minute
	// wholeRest is the longest that coming to rest may take, whatever happens meanwhile.
	wholeRest = 30 * time.Minute
)

// calmDown ends all trouble.
func (w *world) calmDown(ctx context.Context) error {
	w.lasting.Wait()
	w.book.note("", "all trouble ends")
	for _, m := range w.managers {
		m.heal()
		if err := w.publish(ctx, m); err != nil {
			return err
		}
	}
	for _, r := range w.replicas {
		r.thaw()
		if err := r.start(); err != nil {
			return err
		}
	}
	// The garbage collector of Kubernetes overlooks some deletions while the API server restarts, and finds them once it
	// starts afresh. This run does not judge it.
	w.cluster.controllers.kill()
	if err := w.cluster.controllers.start(); err != nil {
		return err
	}
	var all v1alpha1.CloudifyDeploymentList
	if err := w.insist(ctx, func(ctx context.Context) error { return w.client.List(ctx, &all) }); err != nil {
		return err
	}
	for i := range all.Items {
		d := &all.Items[i]
		if !d.Spec.Paused {
			continue
		}
		if _, err := w.change(ctx, d, func() bool { d.Spec.Paused = false; return true }); err != nil {
			return err
		}
	}
	return w.awake(ctx)
}

// awake requests that the connections be retried, as people do after an outage.
func (w *world) awake(ctx context.Context) error {
	for _, m := range w.managers {
		c := m.connection()
		if _, err := w.change(ctx, c, func() bool { request(c, time.Now().Format(time.RFC3339Nano)); return true }); err != nil {
			return err
		}
	}
	return nil
}

// settler waits until everything is at rest.
type settler struct {
	*world
	platforms []*platform
	dice      *rand.Rand
	caretaker caretaker
	told      string // the unrest that was noted last
}

// conclude waits until everything is at rest, and notes what is then not as promised.
func (s *settler) conclude(ctx context.Context) error {
	j, err := s.rest(ctx)
	if err != nil {
		return fmt.Errorf("come to rest: %w", err)
	}
	if s.book.news(j.violations) {
		for _, r := range s.replicas {
			r.dump()
		}
	}
	for _, v := range j.violations {
		s.book.violate(v)
	}
	s.book.orphans(j)
	return s.bindAll(ctx)
}

// rest returns what is not as it was promised when everything is at rest, or nothing happens any more.
func (s *settler) rest(ctx context.Context) (judgement, error) {
	began, moved, still := time.Now(), s.book.movements(), time.Now()
	quiet := 0
	for {
		for _, p := range s.platforms {
			for _, i := range p.all {
				if err := p.pollAll(ctx, s.dice, i, 40); err != nil {
					return judgement{}, err
				}
			}
		}
		f, err := s.gather(ctx, s.platforms)
		if err != nil {
			return judgement{}, err
		}
		j := judge(f)
		if n := s.book.movements(); n != moved || s.underWay() {
			moved, still = n, time.Now()
		}
		s.tellUnrest(j)
		if quiet++; s.book.news(j.violations) || s.underWay() {
			quiet = 0
		}
		switch {
		case quiet >= 3:
			return j, nil
		case time.Since(still) > s.patienceWith(j):
			s.book.note("", "nothing has happened for %s", time.Since(still).Round(time.Second))
			return j, nil
		case time.Since(began) > wholeRest:
			return j, fmt.Errorf("no rest within %s", wholeRest)
		}
		if err := s.caretaker.tend(ctx, f); err != nil {
			return judgement{}, err
		}
		if !sleep(ctx, time.Second) {
			return judgement{}, context.Cause(ctx)
		}
	}
}

// tellUnrest notes what is still not as it was promised, when that changes.
func (s *settler) tellUnrest(j judgement) {
	rules := map[string]int{}
	for _, v := range j.violations {
		rules[v.rule]++
	}
	if told := kindsOf(rules); told != s.told {
		s.told = told
		s.book.note("", "not at rest: %s", cmp.Or(told, "nothing"))
	}
}

// patienceWith is how long nothing may happen: longer where all that is missing is a report.
func (s *settler) patienceWith(j judgement) time.Duration {
	unreported := func(v violation) bool { return v.rule == reportOrphans || !s.book.news([]violation{v}) }
	if s.reportsOrphans && !slices.ContainsFunc(j.violations, func(v violation) bool { return !unreported(v) }) {
		return census
	}
	return stillness
}

// underWay reports whether requests are on their way, or workflows run.
func (s *settler) underWay() bool {
	for _, m := range s.managers {
		if m.door.underWay() > 0 || m.running() {
			return true
		}
	}
	return false
}

// bindAll binds every instance, and expects the credentials that its outputs Secret has.
func (s *settler) bindAll(ctx context.Context) error {
	for _, p := range s.platforms {
		for _, i := range p.all {
			if i.ending || i.over {
				continue
			}
			d, err := p.object(ctx, i)
			if err != nil {
				return err
			}
			if d == nil || !d.IsReady() {
				continue
			}
			secret := &corev1.Secret{}
			if err := s.insist(ctx, func(ctx context.Context) error {
				return s.client.Get(ctx, client.ObjectKey{Namespace: services, Name: d.OutputsSecretName()}, secret)
			}); err != nil {
				continue // judge reports a missing Secret
			}
			s.book.count("operation", "platform bind")
			if err := p.bindLast(ctx, s.dice, i, string(secret.Data["url"])); err != nil {
				return err
			}
		}
	}
	return nil
}

// halve deletes half of what is left, as its owners would, and removes from the Managers what was let go, which nobody owns any
// more.
func (s *settler) halve(ctx context.Context) error {
	s.book.note("", "half of what is left is deleted")
	for _, m := range s.managers {
		for _, d := range m.Deployments() {
			if who, _ := s.book.letGo(d.ID); who != "" {
				m.RemoveDeployment(d.ID)
			}
		}
	}
	var left v1alpha1.CloudifyDeploymentList
	if err := s.insist(ctx, func(ctx context.Context) error { return s.client.List(ctx, &left, client.InNamespace(shop)) }); err != nil {
		return err
	}
	for i := range left.Items {
		if s.dice.IntN(2) == 0 {
			continue
		}
		s.book.count("operation", "people delete")
		if err := s.remove(ctx, &left.Items[i]); err != nil {
			return err
		}
	}
	for _, p := range s.platforms {
		for _, i := range p.all {
			if i.ending || i.over || s.dice.IntN(2) == 0 {
				continue
			}
			s.book.count("operation", "platform deprovision")
			if err := p.deprovision(ctx, s.dice, i); err != nil {
				return err
			}
		}
	}
	return nil
}
