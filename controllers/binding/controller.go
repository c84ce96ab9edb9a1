// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package binding reconciles CloudifyBindings: it keeps the credentials of a deployment in a Secret. It asks no Manager.
package binding

import (
	"context"
	"reflect"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/owned"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// Options of the controller.
type Options struct {
	// APIReader reads Secrets by name; they are not cached.
	APIReader client.Reader
	// Secrets knows which outputs Secrets and credentials there are.
	Secrets    *owned.Watched
	Leadership *leadership.Proof
	Reporter   outcome.Reporter
	// Concurrency is how many objects are reconciled at once.
	Concurrency int
}

// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifybindings,verbs=get;list;watch
// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifybindings/status,verbs=patch
// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifybindings/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch;create;patch;delete

type reconciler struct {
	client.Client
	Options
}

// Setup adds the controller to mgr.
func Setup(mgr ctrl.Manager, opts Options) error {
	r := &reconciler{Client: mgr.GetClient(), Options: opts}
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.CloudifyBinding{}, builder.WithPredicates(predicate.Or(
			predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}))).
		Watches(&v1alpha1.CloudifyBinding{}, outcome.IdleLast(idle)).
		WatchesRawSource(opts.Secrets.Changed(r.bindingsOfSecret)).
		Watches(&v1alpha1.CloudifyDeployment{}, handler.EnqueueRequestsFromMapFunc(r.bindingsOfDeployment), builder.WithPredicates(published)).
		Watches(&v1alpha1.CloudifyBlueprint{}, handler.EnqueueRequestsFromMapFunc(r.bindingsOfBlueprint),
			builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WithOptions(outcome.ControllerOptions(opts.Concurrency, nil)).
		Named("cloudifybinding").
		Complete(opts.Leadership.Reconciler(outcome.Reconciler(reconcile.AsReconciler(mgr.GetClient(), r))))
}

// idle reports whether the status answers to the present spec, well or not: then a binding is only looked at again.
func idle(b *v1alpha1.CloudifyBinding) bool { return b.IsReady() || b.IsStalled() }

// published leaves out what cannot have changed the outputs Secret, such as the progress of an execution.
var published = predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.CloudifyDeployment), e.ObjectNew.(*v1alpha1.CloudifyDeployment)
		was, is := before.Status, after.Status
		return before.DeletionTimestamp.IsZero() != after.DeletionTimestamp.IsZero() ||
			!reflect.DeepEqual(was.Binding, is.Binding) || was.LastHandledRequest != is.LastHandledRequest ||
			executionOf(was) != executionOf(is) ||
			meta.IsStatusConditionTrue(was.Conditions, v1alpha1.ReadyCondition) != meta.IsStatusConditionTrue(is.Conditions, v1alpha1.ReadyCondition)
	},
}

func executionOf(status v1alpha1.CloudifyDeploymentStatus) string {
	if status.Execution == nil {
		return ""
	}
	return status.Execution.ID + " " + status.Execution.Status
}

func (r *reconciler) bindingsOfDeployment(ctx context.Context, o client.Object) []reconcile.Request {
	return r.bindingsOf(ctx, o.GetNamespace(), o.GetName())
}

func (r *reconciler) bindingsOf(ctx context.Context, namespace, deployment string) []reconcile.Request {
	var list v1alpha1.CloudifyBindingList
	if err := r.List(ctx, &list, client.InNamespace(namespace), client.MatchingFields{index.DeploymentRef: deployment}); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "List CloudifyBindings")
		return nil
	}
	requests := make([]reconcile.Request, 0, len(list.Items))
	for i := range list.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
	}
	return requests
}

// bindingsOfSecret wakes the binding that keeps its credentials in a Secret, or the bindings made of outputs.
func (r *reconciler) bindingsOfSecret(ctx context.Context, secret *metav1.PartialObjectMetadata) []reconcile.Request {
	owner := metav1.GetControllerOf(secret)
	switch {
	case owner != nil && owner.Kind == "CloudifyBinding":
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: secret.Namespace, Name: owner.Name}}}
	case owner != nil && owner.Kind == "CloudifyDeployment":
		return r.bindingsOf(ctx, secret.Namespace, owner.Name)
	default:
		return nil
	}
}

// bindingsOfBlueprint wakes the bindings of all its deployments, because its offering says what credentials are made of.
func (r *reconciler) bindingsOfBlueprint(ctx context.Context, o client.Object) []reconcile.Request {
	var list v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &list, client.MatchingFields{index.BlueprintRef: client.ObjectKeyFromObject(o).String()}); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "List CloudifyDeployments")
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		requests = append(requests, r.bindingsOfDeployment(ctx, &list.Items[i])...)
	}
	return requests
}

// Reconcile keeps the Secret of a binding as the deployment's outputs and the offering say. The Secret is owned by the
// binding and goes with it, so no finalizer is needed.
func (r *reconciler) Reconcile(ctx context.Context, b *v1alpha1.CloudifyBinding) (ctrl.Result, error) {
	return phases.Reconciler[*scope]{
		Phases:     []phases.Phase[*scope]{r.resolve, r.observe, r.act},
		Status:     setStatus,
		Objects:    func(s *scope) (before, after outcome.Object) { return s.before, s.binding },
		Reporter:   r.Reporter,
		Subject:    (*scope).subject,
		Unfinished: (*scope).unfinished,
	}.Reconcile(ctx, &scope{before: b.DeepCopy(), binding: b, key: client.ObjectKeyFromObject(b)})
}
