// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

func marked(ids ...string) []watch.Marked {
	var all []watch.Marked
	for _, id := range ids {
		all = append(all, watch.Marked{ID: id, Namespace: "shop", Name: "of " + id})
	}
	return all
}

// What carries our label is an orphan where no object stands for it, whichever way an object can.
func TestOrphansOf(t *testing.T) {
	g := NewWithT(t)
	uploaded := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cellar"}}
	uploaded.Spec.Source = &v1alpha1.BlueprintSource{}
	uploaded.Status.BlueprintID = "k8s-cellar-new"
	uploaded.Status.Revisions = []v1alpha1.BlueprintRevision{{BlueprintID: "k8s-cellar-begun"}, {BlueprintID: "k8s-cellar-new"}, {BlueprintID: "k8s-cellar-old"}}
	r := newReconciler(t, uploaded,
		&v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "a", UID: "1"}},
		&v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "b", UID: "2", Finalizers: []string{v1alpha1.Finalizer}, DeletionTimestamp: new(metav1.Now())}},
		&v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "c", UID: "3"}, Spec: v1alpha1.CloudifyDeploymentSpec{DeploymentID: "adopted"}},
	)
	k, err := r.known(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	census := &watch.Census{
		Deployments: marked("k8s-1", "k8s-2", "k8s-3", "adopted", "k8s-4"),
		Blueprints:  marked("k8s-cellar-begun", "k8s-cellar-new", "k8s-cellar-old", "k8s-cellar-gone"),
	}
	g.Expect(orphansOf(census, k, kube.View{}.Watches)).To(Equal(orphans{marked("k8s-3", "k8s-4"), marked("k8s-cellar-gone")}))
	g.Expect(orphansOf(census, k, kube.View{Watched: []string{"shop", "bar"}}.Watches)).To(Equal(orphans{marked("k8s-3", "k8s-4"), marked("k8s-cellar-gone")}))
	g.Expect(orphansOf(census, k, kube.View{Watched: []string{"bar"}}.Watches).count()).To(BeZero(), "objects of other namespaces are not seen")
}

// One count proves nothing: an object and what it stood for may have gone while it was made.
func TestTwoCountsConfirm(t *testing.T) {
	g := NewWithT(t)
	var c counts
	for i, row := range []struct {
		found     []string
		confirmed []string
		known     bool
		again     bool
	}{
		{[]string{"a"}, nil, false, true},
		{[]string{"a", "b"}, []string{"a"}, true, true},
		{[]string{"b", "c"}, []string{"b"}, true, true},
		{[]string{"b", "c"}, []string{"b", "c"}, true, false},
		{nil, nil, true, false},
	} {
		confirmed, again := c.confirm("default", i+1, orphans{deployments: marked(row.found...)})
		g.Expect(again).To(Equal(row.again), "count %d", i)
		g.Expect(confirmed != nil).To(Equal(row.known), "count %d", i)
		if row.known {
			g.Expect(confirmed.deployments).To(ConsistOf(marked(row.confirmed...)), "count %d", i)
		}
		g.Expect(c.compared("default", i+1)).To(BeTrue())
		g.Expect(c.compared("other", i+1)).To(BeFalse())
	}
	confirmed, again := new(counts).confirm("default", 1, orphans{})
	g.Expect(confirmed).To(HaveValue(BeZero()), "none is none at once")
	g.Expect(again).To(BeFalse())
}

func TestSetOrphans(t *testing.T) {
	g := NewWithT(t)
	s := newScope(newManager("https://manager"))
	condition := func() *metav1.Condition {
		return meta.FindStatusCondition(s.manager.Status.Conditions, v1alpha1.OrphansFoundCondition)
	}
	setOrphans(s)
	g.Expect(condition()).To(BeNil(), "nothing is known yet")

	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf("k8s-%02d", i))
	}
	s.version, s.orphans = &cloudify.Version{Version: "7.1.0"}, &orphans{marked(many...), marked("k8s-cellar-gone")}
	setOrphans(s)
	g.Expect(*condition()).To(And(HaveField("Status", metav1.ConditionTrue), HaveField("Reason", v1alpha1.ReasonOrphansFound), HaveField("Message", ContainSubstring("30 deployments and 1 blueprints"))))
	g.Expect(s.manager.Status.Orphans.Count).To(BeEquivalentTo(31))
	g.Expect(s.manager.Status.Orphans.Deployments).To(HaveLen(20))
	g.Expect(s.manager.Status.Orphans.Blueprints).To(Equal([]v1alpha1.Orphan{{ID: "k8s-cellar-gone", Namespace: "shop", Name: "of k8s-cellar-gone"}}))

	s.orphans = nil
	setOrphans(s)
	g.Expect(s.manager.Status.Orphans.Count).To(BeEquivalentTo(31), "it stands until there is news")

	s.orphans = &orphans{}
	setOrphans(s)
	g.Expect(*condition()).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Reason", v1alpha1.ReasonNoOrphans)))
	g.Expect(s.manager.Status.Orphans).To(BeNil())

	s.version = &cloudify.Version{Version: "5.0.5"}
	setOrphans(s)
	g.Expect(*condition()).To(And(HaveField("Status", metav1.ConditionUnknown), HaveField("Reason", v1alpha1.ReasonLabelsUnsupported), HaveField("Message", ContainSubstring("5.0.5"))))
}

func TestTally(t *testing.T) {
	g := NewWithT(t)
	shown := func() float64 {
		families, err := metrics.Registry.Gather()
		g.Expect(err).NotTo(HaveOccurred())
		for _, family := range families {
			if family.GetName() == "cloudify_operator_orphans" {
				return family.GetMetric()[0].GetGauge().GetValue()
			}
		}
		return -1
	}
	var all tally
	all.set("a", 3)
	all.set("b", 4)
	g.Expect(shown()).To(BeEquivalentTo(7))
	all.set("a", 0)
	g.Expect(shown()).To(BeEquivalentTo(4))
	all.set("b", 0)
	g.Expect(shown()).To(BeZero())
}
