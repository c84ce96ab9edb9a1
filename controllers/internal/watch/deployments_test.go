// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func TestADifferentRowWakesUntilItIsSettled(t *testing.T) {
	inBubble(t, 3, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(3)
		b.settle()
		b.Open(at, b.remote)
		wait(30 * time.Second)
		b.remote.put(deploymentID(1), "failed")
		for range 5 {
			wait(time.Minute)
			g.Expect(b.deployments.take()).To(Equal(once(deploymentID(1))))
		}
		row, seen := b.Look(at, deploymentID(1))
		g.Expect(seen).To(Equal(Present))
		b.Settle(at, deploymentID(1), FingerprintOf(&row))
		wait(time.Hour)
		g.Expect(b.deployments.take()).To(BeEmpty())
	})
}

func TestAListProvesNothingAgainstALaterLook(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(1)
		b.settle()
		b.remote.latency = 10 * time.Second
		b.Open(at, b.remote)
		wait(5 * time.Second) // the list is under way
		b.remote.put(deploymentID(0), "failed")
		b.settle()
		b.remote.put("k8s-new", "completed")
		b.Track(at, "k8s-new", objectOf("k8s-new"), true)
		wait(10 * time.Second)
		g.Expect(b.ListedAt(at)).ToNot(BeZero())
		g.Expect(b.deployments.take()).To(BeEmpty())
		_, seen := b.Look(at, "k8s-new")
		g.Expect(seen).To(Equal(NotListed), "the list is too old to tell")
		wait(2 * time.Minute)
		g.Expect(b.deployments.take()).To(Equal(once("k8s-new")), "who asked")
	})
}

func TestALookDuringTheFirstListIsAnswered(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.latency = 10 * time.Second
		b.Open(at, b.remote)
		wait(5 * time.Second)
		b.track(1)
		_, seen := b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(NotListed))
		wait(6 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
	})
}

// All idle objects wait for the first list after a start. What differs in it is work, and goes before them.
func TestTheFirstListWakesWhatIsIdleForALook(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.latency = 10 * time.Second
		b.Open(at, b.remote)
		wait(5 * time.Second)
		b.track(2)
		b.Settle(at, deploymentID(1), Fingerprint{BlueprintID: "another"})
		b.Look(at, deploymentID(0))
		b.Look(at, deploymentID(1))
		wait(6 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0), deploymentID(1))))
		g.Expect(b.deployments.last).To(Equal(map[types.NamespacedName]int{
			objectOf(deploymentID(0)): handler.LowPriority, objectOf(deploymentID(1)): outcome.Crowd,
		}))
	})
}

func TestAnAbsentDeploymentWakesUntilItIsSettled(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(2) // the second is not settled: its controller has not looked since the restart
		row := b.remote.deployments[deploymentID(0)]
		b.Settle(at, deploymentID(0), FingerprintOf(&row))
		b.Track(at, "k8s-future", objectOf("k8s-future"), false)
		b.Open(at, b.remote)
		wait(30 * time.Second)
		b.remote.remove(deploymentID(0), deploymentID(1))
		for range 3 {
			wait(time.Minute)
			g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0), deploymentID(1))))
		}
		_, seen := b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(Absent))
		b.Settle(at, deploymentID(0), Fingerprint{})
		b.Settle(at, deploymentID(1), Fingerprint{})
		wait(time.Hour)
		g.Expect(b.deployments.take()).To(BeEmpty())

		b.remote.put(deploymentID(1), "completed")
		wait(time.Minute)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(1))), "it is back")
	})
}

func TestForget(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(2)
		b.settle()
		b.Open(at, b.remote)
		wait(30 * time.Second)
		b.Forget(at, deploymentID(0))
		b.Forget(at, deploymentID(1))
		b.Forget(at, "k8s-unheard-of")
		b.Track(at, deploymentID(1), objectOf(deploymentID(1)), true) // the next pass of a deletion
		b.remote.remove(deploymentID(0), deploymentID(1))
		wait(time.Minute)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(1))))
		b.Forget(at, deploymentID(1))
		wait(2 * time.Minute)
		g.Expect(b.deployments.take()).To(BeEmpty())
		g.Expect(b.memories[at].deployments.byID).To(BeEmpty(), "nothing is kept of what is gone")
	})
}

func TestTheLatestClaimantIsWoken(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(1)
		b.Forget(at, deploymentID(0))
		b.Track(at, deploymentID(0), objectOf("adopter"), true)
		b.settle()
		b.Open(at, b.remote)
		wait(30 * time.Second)
		b.remote.remove(deploymentID(0))
		wait(time.Minute)
		g.Expect(b.deployments.take()).To(Equal(once("adopter")))
	})
}

func TestListNow(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(2)
		b.settle()
		b.Track(at, "k8s-future", objectOf("k8s-future"), false)
		b.Open(at, b.remote)
		wait(10 * time.Second)
		b.remote.remove(deploymentID(1))
		b.Settle(at, deploymentID(1), Fingerprint{})

		asked := time.Now()
		b.ListNow(at)
		wait(0)
		g.Expect(b.ListedAt(at)).To(Equal(asked), "at once")
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(1), "k8s-future")), "all that is missing, news or not")

		before := b.remote.count(deploymentLists)
		for range 100 {
			b.ListNow(at)
			wait(100 * time.Millisecond)
		}
		g.Expect(b.remote.count(deploymentLists)-before).To(BeNumerically("~", 10, 1), "one a second at most")
		wait(2 * time.Second)
		before = b.remote.count(deploymentLists)
		wait(10 * time.Minute)
		g.Expect(b.remote.count(deploymentLists)-before).To(BeNumerically("~", 10, 1), "every minute again")
	})
}

func TestWhoSettledOnNothingIsToldByAListUnderWay(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.openIdle()
		b.remote.latency = 5 * time.Second
		b.remote.remove(deploymentID(0))
		b.ListNow(at)
		wait(time.Second)
		b.Settle(at, deploymentID(0), Fingerprint{}) // the reconcile that asked ends
		wait(5 * time.Second)
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
		_, seen := b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(Absent))
	})
}

func TestListNowIsNotServedByAListUnderWay(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.latency = 5 * time.Second
		b.track(1)
		b.Open(at, b.remote)
		wait(time.Second)
		b.remote.remove(deploymentID(0))
		asked := time.Now()
		b.ListNow(at)
		wait(4500 * time.Millisecond)
		g.Expect(b.ListedAt(at)).To(BeTemporally("<", asked))
		wait(10 * time.Second)
		g.Expect(b.ListedAt(at)).To(BeTemporally(">", asked))
		_, seen := b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(Absent))
		g.Expect(b.deployments.take()).To(Equal(once(deploymentID(0))))
	})
}
