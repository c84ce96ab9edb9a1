// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// openIdle opens a Manager of one settled deployment and lets it come to rest.
func (b *bench) openIdle() {
	b.track(1)
	b.settle()
	b.Open(at, b.remote)
	wait(10 * time.Second)
}

func TestAnExecutionShorterThanAPollIsNoticed(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		before := b.remote.count(executionLists)
		b.remote.execute("e", deploymentID(0), "started", 0, 0)
		b.FollowExecution(at, "e", objectOf(deploymentID(0)))
		b.FollowExecution(at, "e", objectOf(deploymentID(0)))
		wait(100 * time.Millisecond)
		b.remote.execute("e", deploymentID(0), "terminated", 7, 7)
		wait(800 * time.Millisecond)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
		g.Expect(b.remote.count(executionLists) - before).To(BeNumerically("<=", 2))
		g.Expect(b.remote.count(executionReads)).To(Equal(1))

		before = b.remote.count(executionLists)
		wait(10 * time.Minute)
		g.Expect(b.remote.count(executionLists)-before).To(BeNumerically("~", 20, 1), "idle again")
		g.Expect(b.deployments.take()).To(BeEmpty())
	})
}

func TestBusyWhileOursRuns(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.remote.execute("e", deploymentID(0), "started", 0, 0)
		b.FollowExecution(at, "e", objectOf(deploymentID(0)))
		before := b.remote.count(executionLists)
		wait(10 * time.Minute)
		g.Expect(b.remote.count(executionLists) - before).To(BeNumerically("~", 301, 2))
		g.Expect(b.remote.count(executionReads)).To(BeZero())
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))), "it began, and then nothing happened")
	})
}

func TestAnExecutionThatVanishedHasEnded(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.FollowExecution(at, "delete", objectOf(deploymentID(0)))
		wait(2200 * time.Millisecond)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
		wait(time.Minute)
		g.Expect(b.deployments.take()).To(BeEmpty())
	})
}

func TestManyEndsAreReadTogether(t *testing.T) {
	inBubble(t, 250, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(250)
		b.settle()
		b.Open(at, b.remote)
		wait(10 * time.Second)
		for i := range 250 {
			b.FollowExecution(at, "e-"+deploymentID(i), objectOf(deploymentID(i)))
		}
		wait(3 * time.Second)
		g.Expect(b.deployments.take()).To(HaveLen(250))
		g.Expect(b.remote.count(executionReads)).To(Equal(1))
	})
}

func TestAListThatBeganBeforeTheStartProvesNoEnd(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.remote.latency = time.Second
		b.FollowExecution(at, "first", objectOf("another"))
		wait(500 * time.Millisecond) // a list is under way
		b.remote.execute("e", deploymentID(0), "started", 0, 0)
		b.FollowExecution(at, "e", objectOf(deploymentID(0)))
		wait(2 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(once("another")))
		wait(3 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))), "it runs")
	})
}

func TestAnUnlistedExecutionThatRunsHasNotEnded(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.remote.hidden["e"] = true
		b.remote.execute("e", deploymentID(0), "a status of tomorrow", 0, 0)
		b.FollowExecution(at, "e", objectOf(deploymentID(0)))
		wait(time.Minute)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))), "once, for it was news")
		b.remote.execute("e", deploymentID(0), "failed", 0, 0)
		wait(3 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
	})
}

func TestAnErrorIsNoEnd(t *testing.T) {
	for _, broken := range []string{executionLists, executionReads} {
		t.Run(broken, func(t *testing.T) {
			inBubble(t, 1, func(t *testing.T, b *bench) {
				g := NewWithT(t)
				b.openIdle()
				b.remote.fail(broken, errors.New("bad gateway"))
				b.FollowExecution(at, "e", objectOf(deploymentID(0)))
				wait(10 * time.Minute)
				g.Expect(b.deployments.take()).To(BeEmpty())
				b.remote.fail(broken, nil)
				wait(time.Minute)
				g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
			})
		})
	}
}

func TestFollowedThroughAnOutage(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.remote.execute("e", deploymentID(0), "started", 0, 0)
		b.FollowExecution(at, "e", objectOf(deploymentID(0)))
		wait(5 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
		b.Close(at)
		b.remote.execute("e", deploymentID(0), "terminated", 0, 0)
		wait(time.Hour)
		b.Open(at, b.remote)
		wait(time.Second)
		g.Expect(b.deployments.take()).To(HaveKey(objectOf(deploymentID(0))))
	})
}

