// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package deployment reconciles CloudifyDeployments: it creates and installs what the spec asks for, observes it, and
// uninstalls and deletes it with its object.
//
// A reconcile is a list of phases, a file each (ttl, claim, resolve, observe, prepare, act), that fill a scope. What they find are its
// facts (scope.go), values in the order in which they are filled: the object, the history at the Manager, its timing, what is
// desired. nextStep (step.go) decides on facts alone; changes.go makes the one change at the Manager that follows; status.go and
// conditions.go say what came of it. An update that waits for approval (approval.go) is previewed at the Manager (preview.go).
// What the operator knows of each workflow stands in workflow.go.
//
// Nothing that decides is only remembered, for the Manager can be asked for it: the deployment's ID is made of the object's UID,
// and each execution that is started carries what it was started for. What was seen of a deployment is kept while something runs
// there (memory.go), so that the Manager need not be asked twice.
package deployment

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/leftovers"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/owned"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// Options of the controller.
type Options struct {
	// Cluster is what deployments carry in the label k8s-cluster.
	Cluster string
	// APIReader reads Secrets and ConfigMaps by name; those of users are not cached.
	APIReader client.Reader
	// References wakes a deployment when a Secret or ConfigMap of its inputsFrom changes; nil: they are only read.
	References *references.Cache
	// Outputs knows which outputs Secrets there are.
	Outputs    *owned.Watched
	Leadership *leadership.Proof
	Reporter   outcome.Reporter
	Pool       *connection.Pool
	Watcher    *watch.Watcher
	// CancelGrace is how long an execution that was told to stop may take before it is told more harshly.
	CancelGrace time.Duration
	// ArrivalLimit is how long a change that was not answered in time may still arrive at the Manager.
	ArrivalLimit time.Duration
	// Now is the time by which a ttl ends and maintenance windows begin.
	Now func() time.Time
	// Concurrency is how many objects are reconciled at once.
	Concurrency int
}

// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifydeployments,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifydeployments/status,verbs=patch
// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifydeployments/finalizers,verbs=update

type reconciler struct {
	client.Client
	Options

	vanished connection.Vanished
	adopters adopters
	// leftovers are what was made for objects that were deleted before they could be held.
	leftovers *leftovers.Memory[*v1alpha1.CloudifyDeployment]
	// failed is since when an execution has failed and nothing says why.
	failed connection.Firsts
	// reads is when the references of idle objects are read again.
	reads references.Reads
	// known is what was seen last of deployments that something runs on.
	known memory
	// awaited is since when objects wait for a list of what runs.
	awaited connection.Firsts
}

const controllerName = "cloudifydeployment"

// Setup adds the controller to mgr.
func Setup(mgr ctrl.Manager, opts Options) error {
	left := leftovers.New[*v1alpha1.CloudifyDeployment](mgr.GetClient(), opts.APIReader)
	opts.Reporter.Client = left.Client()
	r := &reconciler{Client: left.Client(), Options: opts, leftovers: left}
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.CloudifyDeployment{}, builder.WithPredicates(predicate.Or(
			predicate.GenerationChangedPredicate{}, connection.AnnotationsChanged, connection.FinalizerTaken))).
		Watches(&v1alpha1.CloudifyDeployment{}, outcome.IdleLast(idle)).
		Watches(&v1alpha1.CloudifyDeployment{}, left.Watch()).
		Watches(&v1alpha1.CloudifyDeployment{}, connection.Gone(r.forget)).
		Watches(&v1alpha1.CloudifyBlueprint{}, handler.EnqueueRequestsFromMapFunc(r.deploymentsOfBlueprint), builder.WithPredicates(concerning)).
		Watches(&v1alpha1.CloudifyManager{}, outcome.Many(r.deploymentsOfManager), builder.WithPredicates(connection.ReadinessChanged)).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.deploymentsOfNamespace),
			builder.WithPredicates(predicate.LabelChangedPredicate{})).
		Watches(&v1alpha1.CloudifyDeployment{}, handler.EnqueueRequestsFromMapFunc(r.neighbours), builder.WithPredicates(related)).
		WatchesRawSource(opts.Outputs.Changed(r.referrersOfOutputs)).
		WatchesRawSource(opts.Outputs.Gone("CloudifyDeployment", r.stays)).
		WatchesRawSource(opts.Watcher.Deployments()).
		WatchesRawSource(opts.Pool.Openings(r.deploymentsOf)).
		WatchesRawSource(opts.Pool.Turns(controllerName))
	if opts.References != nil {
		b = b.WatchesRawSource(opts.References.Wake("Secret", r.deploymentsOfReference("Secret"))).
			WatchesRawSource(opts.References.Wake("ConfigMap", r.deploymentsOfReference("ConfigMap")))
	}
	return b.WithOptions(outcome.ControllerOptions(opts.Concurrency, opts.Pool.Waiting(controllerName))).
		Named(controllerName).
		Complete(opts.Leadership.Reconciler(outcome.Reconciler(left.Reconciler(r))))
}

