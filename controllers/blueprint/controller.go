// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package blueprint reconciles CloudifyBlueprints: it uploads what a source holds as content-addressed revisions, or finds
// what exists at the Manager, and shows what the service template declares.
package blueprint

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/leftovers"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// Options of the controller.
type Options struct {
	// Cluster tells this cluster's blueprints from another's at a Manager both use.
	Cluster string
	// Namespace is the operator's own, whose blueprints every Manager accepts.
	Namespace string
	// OSBNamespace is where service instances are; a blueprint that may not be deployed there is not offered.
	OSBNamespace string
	// APIReader reads the ConfigMap of a source by name; they are not cached.
	APIReader client.Reader
	// References wakes a blueprint when the ConfigMap of its source changes; nil: it is only read.
	References *references.Cache
	Leadership *leadership.Proof
	Reporter   outcome.Reporter
	Pool       *connection.Pool
	Watcher    *watch.Watcher
	// Concurrency is how many objects are reconciled at once.
	Concurrency int
}

// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifyblueprints,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifyblueprints/status,verbs=patch
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get

type reconciler struct {
	client.Client
	Options

	vanished connection.Vanished
	// reads is when the ConfigMaps of idle objects are read again.
	reads references.Reads
	// leftovers are what was uploaded for objects that were deleted before they could be held.
	leftovers *leftovers.Memory[*v1alpha1.CloudifyBlueprint]
}

const controllerName = "cloudifyblueprint"

// Setup adds the controller to mgr.
func Setup(mgr ctrl.Manager, opts Options) error {
	left := leftovers.New[*v1alpha1.CloudifyBlueprint](mgr.GetClient(), opts.APIReader)
	opts.Reporter.Client = left.Client()
	r := &reconciler{Client: left.Client(), Options: opts, leftovers: left}
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.CloudifyBlueprint{}, builder.WithPredicates(predicate.Or(
			predicate.GenerationChangedPredicate{}, connection.AnnotationsChanged, connection.FinalizerTaken))).
		Watches(&v1alpha1.CloudifyBlueprint{}, outcome.IdleLast(idle)).
		Watches(&v1alpha1.CloudifyBlueprint{}, left.Watch()).
		Watches(&v1alpha1.CloudifyBlueprint{}, connection.Gone(r.forget)).
		Watches(&v1alpha1.CloudifyManager{}, outcome.Many(r.blueprintsOfManager), builder.WithPredicates(
			predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, connection.ReadinessChanged))).
		Watches(&v1alpha1.CloudifyDeployment{}, moves).
		Watches(&v1alpha1.CloudifyBlueprint{}, r.wakeRivals()).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.blueprintsOfNamespace), builder.WithPredicates(predicate.LabelChangedPredicate{})).
		WatchesRawSource(opts.Watcher.Blueprints()).
		WatchesRawSource(opts.Pool.Openings(r.blueprintsOf)).
		WatchesRawSource(opts.Pool.Turns(controllerName))
	if opts.References != nil {
		b = b.WatchesRawSource(opts.References.Wake("ConfigMap", r.blueprintsOfConfigMap))
	}
	return b.WithOptions(outcome.ControllerOptions(opts.Concurrency, opts.Pool.Waiting(controllerName))).
		Named(controllerName).
		Complete(opts.Leadership.Reconciler(outcome.Reconciler(left.Reconciler(r))))
}

func (r *reconciler) newScope(b *v1alpha1.CloudifyBlueprint) *scope {
	s := &scope{before: b.DeepCopy(), blueprint: b, key: client.ObjectKeyFromObject(b), now: metav1.Now(), cluster: r.Cluster}
	s.visit = r.Pool.Visit(controllerName, s.key)
	return s
}

// Reconcile takes a blueprint one step nearer to its spec.
func (r *reconciler) Reconcile(ctx context.Context, b *v1alpha1.CloudifyBlueprint) (ctrl.Result, error) {
	return phases.Reconciler[*scope]{
		Brief:      []phases.Phase[*scope]{r.claim, r.count, r.resolve, r.observe},
		Phases:     []phases.Phase[*scope]{r.act}, // an upload may take minutes
		Leave:      func(s *scope, err error) { s.visit.End(s.blueprint.ManagerName(), err) },
		Outcome:    r.outcomeOf,
		Status:     setStatus,
		Complete:   r.offer,
		Objects:    func(s *scope) (before, after outcome.Object) { return s.before, s.blueprint },
		Reporter:   r.Reporter,
		Subject:    (*scope).subject,
		Afterwards: r.announceOffer,
	}.Reconcile(ctx, r.newScope(b))
}

// outcomeOf says what the end of the phases means. An outage that the reconcile met itself does not show on a settled object.
func (r *reconciler) outcomeOf(s *scope, err error) outcome.Outcome {
	if s.conn != nil && connection.IsOutage(err) && s.settled() {
		err = r.Pool.Unavailable(s.manager, true, "")
	}
	return outcome.Classify(err)
}
