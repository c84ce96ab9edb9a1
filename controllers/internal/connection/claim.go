// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

// LetGo takes the finalizer away, last of all.
func LetGo(ctx context.Context, c client.Client, o client.Object) error {
	before := o.DeepCopyObject().(client.Object)
	if controllerutil.RemoveFinalizer(o, v1alpha1.Finalizer) {
		if err := c.Patch(ctx, o, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("remove finalizer: %w", err)
		}
	}
	return outcome.Release()
}

// FinalizerTaken lets an object through whose finalizer somebody took away although nobody deletes it.
var FinalizerTaken = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return holds(e.ObjectOld) && !holds(e.ObjectNew) && e.ObjectNew.GetDeletionTimestamp().IsZero()
	},
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// Stripped tells whether somebody took the finalizer from an object that was reconciled before and that nobody deletes. It is
// put back by the next claim; taken from an object that is being deleted it lets go, as people mean it.
func Stripped(o outcome.Object) bool {
	return !holds(o) && o.GetDeletionTimestamp().IsZero() && len(o.GetConditions()) > 0
}

func holds(o client.Object) bool { return controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) }

// OnlyDeletions lets only the end of an object through.
var OnlyDeletions = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// ReadinessChanged lets through whether a CloudifyManager is ready, and why not. What it says of it in words, and what else its
// status shows, need not wake those that use it.
var ReadinessChanged = predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.CloudifyManager), e.ObjectNew.(*v1alpha1.CloudifyManager)
		return readinessOf(before) != readinessOf(after)
	},
}

// readiness is what ReadinessChanged looks at.
type readiness struct {
	status metav1.ConditionStatus
	reason string
}

func readinessOf(m *v1alpha1.CloudifyManager) readiness {
	if ready := meta.FindStatusCondition(m.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		return readiness{ready.Status, ready.Reason}
	}
	return readiness{}
}

// unseenAfter is how long a Manager may be silent before its idle objects say that they do not know.
const unseenAfter = 10 * time.Minute

// Unavailable ends the reconcile of an object whose Manager has no connection. A settled one stays as it is for a while,
// for the CloudifyManager says it once.
func (p *Pool) Unavailable(m *v1alpha1.CloudifyManager, settled bool, wayOut string) error {
	if left := unseenAfter - time.Since(p.lostAt(m)); settled && left > 0 {
		return outcome.Settled(left)
	}
	return outcome.WaitUnseen(0, v1alpha1.ReasonManagerNotReady, "CloudifyManager %s is not connected: %s%s", m.Name, readyMessage(m), wayOut)
}

func readyMessage(m *v1alpha1.CloudifyManager) string {
	ready := meta.FindStatusCondition(m.Status.Conditions, v1alpha1.ReadyCondition)
	if ready == nil || ready.Status == "True" {
		return "the operator is trying to reach it"
	}
	return ready.Reason + ": " + ready.Message
}

// inventory is what Lost asks.
type inventory interface {
	InventoryLost(manager string) (missing, known int, lost bool)
}

// Lost ends the reconcile of an object whose Manager lost its deployments: nothing is created or released there.
func Lost(w inventory, manager string) error {
	if _, _, lost := w.InventoryLost(manager); !lost {
		return nil
	}
	return outcome.WaitUnseen(0, v1alpha1.ReasonInventoryLost,
		"many deployments vanished from CloudifyManager %s at once; nothing is done there until somebody looks at it and sets its annotation %s",
		manager, v1alpha1.RequestedAtAnnotation)
}
