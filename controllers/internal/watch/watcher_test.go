// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

var (
	_ manager.Runnable               = &Watcher{}
	_ manager.LeaderElectionRunnable = &Watcher{}
	_ API                            = &cloudify.Client{}
)

func TestAnIdleHourCostsListsOnly(t *testing.T) {
	inBubble(t, 1000, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(1000)
		b.settle()
		b.Open(at, b.remote)
		wait(time.Hour - time.Millisecond)

		g.Expect(b.remote.count(deploymentLists)).To(Equal(60))
		g.Expect(b.remote.count(executionLists)).To(Equal(120))
		g.Expect(b.remote.requests).To(HaveLen(2), "nothing else is asked")
		g.Expect(b.deployments.take()).To(BeEmpty())
		g.Expect(b.managers.take()).To(BeEmpty())
	})
}

func TestPollsAreJittered(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		begin := time.Now()
		b.Open(at, b.remote)
		wait(time.Hour)
		late := map[time.Duration]bool{}
		for i, at := range b.remote.times() {
			by := at.Sub(begin) - time.Duration(i)*30*time.Second
			g.Expect(by).To(And(BeNumerically(">=", 0), BeNumerically("<=", 3*time.Second)))
			late[by] = true
		}
		g.Expect(len(late)).To(BeNumerically(">", 100), "at random")
	})
}

func TestARestartIsOneList(t *testing.T) {
	inBubble(t, 1000, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.latency = 100 * time.Millisecond
		b.track(1000)
		b.Open(at, b.remote)
		for i := range 500 { // the other controllers have not come that far
			_, seen := b.Look(at, deploymentID(i))
			g.Expect(seen).To(Equal(NotListed))
		}
		wait(time.Second)

		woken := b.deployments.take()
		g.Expect(woken).To(HaveLen(500), "whoever asked")
		for i := range 1000 {
			row, seen := b.Look(at, deploymentID(i))
			g.Expect(seen).To(Equal(Present))
			g.Expect(row.BlueprintID).To(Equal("nodecellar"))
			b.Settle(at, deploymentID(i), FingerprintOf(&row))
		}
		g.Expect(b.remote.count(deploymentLists)).To(Equal(1))

		wait(time.Hour)
		g.Expect(b.deployments.take()).To(BeEmpty())
		g.Expect(b.remote.requests).To(HaveLen(2), "no request for a single object")
	})
}

func TestObjectsThatAskedNothingSleepThroughARestart(t *testing.T) {
	inBubble(t, 1000, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.Open(at, b.remote)
		wait(time.Second)
		b.track(1000)
		wait(time.Hour)
		g.Expect(b.deployments.take()).To(BeEmpty())
	})
}

func TestErrorsAreToldAndBackedOff(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		down := errors.New("connection refused")
		b.remote.fail(executionLists, down)
		b.Open(at, b.remote)
		wait(10 * time.Minute)
		times := b.remote.times()
		for i, want := range []time.Duration{2, 4, 8, 16, 30, 30, 30} {
			want *= time.Second
			g.Expect(times[i+1].Sub(times[i])).To(And(BeNumerically(">=", want), BeNumerically("<=", want+want/10)))
		}
		g.Expect(b.errors).To(HaveLen(len(times)))
		g.Expect(b.errors).To(HaveEach(MatchError(down)))
		g.Expect(b.remote.count(deploymentLists)).To(Equal(10), "one trouble does not hold up the rest")

		b.remote.fail(deploymentLists, down)
		wait(2 * time.Minute)
		b.remote.fail(deploymentLists, nil)
		b.remote.fail(executionLists, nil)
		wait(40 * time.Second)
		before := b.remote.count(executionLists)
		wait(10 * time.Minute)
		g.Expect(b.remote.count(executionLists)-before).To(BeNumerically("~", 20, 1), "as evenly as before")
	})
}

func TestAManagerThatDoesNotAnswerIsNotAskedMoreOftenForWork(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(1)
		b.remote.fail(executionLists, errors.New("connection refused"))
		b.remote.fail(deploymentLists, errors.New("connection refused"))
		b.Open(at, b.remote)
		wait(2 * time.Minute)
		executions, deployments := b.remote.count(executionLists), b.remote.count(deploymentLists)
		for range 60 {
			b.FollowExecution(at, "e", objectOf(deploymentID(0)))
			b.ListNow(at)
			wait(time.Second)
		}
		g.Expect(b.remote.count(executionLists) - executions).To(BeNumerically("<=", 2))
		g.Expect(b.remote.count(deploymentLists) - deployments).To(BeNumerically("<=", 2))
	})
}

func TestASlowManagerIsGivenTime(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.remote.latency = 5 * time.Second
		b.remote.execute("e", deploymentID(0), "started", 0, 0)
		b.FollowExecution(at, "e", objectOf(deploymentID(0)))
		wait(time.Hour)
		times := b.remote.times()
		for i := 2; i < len(times); i++ {
			g.Expect(times[i].Sub(times[i-1])).To(BeNumerically(">=", 7*time.Second), "its answer and the interval")
		}
	})
}

