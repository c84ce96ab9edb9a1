// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package blueprint reconciles CloudifyBlueprints: it uploads what a source holds as content-addressed revisions, or finds
// what exists at the Manager, and shows what the service template declares.
package blueprint

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/leftovers"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
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
	// OSBNamespace is where service instances are; what they may not be made of is not offered.
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
			predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}, connection.FinalizerTaken))).
		Watches(&v1alpha1.CloudifyBlueprint{}, outcome.Unsettled(unsettled)).
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
func (r *reconciler) blueprintsOfManager(ctx context.Context, o client.Object) []reconcile.Request {
	return r.blueprintsOf(ctx, o.GetName())
}

func (r *reconciler) blueprintsOf(ctx context.Context, manager string) []reconcile.Request {
	return r.requests(ctx, unsettled, client.MatchingFields{index.ManagerRef: manager})
}

func (r *reconciler) blueprintsOfConfigMap(ctx context.Context, o *metav1.PartialObjectMetadata) []reconcile.Request {
	return r.requests(ctx, func(*v1alpha1.CloudifyBlueprint) bool { return true },
		client.InNamespace(o.GetNamespace()), client.MatchingFields{index.SourceConfigMap: o.GetName()})
}

// unsettled leaves out what is as it should be, so that a Manager's return is no storm.
func unsettled(b *v1alpha1.CloudifyBlueprint) bool {
	return !b.IsReady() || !b.DeletionTimestamp.IsZero() || asked(b) || unjudged(b)
}

func (r *reconciler) requests(ctx context.Context, pick func(*v1alpha1.CloudifyBlueprint) bool, opts ...client.ListOption) []reconcile.Request {
	var list v1alpha1.CloudifyBlueprintList
	if err := r.List(ctx, &list, opts...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "List CloudifyBlueprints")
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if pick(&list.Items[i]) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}

// scope is one reconcile of a CloudifyBlueprint.
type scope struct {
	before, blueprint *v1alpha1.CloudifyBlueprint
	key               types.NamespacedName
	now               metav1.Time
	// cluster is what the label k8s-cluster says.
	cluster string

	// conn is filled by resolve, and release, which is the Manager's; visit takes a slot of it, in observe.
	conn    *connection.Connection
	release cloudify.Release
	visit   *connection.Visit
	// manager is filled by resolve; nil while deleting, when nothing is asked of it.
	manager *v1alpha1.CloudifyManager
	// source and id are filled by resolve: the revision that the spec asks for.
	source source
	id     string
	// observed is filled with source, where that is a ConfigMap: what its version makes. unread tells that it was left unread,
	// for the status answers to it, and readAgain when to read it; zero: need not.
	observed  string
	unread    bool
	readAgain time.Duration
	// remote is filled by observe: the revision at the Manager, nil when it is not there.
	remote *cloudify.Blueprint
	// template is filled by observe once the revision is uploaded.
	template *cloudify.Template
	// doomed is filled by observe while deleting: the revisions still to be deleted.
	doomed []string
	// heir is filled by count while deleting: an object of the same name that was created when this one had gone; nil: there is
	// none. The same content has the same ID, so what the heir has on record is its own now.
	heir *v1alpha1.CloudifyBlueprint
	// users are filled by count: the CloudifyDeployments that refer to the blueprint, and counts how many have each revision.
	users  []string
	counts map[string]int32
}

func (s *scope) deleting() bool { return !s.blueprint.DeletionTimestamp.IsZero() }

// asked tells whether somebody asked again since a step was last tried.
func asked(b *v1alpha1.CloudifyBlueprint) bool {
	return v1alpha1.RequestedAt(b) != b.Status.LastHandledRequest
}

func (s *scope) asked() bool { return asked(s.blueprint) }

type phase func(context.Context, *scope) error

// Reconcile takes a blueprint one step nearer to its spec.
func (r *reconciler) Reconcile(ctx context.Context, b *v1alpha1.CloudifyBlueprint) (ctrl.Result, error) {
	s := &scope{before: b.DeepCopy(), blueprint: b, key: client.ObjectKeyFromObject(b), now: metav1.Now(), cluster: r.Cluster}
	s.visit = r.Pool.Visit(controllerName, s.key)
	err := r.advance(ctx, s)
	if s.conn != nil && connection.IsOutage(err) && s.settled() {
		err = r.Pool.Unavailable(s.manager, true, "")
	}
	out := outcome.Classify(err)
	if out.Kind == outcome.Retry || out.Kind == outcome.Unchanged {
		// The step may not have started, and a request must not get lost with it.
		b.Status.LastHandledRequest = s.before.Status.LastHandledRequest
	}
	if out.Kind == outcome.Released || out.Kind == outcome.Withheld {
		return r.Reporter.Report(ctx, s.before, s.blueprint, out)
	}
	setStatus(s, out)
	offerErr := r.offer(ctx, s)
	result, err := r.Reporter.Report(ctx, s.before, s.blueprint, out)
	if err == nil || out.Kind == outcome.Retry {
		r.announceOffer(s)
	}
	if err == nil && offerErr != nil {
		return ctrl.Result{}, offerErr
	}
	return result, err
}

func (r *reconciler) advance(ctx context.Context, s *scope) (err error) {
	defer func() { s.visit.End(s.blueprint.ManagerName(), err) }()
	brief, cancel := outcome.WithDeadline(ctx)
	defer cancel()
	for _, phase := range []phase{r.claim, r.count, r.resolve, r.observe} {
		if err := phase(brief, s); err != nil {
			return err
		}
	}
	return r.act(ctx, s) // an upload may take minutes
}

// urgency says how soon it is the object's turn at its Manager.
func (s *scope) urgency() connection.Urgency {
	switch {
	case s.deleting(), s.asked(), s.before.Status.BlueprintID != "" && s.before.Status.BlueprintID != s.id:
		return connection.Change
	case s.before.IsReady(), s.before.IsStalled():
		return connection.Resync
	case s.before.Status.ObservedGeneration == 0:
		return connection.New
	default:
		return connection.Begun
	}
}
