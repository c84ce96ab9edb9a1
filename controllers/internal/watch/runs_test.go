// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// backup is the CloudifyExecution of these tests; it runs on the first deployment, whose object is another.
const backup = "backup"

// openRun runs an execution that belongs to a CloudifyExecution.
func (b *bench) openRun() {
	b.openIdle()
	b.remote.execute("e", deploymentID(0), "started", 0, 1000)
	b.FollowRun(at, "e", objectOf(backup))
	wait(3 * time.Second)
}

func TestARunWakesItsObjectAsItMovesOn(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openRun()
		g.Expect(b.executions.take()).To(Equal(once(backup)), "it began")
		wait(time.Minute)
		g.Expect(b.executions.take()).To(BeEmpty(), "nothing moves")
		b.remote.execute("e", deploymentID(0), "started", 300, 1000)
		wait(3 * time.Second)
		g.Expect(b.executions.take()).To(Equal(once(backup)), "it moves")
		b.remote.execute("e", deploymentID(0), "cancelling", 300, 1000)
		wait(3 * time.Second)
		g.Expect(b.executions.take()).To(Equal(once(backup)), "it is told to stop")
		b.remote.execute("e", deploymentID(0), "cancelled", 300, 1000)
		wait(3 * time.Second)
		g.Expect(b.executions.take()).To(Equal(once(backup)), "it has ended")
		e, known := b.Run(at, deploymentID(0), "e")
		g.Expect(known).To(BeTrue())
		g.Expect(e.Status).To(Equal("cancelled"), "how it ended is known without asking")
		wait(10 * time.Minute)
		g.Expect(b.executions.take()).To(BeEmpty())
		g.Expect(b.remote.count(executionReads)).To(Equal(1))
		_, known = b.Run(at, deploymentID(0), "e")
		g.Expect(known).To(BeFalse(), "for a while")
	})
}

func TestARunIsPolledOftenUntilItEnds(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openRun()
		before := b.remote.count(executionLists)
		wait(10 * time.Minute)
		g.Expect(b.remote.count(executionLists) - before).To(BeNumerically("~", 300, 3))
		b.remote.execute("e", deploymentID(0), "terminated", 1000, 1000)
		wait(3 * time.Second)
		before = b.remote.count(executionLists)
		wait(10 * time.Minute)
		g.Expect(b.remote.count(executionLists) - before).To(BeNumerically("~", 20, 1))
	})
}

func TestARunThatVanishedHasEnded(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.FollowRun(at, "e", objectOf(backup))
		wait(3 * time.Second)
		g.Expect(b.executions.take()).To(Equal(once(backup)))
		_, known := b.Run(at, deploymentID(0), "e")
		g.Expect(known).To(BeFalse())
		wait(time.Minute)
		g.Expect(b.executions.take()).To(BeEmpty())
	})
}

// A CloudifyExecution that is gone keeps nobody busy, and nothing is kept of it. Its deployment still is.
func TestARunThatIsForgottenWakesNobody(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openRun()
		b.executions.take()
		b.deployments.take()
		b.ForgetRuns(objectOf(backup))
		m := b.lock(at)
		g.Expect(m.executions.runs.since).To(BeEmpty())
		g.Expect(m.executions.runs.progress).To(BeEmpty())
		m.Unlock()
		b.remote.execute("e", deploymentID(0), "terminated", 1000, 1000)
		wait(time.Minute)
		g.Expect(b.executions.take()).To(BeEmpty())
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
	})
}
