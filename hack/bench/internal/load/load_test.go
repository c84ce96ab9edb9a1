// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
)

func TestMeasureCountsWhatIsDone(t *testing.T) {
	for _, row := range []struct {
		name    string
		clients int
		limits  Limits
		each    time.Duration
		count   int
		rate    float64
	}{
		{"one client", 1, Limits{Time: time.Second}, 10 * time.Millisecond, 100, 100},
		{"eight clients", 8, Limits{Time: time.Second}, 10 * time.Millisecond, 800, 800},
		{"no more than so many", 8, Limits{Time: time.Minute, Most: 40}, 10 * time.Millisecond, 40, 800},
		{"what begins in time is finished", 1, Limits{Time: time.Second}, 600 * time.Millisecond, 2, 2 / 1.2},
		{"with pauses", 1, Limits{Time: time.Second, Pause: 90 * time.Millisecond}, 10 * time.Millisecond, 10, 10},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				run, err := Measure(t.Context(), row.clients, row.limits, func(context.Context, int) error {
					time.Sleep(row.each)
					return nil
				})
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(run.Count).To(Equal(row.count))
				g.Expect(run.Rate).To(BeNumerically("~", row.rate, 1e-6))
				g.Expect(run.P99).To(Equal(row.each))
			})
		})
	}
}

func TestMeasureEndsWithTheFirstFailure(t *testing.T) {
	g := NewWithT(t)
	broken := errors.New("it is broken")
	_, err := Measure(t.Context(), 4, Limits{Time: time.Hour}, func(_ context.Context, client int) error {
		if client == 3 {
			return broken
		}
		return nil
	})
	g.Expect(err).To(MatchError(broken))
}

func TestMeasureEndsWhenNothingIsLeft(t *testing.T) {
	g := NewWithT(t)
	var left atomic.Int64
	left.Store(10)
	run, err := Measure(t.Context(), 4, Limits{Time: time.Hour}, func(context.Context, int) error {
		if left.Add(-1) < 0 {
			return ErrExhausted
		}
		return nil
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(run.Count).To(Equal(10))
}

func TestEachDoesEveryNumberOnce(t *testing.T) {
	g := NewWithT(t)
	var done [100]atomic.Int64
	g.Expect(Each(t.Context(), 7, len(done), func(_ context.Context, number int) error {
		done[number].Add(1)
		return nil
	})).To(Succeed())
	for number := range done {
		g.Expect(done[number].Load()).To(Equal(int64(1)), "number %d", number)
	}
	g.Expect(Each(t.Context(), 7, 0, nil)).To(Succeed())
	broken := errors.New("it is broken")
	g.Expect(Each(t.Context(), 2, 100, func(context.Context, int) error { return broken })).To(MatchError(broken))
}

func TestSpreadOfValues(t *testing.T) {
	for _, row := range []struct {
		name   string
		values []float64
		want   Spread
	}{
		{"none", nil, Spread{}},
		{"one", []float64{3}, Spread{3, 3, 3}},
		{"odd", []float64{9, 1, 5}, Spread{5, 1, 9}},
		{"even", []float64{4, 1, 2, 9}, Spread{3, 1, 9}},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(SpreadOf(row.values)).To(Equal(row.want))
		})
	}
}

// Both sides work in each round, change places from round to round, and are compared round by round.
func TestContestsAreHeldInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		var order []string
		side := func(name string, each time.Duration) Side {
			return Side{
				Warm: func(context.Context, int) error { order = append(order, name); return nil },
				Do:   func(context.Context, int) error { time.Sleep(each); return nil },
			}
		}
		c := &Contest{Path: "GET", Clients: 1, Operator: side("operator", 20*time.Millisecond), Bare: side("bare", 10*time.Millisecond)}
		g.Expect(Play(t.Context(), []*Contest{c}, 3, time.Second, nil)).To(Succeed())
		g.Expect(order).To(Equal([]string{"operator", "bare", "bare", "operator", "operator", "bare"}))
		g.Expect(c.Result()).To(Equal(Result{
			Path: "GET", Clients: 1, Operator: 50, Bare: 100, Ratio: Spread{.5, .5, .5}, P99: 20 * time.Millisecond,
		}))
	})
}

// What is held more often than once a round is held after what others leave behind.
func TestContestsAreHeldAsOftenAsTheySay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		var order []string
		contest := func(name string, often int) *Contest {
			side := Side{Do: func(context.Context, int) error { time.Sleep(time.Millisecond); return nil }}
			return &Contest{
				Path: name, Clients: 1, Often: often, Operator: side, Bare: side,
				Tidy: func(context.Context) error { order = append(order, name); return nil },
			}
		}
		g.Expect(Play(t.Context(), []*Contest{contest("GET", 0), contest("PUT", 3), contest("DELETE", 3)}, 2, time.Second, nil)).To(Succeed())
		round := []string{"GET", "PUT", "DELETE", "PUT", "DELETE", "PUT", "DELETE"}
		g.Expect(order).To(Equal(append(slices.Clone(round), round...)))
	})
}