func TestWrongCredentialsAreTriedOnce(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		refused := &cloudify.Error{StatusCode: 401, Code: "unauthorized_error"}
		b.remote.fail(deploymentLists, refused)
		b.remote.fail(executionLists, refused)
		b.Open(at, b.remote)
		wait(time.Hour)
		b.Open(at, b.remote)
		wait(time.Hour)
		g.Expect(b.remote.count(deploymentLists) + b.remote.count(executionLists)).To(Equal(1))
		g.Expect(b.errors).To(ConsistOf(refused))

		other := newFakeManager(1)
		b.Open(at, other)
		wait(time.Second)
		g.Expect(other.count(deploymentLists)).To(Equal(1))
	})
}

func TestAClosedManagerIsNotAsked(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(6)
		b.settle()
		b.Open(at, b.remote)
		wait(time.Minute)
		b.Close(at)
		b.Close(at)
		asked := b.remote.count(deploymentLists)
		b.remote.put(deploymentID(3), "failed")
		wait(time.Hour)
		g.Expect(b.remote.count(deploymentLists)).To(Equal(asked))
		g.Expect(b.ListedAt(at)).To(BeZero())
		_, seen := b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(NotListed))

		b.Open(at, b.remote)
		wait(time.Second)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0), deploymentID(3))), "who asked, and what changed meanwhile")
	})
}

func TestOpenReplacesAnotherAPIOnly(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.Open(at, b.remote)
		wait(time.Second)
		b.Open(at, b.remote)
		wait(time.Second)
		g.Expect(b.remote.count(deploymentLists)).To(Equal(1), "the same changes nothing")
		_, seen := b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(Present))

		other := newFakeManager(0)
		other.latency = time.Millisecond
		b.Open(at, other)
		_, seen = b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(NotListed), "what the one before said is void")
		wait(5*time.Minute + 30*time.Second)
		g.Expect(b.remote.count(deploymentLists)).To(Equal(1))
		g.Expect(other.count(deploymentLists)).To(Equal(6))
		_, seen = b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(Absent))
	})
}

func TestAnAnswerThatComesAfterCloseIsVoid(t *testing.T) {
	inBubble(t, 10, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(10)
		m := b.memories[at]
		began := m.begin()
		b.Open(at, newFakeManager(10))
		wait(time.Second)
		m.take(began, func() { m.deployments.listed(began, time.Now(), nil) })
		_, seen := b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(Present))
		g.Expect(b.deployments.take()).To(BeEmpty())
		g.Expect(b.managers.take()).To(BeEmpty())
	})
}

func TestOnErrorMayClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		var w *Watcher
		w = New(Options{OnError: func(manager string, _ error) { w.Close(manager) }})
		go func() { g.Expect(w.Start(t.Context())).To(Succeed()) }()
		remote := newFakeManager(0)
		remote.fail(deploymentLists, errors.New("connection refused"))
		w.Open(at, remote)
		wait(time.Hour)
		g.Expect(remote.count(deploymentLists)).To(Equal(1))
		g.Expect(remote.count(executionLists)).To(BeZero())
	})
}

func TestPollersLiveWhileStartRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		w := New(Options{})
		g.Expect(w.NeedLeaderElection()).To(BeTrue())
		remote := newFakeManager(0)
		remote.latency = time.Second
		w.Open(at, remote)
		wait(time.Minute)
		g.Expect(remote.requests).To(BeEmpty(), "not the leader")

		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Start(ctx) }()
		wait(time.Minute)
		g.Expect(remote.count(executionLists)).To(BeNumerically(">=", 2))
		cancel()
		g.Expect(<-ended).To(Succeed())
		before := remote.count(executionLists)
		w.Open("another", remote)
		wait(time.Minute)
		g.Expect(remote.count(executionLists)).To(Equal(before))
	})
}

func TestWakesWaitForTheirController(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		w := New(Options{})
		go func() { g.Expect(w.Start(t.Context())).To(Succeed()) }()
		w.Track(at, "gone", objectOf("gone"), true)
		w.Open(at, newFakeManager(0))
		wait(5 * time.Minute)
		g.Expect(newController(t, w.Deployments()).take()).To(Equal(once("gone")))
	})
}

// What is known of a Manager is as fresh as the older of its two lists, and grows old while it does not answer, or is closed.
func TestPolledIsWhenBothListsWereMade(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		begin := time.Now()
		g.Expect(b.Polled(at)).To(BeZero())
		b.remote.fail(deploymentLists, errors.New("down"))
		b.Open(at, b.remote)
		wait(5 * time.Minute)
		g.Expect(b.Polled(at)).To(BeZero(), "only what runs was listed")
		b.remote.fail(deploymentLists, nil)
		wait(5 * time.Minute)
		g.Expect(time.Since(b.Polled(at))).To(BeNumerically("<=", 66*time.Second))
		b.remote.fail(executionLists, errors.New("down"))
		wait(5 * time.Minute)
		g.Expect(b.Polled(at)).To(BeTemporally("~", begin.Add(10*time.Minute), 33*time.Second))
		b.remote.fail(executionLists, nil)
		wait(time.Minute)
		last := b.Polled(at)
		b.Close(at)
		wait(time.Hour)
		g.Expect(b.Polled(at)).To(Equal(last))
	})
}
