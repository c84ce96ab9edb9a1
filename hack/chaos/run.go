// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	eventsv1 "k8s.io/api/events/v1"
)

// runSeed carries out the plan of a seed, and judges what comes of it.
func runSeed(ctx context.Context, o options, seed uint64) result {
	fmt.Printf("release %s seed %d: %s, then rest; to replay: %s\n", o.release, seed, o.duration, replay(o.release, seed, o.duration))
	b := newBook()
	dir, err := b.openHistory(filepath.Join(o.stateDir, fmt.Sprintf("%s-%d", o.release, seed)))
	if err == nil {
		err = live(ctx, o, seed, dir, b)
	}
	if err != nil {
		b.fail("%v", err)
	}
	r := b.result(o, seed)
	_ = os.Remove(filepath.Join(dir, "manager"))
	if len(r.Violations) == 0 && len(r.Failures) == 0 && !o.keep {
		_ = os.RemoveAll(dir)
	}
	return r
}

// openHistory empties the folder of a run, and has everything that happens written there.
func (b *book) openHistory(folder string) (dir string, err error) {
	if dir, err = filepath.Abs(folder); err != nil {
		return "", err
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return dir, err
	}
	b.sink, err = os.Create(filepath.Join(dir, "history.log"))
	return dir, err
}

// live is the whole life of a world.
func live(ctx context.Context, o options, seed uint64, dir string, b *book) error {
	w, err := newWorld(ctx, o, dir, b)
	defer w.stop()
	if err != nil {
		return fmt.Errorf("start the world: %w", err)
	}
	b.note("", "the world is ready")
	steps := newPlan(seed, o.duration, updates(o.release))
	platforms := w.perform(ctx, steps)
	w.tending.Store(true)
	if err := w.calmDown(ctx); err != nil {
		return fmt.Errorf("end all trouble: %w", err)
	}
	s := &settler{world: w, platforms: platforms, dice: rand.New(rand.NewPCG(seed, 0)), caretaker: newCaretaker(w)}
	// What the plan left is judged, then half of it is deleted, and what that left is judged again.
	for _, next := range []func(context.Context) error{s.conclude, s.halve, s.conclude} {
		if err := next(ctx); err != nil {
			return err
		}
	}
	for _, m := range w.managers {
		b.spare(m.witness.sparedBreaches())
	}
	if err := w.searchEvents(ctx); err != nil {
		return err
	}
	w.stop()
	w.searchLogs()
	return nil
}

// perform lets every lane carry out its steps at their times, or later while it is still busy. Steps that no lane came to in
// time are left out.
func (w *world) perform(ctx context.Context, steps []step) (platforms []*platform) {
	lanes := map[string][]step{}
	var order []string
	for _, s := range steps {
		if lanes[s.lane] == nil {
			order = append(order, s.lane)
		}
		lanes[s.lane] = append(lanes[s.lane], s)
	}
	began := time.Now()
	var all sync.WaitGroup
	for _, lane := range order {
		do := w.people
		class, _, _ := strings.Cut(lane, "-")
		switch class {
		case "platform":
			p := &platform{world: w, instances: map[string]*instance{}}
			platforms = append(platforms, p)
			do = p.carry
		case "trouble":
			do = w.trouble
		}
		all.Go(func() {
			for _, s := range lanes[lane] {
				if !sleep(ctx, time.Until(began.Add(s.at))) || time.Since(began) > w.duration {
					return
				}
				if class == "trouble" {
					w.book.count("fault", string(s.kind))
				} else {
					w.book.count("operation", class+" "+string(s.kind))
				}
				if err := do(ctx, s); err != nil && ctx.Err() == nil {
					w.book.fail("%s: %v", s, err)
				}
			}
		})
	}
	all.Wait()
	return platforms
}

// searchEvents looks for secrets in what was announced.
func (w *world) searchEvents(ctx context.Context) error {
	var list eventsv1.EventList
	if err := w.insist(ctx, func(ctx context.Context) error { return w.client.List(ctx, &list) }); err != nil {
		return err
	}
	for _, e := range list.Items {
		if strings.Contains(e.Note, secretMark) {
			w.book.violate(violation{rule: "secrets stay secret", text: fmt.Sprintf("event %s of %s %s tells one: %s", e.Reason, e.Regarding.Kind, e.Regarding.Name, around(e.Note, secretMark))})
		}
	}
	return nil
}
