// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"fmt"
	"maps"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// Claim sets, in one patch, the finalizer and the annotation that says which Manager an object belongs to for good. It
// comes before anything exists at the Manager: what was created without it could outlive its object.
func Claim(ctx context.Context, c client.Client, o client.Object, manager string) error {
	before := o.DeepCopyObject().(client.Object)
	changed := controllerutil.AddFinalizer(o, v1alpha1.Finalizer)
	if o.GetAnnotations()[v1alpha1.ManagerAnnotation] == "" {
		annotations := o.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[v1alpha1.ManagerAnnotation] = manager
		o.SetAnnotations(annotations)
		changed = true
	}
	if !changed {
		return nil
	}
	if err := c.Patch(ctx, o, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("claim for CloudifyManager %s: %w", manager, err)
	}
	return nil
}

// LetGo takes the finalizer away, and ends the reconcile.
func LetGo(ctx context.Context, c client.Client, o client.Object) error {
	before := o.DeepCopyObject().(client.Object)
	if controllerutil.RemoveFinalizer(o, v1alpha1.Finalizer) {
		if err := c.Patch(ctx, o, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("remove finalizer: %w", err)
		}
	}
	return outcome.LetGo()
}

// AnnotationsChanged lets an object through whose annotations changed, for the kinds that are claimed. A claim is left out: who
// makes it goes on with the object at once.
var AnnotationsChanged = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return changed(e.ObjectOld.GetAnnotations(), e.ObjectNew.GetAnnotations())
	},
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// changed compares annotations, but for a Manager where there was none.
func changed(was, is map[string]string) bool {
	if was[v1alpha1.ManagerAnnotation] == "" {
		is = maps.Clone(is)
		delete(is, v1alpha1.ManagerAnnotation)
	}
	return !maps.Equal(was, is)
}

// FinalizerTaken lets an object through whose finalizer somebody took away although it is not being deleted.
var FinalizerTaken = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return holds(e.ObjectOld) && !holds(e.ObjectNew) && e.ObjectNew.GetDeletionTimestamp().IsZero()
	},
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// Stripped reports whether somebody took the finalizer from an object that was reconciled before and is not being deleted. The next
// claim puts it back. Taken from one that is being deleted, it lets that go, as people mean it to.
func Stripped(o outcome.Object) bool {
	return !holds(o) && o.GetDeletionTimestamp().IsZero() && len(o.GetConditions()) > 0
}

func holds(o client.Object) bool { return controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) }

// OnlyDeletions lets only the deletion of an object through.
var OnlyDeletions = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}
