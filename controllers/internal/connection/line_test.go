// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
)

func visitorOf(name string) visitor {
	return visitor{controller: "test", object: types.NamespacedName{Name: name}}
}

// lineOf has so many slots, and notes whom it wakes.
func lineOf(slots int) (l *line, woken func() []string) {
	names := []string{}
	l = newLine(func(v visitor) { names = append(names, v.object.Name) })
	l.begin(slots, func() time.Duration { return 0 })
	l.slots = slots
	return l, func() []string {
		l.mu.Lock()
		defer l.mu.Unlock()
		was := names
		names = []string{}
		return was
	}
}

func TestWhoseTurnItIs(t *testing.T) {
	g := NewWithT(t)
	l, woken := lineOf(1)
	g.Expect(l.enter(visitorOf("first"), Resync)).To(BeTrue(), "a free slot is anybody's")
	for name, urgency := range map[string]Urgency{"resync": Resync, "change": Change, "new": New, "begun": Begun} {
		g.Expect(l.enter(visitorOf(name), urgency)).To(BeFalse())
	}
	for _, next := range []string{"change", "begun", "new", "resync"} {
		l.handed = 0 // TestNobodyStarves has the exception
		g.Expect(l.enter(visitorOf("latecomer"), Resync)).To(BeFalse())
		for name := range l.held {
			l.leave(name, unknown)
		}
		g.Expect(woken()).To(Equal([]string{next}))
		g.Expect(l.enter(visitorOf("bold"), Change)).To(BeFalse(), "an offered slot is taken")
		l.leave(visitorOf("bold"), unknown)
		g.Expect(l.enter(visitorOf(next), New)).To(BeTrue())
	}
}

// Among equals it is first come, first served; who comes again keeps the place, and who has become more urgent goes forward.
func TestPlacesAreKept(t *testing.T) {
	g := NewWithT(t)
	l, woken := lineOf(1)
	l.enter(visitorOf("first"), New)
	for _, name := range []string{"a", "b", "c"} {
		l.enter(visitorOf(name), New)
	}
	l.enter(visitorOf("a"), Resync)
	l.enter(visitorOf("b"), New)
	l.enter(visitorOf("c"), Change)
	for _, next := range []string{"c", "a", "b"} {
		for held := range l.held {
			l.leave(held, unknown)
		}
		g.Expect(woken()).To(Equal([]string{next}))
	}
}

// However many more urgent ones come, whoever waits longest gets one of four slots, and whoever has nothing to do one of sixteen.
func TestNobodyStarves(t *testing.T) {
	for urgency, every := range map[Urgency]int{New: 4, Begun: 4, Resync: 16} {
		t.Run(fmt.Sprint(urgency), func(t *testing.T) {
			g := NewWithT(t)
			l, woken := lineOf(1)
			l.enter(visitorOf("first"), Change)
			for i := range 10 {
				l.enter(visitorOf(fmt.Sprint("patient-", i)), urgency)
			}
			served := 0
			for i := range 10 * every {
				l.enter(visitorOf(fmt.Sprint("change-", i)), Change)
				for held := range l.held {
					l.leave(held, unknown)
				}
				for _, name := range woken() {
					if name[0] == 'p' {
						g.Expect(name).To(Equal(fmt.Sprint("patient-", served)))
						served++
					}
				}
				g.Expect(served).To(BeNumerically("~", (i+1)/every, 1))
			}
			g.Expect(served).To(Equal(10))
		})
	}
}

// A slot that nobody comes for goes to the next, and whoever comes later waits again.
func TestOffersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		l, woken := lineOf(1)
		l.enter(visitorOf("first"), New)
		l.enter(visitorOf("gone"), New)
		l.enter(visitorOf("next"), New)
		l.leave(visitorOf("first"), unknown)
		g.Expect(woken()).To(Equal([]string{"gone"}))
		time.Sleep(offerTime)
		synctest.Wait()
		g.Expect(woken()).To(Equal([]string{"next"}))
		g.Expect(l.enter(visitorOf("gone"), New)).To(BeFalse())
		g.Expect(l.enter(visitorOf("next"), New)).To(BeTrue())
		time.Sleep(time.Hour)
		g.Expect(l.enter(visitorOf("gone"), New)).To(BeFalse(), "a slot that was taken is not withdrawn")
		l.leave(visitorOf("next"), unknown)
		g.Expect(woken()).To(Equal([]string{"gone"}))
	})
}

// Who has no need any more keeps nobody waiting.
func TestAPlaceIsGivenUp(t *testing.T) {
	g := NewWithT(t)
	l, woken := lineOf(1)
	l.enter(visitorOf("first"), New)
	l.enter(visitorOf("a"), New)
	l.enter(visitorOf("b"), New)
	l.leave(visitorOf("a"), unknown)
	l.leave(visitorOf("first"), unknown)
	g.Expect(woken()).To(Equal([]string{"b"}))
}

