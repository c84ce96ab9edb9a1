// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strconv"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/cloudify-operator/cloudify-operator/broker"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/controllers/removal"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
	"github.com/cloudify-operator/cloudify-operator/internal/tracing/provider"
	"github.com/cloudify-operator/cloudify-operator/internal/version"
)

// Run is the whole life of the process, for the arguments of its command line. A request for help is answered by flag.ErrHelp.
func Run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == removal.Command {
		return removal.Run(ctx, args[1:], os.Stdout)
	}
	f, err := parseFlags(args, os.Stdout)
	if err != nil {
		return err
	}
	if f.version {
		fmt.Println(version.Get())
		return nil
	}
	build := version.Get()
	traces, err := provider.New(ctx, build.Version)
	if err != nil {
		return err
	}
	defer traces.Stop()              // last: whatever ends before makes spans
	config, err := f.kubernetes(ctx) // before there is a logger: what is wrong is said once, by the error
	if err != nil {
		return err
	}
	setLogger(f.zap)
	ctrl.Log.Info("Starting cloudify-operator", "version", build.Version, "commit", build.Commit, "date", build.Date)
	traces.Announce(ctrl.Log)
	useMemory()
	view, err := f.view()
	if err != nil {
		return err
	}
	options := f.managerOptions(view)
	lease, proof, err := f.election.Lease(config, &options)
	if err != nil {
		return err
	}
	config.Wrap(proof.Transport)
	ctx, cancel := proof.While(ctx)
	defer cancel()
	plain, err := ctrl.NewManager(config, options)
	if err != nil {
		return fmt.Errorf("create the manager: %w", err)
	}
	mgr, err := kube.WithEvents(plain)
	if err != nil {
		return err
	}
	defer mgr.Close()
	if lease != nil {
		lease.Recorder = mgr.GetEventRecorder("cloudify-operator")
		if err := mgr.Add(lease); err != nil {
			return fmt.Errorf("add the lease: %w", err)
		}
	}
	cluster, err := clusterName(ctx, mgr.GetAPIReader(), f.clusterName)
	if err != nil {
		return err
	}
	if err := controllers.Setup(ctx, mgr, controllers.Options{
		Cluster: cluster, Namespace: f.operatorNamespace, OSBNamespace: f.osb.Namespace, WatchBusy: f.watchBusy, WatchIdle: f.watchIdle,
		Resync: f.resync, WatchReferences: f.watchReferences, WatchNamespaces: view.Watched, Concurrency: f.concurrency,
		Leadership: proof, UserAgent: "cloudify-operator",
	}); err != nil {
		return err
	}
	f.osb.WatchNamespaces = view.Watched
	served, err := broker.Setup(ctx, mgr, f.osb)
	if err != nil {
		return fmt.Errorf("set up the OSB endpoint: %w", err)
	}
	if err := mgr.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return fmt.Errorf("add the health check: %w", err)
	}
	if err := kube.AddReadiness(mgr); err != nil {
		return err
	}
	ctrl.Log.Info("Starting controllers", "cluster", cluster, "namespace", f.operatorNamespace)
	err = mgr.Start(ctx)
	served() // a leader that lost its lease ends at once, but for those whom its endpoint serves
	return cmp.Or(err, leadership.Lost(ctx))
}

// memoryLimit is the variable that holds the container's limit, in bytes.
const memoryLimit = "MEMORY_LIMIT"

// useMemory lets garbage grow as far as the container's limit allows: on a small heap it would be collected all the time, which
// costs the OSB endpoint a quarter of its rate. Whoever sets Go's own variables knows better.
func useMemory() {
	limit, err := strconv.ParseInt(os.Getenv(memoryLimit), 10, 64)
	if err != nil || limit <= 0 || os.Getenv("GOMEMLIMIT") != "" || os.Getenv("GOGC") != "" {
		return
	}
	debug.SetMemoryLimit(limit / 10 * 9) // the rest is for what the runtime does not count
	debug.SetGCPercent(400)
}

// view is the part of the cluster that the operator sees. Its own namespace and that of service instances always belong to it.
func (f *flags) view() (kube.View, error) {
	always := []string{f.operatorNamespace}
	if f.osb.BindAddress != off {
		always = append(always, f.osb.Namespace)
	}
	watched, err := kube.Namespaces(f.watchNamespaces, always...)
	if err != nil {
		return kube.View{}, fmt.Errorf("--watch-namespaces: %w", err)
	}
	return kube.View{Namespace: f.operatorNamespace, Watched: watched}, nil
}

// managerOptions are the options of controller-runtime's manager.
func (f *flags) managerOptions(view kube.View) ctrl.Options {
	metrics := metricsserver.Options{BindAddress: f.metricsAddress, SecureServing: f.metricsSecure}
	if f.metricsSecure {
		metrics.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	options := view.ManagerOptions()
	options.Metrics = metrics
	options.HealthProbeBindAddress = f.probeAddress
	options.PprofBindAddress = loopbackUnlessNamed(f.pprofAddress)
	options.LeaderElection = f.election.Enabled
	options.LeaderElectionID = "cloudify-operator"
	options.LeaderElectionNamespace = f.operatorNamespace
	options.LeaderElectionReleaseOnCancel = true // Run returns when the manager has stopped
	return options
}

// loopbackUnlessNamed completes an address without a host by one that nobody reaches from elsewhere: profiles show what is in
// memory.
func loopbackUnlessNamed(address string) string {
	if host, port, err := net.SplitHostPort(address); err == nil && host == "" {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}
