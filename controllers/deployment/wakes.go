// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"reflect"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
)

// concerning lets through what deployments read of their blueprint. How many are made of it, and what it displays, is none of
// their business: each new one would wake all others.
var concerning = predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool {
		return !reflect.DeepEqual(concernOf(e.ObjectOld.(*v1alpha1.CloudifyBlueprint)), concernOf(e.ObjectNew.(*v1alpha1.CloudifyBlueprint)))
	},
}

// concern is what deployments read of their blueprint.
type concern struct {
	deleting, ready, stalled bool
	reason                   string // of Ready
	newest                   string
	uploaded                 []string
	allowed                  *v1alpha1.AllowedNamespaces
	plans                    map[string]string // digests of their inputs
	sensitive                []string
}

func concernOf(b *v1alpha1.CloudifyBlueprint) concern {
	c := concern{
		deleting: !b.DeletionTimestamp.IsZero(), ready: b.IsReady(), stalled: b.IsStalled(),
		newest: b.Status.BlueprintID, allowed: b.Spec.AllowedNamespaces, plans: map[string]string{},
	}
	if ready := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		c.reason = ready.Reason
	}
	for _, revision := range b.Status.Revisions {
		if revision.UploadedAt != nil {
			c.uploaded = append(c.uploaded, revision.BlueprintID)
		}
	}
	for _, plan := range b.Plans() {
		c.plans[plan.Name] = planDigest(b, plan.Name)
	}
	if b.Spec.Offering != nil {
		c.sensitive = b.Spec.Offering.SensitiveInputs
	}
	return c
}

// deploymentsOfBlueprint wakes those that have something to do, and those whose status does not speak of the newest revision,
// or of the plan as it is.
func (r *reconciler) deploymentsOfBlueprint(ctx context.Context, o client.Object) []reconcile.Request {
	b := o.(*v1alpha1.CloudifyBlueprint)
	return r.requests(ctx, func(d *v1alpha1.CloudifyDeployment) bool { return unsettled(d) || !speaksOf(d, b) },
		client.MatchingFields{index.BlueprintRef: client.ObjectKeyFromObject(o).String()})
}

func (r *reconciler) deploymentsOfManager(ctx context.Context, o client.Object) []reconcile.Request {
	return r.deploymentsOf(ctx, o.GetName())
}

func (r *reconciler) deploymentsOf(ctx context.Context, manager string) []reconcile.Request {
	return r.requests(ctx, unsettled, client.MatchingFields{index.Manager: manager})
}

func (r *reconciler) deploymentsOfNamespace(ctx context.Context, o client.Object) []reconcile.Request {
	return r.requests(ctx, unsettled, client.InNamespace(o.GetName()))
}

func (r *reconciler) deploymentsOfReference(kind string) func(context.Context, *metav1.PartialObjectMetadata) []reconcile.Request {
	return func(ctx context.Context, o *metav1.PartialObjectMetadata) []reconcile.Request {
		return r.requests(ctx, func(*v1alpha1.CloudifyDeployment) bool { return true },
			client.InNamespace(o.GetNamespace()), client.MatchingFields{index.InputReference: index.Reference(kind, o.GetName())})
	}
}

// stays reports whether an object is there and nobody deletes it: one that ends drops its outputs Secret itself.
func (r *reconciler) stays(ctx context.Context, name types.NamespacedName) bool {
	var d v1alpha1.CloudifyDeployment
	return r.Get(ctx, name, &d) == nil && d.DeletionTimestamp.IsZero()
}

// unsettled leaves out what is as it should be, so that a Manager's return is no storm. What failed may be helped by what changed.
func unsettled(d *v1alpha1.CloudifyDeployment) bool { return !idle(d) || d.IsStalled() }

func (r *reconciler) requests(ctx context.Context, pick func(*v1alpha1.CloudifyDeployment) bool, opts ...client.ListOption) []reconcile.Request {
	var list v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &list, opts...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "List CloudifyDeployments")
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if d := &list.Items[i]; pick(d) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(d)})
		}
	}
	return requests
}
