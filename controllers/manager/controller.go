// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package manager reconciles CloudifyManagers: it alone logs in, opens and closes the connection everybody else uses, and
// decides when a Manager that refused or vanished is tried again.
package manager

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// Options of the controller.
type Options struct {
	// Namespace is the operator's own: credentials and certificate authorities are read there and nowhere else.
	Namespace string
	// UserAgent is what the Manager sees in its logs.
	UserAgent string
	// Watches reports whether objects of a namespace are reconciled.
	Watches func(namespace string) bool
	// Concurrency is how many Managers are tried at once.
	Concurrency int
	Leadership  *leadership.Proof
	Reporter    outcome.Reporter
	Pool        *connection.Pool
	Watcher     *watch.Watcher
}

// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifymanagers,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifymanagers/status,verbs=patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",namespace=system,resources=secrets;configmaps,verbs=get;list;watch

type reconciler struct {
	client.Client
	Options

	// probes is when each Manager was tried and may be tried again.
	probes *probes
	// counts is what the last counts of orphans found, tally what all CloudifyManagers say of them.
	counts counts
	tally  tally
}

// Setup adds the controller to mgr.
func Setup(mgr ctrl.Manager, opts Options) error {
	r := &reconciler{Client: mgr.GetClient(), Options: opts, probes: newProbes()}
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.CloudifyManager{}, builder.WithPredicates(predicate.Or(
			predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}, connection.FinalizerTaken))).
		Watches(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.managersOf("Secret"))).
		Watches(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.managersOf("ConfigMap"))).
		Watches(&v1alpha1.CloudifyBlueprint{}, handler.EnqueueRequestsFromMapFunc(r.awaitedBy), builder.WithPredicates(connection.OnlyDeletions)).
		Watches(&v1alpha1.CloudifyDeployment{}, handler.EnqueueRequestsFromMapFunc(r.awaitedBy), builder.WithPredicates(connection.OnlyDeletions)).
		WatchesRawSource(opts.Pool.Trips()).
		WatchesRawSource(opts.Watcher.Managers()).
		WithOptions(outcome.ControllerOptions(opts.Concurrency, nil)).
		Named("cloudifymanager").
		Complete(opts.Leadership.Reconciler(outcome.Reconciler(present{reconcile.AsReconciler(mgr.GetClient(), r), r})))
}

// present reconciles the CloudifyManagers that exist, and forgets one that does not.
type present struct {
	reconcile.Reconciler
	*reconciler
}

func (p present) Reconcile(ctx context.Context, request reconcile.Request) (ctrl.Result, error) {
	var m v1alpha1.CloudifyManager
	if err := p.Get(ctx, request.NamespacedName, &m); apierrors.IsNotFound(err) {
		p.forget(request.Name)
		return ctrl.Result{}, nil
	}
	return p.Reconciler.Reconcile(ctx, request)
}

// awaitedBy maps an object that is gone to the CloudifyManager it belonged to, if the deletion of that waits for it. One that is
// about to be deleted looks for itself what there is then.
func (r *reconciler) awaitedBy(ctx context.Context, o client.Object) []reconcile.Request {
	key := types.NamespacedName{Name: o.GetAnnotations()[v1alpha1.ManagerAnnotation]}
	var m v1alpha1.CloudifyManager
	if key.Name == "" || r.Get(ctx, key, &m, client.UnsafeDisableDeepCopy) != nil || m.DeletionTimestamp.IsZero() {
		return nil
	}
	return []reconcile.Request{{NamespacedName: key}}
}

// managersOf maps a Secret or ConfigMap of the operator's namespace to the CloudifyManagers that refer to it.
func (r *reconciler) managersOf(kind string) handler.MapFunc {
	return func(ctx context.Context, o client.Object) []reconcile.Request {
		var list v1alpha1.CloudifyManagerList
		if err := r.List(ctx, &list, client.MatchingFields{index.ManagerReference: index.Reference(kind, o.GetName())}); err != nil {
			ctrl.LoggerFrom(ctx).Error(err, "List CloudifyManagers", "kind", kind, "name", o.GetName())
			return nil
		}
		requests := make([]reconcile.Request, 0, len(list.Items))
		for i := range list.Items {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
		return requests
	}
}

// Reconcile checks the connection of a Manager.
func (r *reconciler) Reconcile(ctx context.Context, m *v1alpha1.CloudifyManager) (ctrl.Result, error) {
	return phases.Reconciler[*scope]{
		Phases:     []phases.Phase[*scope]{r.claim, r.resolve, r.connect, r.inventory, r.holders, r.countOrphans},
		Outcome:    outcomeOf,
		Status:     setStatus,
		Objects:    func(s *scope) (before, after outcome.Object) { return s.before, s.manager },
		Reporter:   r.Reporter,
		Subject:    (*scope).subject,
		Afterwards: r.afterwards,
	}.Reconcile(ctx, &scope{before: m.DeepCopy(), manager: m, finding: r.Watcher.Finding(m.Name)})
}

// afterwards tells what the status says beside Ready.
func (r *reconciler) afterwards(_ context.Context, s *scope, out outcome.Outcome, reported error) {
	if out.Said(reported) {
		r.announceDiscovered(s)
		r.announceOrphans(s)
	}
}

// announceDiscovered makes an event when discovery meets trouble, and when that is over.
func (r *reconciler) announceDiscovered(s *scope) {
	was := meta.FindStatusCondition(s.before.Status.Conditions, v1alpha1.DiscoveredCondition)
	is := meta.FindStatusCondition(s.manager.Status.Conditions, v1alpha1.DiscoveredCondition)
	if is == nil || was != nil && was.Reason == is.Reason || was == nil && is.Status == metav1.ConditionTrue {
		return
	}
	r.Reporter.Announce(s.manager, is.Reason, "Discover", is.Message)
}

// outcomeOf says what the end of the phases means. A good connection is looked at again when the release is to be read again.
func outcomeOf(s *scope, err error) outcome.Outcome {
	out := outcome.Classify(err)
	if out.Kind == outcome.Done {
		out.After = s.readAgain
	}
	if len(s.users) > 0 && out.Kind != outcome.Unchanged && out.Reason != v1alpha1.ReasonInUse { // whatever else is wrong
		out.Message += ". " + held(s.users)
	}
	return out
}
