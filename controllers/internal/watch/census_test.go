// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// What carries this cluster's label is counted every ten minutes, by lists that serve as any others; sooner when asked.
func TestCensus(t *testing.T) {
	inBubble(t, 3, func(t *testing.T, b *bench) {
		g := NewWithT(t)
		b.options.Cluster = "ours"
		label := func(cluster string) cloudify.LabelSet {
			return cloudify.LabelSet{v1alpha1.RemoteLabelCluster: {cluster}, v1alpha1.RemoteLabelNamespace: {"shop"}, v1alpha1.RemoteLabelName: {"cellar"}}
		}
		b.remote.change(func() {
			for i, cluster := range []string{"ours", "theirs"} {
				d := b.remote.deployments[deploymentID(i)]
				d.Labels = label(cluster)
				b.remote.deployments[d.ID] = d
			}
			b.remote.blueprints["k8s-cellar-1"] = cloudify.Blueprint{ID: "k8s-cellar-1", Labels: label("ours")}
			b.remote.blueprints["cellar"] = cloudify.Blueprint{ID: "cellar"}
		})
		b.Open(at, b.remote)
		wait(30 * time.Second)
		g.Expect(b.Census(at)).To(BeNil())
		b.managers.take()
		wait(40 * time.Second)
		g.Expect(b.Census(at)).To(Equal(&Census{
			Number:      1,
			Deployments: []Marked{{deploymentID(0), "shop", "cellar"}}, Blueprints: []Marked{{"k8s-cellar-1", "shop", "cellar"}},
		}))
		g.Expect(b.managers.take()).To(HaveLen(1), "its CloudifyManager is woken")
		row, seen := b.Look(at, deploymentID(0))
		g.Expect(seen).To(Equal(Present))
		g.Expect(row.Labels).To(BeNil(), "rows are kept small")

		lists := b.remote.count(deploymentLists)
		wait(8 * time.Minute)
		g.Expect(b.Census(at).Number).To(Equal(1))
		g.Expect(b.remote.count(foundLists)).To(Equal(1))
		wait(4 * time.Minute)
		g.Expect(b.Census(at).Number).To(Equal(2))
		g.Expect(b.remote.count(deploymentLists)-lists).To(BeNumerically("~", 12, 1), "it costs no list more than there are")

		b.CountAgain(at)
		wait(70 * time.Second)
		g.Expect(b.Census(at).Number).To(Equal(3))
	})
}
