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
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
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

func (r *reconciler) deploymentsOfManager(ctx context.Context, o client.Object) outcome.Woken {
	return r.deploymentsOf(ctx, o.GetName())
}

func (r *reconciler) deploymentsOf(ctx context.Context, manager string) outcome.Woken {
	return r.woken(ctx, unsettled, client.MatchingFields{index.Manager: manager})
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

// referrersOfOutputs wakes the deployments that take inputs from the one whose outputs Secret changed.
func (r *reconciler) referrersOfOutputs(ctx context.Context, secret *metav1.PartialObjectMetadata) []reconcile.Request {
	owner := metav1.GetControllerOf(secret)
	if owner == nil || owner.Kind != "CloudifyDeployment" {
		return nil
	}
	return r.referring(ctx, types.NamespacedName{Namespace: secret.Namespace, Name: owner.Name}, func(*v1alpha1.CloudifyDeployment) bool { return true })
}

func (r *reconciler) referring(ctx context.Context, to types.NamespacedName, pick func(*v1alpha1.CloudifyDeployment) bool) []reconcile.Request {
	return r.requests(ctx, pick, client.InNamespace(to.Namespace),
		client.MatchingFields{index.InputReference: index.Reference("CloudifyDeployment", to.Name)})
}

// neighbours wakes what a deployment may hold up: those that take inputs from it, and those that it takes inputs from, which may wait
// for its end.
func (r *reconciler) neighbours(ctx context.Context, o client.Object) []reconcile.Request {
	requests := r.referring(ctx, client.ObjectKeyFromObject(o), unsettled)
	for _, name := range o.(*v1alpha1.CloudifyDeployment).RefersTo() {
		requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: name}})
	}
	return requests
}

// related lets through what neighbours may wait for.
var related = predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.CloudifyDeployment), e.ObjectNew.(*v1alpha1.CloudifyDeployment)
		return before.Generation != after.Generation || before.IsReady() != after.IsReady() || before.IsStalled() != after.IsStalled()
	},
}

// stays reports whether an object is there and nobody deletes it: one that ends drops its outputs Secret itself.
func (r *reconciler) stays(ctx context.Context, name types.NamespacedName) bool {
	var d v1alpha1.CloudifyDeployment
	return r.Get(ctx, name, &d) == nil && d.DeletionTimestamp.IsZero()
}

// unsettled leaves out what is as it should be, so that a Manager's return is no storm. What failed may be helped by what changed.
func unsettled(d *v1alpha1.CloudifyDeployment) bool { return !idle(d) || d.IsStalled() }

func (r *reconciler) requests(ctx context.Context, pick func(*v1alpha1.CloudifyDeployment) bool, opts ...client.ListOption) []reconcile.Request {
	return r.woken(ctx, pick, opts...).All()
}

func (r *reconciler) woken(ctx context.Context, pick func(*v1alpha1.CloudifyDeployment) bool, opts ...client.ListOption) outcome.Woken {
	var list v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &list, opts...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "List CloudifyDeployments")
		return outcome.Woken{}
	}
	return outcome.Wake(list.Items, pick, idle)
}
