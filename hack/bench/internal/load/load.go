// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package load measures how many operations a second something carries out for so many clients, and compares two that do the
// same work in turns.
package load

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ErrExhausted is returned by an Op that has nothing left to work on: the run ends without a failure.
var ErrExhausted = errors.New("nothing is left to work on")

// Op is one operation of a client. Clients are numbered from 0.
type Op func(ctx context.Context, client int) error

// Run is what came of one run.
type Run struct {
	// Rate is in operations a second.
	Rate float64
	// P99 is how long all but a hundredth of the operations took at most.
	P99   time.Duration
	Count int
}

// Limits end a run: a time, and a number of operations; 0 is as many as fit in the time.
type Limits struct {
	Time time.Duration
	Most int
	// Pause is how long each client waits after each operation.
	Pause time.Duration
}

// Measure has clients repeat an operation, each one after the other, until a limit is reached. The first failure ends it.
func Measure(ctx context.Context, clients int, limits Limits, op Op) (Run, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var (
		begun  = time.Now()
		until  = begun.Add(limits.Time)
		taken  atomic.Int64
		all    sync.WaitGroup
		each   = make([][]time.Duration, clients)
		mayGet = func() bool { return limits.Most == 0 || taken.Add(1) <= int64(limits.Most) }
	)
	for client := range clients {
		all.Go(func() {
			for now := time.Now(); now.Before(until) && ctx.Err() == nil && mayGet(); {
				err := op(ctx, client)
				if errors.Is(err, ErrExhausted) {
					return
				}
				if err != nil {
					fail(err)
					return
				}
				done := time.Now()
				each[client] = append(each[client], done.Sub(now))
				if now = done; limits.Pause > 0 {
					time.Sleep(limits.Pause)
					now = time.Now()
				}
			}
		})
	}
	all.Wait()
	elapsed := time.Since(begun)
	if err := context.Cause(ctx); err != nil {
		return Run{}, err
	}
	return summarize(slices.Concat(each...), elapsed), nil
}

func summarize(latencies []time.Duration, elapsed time.Duration) Run {
	if len(latencies) == 0 {
		return Run{}
	}
	slices.Sort(latencies)
	return Run{
		Rate: float64(len(latencies)) / elapsed.Seconds(), Count: len(latencies), P99: latencies[99*(len(latencies)-1)/100],
	}
}

// Once has each client do an operation once, all at the same time: it opens their connections.
func Once(ctx context.Context, clients int, op Op) error {
	failures := make([]error, clients)
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() { failures[client] = op(ctx, client) })
	}
	all.Wait()
	return errors.Join(failures...)
}

// Each does something for each number below count, by so many workers at once. It ends with the first failure.
func Each(ctx context.Context, workers, count int, do func(ctx context.Context, number int) error) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var (
		next atomic.Int64
		all  sync.WaitGroup
	)
	for range min(workers, count) {
		all.Go(func() {
			for number := int(next.Add(1)) - 1; number < count && ctx.Err() == nil; number = int(next.Add(1)) - 1 {
				if err := do(ctx, number); err != nil {
					fail(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
