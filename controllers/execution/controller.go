// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package execution reconciles CloudifyExecutions: it runs a workflow on a deployment, once.
//
// A reconcile is a list of phases, a file each (claim, resolve, observe, prepare, act), that fill a scope. nextStep (step.go) decides on
// facts alone; gate.go says what has to come first, match.go which execution is ours.
//
// A workflow need not take a parameter that it does not declare, so that nothing at the Manager tells which execution is whose. The
// status does: it says that a start is next, and which execution was the newest, before the Manager is asked (ExecutionStart). After
// an answer that was lost, one that is newer and like ours is ours. That nothing was sent since the status said so is remembered
// (intents); where it is not, as after a restart, a request is taken for being under way until it can no longer arrive.
package execution

import (
	"context"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
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
	// APIReader reads Secrets and ConfigMaps by name; those of users are not cached.
	APIReader  client.Reader
	Leadership *leadership.Proof
	Reporter   outcome.Reporter
	Pool       *connection.Pool
	Watcher    *watch.Watcher
	// CancelGrace is how long an execution that was told to stop may take before it is told more harshly.
	CancelGrace time.Duration
	// ArrivalLimit is how long a start that was not answered in time may still arrive at the Manager.
	ArrivalLimit time.Duration
	// Concurrency is how many objects are reconciled at once.
	Concurrency int
}

// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifyexecutions,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifyexecutions/status,verbs=patch
// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifyexecutions/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=secrets;configmaps,verbs=get

type reconciler struct {
	client.Client
	Options

	// failed is since when an execution has failed and nothing says why, vanished since when one is not found.
	failed, vanished connection.Firsts
	intents          intents
}

const controllerName = "cloudifyexecution"

// Setup adds the controller to mgr.
func Setup(mgr ctrl.Manager, opts Options) error {
	r := &reconciler{Client: mgr.GetClient(), Options: opts}
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.CloudifyExecution{}, builder.WithPredicates(predicate.Or(
			predicate.GenerationChangedPredicate{}, connection.FinalizerTaken))).
		Watches(&v1alpha1.CloudifyExecution{}, outcome.IdleLast(idle)).
		Watches(&v1alpha1.CloudifyExecution{}, handler.EnqueueRequestsFromMapFunc(r.next), builder.WithPredicates(finished)).
		Watches(&v1alpha1.CloudifyExecution{}, r.gone()).
		Watches(&v1alpha1.CloudifyDeployment{}, handler.EnqueueRequestsFromMapFunc(r.executionsOfDeployment)).
		Watches(&v1alpha1.CloudifyManager{}, outcome.Many(r.executionsOfManager), builder.WithPredicates(connection.ReadinessChanged)).
		WatchesRawSource(opts.Watcher.Runs()).
		WatchesRawSource(opts.Pool.Openings(r.executionsAt)).
		WatchesRawSource(opts.Pool.Turns(controllerName)).
		WithOptions(outcome.ControllerOptions(opts.Concurrency, opts.Pool.Waiting(controllerName))).
		Named(controllerName).
		Complete(opts.Leadership.Reconciler(outcome.Reconciler(reconcile.AsReconciler(mgr.GetClient(), r))))
}

// idle reports whether an execution is only looked at again, for how long it is to stay.
func idle(e *v1alpha1.CloudifyExecution) bool { return e.DeletionTimestamp.IsZero() && e.IsFinished() }

// Reconcile takes an execution one step nearer to its end.
func (r *reconciler) Reconcile(ctx context.Context, e *v1alpha1.CloudifyExecution) (ctrl.Result, error) {
	s := newScope(e)
	s.visit = r.Pool.Visit(controllerName, s.key)
	return phases.Reconciler[*scope]{
		Subject:  (*scope).subject,
		Brief:    []phases.Phase[*scope]{r.claim, r.resolve, r.observe, r.prepare, r.act},
		Leave:    func(s *scope, err error) { s.visit.End(s.managerName(), err) },
		Outcome:  func(s *scope, err error) outcome.Outcome { return s.outcomeOf(err) },
		Status:   func(s *scope, out outcome.Outcome) { s.setStatus(out, time.Now()) },
		Objects:  func(s *scope) (before, after outcome.Object) { return s.before, s.execution },
		Reporter: r.Reporter,

		Afterwards: r.afterwards,
	}.Reconcile(ctx, s)
}

// afterwards remembers the start that the status announces now, and logs the end.
func (r *reconciler) afterwards(ctx context.Context, s *scope, _ outcome.Outcome, err error) {
	if s.execution.ResourceVersion == s.before.ResourceVersion || err != nil {
		return
	}
	if s.decision.step == stepIntend {
		r.intents.keep(s.execution.UID, s.execution.Status.Start.At.Time, s.want)
	}
	if !s.execution.IsFinished() {
		return
	}
	r.forget(s.execution)
	if e := s.found.mine; e != nil {
		ctrl.LoggerFrom(ctx).Info("Execution ended", "workflow", e.WorkflowID, "executionID", e.ID, "status", e.Status)
	}
}
