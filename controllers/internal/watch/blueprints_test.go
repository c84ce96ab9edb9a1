// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

func TestFollowUpload(t *testing.T) {
	for _, end := range []string{"uploaded", "invalid", "failed_uploading"} {
		t.Run(end, func(t *testing.T) {
			inBubble(t, 0, func(t *testing.T, b *bench) {
				g := NewWithT(t)
				b.Open(at, b.remote)
				wait(10 * time.Second)
				b.remote.upload("mine", "pending")
				b.remote.upload("another's", "parsing")
				b.FollowUpload(at, "mine", objectOf("mine"))
				for _, state := range []string{"pending", "uploading", "extracting", "parsing"} {
					b.remote.upload("mine", state)
					wait(10 * time.Second)
					g.Expect(b.blueprints.take()).To(BeEmpty())
				}
				g.Expect(b.remote.count(uploadLists)).To(BeNumerically("~", 20, 2))
				b.remote.upload("mine", end)
				wait(2200 * time.Millisecond)
				g.Expect(b.blueprints.take()).To(Equal(once("mine")))

				lists := b.remote.count(uploadLists)
				wait(time.Hour)
				g.Expect(b.remote.count(uploadLists)).To(Equal(lists), "none is open")
				g.Expect(b.deployments.take()).To(BeEmpty())
			})
		})
	}
}

func TestTwoObjectsFollowOneUpload(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.Open(at, b.remote)
		wait(10 * time.Second)
		b.FollowUpload(at, "shared", objectOf("one"))
		b.FollowUpload(at, "shared", objectOf("two"))
		wait(3 * time.Second)
		g.Expect(b.blueprints.take()).To(Equal(once("one", "two")))
	})
}

func TestReleasesWithoutStatesHaveNoOpenUploads(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.Open(at, b.remote)
		wait(10 * time.Second)
		b.remote.fail(uploadLists, &cloudify.UnsupportedError{What: "blueprint states"})
		b.FollowUpload(at, "mine", objectOf("mine"))
		wait(3 * time.Second)
		g.Expect(b.blueprints.take()).To(Equal(once("mine")))
		g.Expect(b.errors).To(BeEmpty())
	})
}

func TestTrackedBlueprints(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		for _, id := range []string{"stays", "vanishes", "let go"} {
			b.remote.upload(id, "uploaded")
			b.TrackBlueprint(at, &cloudify.Blueprint{ID: id, State: "uploaded"}, objectOf(id))
		}
		b.Open(at, b.remote)
		wait(time.Hour)
		g.Expect(b.remote.count(blueprintLists)).To(BeNumerically("~", 12, 1))
		g.Expect(b.blueprints.take()).To(BeEmpty())

		b.ForgetBlueprint(at, "let go")
		b.remote.change(func() { delete(b.remote.blueprints, "vanishes"); delete(b.remote.blueprints, "let go") })
		for range 2 {
			wait(6 * time.Minute)
			g.Expect(b.blueprints.take()).To(HaveKey(objectOf("vanishes")))
			g.Expect(b.BlueprintPresent(at, "vanishes", objectOf("vanishes"), time.Time{})).To(BeFalse())
		}
		b.remote.upload("vanishes", "invalid")
		b.TrackBlueprint(at, &cloudify.Blueprint{ID: "vanishes", State: "invalid"}, objectOf("vanishes"))
		wait(time.Hour)
		g.Expect(b.blueprints.take()).To(BeEmpty())
		g.Expect(b.BlueprintPresent(at, "vanishes", objectOf("vanishes"), time.Time{})).To(BeFalse(), "it is of no use")
		g.Expect(b.BlueprintPresent(at, "stays", objectOf("stays"), time.Time{})).To(BeTrue())
	})
}

func TestAListOfBlueprintsProvesNothingAgainstALaterLook(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.latency = 30 * time.Second
		b.TrackBlueprint(at, &cloudify.Blueprint{ID: "new", State: "parsing"}, objectOf("new"))
		b.Open(at, b.remote)
		for b.remote.count(blueprintLists) == 0 {
			wait(time.Second)
		}
		b.remote.upload("new", "uploaded")
		b.TrackBlueprint(at, &cloudify.Blueprint{ID: "new", State: "uploaded"}, objectOf("new"))
		wait(time.Hour)
		g.Expect(b.remote.count(blueprintLists)).To(BeNumerically(">", 1))
		g.Expect(b.blueprints.take()).To(BeEmpty())
	})
}

func TestBlueprintsAfterARestart(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.upload("stays", "uploaded")
		b.Open(at, b.remote)
		wait(time.Second)
		g.Expect(b.BlueprintPresent(at, "stays", objectOf("stays"), time.Time{})).To(BeTrue())
		g.Expect(b.BlueprintPresent(at, "gone", objectOf("gone"), time.Time{})).To(BeTrue(), "no list has told otherwise")
		wait(70 * time.Second)
		g.Expect(b.blueprints.take()).To(Equal(once("gone")))
		g.Expect(b.BlueprintPresent(at, "gone", objectOf("gone"), time.Time{})).To(BeFalse())
		g.Expect(b.remote.count(blueprintLists)).To(Equal(1))
	})
}

func TestAnUploadThatIsLetGoKeepsNobodyBusy(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.Open(at, b.remote)
		b.remote.upload("stuck", "uploading")
		b.FollowUpload(at, "stuck", objectOf("stuck"))
		wait(time.Minute)
		b.ForgetBlueprint(at, "stuck")
		wait(time.Minute)
		lists := b.remote.count(executionLists)
		wait(10 * time.Minute)
		g.Expect(b.remote.count(executionLists) - lists).To(BeNumerically("~", 20, 1))
		g.Expect(b.blueprints.take()).To(BeEmpty())
	})
}

func TestABlueprintOfSeveralObjects(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.remote.upload("shared", "uploaded")
		for _, name := range []string{"one", "two", "three"} {
			b.TrackBlueprint(at, &cloudify.Blueprint{ID: "shared", State: "uploaded"}, objectOf(name))
		}
		b.Open(at, b.remote)
		wait(10 * time.Second)
		b.ForgetBlueprint(at, "shared") // by the first, which deletes it
		g.Expect(b.blueprints.take()).To(Equal(once("one", "two", "three")))
		b.remote.change(func() { delete(b.remote.blueprints, "shared") })
		g.Expect(b.BlueprintPresent(at, "shared", objectOf("two"), time.Time{})).To(BeTrue())
		g.Expect(b.BlueprintPresent(at, "shared", objectOf("three"), time.Time{})).To(BeTrue())
		wait(2 * time.Minute)
		g.Expect(b.blueprints.take()).To(Equal(once("two", "three")))
	})
}
