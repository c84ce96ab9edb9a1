// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leftovers

import (
	"context"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

type deployment = v1alpha1.CloudifyDeployment

// objects lets a Memory remember objects of an API server that has these.
func objects(t *testing.T, stored ...client.Object) *Memory[*deployment] {
	t.Helper()
	scheme := runtime.NewScheme()
	NewWithT(t).Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	c := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&deployment{}).WithObjects(stored...).Build()
	return New[*deployment](c, c)
}

// held is an object with our finalizer.
func held(name, uid string, change ...func(*deployment)) *deployment {
	d := &deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID(uid), Finalizers: []string{v1alpha1.Finalizer}}}
	for _, c := range change {
		c(d)
	}
	return d
}

func deleting(d *deployment) { d.DeletionTimestamp = new(metav1.Now()) }
func stripped(d *deployment) { d.Finalizers = nil }

// Only what a watch saw go, with our finalizer on it, and for which something was made lately, is cleared up behind.
func TestWhichDeletionsCount(t *testing.T) {
	for _, row := range []struct {
		name    string
		made    bool
		last    *deployment
		unknown bool
		counts  bool
	}{
		{"overtaken", true, held("a", "1"), false, true},
		{"nothing was made", false, held("a", "1"), false, false},
		{"something was made for another of its name", true, held("a", "2"), false, false},
		{"missing in a new list", true, held("a", "1"), true, false},
		{"let go", true, held("a", "1", deleting, stripped), false, false},
		{"let go by force", true, held("a", "1", stripped), false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, m := NewWithT(t), objects(t)
			if row.made {
				m.Made(held("a", "1"))
				m.seen(held("a", "1"), true)
			}
			queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
			defer queue.ShutDown()
			m.Watch().Delete(t.Context(), event.DeleteEvent{Object: row.last, DeleteStateUnknown: row.unknown}, queue)
			g.Expect(queue.Len() == 1).To(Equal(row.counts))
			g.Expect(m.isGone(row.last.UID)).To(Equal(row.counts))
		})
	}
}

// clearing is a controller that lets go of an object that is deleted at the given try.
type clearing struct {
	client.Client
	tries, last int
	seen        []*deployment
	end         func(*deployment)
}

func (c *clearing) Reconcile(ctx context.Context, d *deployment) (ctrl.Result, error) {
	c.tries++
	c.seen = append(c.seen, d.DeepCopy())
	before := d.DeepCopy()
	d.Status.DeploymentID = fmt.Sprint("try ", c.tries)
	if err := c.Status().Patch(ctx, d, client.MergeFrom(before)); err != nil {
		return ctrl.Result{}, err
	}
	if c.tries < c.last {
		return ctrl.Result{RequeueAfter: time.Hour}, nil
	}
	c.end(d)
	return ctrl.Result{RequeueAfter: time.Hour}, c.Patch(ctx, d, client.MergeFrom(before))
}

func TestCleared(t *testing.T) {
	for name, row := range map[string]struct {
		stored   []client.Object
		end      func(*deployment)
		tries    int
		released bool
	}{
		"in two steps, then let go": {nil, func(d *deployment) { controllerutil.RemoveFinalizer(d, v1alpha1.Finalizer) }, 2, true},
		"stalled: nobody can ask again": {nil, func(d *deployment) {
			outcome.SetSummary(&d.Status.Conditions, 1, outcome.Classify(outcome.Stall("UninstallFailed", "m")), "")
		}, 2, true},
		"paused: nobody can go on": {nil, func(d *deployment) {
			outcome.SetSummary(&d.Status.Conditions, 1, outcome.Classify(outcome.Wait(v1alpha1.ReasonPaused, "m")), "")
		}, 2, true},
		"waiting":           {nil, func(*deployment) {}, 3, false},
		"there after all":   {[]client.Object{held("b", "1"), held("a", "1")}, func(*deployment) {}, 0, true},
		"another one there": {[]client.Object{held("a", "2")}, func(d *deployment) { d.Finalizers = nil }, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			g, m := NewWithT(t), objects(t, row.stored...)
			m.Made(held("a", "1"))
			m.seen(held("a", "1"), true)
			g.Expect(m.deleted(held("a", "1"))).To(BeTrue())
			c := &clearing{Client: m.Client(), last: 2, end: row.end}
			r := m.Reconciler(c).(*reconciler[*deployment])
			r.stored = reconcile.Func(func(context.Context, reconcile.Request) (ctrl.Result, error) { return ctrl.Result{}, nil })
			for range 3 {
				result, err := r.Reconcile(t.Context(), reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "shop", Name: "a"}})
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(result.RequeueAfter).To(BeNumerically("<=", lookAgain))
			}
			g.Expect(c.tries).To(Equal(row.tries))
			g.Expect(m.isGone("1")).NotTo(Equal(row.released))
			for i, d := range c.seen {
				g.Expect(d.DeletionTimestamp.IsZero()).To(BeFalse())
				if i > 0 {
					g.Expect(d.Status.DeploymentID).To(Equal(fmt.Sprint("try ", i)), "its status is kept in memory")
				}
			}
		})
	}
}

