// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// executionsOfDeployment wakes the executions of a deployment that have not ended: its status tells when it can be their turn, and how
// far the one is that runs.
func (r *reconciler) executionsOfDeployment(ctx context.Context, o client.Object) []reconcile.Request {
	return r.requests(ctx, client.ObjectKeyFromObject(o))
}

// executionsOfManager wakes what waits for a Manager.
func (r *reconciler) executionsOfManager(ctx context.Context, o client.Object) outcome.Woken {
	return r.executionsAt(ctx, o.GetName())
}

func (r *reconciler) executionsAt(ctx context.Context, manager string) (waiting outcome.Woken) {
	var deployments v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &deployments, client.MatchingFields{index.Manager: manager}); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "List CloudifyDeployments")
		return waiting
	}
	for i := range deployments.Items {
		waiting.Work = append(waiting.Work, r.requests(ctx, client.ObjectKeyFromObject(&deployments.Items[i]))...)
	}
	return waiting
}

// finished lets an execution through that has come to its end, or is gone: the next of its deployment may begin.
var finished = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return !e.ObjectOld.(*v1alpha1.CloudifyExecution).IsFinished() && e.ObjectNew.(*v1alpha1.CloudifyExecution).IsFinished()
	},
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// next wakes the other executions of the same deployment.
func (r *reconciler) next(ctx context.Context, o client.Object) []reconcile.Request {
	e := o.(*v1alpha1.CloudifyExecution)
	return r.requests(ctx, types.NamespacedName{Namespace: e.Namespace, Name: e.Spec.DeploymentRef.Name})
}

// requests are the executions of a deployment that have not ended.
func (r *reconciler) requests(ctx context.Context, deployment types.NamespacedName) []reconcile.Request {
	all, err := executions.Of(ctx, r.Client, deployment)
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Find the executions of a deployment")
		return nil
	}
	var requests []reconcile.Request
	for i := range all {
		if !all[i].IsFinished() {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&all[i])})
		}
	}
	return requests
}

// gone forgets an execution that is gone, however it went. It wakes nobody.
func (r *reconciler) gone() handler.Funcs {
	return handler.Funcs{DeleteFunc: func(_ context.Context, e event.DeleteEvent, _ workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		r.forget(e.Object)
	}}
}
