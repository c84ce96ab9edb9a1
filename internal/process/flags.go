// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client/config"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/cloudify-operator/cloudify-operator/broker"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

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

	version bool
}

// subject is what some flags are about.
type subject struct {
	title string
	flags *flag.FlagSet
}

// subjects registers all flags, in the order of the help.
func (f *flags) subjects() (all []subject) {
	for _, s := range []struct {
		title string
		add   func(*flag.FlagSet)
	}{
		{"The cluster", f.addCluster},
		{"Several replicas", f.addElection},
		{"Managers", f.addManagers},
		{"The OSB endpoint", f.addOSB},
		{"Metrics, probes and profiles", f.addAddresses},
		{"Logs", f.addLogs},
		{"This program", f.addProgram},
	} {
		set := flag.NewFlagSet(s.title, flag.ContinueOnError)
		s.add(set)
		all = append(all, subject{s.title, set})
	}
	return all
}

// parseFlags reads the command line and checks it. Where it asks for help that is written to out, and the error is flag.ErrHelp.
func parseFlags(args []string, out io.Writer) (*flags, error) {
	f := &flags{}
	all := flag.NewFlagSet("manager", flag.ContinueOnError)
	all.SetOutput(io.Discard) // of errors, which are returned
	subjects := f.subjects()
	for _, s := range subjects {
		s.flags.VisitAll(func(one *flag.Flag) { all.Var(one.Value, one.Name, one.Usage) })
	}
	switch err := all.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		writeHelp(out, subjects)
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w; see manager --help", err)
	case all.NArg() > 0:
		return nil, fmt.Errorf("%q is not a flag; see manager --help", all.Arg(0))
	}
	given := map[string]bool{}
	all.Visit(func(one *flag.Flag) { given[one.Name] = true })
	return f, f.check(given)
}

func (f *flags) addCluster(set *flag.FlagSet) {
	config.RegisterFlags(set)
	set.Lookup(config.KubeconfigFlagName).Usage = "`file` that leads to the Kubernetes API; default: $KUBECONFIG, in a pod its own cluster, elsewhere ~/.kube/config"
	set.StringVar(&f.clusterName, "cluster-name", "", "`name` that tells this cluster from others that use the same Manager; default: the UID of the namespace kube-system")
	set.StringVar(&f.operatorNamespace, "operator-namespace", defaultNamespace(), "the operator's own `namespace`, where credentials are read")
	set.StringVar(&f.watchNamespaces, "watch-namespaces", "", "`namespaces` whose objects are reconciled, separated by commas; the operator's own and that of the OSB endpoint are added; default: all")
	set.BoolVar(&f.watchReferences, "watch-references", false, "notice changes of referenced Secrets and ConfigMaps at once; needs the RBAC of config/rbac/references")
	set.IntVar(&f.concurrency, "max-concurrent-reconciles", controllers.DefaultConcurrency, "how many objects of each kind are reconciled at once")
	set.DurationVar(&f.resync, "resync-period", 10*time.Minute, "longest time between two checks of an idle object")
	set.Float64Var(&f.kubeAPIQPS, "kube-api-qps", 0, "requests a second to the Kubernetes API; 0: no limit here, because API Priority and Fairness shares the API server")
	set.IntVar(&f.kubeAPIBurst, "kube-api-burst", 400, "with --kube-api-qps: requests to the Kubernetes API that may be sent at once")
}

func (f *flags) addElection(set *flag.FlagSet) {
	set.BoolVar(&f.election.Enabled, "leader-elect", false, "elect a leader, so that only one of several replicas reconciles")
	set.DurationVar(&f.election.LeaseDuration, "leader-elect-lease-duration", 15*time.Second, "how long other replicas wait for a leader that does not renew its lease; whole seconds")
	set.DurationVar(&f.election.RenewDeadline, "leader-elect-renew-deadline", 10*time.Second, "how long a leader that cannot renew its lease continues; shorter than the lease")
	set.DurationVar(&f.election.RetryPeriod, "leader-elect-retry-period", 500*time.Millisecond, "time between two attempts to renew or acquire the lease")
}

func (f *flags) addManagers(set *flag.FlagSet) {
	set.DurationVar(&f.watchBusy, "watch-interval-busy", 2*time.Second, "how often the operator asks a Manager what is running, while something of its own is")
	set.DurationVar(&f.watchIdle, "watch-interval-idle", 30*time.Second, "how often the operator asks a Manager what is running, while nothing of its own is")
}

func (f *flags) addOSB(set *flag.FlagSet) {
	set.StringVar(&f.osb.BindAddress, "osb-bind-address", broker.Off, "`address` where the OSB endpoint is served, such as :8090; 0 turns it off")
	set.StringVar(&f.osb.CertDir, "osb-cert-dir", "", "`folder` with tls.crt and tls.key of the endpoint, read again when they change")
	set.StringVar(&f.osb.CredentialsDir, "osb-credentials-dir", "", "`folder` with username and password for the endpoint, read again when they change; during a rotation also username-next and password-next")
	set.StringVar(&f.osb.TokenAudience, "osb-token-audience", "osb.cloudify.co", "`audience` that bearer tokens for the endpoint must carry; empty: tokens are refused")
	set.StringVar(&f.osb.Insecure, "osb-insecure", "", "`mode`: http serves the endpoint without TLS, behind a mesh or an ingress that has it; open without TLS and credentials, on a loopback address only")
	set.StringVar(&f.osb.Namespace, "osb-namespace", "cloudify-services", "`namespace` of the instances and bindings that platforms order")
	set.IntVar(&f.osb.MaxConnections, "osb-max-connections", broker.DefaultMaxConnections, "connections to the endpoint that may be open at once; when all are taken, one without valid credentials makes room for a newcomer")
}

func (f *flags) addAddresses(set *flag.FlagSet) {
	set.StringVar(&f.probeAddress, "health-probe-bind-address", ":8081", "`address` where /healthz and /readyz are served; 0 turns them off")
	set.StringVar(&f.metricsAddress, "metrics-bind-address", off, "`address` where /metrics is served, such as :8443; 0 turns it off")
	set.BoolVar(&f.metricsSecure, "metrics-secure", true, "serve /metrics over TLS, to callers that Kubernetes authorizes")
	set.StringVar(&f.pprofAddress, "pprof-bind-address", off, "`address` where Go profiles are served, such as :6060, which is on loopback only; 0 turns them off")
}

func (f *flags) addLogs(set *flag.FlagSet) {
	f.zap.BindFlags(set)
	for name, usage := range map[string]string{
		"zap-devel":            "logs for a terminal: of level debug, not in JSON, with stack traces from warnings on",
		"zap-encoder":          "`format` of the logs, json or console; default: json",
		"zap-log-level":        "lowest `level` that is logged: debug, info, error, panic, or a number above 0 for more than debug; default: info",
		"zap-stacktrace-level": "lowest `level` that is logged with a stack trace: info, error or panic; default: error",
		"zap-time-encoding":    "`format` of times: epoch, millis, nano, iso8601, rfc3339 or rfc3339nano; default: rfc3339",
	} {
		set.Lookup(name).Usage = usage
	}
}

func (f *flags) addProgram(set *flag.FlagSet) {
	set.BoolVar(&f.version, "version", false, "print version, commit and date, and exit")
}

// off as an address is what is not served.
const off = broker.Off

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