// Reconcile takes a deployment one step nearer to its spec.
func (r *reconciler) Reconcile(ctx context.Context, d *v1alpha1.CloudifyDeployment) (ctrl.Result, error) {
	s := newScope(d, r.Cluster)
	s.now = r.Now().Truncate(time.Second) // as times are stored
	s.visit = r.Pool.Visit(controllerName, s.key)
	return r.phases().Reconcile(ctx, s)
}

func (r *reconciler) phases() phases.Reconciler[*scope] {
	return phases.Reconciler[*scope]{
		Brief:      []phases.Phase[*scope]{r.expire, r.claim, r.resolve, r.observe, r.prepare, r.act},
		RestsOn:    func(s *scope) leadership.Moment { return s.listed },
		Leave:      func(s *scope, err error) { s.visit.End(s.managerName(), err) },
		Outcome:    func(s *scope, err error) outcome.Outcome { return s.inTime(r.outcomeOf(s, err)) },
		Status:     func(s *scope, out outcome.Outcome) { s.setStatus(out) },
		Objects:    func(s *scope) (before, after outcome.Object) { return s.before, s.deployment },
		Reporter:   r.Reporter,
		Subject:    (*scope).subject,
		Unfinished: (*scope).unfinished,
		Afterwards: r.afterwards,
	}
}

// outcomeOf says what the end of the phases means. An outage that the reconcile met itself does not show on a settled object, nor
// on one whose failure still stands.
func (r *reconciler) outcomeOf(s *scope, err error) outcome.Outcome {
	s.unanswered(err, time.Now())
	if s.conn != nil && connection.IsOutage(err) && s.settled() {
		err = r.unavailable(s)
	}
	out := outcome.Classify(err)
	switch {
	case s.stands(out):
		return outcome.Outcome{Kind: outcome.Unchanged, After: later}
	case out.Silent(), out.Kind == outcome.Unchanged:
		return out
	default:
		return s.withWayOut(s.masked(out))
	}
}

// afterwards remembers what was seen, and counts and logs the execution that ended, once the status says so.
func (r *reconciler) afterwards(ctx context.Context, s *scope, out outcome.Outcome, err error) {
	if out.Kind == outcome.Withheld {
		return
	}
	if out.Said(err) {
		r.announceApproval(s)
	}
	r.remember(s, out)
	if out.Kind == outcome.Gone {
		return
	}
	if s.history.looked && !s.followed && s.ours() && !s.effect.removing && out.Kind != outcome.Retry && out.Kind != outcome.Unchanged {
		// A life may be so quick that no later reconcile says that there is a deployment to be missed.
		r.Watcher.Track(s.manager.Name, s.id, s.key, meta.IsStatusConditionTrue(s.deployment.Status.Conditions, v1alpha1.CreatedCondition))
		r.Watcher.Settle(s.manager.Name, s.id, s.history.fingerprint())
	}
	if written := s.deployment.ResourceVersion != s.before.ResourceVersion; written {
		r.announceExpiry(s)
		if e := newlyEnded(s.before.Status.Execution, s.deployment.Status.Execution); e != nil {
			observeExecution(e)
			ctrl.LoggerFrom(ctx).Info("Execution ended", "workflow", e.Workflow, "executionID", e.ID, "deploymentID", s.id, "status", e.Status)
		}
	}
}
