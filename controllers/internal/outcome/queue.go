// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package outcome

import (
	"context"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// Deadline is how long a reconcile may speak to its Manager.
const Deadline = 30 * time.Second

// WithDeadline bounds what a reconcile spends on its Manager; the status can be written afterwards.
func WithDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return cloudify.Brief(ctx, Deadline)
}

// ControllerOptions are those of every controller of ours. Objects wait in a queue with priorities: what is deleted, created
// or changed goes before what is only looked at again, at a start too (IdleLast). A failing object is tried again after 1 s,
// doubled up to 5 min; waiting tells which merely wait for their turn, and have neither failed nor succeeded. It may be nil.
func ControllerOptions(concurrency int, waiting func(reconcile.Request) bool) controller.Options {
	limiter := backOff{workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](time.Second, 5*time.Minute), waiting}
	return controller.Options{MaxConcurrentReconciles: concurrency, RateLimiter: limiter, UsePriorityQueue: new(true)}
}

// backOff remembers failures until a reconcile ends well.
type backOff struct {
	workqueue.TypedRateLimiter[reconcile.Request]
	waiting func(reconcile.Request) bool
}

func (b backOff) Forget(r reconcile.Request) {
	if b.waiting == nil || !b.waiting(r) {
		b.TypedRateLimiter.Forget(r)
	}
}

// conflictInterval is when an object is looked at anew that somebody else wrote meanwhile: the cache has it by then.
const conflictInterval = 500 * time.Millisecond

// Reconciler is inner without failures by conflict: an object that somebody else wrote meanwhile is looked at anew, without a
// message and without back-off, because what was to be written rests on what it was before.
func Reconciler(inner reconcile.Reconciler) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
		result, err := inner.Reconcile(ctx, request)
		if !apierrors.IsConflict(err) {
			return result, err
		}
		ctrl.LoggerFrom(ctx).V(1).Info("Object changed in the meantime, reconciling again", "why", err.Error())
		return reconcile.Result{RequeueAfter: conflictInterval, Priority: &ordinary}, nil
	})
}

// Crowd is the priority of work that many objects have at once: the work of single ones goes before it, and a look at what is
// as it should be after it.
const Crowd = handler.LowPriority / 2

// IdleLast is for a controller's own kind, beside its For. When the process begins, all objects come at once and with low
// priority; those that have something to do go before the idle ones, which are only looked at again. What is idle, the object
// itself says: nothing else is known yet.
func IdleLast[T client.Object](idle func(T) bool) handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			if o, ours := e.Object.(T); ours && e.IsInInitialList && !idle(o) {
				Add(queue, Crowd, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)})
			}
		},
	}
}

// Woken are objects that something wakes together: those that have work to do, and idle ones, which it may help.
type Woken struct{ Work, Idle []reconcile.Request }

// Wake are those of the objects that pick takes.
func Wake[T any, O interface {
	*T
	client.Object
}](objects []T, pick, idle func(O) bool) (w Woken) {
	for i := range objects {
		o := O(&objects[i])
		switch request := (reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)}); {
		case !pick(o):
		case idle(o):
			w.Idle = append(w.Idle, request)
		default:
			w.Work = append(w.Work, request)
		}
	}
	return w
}

// All are all of them, those that have work first.
func (w Woken) All() []reconcile.Request { return slices.Concat(w.Work, w.Idle) }

// Many wakes what by finds for an object, as AddMany does.
func Many(by func(context.Context, client.Object) Woken) handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			AddMany(q, by(ctx, e.Object))
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			AddMany(q, by(ctx, e.ObjectNew))
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			AddMany(q, by(ctx, e.Object))
		},
	}
}

// AddMany adds what was woken together: work as that of many at once, and idle ones after all work, also that of others.
func AddMany(to workqueue.TypedRateLimitingInterface[reconcile.Request], woken Woken) {
	Add(to, Crowd, woken.Work...)
	Add(to, handler.LowPriority, woken.Idle...)
}

// Add adds requests to a queue with a priority, where it knows priorities.
func Add(to workqueue.TypedRateLimitingInterface[reconcile.Request], priority int, requests ...reconcile.Request) {
	if queue, ok := to.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
		queue.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, requests...)
		return
	}
	for _, request := range requests {
		to.Add(request)
	}
}
