// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package outcome

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// abandoned is what a caller gets who has no time left.
func abandoned() error {
	c, err := cloudify.New(cloudify.Config{Endpoint: "http://127.0.0.1:1", Tenant: "t", Token: "t"})
	if err != nil {
		return err
	}
	ctx, cancel := cloudify.Brief(context.Background(), 0)
	defer cancel()
	_, err = c.GetVersion(ctx)
	return err
}

func named(name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Name: name}}
}

// A look at what is as it should be waits behind all work, whatever woke the object last.
func TestPrioritiesOfWhatComesNext(t *testing.T) {
	for _, row := range []struct {
		name     string
		out      Outcome
		priority int
	}{
		{"nothing to do", Outcome{Kind: Done}, handler.LowPriority},
		{"unchanged", Outcome{Kind: Unchanged}, handler.LowPriority},
		{"stalled", Outcome{Kind: Stalled}, handler.LowPriority},
		{"soon", Outcome{Kind: Waiting, After: time.Second}, 0},
		{"retry", Outcome{Kind: Retry, Err: errors.New("no")}, 0},
	} {
		result, _ := Reporter{Resync: time.Hour}.Again(row.out)
		NewWithT(t).Expect(result.Priority).To(HaveValue(Equal(row.priority)), row.name)
	}
}

// That somebody else wrote the object meanwhile is no failure; anything else is the queue's to count.
func TestConflictsAreNoFailure(t *testing.T) {
	conflict := fmt.Errorf("patch status: %w", apierrors.NewConflict(schema.GroupResource{Resource: "cloudifydeployments"}, "a", errors.New("changed")))
	trouble := errors.New("trouble")
	for _, row := range []struct {
		name   string
		result reconcile.Result
		err    error
		after  time.Duration
		told   error
	}{
		{"a conflict", reconcile.Result{}, conflict, conflictInterval, nil},
		{"a conflict beside other trouble", reconcile.Result{}, errors.Join(conflict, trouble), conflictInterval, nil},
		{"trouble", reconcile.Result{}, trouble, 0, trouble},
		{"none", reconcile.Result{RequeueAfter: time.Minute}, nil, time.Minute, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r := Reconciler(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) { return row.result, row.err }))
			result, err := r.Reconcile(t.Context(), named("a"))
			g.Expect(result.RequeueAfter).To(Equal(row.after))
			if row.told == nil {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(BeIdenticalTo(row.told))
			}
		})
	}
}

// Work of many at once waits behind that of single ones, and goes before a look at what is as it should be, or has failed.
func TestManyGoAfterSingleOnes(t *testing.T) {
	g := NewWithT(t)
	queue := priorityqueue.New[reconcile.Request]("test")
	t.Cleanup(queue.ShutDown)
	many := Many(func(context.Context, client.Object) Woken {
		return Woken{Work: []reconcile.Request{named("a"), named("b")}, Idle: []reconcile.Request{named("failed")}}
	})
	m := &v1alpha1.CloudifyManager{}
	many.Update(t.Context(), event.UpdateEvent{ObjectOld: m, ObjectNew: m}, queue)
	Add(queue, handler.LowPriority, named("look"))
	Add(queue, Crowd, named("c"))
	queue.Add(named("single"))
	g.Eventually(queue.Len).Should(Equal(6))
	for _, next := range []string{"single", "a", "b", "c", "failed", "look"} {
		request, _ := queue.Get()
		g.Expect(request.Name).To(Equal(next))
	}
}

// What is idle is woken apart from what has work to do, and nobody who is not concerned.
func TestWake(t *testing.T) {
	g := NewWithT(t)
	var objects []v1alpha1.CloudifyManager
	for _, name := range []string{"failed", "other", "new", "idle", "begun"} {
		m := v1alpha1.CloudifyManager{}
		m.Name = name
		objects = append(objects, m)
	}
	woken := Wake(objects,
		func(m *v1alpha1.CloudifyManager) bool { return m.Name != "other" },
		func(m *v1alpha1.CloudifyManager) bool { return m.Name == "failed" || m.Name == "idle" })
	g.Expect(woken).To(Equal(Woken{
		Work: []reconcile.Request{named("new"), named("begun")},
		Idle: []reconcile.Request{named("failed"), named("idle")},
	}))
	g.Expect(woken.All()).To(HaveExactElements(named("new"), named("begun"), named("failed"), named("idle")))
}

// Who fails, waits for its turn and fails again has failed twice.
func TestWaitingIsNoSuccess(t *testing.T) {
	g := NewWithT(t)
	waits := true
	limiter := ControllerOptions(1, func(ctrl.Request) bool { return waits }).RateLimiter
	g.Expect(limiter.When(named("a"))).To(Equal(time.Second))
	limiter.Forget(named("a"))
	g.Expect(limiter.When(named("a"))).To(Equal(2 * time.Second))
	waits = false
	limiter.Forget(named("a"))
	g.Expect(limiter.When(named("a"))).To(Equal(time.Second))
}
