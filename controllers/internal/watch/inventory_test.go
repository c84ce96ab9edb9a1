// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
)

var managerWoken = map[types.NamespacedName]int{{Name: at}: 1}

// removeFirst takes the first deployments away from the Manager.
func (b *bench) removeFirst(count int) {
	for i := range count {
		b.remote.remove(deploymentID(i))
	}
}

func TestInventoryLost(t *testing.T) {
	for _, row := range []struct {
		known, missing int
		lost           bool
	}{
		{1, 1, false}, {4, 4, false}, {5, 3, false}, {5, 4, false}, {5, 5, true}, {9, 4, false}, {9, 5, true},
		{10, 5, false}, {10, 6, true}, {11, 5, false}, {11, 6, true}, {1000, 500, false}, {1000, 501, true}, {1000, 1000, true},
	} {
		t.Run(fmt.Sprintf("%d of %d", row.missing, row.known), func(t *testing.T) {
			inBubble(t, row.known, func(t *testing.T, b *bench) {
				g := NewWithT(t)
				b.track(row.known)
				b.settle()
				b.Open(at, b.remote)
				wait(time.Second)
				b.removeFirst(row.missing)
				b.list()

				missing, known, lost := b.InventoryLost(at)
				g.Expect(lost).To(Equal(row.lost))
				if row.lost {
					g.Expect([]int{missing, known}).To(Equal([]int{row.missing, row.known}))
					g.Expect(b.managers.take()).To(Equal(managerWoken))
					wait(time.Hour)
					g.Expect(b.deployments.take()).To(BeEmpty(), "nobody is to act on it")
					g.Expect(b.managers.take()).To(BeEmpty(), "said once")
				} else {
					g.Expect([]int{missing, known}).To(Equal([]int{0, 0}))
					g.Expect(b.managers.take()).To(BeEmpty())
					g.Expect(b.deployments.take()).To(HaveLen(row.missing))
				}
			})
		})
	}
}

func TestAManagerThatComesBackEmptyLostItsInventory(t *testing.T) {
	inBubble(t, 10, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(10)
		b.Open(at, b.remote)
		wait(time.Minute)
		b.Close(at)
		b.removeFirst(10)
		wait(time.Hour)
		b.Open(at, b.remote)
		wait(time.Second)
		_, _, lost := b.InventoryLost(at)
		g.Expect(lost).To(BeTrue())
		b.Close(at)
		for i := range 10 {
			b.remote.put(deploymentID(i), "completed")
		}
		b.Open(at, b.remote)
		wait(10 * time.Minute)
		_, _, lost = b.InventoryLost(at)
		g.Expect(lost).To(BeTrue(), "until somebody looks at it")
		g.Expect(b.deployments.take()).To(BeEmpty())
	})
}

func TestAManagerThatIsEmptyAfterARestartLostItsInventory(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.Open(at, b.remote)
		wait(time.Second) // the first list comes before the first object
		b.track(10)
		for i := range 10 {
			_, seen := b.Look(at, deploymentID(i))
			g.Expect(seen).To(Equal(NotListed))
		}
		wait(70 * time.Second)
		_, _, lost := b.InventoryLost(at)
		g.Expect(lost).To(BeTrue())
		g.Expect(b.deployments.take()).To(BeEmpty())
	})
}

func TestWhatVanishesOneByOneIsNotLost(t *testing.T) {
	inBubble(t, 10, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(10)
		b.settle()
		b.Open(at, b.remote)
		wait(time.Second)
		for i := range 10 {
			b.remote.remove(deploymentID(i))
			b.list()
			b.track(10) // those who were woken say again that they existed
			_, _, lost := b.InventoryLost(at)
			g.Expect(lost).To(BeFalse())
		}
		for i := range 10 {
			b.remote.put(deploymentID(i), "completed")
		}
		b.list()
		b.removeFirst(6)
		b.list()
		missing, known, lost := b.InventoryLost(at)
		g.Expect(lost).To(BeTrue(), "those that came back are known again")
		g.Expect([]int{missing, known}).To(Equal([]int{6, 10}))
	})
}

func TestWhatWasForgottenIsNotLost(t *testing.T) {
	inBubble(t, 10, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(10)
		b.settle()
		b.Open(at, b.remote)
		wait(time.Second)
		for i := range 8 {
			b.Forget(at, deploymentID(i))
		}
		b.track(10) // their deletion takes a few passes more, and lists
		b.list()
		b.removeFirst(8)
		b.list()
		_, _, lost := b.InventoryLost(at)
		g.Expect(lost).To(BeFalse())
		g.Expect(b.deployments.take()).To(HaveLen(8), "they are gone")
	})
}