func TestForgottenExecutionsKeepNobodyBusy(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.remote.execute("e", deploymentID(0), "pending", 0, 0)
		b.FollowExecution(at, "e", objectOf(deploymentID(0)))
		wait(time.Minute)
		b.deployments.take()
		b.Forget(at, deploymentID(0))
		wait(time.Minute)
		before := b.remote.count(executionLists)
		wait(10 * time.Minute)
		g.Expect(b.remote.count(executionLists) - before).To(BeNumerically("~", 20, 1))
		g.Expect(b.deployments.take()).To(BeEmpty())
	})
}

// What is over for an object that let go wakes nobody, and nothing is kept of it.
func TestTheEndOfAForgottenExecutionIsNoNews(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.remote.execute("e", deploymentID(0), "started", 1, 7)
		wait(time.Minute)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
		b.Forget(at, deploymentID(0))
		b.remote.execute("e", deploymentID(0), "terminated", 7, 7)
		wait(time.Minute)
		g.Expect(b.deployments.take()).To(BeEmpty())
		m := b.lock(at)
		defer m.Unlock()
		g.Expect(m.deployments.heard).To(BeEmpty())
	})
}

func TestAForeignExecution(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		woken := once(deploymentID(0))
		b.remote.execute("heal", deploymentID(0), "pending", 0, 0)
		b.remote.execute("of nobody here", "elsewhere", "started", 0, 0)
		wait(35 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(woken), "it appears")
		wait(10 * time.Minute)
		g.Expect(b.deployments.take()).To(BeEmpty(), "nothing moves")
		b.remote.execute("heal", deploymentID(0), "started", 0, 0)
		wait(35 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(woken), "it starts")
		b.remote.execute("heal", deploymentID(0), "terminated", 0, 0)
		wait(35 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(woken), "it ends")
		wait(10 * time.Minute)
		g.Expect(b.deployments.take()).To(BeEmpty())
		g.Expect(b.remote.count(executionReads)).To(BeZero())
	})
}

func TestAnExecutionThatWasSettledIsNoNews(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.put(deploymentID(0), "in_progress")
		b.openIdle()
		id := "install-" + deploymentID(0) // which the row names
		b.remote.execute(id, deploymentID(0), "started", 0, 10)
		wait(5 * time.Minute)
		g.Expect(b.deployments.take()).To(BeEmpty())
		b.remote.execute(id, deploymentID(0), "cancelling", 0, 10)
		wait(35 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
	})
}

func TestProgressWakesInSteps(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.remote.execute("e", deploymentID(0), "started", 0, 1000)
		b.FollowExecution(at, "e", objectOf(deploymentID(0)))
		wait(3 * time.Second)
		b.deployments.take()
		for second := 1; second <= 100; second++ {
			b.remote.execute("e", deploymentID(0), "started", second, 1000) // a tenth of a percent a second
			wait(time.Second)
		}
		g.Expect(b.deployments.take()[objectOf(deploymentID(0))]).To(BeNumerically("~", 9, 1), "every 10 s and a look")
		b.remote.execute("e", deploymentID(0), "started", 300, 1000)
		wait(3 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))), "at once")
	})
}

func TestMoved(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	last := progress{status: "started", finished: 30, total: 100, at: began}
	for _, row := range []struct {
		name            string
		status          string
		finished, total int
		after           time.Duration
		moved           bool
	}{
		{"nothing", "started", 30, 100, time.Hour, false},
		{"another status", "cancelling", 30, 100, 0, true},
		{"less than a tenth", "started", 39, 100, 9 * time.Second, false},
		{"a tenth", "started", 40, 100, time.Second, true},
		{"little, after a while", "started", 31, 100, 10 * time.Second, true},
		{"more to do than thought", "started", 30, 200, time.Second, true},
		{"a little more to do", "started", 30, 101, time.Second, false},
		{"begun anew", "started", 0, 0, time.Second, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := cloudify.Execution{Status: row.status, FinishedOperations: row.finished, TotalOperations: row.total}
			NewWithT(t).Expect(last.moved(&e, began.Add(row.after))).To(Equal(row.moved))
		})
	}
}
