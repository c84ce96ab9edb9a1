// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/access"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/catalog"
)

// countDelay lets many moves of deployments become one count.
const countDelay = time.Second

// moves wakes the blueprint that counts its deployments, or whose deletion waits for one, when a deployment ends or has
// another revision.
var moves = handler.Funcs{
	UpdateFunc: func(_ context.Context, e event.UpdateEvent, queue queue) {
		before, after := e.ObjectOld.(*v1alpha1.CloudifyDeployment), e.ObjectNew.(*v1alpha1.CloudifyDeployment)
		if before.Status.BlueprintID != after.Status.BlueprintID {
			queue.AddAfter(reconcile.Request{NamespacedName: after.BlueprintKey()}, countDelay)
		}
	},
	DeleteFunc: func(_ context.Context, e event.DeleteEvent, queue queue) {
		queue.AddAfter(reconcile.Request{NamespacedName: e.Object.(*v1alpha1.CloudifyDeployment).BlueprintKey()}, countDelay)
	},
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// blueprintsOfManager wakes the blueprints that have something to do when their Manager comes, goes or changes its rules.
func (r *reconciler) blueprintsOfManager(ctx context.Context, o client.Object) outcome.Woken {
	return r.blueprintsOf(ctx, o.GetName())
}

func (r *reconciler) blueprintsOf(ctx context.Context, manager string) outcome.Woken {
	return r.woken(ctx, unsettled, client.MatchingFields{index.ManagerRef: manager})
}

func (r *reconciler) blueprintsOfConfigMap(ctx context.Context, o *metav1.PartialObjectMetadata) []reconcile.Request {
	return r.requests(ctx, func(*v1alpha1.CloudifyBlueprint) bool { return true },
		client.InNamespace(o.GetNamespace()), client.MatchingFields{index.SourceConfigMap: o.GetName()})
}

// blueprintsOfNamespace wakes the blueprints of a namespace that have something to do; where service instances are, those too
// that it may use by its labels.
func (r *reconciler) blueprintsOfNamespace(ctx context.Context, o client.Object) []reconcile.Request {
	found := r.requests(ctx, unsettled, client.InNamespace(o.GetName()))
	if o.GetName() != r.OSBNamespace {
		return found
	}
	return append(found, r.requests(ctx, func(b *v1alpha1.CloudifyBlueprint) bool {
		return b.Spec.Offering != nil && access.OfBlueprint(b).From == v1alpha1.NamespacesFromSelector
	})...)
}

// unsettled leaves out what is as it should be, so that a Manager that returns does not wake everything at once. What failed may be
// helped by what changed.
func unsettled(b *v1alpha1.CloudifyBlueprint) bool { return !idle(b) || b.IsStalled() }

// idle reports whether the status answers to all that is asked of an object, well or not: then it is only looked at again, and all
// others go before it, at a start and at its Manager.
func idle(b *v1alpha1.CloudifyBlueprint) bool {
	return b.DeletionTimestamp.IsZero() && !asked(b) && !unjudged(b) && (b.IsReady() || b.IsStalled())
}

// unjudged reports whether an offering is to be judged again: it could not be while the Manager was away, or it lost to another.
func unjudged(b *v1alpha1.CloudifyBlueprint) bool {
	offered := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.OfferedCondition)
	return b.Spec.Offering != nil && !b.IsOffered() && (offered == nil || offered.ObservedGeneration != b.Generation ||
		offered.Reason == v1alpha1.ReasonOfferingNameTaken || offered.Reason == v1alpha1.ReasonOfferingIDTaken)
}

func (r *reconciler) requests(ctx context.Context, pick func(*v1alpha1.CloudifyBlueprint) bool, opts ...client.ListOption) []reconcile.Request {
	return r.woken(ctx, pick, opts...).All()
}

func (r *reconciler) woken(ctx context.Context, pick func(*v1alpha1.CloudifyBlueprint) bool, opts ...client.ListOption) outcome.Woken {
	var list v1alpha1.CloudifyBlueprintList
	if err := r.List(ctx, &list, opts...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "List CloudifyBlueprints")
		return outcome.Woken{}
	}
	return outcome.Wake(list.Items, pick, idle)
}

// wakeRivals wakes the blueprints that contend with one whose place in the catalog changed.
func (r *reconciler) wakeRivals() handler.Funcs {
	wake := func(ctx context.Context, queue queue, objects ...client.Object) {
		for _, o := range objects {
			for _, key := range index.CatalogKeys(o.(*v1alpha1.CloudifyBlueprint)) {
				for _, request := range r.requests(ctx, func(b *v1alpha1.CloudifyBlueprint) bool {
					return b.Spec.Offering != nil && client.ObjectKeyFromObject(b) != client.ObjectKeyFromObject(o)
				}, client.MatchingFields{index.Catalog: key}) {
					queue.Add(request)
				}
			}
		}
	}
	return handler.Funcs{
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue queue) {
			if place(e.ObjectOld.(*v1alpha1.CloudifyBlueprint)) != place(e.ObjectNew.(*v1alpha1.CloudifyBlueprint)) {
				wake(ctx, queue, e.ObjectOld, e.ObjectNew)
			}
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue queue) { wake(ctx, queue, e.Object) },
	}
}

// place is all that matters to others of a blueprint's place in the catalog.
func place(b *v1alpha1.CloudifyBlueprint) string {
	text := fmt.Sprint(b.Status.BlueprintID, b.DeletionTimestamp.IsZero(), b.IsDiscovered(), b.Spec.Offering != nil)
	if offered := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.OfferedCondition); offered != nil {
		text += fmt.Sprint(offered.Reason, offered.Message)
	}
	if b.Status.Offering != nil {
		text += fmt.Sprint(catalog.Keys(b.Status.Offering))
	}
	return text
}
