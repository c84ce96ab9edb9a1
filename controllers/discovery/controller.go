// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// Options of the controller.
type Options struct {
	Leadership *leadership.Proof
	Reporter   outcome.Reporter
	Pool       *connection.Pool
	Watcher    *watch.Watcher
	// Interval is how often all Managers are asked for their blueprints; zero: as often as each CloudifyManager says.
	Interval time.Duration
	// Watches reports whether objects of a namespace are reconciled.
	Watches func(namespace string) bool
	// Concurrency is how many Managers are discovered at once. What one has is written one after the other.
	Concurrency int
}

// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifyblueprints,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

type reconciler struct {
	client.Client
	Options

	vanished connection.Vanished
}

const controllerName = "discovery"

// Setup adds the controller to mgr.
func Setup(mgr ctrl.Manager, opts Options) error {
	r := &reconciler{Client: mgr.GetClient(), Options: opts}
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.CloudifyManager{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.CloudifyManager{}, connection.Gone(r.vanished.Forget)).
		Watches(&v1alpha1.CloudifyDeployment{}, handler.EnqueueRequestsFromMapFunc(r.managerOfDeployment), builder.WithPredicates(connection.OnlyDeletions)).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.managersOfNamespace), builder.WithPredicates(onlyCreations)).
		WatchesRawSource(opts.Watcher.Discoveries()).
		WatchesRawSource(opts.Pool.Turns(controllerName)).
		WithOptions(outcome.ControllerOptions(opts.Concurrency, opts.Pool.Waiting(controllerName))).
		Named(controllerName).
		Complete(opts.Leadership.Reconciler(outcome.Reconciler(r)))
}

var onlyCreations = predicate.Funcs{
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	DeleteFunc:  func(event.DeleteEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// managerOfDeployment maps a CloudifyDeployment to the CloudifyManager at which its blueprint was found.
func (r *reconciler) managerOfDeployment(ctx context.Context, o client.Object) []reconcile.Request {
	var b v1alpha1.CloudifyBlueprint
	if err := r.Get(ctx, o.(*v1alpha1.CloudifyDeployment).BlueprintKey(), &b); err != nil || b.Labels[v1alpha1.DiscoveredByLabel] == "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: b.Labels[v1alpha1.DiscoveredByLabel]}}}
}

// managersOfNamespace maps a Namespace to the CloudifyManagers whose blueprints belong there.
func (r *reconciler) managersOfNamespace(ctx context.Context, o client.Object) []reconcile.Request {
	var list v1alpha1.CloudifyManagerList
	if err := r.List(ctx, &list); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "List CloudifyManagers", "Namespace", o.GetName())
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if d := list.Items[i].Spec.Discovery; d != nil && d.Namespace == o.GetName() {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}

// Reconcile makes the CloudifyBlueprints of a Manager what was found there. A CloudifyManager that is gone or being deleted
// discovers nothing. What became of it is shown by the controller of CloudifyManagers, in their status.
func (r *reconciler) Reconcile(ctx context.Context, request reconcile.Request) (ctrl.Result, error) {
	return phases.Reconciler[*scope]{
		Phases:     []phases.Phase[*scope]{r.resolve, r.observe, r.act},
		Leave:      func(s *scope, err error) { s.visit.End(s.name, err) },
		Reporter:   r.Reporter,
		Subject:    (*scope).subject,
		Afterwards: r.tell,
	}.Reconcile(ctx, &scope{name: request.Name, visit: r.Pool.Visit(controllerName, request.NamespacedName)})
}

// tell passes on what became of the discovery. Where the end says nothing of it, the last finding stands.
func (r *reconciler) tell(_ context.Context, s *scope, out outcome.Outcome, _ error) {
	switch {
	case s.discovery == nil:
		r.Watcher.SetFinding(s.name, nil)
	case out.Kind == outcome.Retry && out.Reason == v1alpha1.ReasonKubernetesError:
		r.Watcher.SetFinding(s.name, &watch.Finding{Reason: out.Reason, Message: out.Message})
	case out.Kind == outcome.Done && s.finding != nil:
		r.Watcher.SetFinding(s.name, s.finding)
	}
}