// Slots follow the Manager: it begins with few, answers well and gets more, is late and gets half; a lost connection is
// followed by one with a single slot, and that by an ordinary one.
func TestSlotsFollowTheManager(t *testing.T) {
	g := NewWithT(t)
	l := newLine(func(visitor) {})
	now := func() time.Duration { return 0 }
	visit := func(v verdict) {
		g.Expect(l.enter(visitorOf("a"), New)).To(BeTrue())
		l.leave(visitorOf("a"), v)
	}
	l.begin(8, now)
	g.Expect(l.slots).To(Equal(2))
	for range 100 {
		visit(good)
	}
	g.Expect(l.slots).To(Equal(8))
	visit(unknown)
	g.Expect(l.slots).To(Equal(8))
	for _, left := range []int{4, 2, 1, 1} {
		visit(slow)
		g.Expect(l.slots).To(Equal(left))
	}
	visit(good)
	l.begin(16, now)
	g.Expect(l.slots).To(Equal(2), "a connection that replaces a good one goes on")
	l.begin(1, now)
	g.Expect(l.slots).To(Equal(1), "a lower ceiling holds at once")

	l.distrust()
	l.end()
	g.Expect(l.enter(visitorOf("b"), New)).To(BeFalse(), "without a connection there are no slots")
	l.begin(16, now)
	g.Expect(l.slots).To(Equal(1))
	l.end()
	l.begin(16, now)
	g.Expect(l.slots).To(Equal(2))
}

// Who waits keeps its place while the Manager is away, and is woken when it is back.
func TestTheLineOutlivesAConnection(t *testing.T) {
	g := NewWithT(t)
	l, woken := lineOf(1)
	l.enter(visitorOf("first"), New)
	l.enter(visitorOf("a"), New)
	l.end()
	l.leave(visitorOf("first"), unknown)
	g.Expect(woken()).To(BeEmpty())
	l.begin(16, func() time.Duration { return 0 })
	g.Expect(woken()).To(Equal([]string{"a"}))
}

// While a request would have to wait nobody gets a slot, so that the wait is nobody's worker's.
func TestAHoldKeepsTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		l, woken := lineOf(2)
		until := time.Now().Add(30 * time.Second)
		l.delay = func() time.Duration { return time.Until(until) }
		g.Expect(l.enter(visitorOf("a"), New)).To(BeFalse())
		g.Expect(l.enter(visitorOf("b"), New)).To(BeFalse())
		time.Sleep(30*time.Second - 1)
		synctest.Wait()
		g.Expect(woken()).To(BeEmpty())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		g.Expect(woken()).To(Equal([]string{"a", "b"}))
		time.Sleep(time.Minute)
	})
}

// Whatever happens, never more are in than there are slots, and everybody gets in: no wake-up is lost. Objects come by
// themselves too, leave well or badly or not at all, vanish, and the connection comes and goes.
func TestNoWakeUpIsLost(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			g := NewWithT(t)
			random := rand.New(rand.NewPCG(seed, 8))
			const objects = 30
			wakes := make(chan visitor, 10_000)
			l := newLine(func(v visitor) { wakes <- v })
			now := func() time.Duration { return 0 }
			var mu sync.Mutex
			served, in := map[visitor]bool{}, 0
			come := func(who visitor) {
				if !l.enter(who, Urgency(random.IntN(urgencies))) {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				in++
				g.Expect(in).To(BeNumerically("<=", 4))
				takes, v := time.Duration(random.IntN(1000))*time.Millisecond, verdict(random.IntN(3))
				time.AfterFunc(takes, func() {
					mu.Lock()
					in--
					served[who] = true
					mu.Unlock()
					l.leave(who, v)
				})
			}
			for i := range objects {
				come(visitorOf(fmt.Sprint(i)))
				if random.IntN(5) == 0 {
					l.end()
					time.Sleep(time.Second)
					l.begin(4, now)
				}
			}
			l.begin(4, now)
			for quiet := false; !quiet; {
				select {
				case who := <-wakes:
					if random.IntN(10) > 0 {
						come(who)
						continue
					}
					mu.Lock()
					served[who] = true // it is gone
					mu.Unlock()
				case <-time.After(10 * offerTime):
					quiet = true
				}
			}
			mu.Lock()
			defer mu.Unlock()
			l.mu.Lock()
			defer l.mu.Unlock()
			g.Expect(served).To(HaveLen(objects), "seed %d", seed)
			g.Expect(l.places).To(BeEmpty())
			g.Expect(l.held).To(BeEmpty())
		})
	}
}