func TestWhatWasForgottenAndIsGoneAtOnceIsNotLost(t *testing.T) {
	inBubble(t, 10, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(10)
		b.Open(at, b.remote)
		wait(time.Second)
		for i := range 8 {
			b.Forget(at, deploymentID(i))
		}
		b.track(10)
		b.removeFirst(8)
		b.list()
		_, _, lost := b.InventoryLost(at)
		g.Expect(lost).To(BeFalse())
	})
}

func TestAListThatBeganBeforeACreateProvesNothing(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.latency = 10 * time.Second
		for i := range 10 {
			b.Track(at, deploymentID(i), objectOf(deploymentID(i)), false)
		}
		b.Open(at, b.remote)
		wait(5 * time.Second)
		for i := range 10 {
			b.remote.put(deploymentID(i), "completed")
		}
		b.track(10)
		wait(10 * time.Second)
		g.Expect(b.ListedAt(at)).ToNot(BeZero())
		_, _, lost := b.InventoryLost(at)
		g.Expect(lost).To(BeFalse())
		g.Expect(b.deployments.take()).To(BeEmpty())
	})
}

func TestWhoAgreesWhileAListIsMadeIsMissingAllTheSame(t *testing.T) {
	inBubble(t, 5, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(5)
		b.settle()
		b.removeFirst(5)
		b.remote.latency = 10 * time.Second
		b.Open(at, b.remote)
		wait(5 * time.Second)
		b.Agree(at, deploymentID(0), Fingerprint{BlueprintID: "nodecellar"})
		wait(10 * time.Second)
		_, _, lost := b.InventoryLost(at)
		g.Expect(lost).To(BeTrue())
	})
}

func TestAcceptInventory(t *testing.T) {
	inBubble(t, 10, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(10)
		b.settle()
		b.Open(at, b.remote)
		wait(time.Second)
		b.AcceptInventory(at)
		g.Expect(b.deployments.take()).To(BeEmpty(), "nothing is lost")

		b.removeFirst(7)
		b.list()
		b.AcceptInventory(at)
		g.Expect(b.deployments.take()).To(HaveLen(10))
		for range 3 {
			b.list()
			_, _, lost := b.InventoryLost(at)
			g.Expect(lost).To(BeFalse())
			g.Expect(b.deployments.take()).To(HaveLen(7), "those that are gone may be created again")
		}
		b.removeFirst(10)
		b.list()
		_, _, lost := b.InventoryLost(at)
		g.Expect(lost).To(BeFalse(), "3 of 3 are no inventory")
	})
}

func TestAcceptInventoryBeforeTheFirstList(t *testing.T) {
	inBubble(t, 10, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.track(10)
		b.settle()
		b.Open(at, b.remote)
		wait(time.Second)
		b.removeFirst(7)
		b.list()
		b.Close(at) // to ask again opens the connection anew
		b.Open(at, b.remote)
		b.AcceptInventory(at)
		wait(time.Second)
		_, _, lost := b.InventoryLost(at)
		g.Expect(lost).To(BeFalse())
		g.Expect(b.deployments.take()).To(HaveLen(10))

		for i := range 7 {
			b.remote.put(deploymentID(i), "completed")
		}
		b.list()
		b.removeFirst(10)
		b.list()
		_, _, lost = b.InventoryLost(at)
		g.Expect(lost).To(BeTrue(), "only once is anything accepted")
	})
}

func TestRestoreLost(t *testing.T) {
	inBubble(t, 10, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.latency = time.Millisecond
		b.RestoreLost(at)
		b.track(10)
		b.Open(at, b.remote)
		_, seen := b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(NotListed))
		wait(time.Hour)
		missing, known, lost := b.InventoryLost(at)
		g.Expect(lost).To(BeTrue())
		g.Expect([]int{missing, known}).To(Equal([]int{0, 0}))
		g.Expect(b.deployments.take()).To(BeEmpty())

		b.AcceptInventory(at)
		g.Expect(b.deployments.take()).To(HaveLen(10))
		b.RestoreLost(at) // by a status that is not up to date yet
		_, _, lost = b.InventoryLost(at)
		g.Expect(lost).To(BeFalse())
		b.list()
		b.RestoreLost(at)
		_, _, lost = b.InventoryLost(at)
		g.Expect(lost).To(BeFalse())
	})
}
