// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command manager runs cloudify-operator: controllers that reconcile the kinds of cloudify.co against Cloudify
// Managers, and the endpoint of the Open Service Broker API over the same objects.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/cloudify-operator/cloudify-operator/broker"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

func main() {
	if err := run(ctrl.SetupSignalHandler()); err != nil {
		fmt.Fprintln(os.Stderr, "manager:", err)
		os.Exit(1)
	}
}

// run is the whole life of the process.
func run(ctx context.Context) error {
	f := parseFlags()
	ctrl.SetLogger(f.logger())
	useMemory()
	view, err := f.view()
	if err != nil {
		return err
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("find the Kubernetes API: %w", err)
	}
	f.limit(config)
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
	if err := broker.Setup(ctx, mgr, f.osb); err != nil {
		return fmt.Errorf("set up the OSB endpoint: %w", err)
	}
	if err := mgr.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return fmt.Errorf("add the health check: %w", err)
	}
	if err := kube.AddReadiness(mgr); err != nil {
		return err
	}
	ctrl.Log.Info("Starting", "cluster", cluster, "namespace", f.operatorNamespace)
	if err := mgr.Start(ctx); err != nil {
		return err
	}
	return leadership.Lost(ctx)
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
	if f.osb.BindAddress != "" && f.osb.BindAddress != broker.Off {
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
	options.LeaderElectionReleaseOnCancel = true // run returns when the manager has stopped
	return options
}

// limit bounds what is asked of the Kubernetes API. The API server shares itself out among its callers (API Priority and
// Fairness), so that by default nothing is held back here.
func (f *flags) limit(config *rest.Config) {
	config.QPS, config.Burst = float32(f.kubeAPIQPS), f.kubeAPIBurst
	if f.kubeAPIQPS <= 0 {
		config.QPS = -1 // zero would be client-go's own default, 5
	}
}

// loopbackUnlessNamed completes an address without a host by one that nobody reaches from elsewhere: profiles show what is in
// memory.
func loopbackUnlessNamed(address string) string {
	if host, port, err := net.SplitHostPort(address); err == nil && host == "" {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// clusterName returns what tells this cluster from others at a Manager: the flag, by default the UID of the namespace kube-system.
func clusterName(ctx context.Context, reader client.Reader, flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	var ns corev1.Namespace
	if err := reader.Get(ctx, types.NamespacedName{Name: "kube-system"}, &ns); err != nil {
		return "", fmt.Errorf("read Namespace kube-system for its UID (or set --cluster-name): %w", err)
	}
	return string(ns.UID), nil
}

// flags of the process; docs/operations.md describes them.
type flags struct {
	metricsAddress, probeAddress, pprofAddress string

	metricsSecure bool
	election      leadership.Election

	watchBusy, watchIdle, resync time.Duration

	concurrency int

	kubeAPIQPS   float64
	kubeAPIBurst int

	clusterName, operatorNamespace string
	watchNamespaces                string
	watchReferences                bool

	osb broker.Options

	zap zap.Options
}

func parseFlags() *flags {
	f := &flags{}
	flag.StringVar(&f.metricsAddress, "metrics-bind-address", "0", "where /metrics is served, such as :8443; 0 turns it off")
	flag.BoolVar(&f.metricsSecure, "metrics-secure", true, "serve /metrics over TLS, to callers that Kubernetes authorises")
	flag.StringVar(&f.probeAddress, "health-probe-bind-address", ":8081", "where /healthz and /readyz are served; 0 turns them off")
	flag.StringVar(&f.pprofAddress, "pprof-bind-address", "0", "where Go profiles are served, such as :6060, which is on loopback only; 0 turns it off")
	flag.BoolVar(&f.election.Enabled, "leader-elect", false, "elect a leader, so that only one of several replicas reconciles")
	flag.DurationVar(&f.election.LeaseDuration, "leader-elect-lease-duration", 15*time.Second, "how long the others wait for a leader that does not renew its lease, in whole seconds")
	flag.DurationVar(&f.election.RenewDeadline, "leader-elect-renew-deadline", 10*time.Second, "how long a leader goes on that cannot renew its lease; shorter than the lease")
	flag.DurationVar(&f.election.RetryPeriod, "leader-elect-retry-period", 2*time.Second, "time between two attempts to renew or acquire the lease")
	flag.DurationVar(&f.watchBusy, "watch-interval-busy", 2*time.Second, "how often a Manager is asked what runs, while something of the operator's does")
	flag.DurationVar(&f.watchIdle, "watch-interval-idle", 30*time.Second, "how often a Manager is asked what runs, while nothing of the operator's does")
	flag.DurationVar(&f.resync, "resync-period", 10*time.Minute, "longest time between two checks of an idle object")
	flag.IntVar(&f.concurrency, "max-concurrent-reconciles", controllers.DefaultConcurrency, "how many objects of each kind are reconciled at once")
	flag.Float64Var(&f.kubeAPIQPS, "kube-api-qps", 0, "requests a second to the Kubernetes API; 0: no ceiling here, API Priority and Fairness shares it out")
	flag.IntVar(&f.kubeAPIBurst, "kube-api-burst", 400, "with --kube-api-qps: requests to the Kubernetes API that may come at once")
	flag.StringVar(&f.clusterName, "cluster-name", "", "tells this cluster from others that use the same Manager; default: the UID of the namespace kube-system")
	flag.StringVar(&f.operatorNamespace, "operator-namespace", defaultNamespace(), "the operator's own namespace, where credentials are read")
	flag.StringVar(&f.watchNamespaces, "watch-namespaces", "", "namespaces whose objects are reconciled, with commas between them; the operator's own and that of the OSB endpoint are added; empty: all")
	flag.BoolVar(&f.watchReferences, "watch-references", false, "notice changes of referenced Secrets and ConfigMaps at once; needs the RBAC of config/rbac/references")
	flag.StringVar(&f.osb.BindAddress, "osb-bind-address", broker.Off, "where the OSB endpoint is served, such as :8090; 0 turns it off")
	flag.StringVar(&f.osb.CertDir, "osb-cert-dir", "", "folder with tls.crt and tls.key of the OSB endpoint, read again when they change")
	flag.StringVar(&f.osb.CredentialsDir, "osb-credentials-dir", "", "folder with username and password for the OSB endpoint, read again when they change; while they are rotated also username-next and password-next")
	flag.StringVar(&f.osb.TokenAudience, "osb-token-audience", "osb.cloudify.co", "audience that bearer tokens for the OSB endpoint must carry; empty: tokens are refused")
	flag.StringVar(&f.osb.Insecure, "osb-insecure", "", "http: serve the OSB endpoint without TLS; open: without TLS and credentials, on a loopback address only")
	flag.StringVar(&f.osb.Namespace, "osb-namespace", "cloudify-services", "namespace of the instances and bindings that platforms order")
	flag.IntVar(&f.osb.MaxConnections, "osb-max-connections", broker.DefaultMaxConnections, "connections to the OSB endpoint that may be open at once; when all are taken, one without valid credentials makes room for a newcomer")
	f.zap.BindFlags(flag.CommandLine)
	flag.Parse()
	return f
}

func (f *flags) logger() logr.Logger { return zapr.NewLogger(zap.NewRaw(zap.UseFlagOptions(&f.zap))) }

// defaultNamespace returns the pod's namespace; outside of a pod the one that make deploy creates.
func defaultNamespace() string {
	if ns := os.Getenv("POD_NAMESPACE"); ns != "" {
		return ns
	}
	if data, err := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace"); err == nil {
		return strings.TrimSpace(string(data))
	}
	return "cloudify-operator-system"
}
