// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func named(name string) types.NamespacedName { return types.NamespacedName{Name: name} }

func deploymentThat(conditions ...metav1.Condition) *v1alpha1.CloudifyDeployment {
	d := &v1alpha1.CloudifyDeployment{}
	d.Status.Conditions = conditions
	return d
}

// Who finds no slot ends its reconcile and is woken in its controller's queue; only an object that says nothing yet says why.
func TestVisitsTakeTurns(t *testing.T) {
	g := NewWithT(t)
	pool := NewPool()
	woken := woken(t, pool.Turns("deployments"))
	c := pool.Open("default", newClient(t, "https://manager"))
	var in []*Visit
	for i := range firstSlots {
		v := pool.Visit("deployments", named(fmt.Sprint("in-", i)))
		g.Expect(v.Enter(c, deploymentThat(), New)).To(Succeed())
		in = append(in, v)
	}
	fresh, ready := pool.Visit("deployments", named("fresh")), pool.Visit("deployments", named("ready"))
	young := deploymentThat()
	young.CreationTimestamp = metav1.Now()
	out := outcome.Classify(fresh.Enter(c, young, New))
	g.Expect(out).To(And(HaveField("Kind", outcome.Waiting), HaveField("Untold", true), HaveField("After", BeNumerically("~", toldAfter, time.Second))))
	out = outcome.Classify(fresh.Enter(c, deploymentThat(), New))
	g.Expect(out).To(And(HaveField("Kind", outcome.Waiting), HaveField("Reason", "Queued"), HaveField("Message", ContainSubstring("CloudifyManager default"))))
	out = outcome.Classify(ready.Enter(c, deploymentThat(metav1.Condition{Type: "Ready"}), Resync))
	g.Expect(out).To(Equal(outcome.Outcome{Kind: outcome.Unchanged}))
	fresh.End("default", nil)
	ready.End("default", nil)
	g.Expect(pool.Waiting("deployments")(request("fresh"))).To(BeTrue(), "the end of a reconcile that waits keeps its place")
	g.Expect(pool.Waiting("blueprints")(request("fresh"))).To(BeFalse())

	in[0].End("default", nil)
	in[0].End("default", nil)
	g.Expect(woken()).To(Equal([]string{"fresh", "ready"}), "a good answer makes room for two")
	again := pool.Visit("deployments", named("fresh"))
	g.Expect(again.Enter(c, deploymentThat(), New)).To(Succeed())
	again.End("default", nil)
	g.Expect(pool.Waiting("deployments")(request("fresh"))).To(BeFalse())
}

// One Manager's line is not another's.
func TestEachManagerHasItsLine(t *testing.T) {
	g := NewWithT(t)
	pool := NewPool()
	busy, idle := pool.Open("busy", newClient(t, "https://busy")), pool.Open("idle", newClient(t, "https://idle"))
	for i := range 10 * firstSlots {
		_ = pool.Visit("deployments", named(fmt.Sprint(i))).Enter(busy, deploymentThat(), Change)
	}
	g.Expect(pool.Visit("deployments", named("other")).Enter(idle, deploymentThat(), Resync)).To(Succeed())
}

// A trip ends the turns, and the next connection begins with a single one.
func TestATrippedConnectionIsTrustedLess(t *testing.T) {
	g := NewWithT(t)
	pool := NewPool()
	c := pool.Open("default", newClient(t, "https://manager"))
	c.Note(errNoRoute)
	g.Expect(pool.Visit("deployments", named("a")).Enter(c, deploymentThat(), New)).NotTo(Succeed())
	c = pool.Open("default", newClient(t, "https://manager"))
	g.Expect(pool.Visit("deployments", named("a")).Enter(c, deploymentThat(), New)).To(Succeed(), "it was waiting")
	g.Expect(pool.Visit("deployments", named("b")).Enter(c, deploymentThat(), New)).NotTo(Succeed())
}

func TestUploadsAreBounded(t *testing.T) {
	g := NewWithT(t)
	c := NewPool().Open("default", newClient(t, "https://manager"))
	var end func()
	for range maxUploads {
		var ok bool
		end, ok = c.BeginUpload()
		g.Expect(ok).To(BeTrue())
	}
	_, ok := c.BeginUpload()
	g.Expect(ok).To(BeFalse())
	end()
	_, ok = c.BeginUpload()
	g.Expect(ok).To(BeTrue())
}
