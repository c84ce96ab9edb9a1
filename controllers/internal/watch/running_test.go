// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// running is what runs of the first deployment.
func (b *bench) running() Running {
	return b.Running(at, deploymentID(0), objectOf(deploymentID(0)))
}

func TestRunning(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		g.Expect(b.running().Fresh()).To(BeFalse(), "nothing was listed")
		b.openIdle()
		g.Expect(b.running()).To(And(HaveField("Executions", BeEmpty()), HaveField("Fresh()", BeTrue())))

		b.remote.execute("e", deploymentID(0), "started", 3, 7)
		b.FollowExecution(at, "e", objectOf(deploymentID(0)))
		g.Expect(b.running()).To(And(HaveField("Executions", BeEmpty()), HaveField("Newer", BeFalse()), HaveField("Fresh()", BeFalse())),
			"the list is older than what was begun")
		wait(1200 * time.Millisecond)
		g.Expect(b.running()).To(And(HaveField("Executions", HaveExactElements(HaveField("FinishedOperations", 3))), HaveField("Fresh()", BeTrue())))
		_, ended := b.Ended(at, "e")
		g.Expect(ended).To(BeFalse())

		b.remote.execute("e", deploymentID(0), "terminated", 7, 7)
		wait(3 * time.Second)
		g.Expect(b.running()).To(And(HaveField("Executions", BeEmpty()), HaveField("Fresh()", BeTrue())))
		e, ended := b.Ended(at, "e")
		g.Expect(ended).To(BeTrue())
		g.Expect(e).To(And(HaveField("Status", "terminated"), HaveField("FinishedOperations", 7)))
		wait(2 * time.Minute)
		_, ended = b.Ended(at, "e")
		g.Expect(ended).To(BeFalse(), "its object has seen it by then")

		b.Close(at)
		g.Expect(b.running().Fresh()).To(BeFalse(), "the connection is another")
	})
}

func TestAnOldListVouchesForNothing(t *testing.T) {
	g := NewWithT(t)
	now := leadership.Now()
	for _, row := range []struct {
		name    string
		running Running
		fresh   bool
	}{
		{"just listed", Running{Began: now, Newer: true}, true},
		{"listed seconds ago", Running{Began: now - leadership.Moment(maxListAge+time.Second), Newer: true}, false},
		{"older than what was begun", Running{Began: now}, false},
		{"never listed, or in pages", Running{Newer: true}, false},
	} {
		g.Expect(row.running.Fresh()).To(Equal(row.fresh), row.name)
	}
}

// Pages shift while they are read, and may miss what runs.
func TestAListOfSeveralPagesVouchesForNothing(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		for i := range onePage {
			b.remote.execute(fmt.Sprintf("e%d", i), "another", "started", 0, 0)
		}
		b.openIdle()
		NewWithT(t).Expect(b.running().Fresh()).To(BeFalse())
	})
}

func TestADeploymentIsFollowedUntilNothingRuns(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.remote.execute("delete", deploymentID(0), "started", 0, 0)
		b.Forget(at, deploymentID(0))
		b.FollowDeployment(at, deploymentID(0), objectOf(deploymentID(0)))
		wait(10 * time.Second)
		g.Expect(b.deployments.take()).To(BeEmpty(), "it is being deleted")
		before := b.remote.count(executionLists)
		b.remote.change(func() { delete(b.remote.executions, "delete") })
		wait(3 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
		g.Expect(b.remote.count(executionLists) - before).To(BeNumerically("<=", 2))
		wait(time.Minute)
		g.Expect(b.deployments.take()).To(BeEmpty())
	})
}

// Who waits for a list is woken by one that began later, and many wait for the same.
func TestAwait(t *testing.T) {
	inBubble(t, 30, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		before := b.remote.count(executionLists)
		b.Await(at, objectOf("early"))
		wait(100 * time.Millisecond)
		g.Expect(b.deployments.take()).To(Equal(once("early")), "at once")
		g.Expect(b.remote.count(executionLists) - before).To(Equal(1))

		var all []string
		for i := range 30 { // while no list may begin, so that none begins between two of them
			b.Await(at, objectOf(deploymentID(i)))
			all = append(all, deploymentID(i))
		}
		wait(listGap)
		g.Expect(b.deployments.take()).To(Equal(once(all...)))
		g.Expect(b.remote.count(executionLists)-before).To(Equal(2), "one list for all")
		wait(20 * time.Second)
		g.Expect(b.deployments.take()).To(BeEmpty())

		b.remote.latency = 500 * time.Millisecond
		b.Await(at, objectOf("first"))
		wait(100 * time.Millisecond) // a list is under way
		b.Await(at, objectOf("second"))
		wait(500 * time.Millisecond)
		g.Expect(b.deployments.take()).To(Equal(once("first")))
		wait(time.Second)
		g.Expect(b.deployments.take()).To(Equal(once("second")))
	})
}

// A row that was read before the last close look says nothing against it, unless something was heard since.
func TestARowOlderThanTheLook(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		look := func() Seen {
			_, seen := b.Look(at, deploymentID(0))
			return seen
		}
		b.openIdle()
		g.Expect(look()).To(Equal(Present))
		b.Settle(at, deploymentID(0), Fingerprint{BlueprintID: "nodecellar", ExecutionID: "update"})
		g.Expect(look()).To(Equal(Older))

		b.remote.execute("heal", deploymentID(0), "started", 0, 0)
		b.Await(at, objectOf("another"))
		wait(2 * time.Second)
		g.Expect(b.deployments.take()).To(HaveKey(objectOf(deploymentID(0))))
		g.Expect(look()).To(Equal(Present), "somebody started something")
		b.Settle(at, deploymentID(0), FingerprintOf(&cloudify.Deployment{ID: deploymentID(0), BlueprintID: "nodecellar"}))
		g.Expect(look()).To(Equal(Older))
		b.list()
		g.Expect(look()).To(Equal(Present))
	})
}

// What is quick is over soon after it began; what is not is listed at growing distance. Among many, nothing is hastened.
func TestWhatBeganIsListedSoon(t *testing.T) {
	for _, story := range []struct {
		running, begin int
		want           []time.Duration
	}{
		{0, 1, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 2 * time.Second}},
		{0, few, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 2 * time.Second}},
		{few, 1, []time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Second}},
	} {
		t.Run(fmt.Sprintf("%d beside %d", story.begin, story.running), func(t *testing.T) {
			inBubble(t, story.running+story.begin, func(t *testing.T, b *bench) {
				g := NewWithT(t)
				begin := func(from, to int) {
					for i := from; i < to; i++ {
						b.remote.execute(fmt.Sprint(i), deploymentID(i), "started", 0, 0)
						b.FollowExecution(at, fmt.Sprint(i), objectOf(deploymentID(i)))
					}
				}
				b.openIdle()
				last := time.Now()
				if story.running > 0 {
					begin(0, story.running)
					wait(10 * time.Second)
					last = b.remote.times()[b.remote.count(executionLists)-1]
				}
				before := b.remote.count(executionLists)
				begin(story.running, story.running+story.begin)
				wait(10 * time.Second)
				times := b.remote.times()[before:]
				for i, gap := range story.want {
					g.Expect(times[i].Sub(last)).To(BeNumerically("~", gap, gap/8+125*time.Millisecond), "list %d", i) // late by a tenth of two intervals at most
					last = times[i]
				}
			})
		})
	}
}
