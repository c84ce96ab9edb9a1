// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// What was made for an earlier object of a name is known by the first list, by those with labels after it, and by what was made since.
func TestNamesakes(t *testing.T) {
	shop := types.NamespacedName{Namespace: "shop", Name: "cellar"}
	const own = "k8s-own"
	named := func(cluster, name string) cloudify.LabelSet {
		return cloudify.LabelSet{v1alpha1.RemoteLabelCluster: {cluster}, v1alpha1.RemoteLabelNamespace: {"shop"}, v1alpha1.RemoteLabelName: {name}}
	}
	inBubble(t, 4, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.options.Cluster = "ours"
		b.remote.latency = time.Second
		b.remote.change(func() {
			for i, labels := range []cloudify.LabelSet{named("ours", "cellar"), named("theirs", "cellar"), named("ours", "attic"), nil} {
				d := b.remote.deployments[deploymentID(i)]
				d.Labels = labels
				b.remote.deployments[d.ID] = d
			}
		})
		asks := func() (ids []string, known bool) { return b.Namesakes(at, own, shop) }
		b.Open(at, b.remote)
		b.Track(at, own, shop, false)
		_, known := asks()
		g.Expect(known).To(BeFalse(), "no list was made yet")
		wait(2 * time.Second)
		g.Expect(b.deployments.take()).To(HaveKey(shop), "the first list can tell")
		ids, known := asks()
		g.Expect(known).To(BeTrue())
		g.Expect(ids).To(ConsistOf(deploymentID(0)), "of this cluster and of this name")
		g.Expect(b.remote.count(deploymentLists)).To(Equal(1), "the list that comes anyway")

		wait(2 * time.Minute)
		g.Expect(b.deployments.take()).To(BeEmpty(), "nothing is new")
		b.remote.remove(deploymentID(0))
		wait(70 * time.Second)
		g.Expect(b.deployments.take()).To(HaveKey(shop), "it went")
		ids, known = asks()
		g.Expect(known).To(BeTrue())
		g.Expect(ids).To(BeEmpty())

		// What this process made is known without a list that has labels.
		b.remote.put("k8s-second", "completed")
		b.Track(at, "k8s-second", shop, true)
		_, known = asks()
		g.Expect(known).To(BeFalse(), "the latest list is older than that")
		wait(3 * time.Second)
		g.Expect(b.deployments.take()).To(HaveKey(shop), "a list is asked for")
		ids, known = asks()
		g.Expect(known).To(BeTrue())
		g.Expect(ids).To(ConsistOf("k8s-second"))

		// One that is let go may be there still; one that is gone, as the Manager said, is not.
		b.Forget(at, "k8s-second")
		_, known = asks()
		g.Expect(known).To(BeFalse())
		b.Gone(at, "k8s-second")
		ids, known = asks()
		g.Expect(known).To(BeTrue())
		g.Expect(ids).To(BeEmpty())
	})
}

// Without a name for this cluster nobody's deployments can be told from others'.
func TestNamesakesOfNoCluster(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, b *bench) {
		ids, known := b.Namesakes(at, "k8s-own", objectOf("cellar"))
		NewWithT(t).Expect(known && len(ids) == 0).To(BeTrue())
	})
}
