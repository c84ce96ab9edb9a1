// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Contest is one row: the operator and its limit do the same work for so many clients, in turns.
type Contest struct {
	Path    string
	Clients int
	// Limit says in words what the operator is compared with.
	Limit string
	// Most operations of a round, for work that leaves something behind; 0 is as many as fit in its time.
	Most int
	// Often is how many times each round holds it, for a ratio that must be steady; 0 is once.
	Often int

	Operator, Bare Side
	// Tidy, if set, removes after each round what both sides left behind.
	Tidy func(ctx context.Context) error

	rounds []Round
}

// Side is who does the work.
type Side struct {
	// Do is one operation, Warm one that opens a client's connection; nil where none is needed.
	Do, Warm Op
}

// Round is what both sides did, one right after the other.
type Round struct{ Operator, Bare Run }

// Ratio of the rates.
func (r Round) Ratio() float64 {
	if r.Bare.Rate == 0 {
		return 0
	}
	return r.Operator.Rate / r.Bare.Rate
}

// Play has all contests go through so many rounds. One contest follows the other and the sides change places from round to round,
// so that a machine that is slower for a while is slower for all.
func Play(ctx context.Context, contests []*Contest, rounds int, each time.Duration, observe Observer) error {
	for range rounds {
		for again, left := 0, contests; len(left) > 0; again++ {
			for _, c := range left {
				if err := c.play(ctx, len(c.rounds), each, observe); err != nil {
					return fmt.Errorf("%s, %d clients: %w", c.Path, c.Clients, err)
				}
			}
			left = oftener(left, again+1)
		}
	}
	return nil
}

// oftener are the contests that a round holds more often than that.
func oftener(contests []*Contest, held int) (some []*Contest) {
	for _, c := range contests {
		if c.Often > held {
			some = append(some, c)
		}
	}
	return some
}

// Observer is told before the operator's side of a round begins, and calls what it returns when that is over; nil observes nothing.
type Observer func(c *Contest, round int, length time.Duration) (over func() error)

func (c *Contest) play(ctx context.Context, number int, length time.Duration, observe Observer) error {
	var round Round
	sides := []struct {
		side Side
		run  *Run
		seen Observer
	}{{c.Operator, &round.Operator, observe}, {c.Bare, &round.Bare, nil}}
	if number%2 == 1 {
		slices.Reverse(sides)
	}
	for _, s := range sides {
		over := func() error { return nil }
		if s.seen != nil {
			over = s.seen(c, number, length)
		}
		var err error
		if *s.run, err = s.side.measure(ctx, c.Clients, Limits{Time: length, Most: c.Most}); err != nil {
			return err
		}
		if err := over(); err != nil {
			return err
		}
	}
	c.rounds = append(c.rounds, round)
	if c.Tidy == nil {
		return nil
	}
	return c.Tidy(ctx)
}

func (s Side) measure(ctx context.Context, clients int, limits Limits) (Run, error) {
	if s.Warm != nil {
		if err := Once(ctx, clients, s.Warm); err != nil {
			return Run{}, err
		}
	}
	return Measure(ctx, clients, limits, s.Do)
}

// Result is what came of all rounds.
func (c *Contest) Result() Result {
	return Result{
		Path: c.Path, Clients: c.Clients, Limit: c.Limit,
		Operator: medianOf(c.rounds, func(r Round) float64 { return r.Operator.Rate }).Median,
		Bare:     medianOf(c.rounds, func(r Round) float64 { return r.Bare.Rate }).Median,
		Ratio:    medianOf(c.rounds, Round.Ratio),
		P99:      time.Duration(medianOf(c.rounds, func(r Round) float64 { return float64(r.Operator.P99) }).Median),
	}
}

// Result is a row of a table.
type Result struct {
	Path    string
	Clients int
	Limit   string
	// Operator and Bare are operations a second, Ratio compares them round by round.
	Operator, Bare float64
	Ratio          Spread
	// P99 is how long all but a hundredth of the operator's answers took at most.
	P99 time.Duration
}

// Spread is the middle of several values, and the smallest and the largest of them.
type Spread struct{ Median, Low, High float64 }

// SpreadOf values; zero if there are none.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	s := Spread{Median: sorted[middle], Low: sorted[0], High: sorted[len(sorted)-1]}
	if len(sorted)%2 == 0 {
		s.Median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return s
}

func medianOf(rounds []Round, value func(Round) float64) Spread {
	values := make([]float64, 0, len(rounds))
	for _, r := range rounds {
		values = append(values, value(r))
	}
	return SpreadOf(values)
}
