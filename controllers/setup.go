// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"context"
	"fmt"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cloudify-operator/cloudify-operator/controllers/binding"
	"github.com/cloudify-operator/cloudify-operator/controllers/blueprint"
	"github.com/cloudify-operator/cloudify-operator/controllers/deployment"
	"github.com/cloudify-operator/cloudify-operator/controllers/discovery"
	"github.com/cloudify-operator/cloudify-operator/controllers/execution"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/owned"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/telemetry"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/controllers/manager"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// Options of all controllers.
type Options struct {
	// Cluster tells this cluster from others that use the same Manager.
	Cluster string
	// Namespace is the operator's own, where credentials are.
	Namespace string
	// OSBNamespace is where the OSB endpoint keeps service instances; empty: cloudify-services.
	OSBNamespace string
	// WatchBusy and WatchIdle are how often a Manager is asked for unfinished executions, while one of ours runs, and otherwise.
	WatchBusy, WatchIdle time.Duration
	// WatchList is how often its deployments are listed; zero: once a minute.
	WatchList time.Duration
	// CountOrphans is how often what carries this cluster's label at a Manager is compared with the objects that exist; zero: every
	// ten minutes.
	CountOrphans time.Duration
	// Discovery is how often all Managers are asked for their blueprints; zero: as often as each CloudifyManager says.
	Discovery time.Duration
	// Resync is the longest time between two looks at an idle object.
	Resync time.Duration
	// CancelGrace is how long a workflow that was told to stop may take before it is stopped by force, and then killed; zero: two
	// minutes.
	CancelGrace time.Duration
	// ArrivalLimit is how long a change that was not answered in time may still arrive at the Manager, so that it is not asked for
	// again; zero: two minutes.
	ArrivalLimit time.Duration
	// WatchNamespaces are those whose objects are reconciled; none: all.
	WatchNamespaces []string
	// WatchReferences wakes objects when a ConfigMap or Secret they refer to changes.
	WatchReferences bool
	// Leadership is asked before anything is changed; nil: this process is the only one.
	Leadership *leadership.Proof
	// Now is the time by which a ttl ends and maintenance windows begin; nil: that of the clock.
	Now func() time.Time
	// Concurrency is how many objects of each kind are reconciled at once; zero: 64.
	Concurrency int
	// UserAgent is what Managers see in their logs.
	UserAgent string
}

// defaultOSBNamespace is where service instances are unless the options say otherwise.
const defaultOSBNamespace = "cloudify-services"

// DefaultConcurrency is how many objects of a kind are reconciled at once. A reconcile is mostly a wait for answers, so many
// cost little; a Manager's slots bound how many of them it can hold up.
const DefaultConcurrency = 64

func init() { metrics.Registry.MustRegister(cloudify.RequestDuration) }

// Setup adds all controllers to mgr.
func Setup(ctx context.Context, mgr ctrl.Manager, opts Options) error {
	if err := index.Setup(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	watches := kube.View{Watched: opts.WatchNamespaces}.Watches
	leads := cmp.Or(opts.Leadership, leadership.Alone())
	concurrency := cmp.Or(opts.Concurrency, DefaultConcurrency)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	pool := connection.NewPool()
	watcher := watch.New(watch.Options{Busy: opts.WatchBusy, Idle: opts.WatchIdle, List: opts.WatchList, Count: opts.CountOrphans, Cluster: opts.Cluster, OnError: pool.NoteError})
	if err := mgr.Add(watcher); err != nil {
		return fmt.Errorf("add the watcher: %w", err)
	}
	if err := mgr.Add(&telemetry.Leader{Reader: mgr.GetClient(), Polled: watcher.Polled, Waiting: pool.InLine}); err != nil {
		return fmt.Errorf("add the leader's metrics: %w", err)
	}
	reporter := outcome.Reporter{Client: mgr.GetClient(), Recorder: mgr.GetEventRecorder("cloudify-operator"), Resync: opts.Resync}
	if err := manager.Setup(mgr, manager.Options{
		Namespace: opts.Namespace, Watches: watches, UserAgent: opts.UserAgent, Leadership: leads, Reporter: reporter, Pool: pool, Watcher: watcher, Concurrency: concurrency,
	}); err != nil {
		return fmt.Errorf("set up the controller of CloudifyManagers: %w", err)
	}
	var watched *references.Cache
	if opts.WatchReferences {
		var err error
		if watched, err = references.New(mgr, opts.WatchNamespaces); err != nil {
			return err
		}
	}
	secrets, err := owned.Watch(mgr, opts.WatchNamespaces)
	if err != nil {
		return err
	}
	if err := blueprint.Setup(mgr, blueprint.Options{
		Cluster: opts.Cluster, Namespace: opts.Namespace, OSBNamespace: cmp.Or(opts.OSBNamespace, defaultOSBNamespace),
		APIReader: mgr.GetAPIReader(), References: watched,
		Leadership: leads, Reporter: reporter, Pool: pool, Watcher: watcher, Concurrency: concurrency,
	}); err != nil {
		return fmt.Errorf("set up the controller of CloudifyBlueprints: %w", err)
	}
	if err := deployment.Setup(mgr, deployment.Options{
		Cluster: opts.Cluster, APIReader: mgr.GetAPIReader(), References: watched, Outputs: secrets,
		Leadership: leads, Reporter: reporter, Pool: pool, Watcher: watcher, Concurrency: concurrency,
		Now: opts.Now, CancelGrace: cmp.Or(opts.CancelGrace, 2*time.Minute), ArrivalLimit: cmp.Or(opts.ArrivalLimit, 2*time.Minute),
	}); err != nil {
		return fmt.Errorf("set up the controller of CloudifyDeployments: %w", err)
	}
	if err := execution.Setup(mgr, execution.Options{
		APIReader: mgr.GetAPIReader(), Leadership: leads, Reporter: reporter, Pool: pool, Watcher: watcher, Concurrency: concurrency,
		CancelGrace: cmp.Or(opts.CancelGrace, 2*time.Minute), ArrivalLimit: cmp.Or(opts.ArrivalLimit, 2*time.Minute),
	}); err != nil {
		return fmt.Errorf("set up the controller of CloudifyExecutions: %w", err)
	}
	if err := binding.Setup(mgr, binding.Options{
		APIReader: mgr.GetAPIReader(), Secrets: secrets, Leadership: leads, Reporter: reporter, Concurrency: concurrency,
	}); err != nil {
		return fmt.Errorf("set up the controller of CloudifyBindings: %w", err)
	}
	if err := discovery.Setup(mgr, discovery.Options{
		Leadership: leads, Reporter: reporter, Pool: pool, Watcher: watcher, Interval: opts.Discovery, Watches: watches, Concurrency: concurrency,
	}); err != nil {
		return fmt.Errorf("set up discovery: %w", err)
	}
	return nil
}
