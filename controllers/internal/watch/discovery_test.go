// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// itself is the CloudifyManager of all tests, as it is woken.
var itself = types.NamespacedName{Name: at}

func TestDiscover(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.upload("one", "uploaded")
		b.Open(at, b.remote)
		wait(time.Hour)
		g.Expect(b.remote.count(foundLists)).To(BeZero(), "nobody asked")

		b.Discover(at, 10*time.Minute)
		wait(time.Second)
		g.Expect(b.remote.count(foundLists)).To(Equal(1), "at once")
		g.Expect(b.discoveries.take()).To(HaveKeyWithValue(itself, 1))
		g.Expect(b.Found(at)).To(HaveExactElements(HaveField("ID", "one")))
		wait(time.Hour)
		g.Expect(b.remote.count(foundLists)).To(BeNumerically("~", 6, 1))
		g.Expect(b.discoveries.take()[itself]).To(BeNumerically("~", 6, 1), "each list is looked at, be it news or not")

		lists := b.remote.count(foundLists)
		b.Discover(at, time.Minute)
		wait(time.Hour)
		g.Expect(b.remote.count(foundLists)-lists).To(BeNumerically("~", 58, 4), "more often from now on")
		b.Discover(at, 0)
		g.Expect(b.Found(at)).To(BeNil())
		lists = b.remote.count(foundLists)
		wait(time.Hour)
		g.Expect(b.remote.count(foundLists)).To(Equal(lists))
	})
}

func TestWhatIsFoundIsOfThisConnection(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.Discover(at, time.Minute)
		b.Open(at, b.remote)
		wait(time.Second)
		g.Expect(b.Found(at)).To(And(BeEmpty(), Not(BeNil())), "an empty list is one, too")
		b.Close(at)
		g.Expect(b.Found(at)).To(BeNil())
		lists := b.remote.count(foundLists)
		wait(time.Hour)
		g.Expect(b.remote.count(foundLists)).To(Equal(lists))
		b.Open(at, b.remote)
		wait(time.Second)
		g.Expect(b.Found(at)).NotTo(BeNil())
		b.discoveries.take()

		b.remote.fail(foundLists, errors.New("no answer"))
		wait(time.Hour)
		g.Expect(b.discoveries.take()).To(BeEmpty(), "what is no list says nothing")
		g.Expect(b.errors).NotTo(BeEmpty())
	})
}

// One list tells discovery what is there, and those who track a blueprint what became of it.
func TestDiscoverySparesTheListOfTrackedBlueprints(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		created := time.Now()
		first := cloudify.Blueprint{ID: "one", State: "uploaded", CreatedAt: created}
		b.remote.change(func() { b.remote.blueprints["one"] = first })
		b.TrackBlueprint(at, &first, objectOf("one"))
		b.Discover(at, time.Minute)
		b.Open(at, b.remote)
		wait(time.Hour)
		g.Expect(b.remote.count(blueprintLists)).To(BeZero())
		g.Expect(b.blueprints.take()).To(BeEmpty())

		b.remote.change(func() {
			b.remote.blueprints["one"] = cloudify.Blueprint{ID: "one", State: "uploaded", CreatedAt: created.Add(time.Millisecond)}
		})
		wait(70 * time.Second)
		g.Expect(b.blueprints.take()).To(HaveKey(objectOf("one")), "another was uploaded under its ID")
		g.Expect(b.BlueprintPresent(at, "one", objectOf("one"), created)).To(BeFalse())
		again := b.remote.blueprints["one"]
		b.TrackBlueprint(at, &again, objectOf("one"))
		wait(time.Hour)
		g.Expect(b.blueprints.take()).To(BeEmpty())
	})
}

// After a restart an object says which blueprint it saw.
func TestAnotherBlueprintAfterARestart(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		created := time.Now()
		b.remote.change(func() {
			b.remote.blueprints["same"] = cloudify.Blueprint{ID: "same", State: "uploaded", CreatedAt: created}
			b.remote.blueprints["other"] = cloudify.Blueprint{ID: "other", State: "uploaded", CreatedAt: created.Add(time.Hour)}
		})
		for _, id := range []string{"same", "other"} {
			g.Expect(b.BlueprintPresent(at, id, objectOf(id), created)).To(BeTrue())
		}
		b.Discover(at, time.Minute)
		b.Open(at, b.remote)
		wait(time.Second)
		g.Expect(b.blueprints.take()).To(Equal(once("other")))
	})
}

func TestFinding(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		g.Expect(b.Finding(at)).To(BeNil())
		for _, f := range []*Finding{{Good: true, Reason: "Discovered", Message: "3"}, {Good: true, Reason: "Discovered", Message: "4"}, nil} {
			b.SetFinding(at, f)
			g.Expect(b.managers.take()).To(Equal(map[types.NamespacedName]int{itself: 1}), "news")
			if f != nil {
				same := *f
				b.SetFinding(at, &same)
			}
			g.Expect(b.managers.take()).To(BeEmpty(), "none")
			g.Expect(b.Finding(at)).To(Equal(f))
		}
	})
}
