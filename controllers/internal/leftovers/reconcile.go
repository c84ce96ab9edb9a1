// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leftovers

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// Watch is for a controller's own kind: it wakes an object that went and left something behind. An object that is missing in a
// new list was not seen to go.
func (m *Memory[T]) Watch() handler.Funcs {
	return handler.Funcs{
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			if last, ours := e.Object.(T); ours && !e.DeleteStateUnknown && m.deleted(last) {
				queue.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(last)})
			}
		},
	}
}

// Reconciler reconciles the object of a name with r, and then those of the same name that are gone.
func (m *Memory[T]) Reconciler(r reconcile.ObjectReconciler[T]) reconcile.Reconciler {
	return &reconciler[T]{memory: m, objects: r, stored: reconcile.AsReconciler(m.client, r)}
}

type reconciler[T outcome.Object] struct {
	memory  *Memory[T]
	objects reconcile.ObjectReconciler[T]
	stored  reconcile.Reconciler
}

func (r *reconciler[T]) Reconcile(ctx context.Context, request reconcile.Request) (ctrl.Result, error) {
	result, err := r.stored.Reconcile(ctx, request)
	if unsure := r.confirm(ctx, request.NamespacedName); unsure != nil {
		err = errors.Join(err, unsure)
	}
	for _, o := range r.memory.goneOf(request.NamespacedName) {
		cleared, failed := r.clear(ctx, o)
		result.RequeueAfter = sooner(result.RequeueAfter, cleared.RequeueAfter)
		if failed != nil {
			err = errors.Join(err, failed)
		}
	}
	return result, err
}

// confirm finds out whether an object for which something was made is there, unless a write showed it.
func (r *reconciler[T]) confirm(ctx context.Context, key types.NamespacedName) error {
	o, found := r.memory.toConfirm(key)
	if !found {
		return nil
	}
	exists, err := r.memory.exists(ctx, o)
	if err == nil {
		r.memory.seen(o, exists)
	}
	return err
}

// clear takes what was made for an object that is gone one step nearer to its end.
func (r *reconciler[T]) clear(ctx context.Context, o T) (ctrl.Result, error) {
	log := ctrl.LoggerFrom(ctx).WithValues("UID", o.GetUID())
	exists, err := r.memory.exists(ctx, o)
	switch {
	case err != nil:
		return ctrl.Result{}, err
	case exists:
		r.memory.forget(o.GetUID())
		return ctrl.Result{}, nil
	}
	result, err := r.objects.Reconcile(ctx, o)
	switch {
	case !controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer):
		r.memory.forget(o.GetUID())
		log.Info("Cleaned up after an object that was deleted before its finalizer was set")
		return ctrl.Result{}, nil
	case stuck(o):
		r.memory.forget(o.GetUID())
		log.Info("Left an orphan at the Manager: its object is gone, so nobody can request a retry", "reason", readyOf(o).Message)
		return ctrl.Result{}, nil
	}
	r.memory.keep(o)
	result.RequeueAfter = sooner(result.RequeueAfter, lookAgain)
	return result, err
}

// lookAgain is when an object that is gone is looked at again at the latest: watches and polls wake those that are stored.
const lookAgain = 10 * time.Second

// exists asks the API server itself: a watch may have lost sight of an object that is there.
func (m *Memory[T]) exists(ctx context.Context, o T) (bool, error) {
	found := o.DeepCopyObject().(T)
	switch err := m.live.Get(ctx, client.ObjectKeyFromObject(o), found); {
	case apierrors.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("make sure that the object is gone: %w", err)
	}
	return found.GetUID() == o.GetUID(), nil
}

// stuck reports whether only a person could help, who has no object left to change.
func stuck(o outcome.Object) bool {
	return meta.IsStatusConditionTrue(o.GetConditions(), v1alpha1.StalledCondition) || readyOf(o).Reason == v1alpha1.ReasonPaused
}

func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
