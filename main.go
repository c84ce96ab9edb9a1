// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command manager runs cloudify-operator: controllers that reconcile CloudifyManagers, CloudifyBlueprints and
// CloudifyDeployments against Cloudify Managers, and the endpoint of the Open Service Broker API over the same objects.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker"
	"github.com/cloudify-operator/cloudify-operator/controllers"
)

var scheme = runtime.NewScheme()

func init() {
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
}

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
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("find the Kubernetes API: %w", err)
	}
	config.QPS, config.Burst = float32(f.kubeAPIQPS), f.kubeAPIBurst
	mgr, err := ctrl.NewManager(config, f.managerOptions())
	if err != nil {
		return fmt.Errorf("create the manager: %w", err)
	}
	cluster, err := clusterName(ctx, mgr.GetAPIReader(), f.clusterName)
	if err != nil {
		return err
	}
	if err := controllers.Setup(ctx, mgr, controllers.Options{
		Cluster: cluster, Namespace: f.operatorNamespace, OSBNamespace: f.osb.Namespace, WatchBusy: f.watchBusy, WatchIdle: f.watchIdle,
		Resync: f.resync, WatchReferences: f.watchReferences, UserAgent: "cloudify-operator",
	}); err != nil {
		return err
	}
	if err := broker.Setup(ctx, mgr, f.osb); err != nil {
		return fmt.Errorf("set up the OSB endpoint: %w", err)
	}
	if err := mgr.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return fmt.Errorf("add the health check: %w", err)
	}
	if err := mgr.AddReadyzCheck("readyz", healthz.Ping); err != nil {
		return fmt.Errorf("add the readiness check: %w", err)
	}
	ctrl.Log.Info("Starting", "cluster", cluster, "namespace", f.operatorNamespace)
	return mgr.Start(ctx)
}

// managerOptions are those of controller-runtime.
func (f *flags) managerOptions() ctrl.Options {
	metrics := metricsserver.Options{BindAddress: f.metricsAddress, SecureServing: f.metricsSecure}
	if f.metricsSecure {
		metrics.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	own := cache.ByObject{Namespaces: map[string]cache.Config{f.operatorNamespace: {}}}
	return ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       metrics,
		HealthProbeBindAddress:        f.probeAddress,
		LeaderElection:                f.leaderElect,
		LeaderElectionID:              "cloudify-operator",
		LeaderElectionNamespace:       f.operatorNamespace,
		LeaderElectionReleaseOnCancel: true, // run returns when the manager has stopped
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			// Only credentials and certificate authorities are watched, and they are in the operator's namespace.
			&corev1.Secret{}: own, &corev1.ConfigMap{}: own,
		}},
		Client: client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: new(true)}},
	}
}

// clusterName is what tells this cluster from others at a Manager: the flag, else the UID of the namespace kube-system.
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
	metricsAddress, probeAddress string
	metricsSecure, leaderElect   bool

	watchBusy, watchIdle, resync time.Duration

	kubeAPIQPS   float64
	kubeAPIBurst int

	clusterName, operatorNamespace string
	watchReferences                bool

	osb broker.Options

	zap zap.Options
}

func parseFlags() *flags {
	f := &flags{}
	flag.StringVar(&f.metricsAddress, "metrics-bind-address", "0", "where /metrics is served, such as :8443; 0 turns it off")
	flag.BoolVar(&f.metricsSecure, "metrics-secure", true, "serve /metrics over TLS to those whom Kubernetes authorises")
	flag.StringVar(&f.probeAddress, "health-probe-bind-address", ":8081", "where /healthz and /readyz are served; 0 turns them off")
	flag.BoolVar(&f.leaderElect, "leader-elect", false, "elect a leader, so that of several replicas one reconciles")
	flag.DurationVar(&f.watchBusy, "watch-interval-busy", 2*time.Second, "how often a Manager is asked what runs, while something of ours does")
	flag.DurationVar(&f.watchIdle, "watch-interval-idle", 30*time.Second, "how often a Manager is asked what runs, while nothing of ours does")
	flag.DurationVar(&f.resync, "resync-period", 10*time.Minute, "how long an idle object is left alone at most")
	flag.Float64Var(&f.kubeAPIQPS, "kube-api-qps", 200, "requests a second to the Kubernetes API")
	flag.IntVar(&f.kubeAPIBurst, "kube-api-burst", 400, "requests to the Kubernetes API that may come at once")
	flag.StringVar(&f.clusterName, "cluster-name", "", "tells this cluster from others that use the same Manager; default: the UID of the namespace kube-system")
	flag.StringVar(&f.operatorNamespace, "operator-namespace", defaultNamespace(), "the operator's own namespace, where credentials are read")
	flag.BoolVar(&f.watchReferences, "watch-references", false, "notice changes of referred Secrets and ConfigMaps at once; needs the RBAC of config/rbac/references")
	flag.StringVar(&f.osb.BindAddress, "osb-bind-address", broker.Off, "where the OSB endpoint is served, such as :8090; 0 turns it off")
	flag.StringVar(&f.osb.CertDir, "osb-cert-dir", "", "folder with tls.crt and tls.key of the OSB endpoint, read again when they change")
	flag.StringVar(&f.osb.CredentialsDir, "osb-credentials-dir", "", "folder with username and password for the OSB endpoint, read again when they change; while they are rotated also username-next and password-next")
	flag.StringVar(&f.osb.TokenAudience, "osb-token-audience", "osb.cloudify.co", "who the tokens must be for that callers of the OSB endpoint may send instead; empty: none are accepted")
	flag.StringVar(&f.osb.Insecure, "osb-insecure", "", "http: serve the OSB endpoint without TLS; open: without TLS and credentials, on a loopback address only")
	flag.StringVar(&f.osb.Namespace, "osb-namespace", "cloudify-services", "the namespace of what comes through the OSB endpoint")
	flag.IntVar(&f.osb.MaxConnections, "osb-max-connections", broker.DefaultMaxConnections, "connections to the OSB endpoint that are open at once; strangers make room for newcomers")
	f.zap.BindFlags(flag.CommandLine)
	flag.Parse()
	return f
}

func (f *flags) logger() logr.Logger { return zapr.NewLogger(zap.NewRaw(zap.UseFlagOptions(&f.zap))) }

// defaultNamespace is the pod's, else the one that make deploy makes.
func defaultNamespace() string {
	if ns := os.Getenv("POD_NAMESPACE"); ns != "" {
		return ns
	}
	if data, err := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace"); err == nil {
		return strings.TrimSpace(string(data))
	}
	return "cloudify-operator-system"
}