// A write that does not find its object counts where something was made that no write confirmed since, and nowhere else.
func TestMissed(t *testing.T) {
	g, m := NewWithT(t), objects(t)
	d := held("a", "1")
	patch := func() error {
		return m.Client().Status().Patch(t.Context(), d, client.MergeFrom(held("a", "1", func(d *deployment) { d.Status.DeploymentID = "x" })))
	}
	g.Expect(patch()).NotTo(Succeed())
	g.Expect(m.isGone("1")).To(BeFalse(), "nothing was made")
	m.Made(d)
	m.seen(d, true)
	g.Expect(patch()).NotTo(Succeed())
	g.Expect(m.isGone("1")).To(BeFalse(), "an object that vanished later may be one of many")
	m.Made(d)
	g.Expect(patch()).NotTo(Succeed())
	g.Expect(m.isGone("1")).To(BeTrue())
	g.Expect(patch()).To(Succeed(), "what is gone is kept in memory")
}

// An object may go before anything is made for it, its watch event with it, and the reconcile that makes it have nothing to write.
func TestWhatIsMadeForAnObjectThatWentBefore(t *testing.T) {
	for name, row := range map[string]struct {
		stored []client.Object
		gone   bool
	}{
		"gone":              {nil, true},
		"another one there": {[]client.Object{held("a", "2")}, true},
		"there":             {[]client.Object{held("a", "1")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			g, m := NewWithT(t), objects(t, row.stored...)
			d := held("a", "1")
			g.Expect(m.deleted(d)).To(BeFalse(), "nothing was made yet")
			c := &clearing{Client: m.Client(), last: 5}
			r := m.Reconciler(c).(*reconciler[*deployment])
			r.stored = reconcile.Func(func(context.Context, reconcile.Request) (ctrl.Result, error) { m.Made(d); return ctrl.Result{}, nil })
			_, err := r.Reconcile(t.Context(), reconcile.Request{NamespacedName: client.ObjectKeyFromObject(d)})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(m.isGone("1")).To(Equal(row.gone))
			g.Expect(c.tries == 1).To(Equal(row.gone))
			_, open := m.toConfirm(client.ObjectKeyFromObject(d))
			g.Expect(open).To(BeFalse())
		})
	}
}

func TestMemoryIsBounded(t *testing.T) {
	g := NewWithT(t)
	var m made
	now := time.Now()
	m.note("old", now.Add(-time.Hour))
	m.note("again", now.Add(-lately-time.Second))
	m.note("again", now)
	m.note("new", now)
	g.Expect([]bool{m.lately("old", now), m.lately("again", now), m.lately("new", now), m.lately("never", now)}).To(Equal([]bool{false, true, true, false}))
	g.Expect(m.at).To(HaveLen(2))
	for i := range mostMade {
		m.note(types.UID(fmt.Sprint(i)), now)
	}
	g.Expect(m.at).To(HaveLen(mostMade))
	g.Expect(m.order).To(HaveLen(mostMade))
	g.Expect(m.lately("new", now)).To(BeFalse(), "the oldest give way")
	g.Expect(m.lately("new", now.Add(lately+time.Second))).To(BeFalse())

	all := objects(t)
	for i := range mostGone + 1 {
		d := held("a", fmt.Sprint(i))
		all.Made(d)
		g.Expect(all.deleted(d)).To(Equal(i < mostGone))
	}
}
