// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// patience is how long etcd or kube-apiserver may take to start or stop. Alone they need seconds;
// on a small machine several packages start theirs at once, while others compile.
const patience = 2 * time.Minute

// garbage is how much may gather, in percent of what is in use, and memory how many bytes may be taken for it.
const garbage, memory = 400, 1 << 30

// Environment is a running control plane with the operator's CRDs.
type Environment struct {
	// RestConfig speaks as a cluster administrator, without a client-side rate limit to speak of.
	RestConfig *rest.Config

	// Client reads and writes without a cache, so a test sees what the API server has now.
	Client client.Client

	// Scheme knows Kubernetes' own kinds and the operator's.
	Scheme *runtime.Scheme

	control *envtest.Environment
}

// Tests are a *testing.M, or what runs one.
type Tests interface{ Run() int }

// Main is the body of a TestMain: it starts a control plane, leaves it in env for the tests,
// runs them, stops it and exits. Logs of controller-runtime are shown with -v.
func Main(m Tests, env **Environment) {
	os.Exit(run(m, env))
}

func run(m Tests, env **Environment) (code int) {
	setUpLogs()
	if err := saveCollections(); err != nil {
		fmt.Fprintf(os.Stderr, "testenv: %v\n", err)
		return 1
	}
	e, err := start()
	if err != nil {
		fmt.Fprintf(os.Stderr, "testenv: %v\n", err)
		return 1
	}
	defer func() {
		if err := e.control.Stop(); err != nil {
			fmt.Fprintf(os.Stderr, "testenv: stop the control plane: %v\n", err)
			code = 1
		}
	}()
	*env = e
	return m.Run()
}

// saveCollections gives up memory for time, in this process and in those that it starts: with the garbage collected at the
// usual rate, the API server spends a fourth of its time on that. GOGC, if set, wins.
func saveCollections() error {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	debug.SetGCPercent(garbage)
	debug.SetMemoryLimit(memory)
	return errors.Join(os.Setenv("GOGC", strconv.Itoa(garbage)), os.Setenv("GOMEMLIMIT", strconv.Itoa(memory)))
}

func start() (*Environment, error) {
	scheme := kube.Scheme()
	control, err := controlPlane(scheme)
	if err != nil {
		return nil, err
	}
	config, err := control.Start()
	if err != nil {
		// Whatever part did start must not outlive the tests.
		return nil, errors.Join(fmt.Errorf("start the control plane: %w", err), control.Stop())
	}
	admin, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("build a client: %w", err), control.Stop())
	}
	if err := awaitKinds(context.Background(), admin, control.CRDs); err != nil {
		return nil, errors.Join(err, control.Stop())
	}
	return &Environment{RestConfig: config, Client: admin, Scheme: scheme, control: control}, nil
}

// awaitKinds asks for each kind once, all at the same time. The first answer about a new kind
// takes the API server a second, which the first tests would otherwise pay one after the other.
func awaitKinds(ctx context.Context, c client.Client, crds []*apiextensionsv1.CustomResourceDefinition) error {
	answers := make(chan error)
	for _, crd := range crds {
		go func() {
			list := &metav1.PartialObjectMetadataList{}
			list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(crd.Spec.Names.ListKind))
			answers <- c.List(ctx, list, client.Limit(1))
		}()
	}
	var err error
	for range crds {
		err = errors.Join(err, <-answers)
	}
	return err
}

// controlPlane describes what to start. Paths are explicit, so no variable in the environment of
// a developer swaps a binary, or the whole control plane for a real cluster.
func controlPlane(scheme *runtime.Scheme) (*envtest.Environment, error) {
	control := &envtest.Environment{
		Scheme:                   scheme,
		UseExistingCluster:       new(false),
		ControlPlaneStartTimeout: patience,
		ControlPlaneStopTimeout:  patience,
	}
	server := control.ControlPlane.GetAPIServer()
	control.ControlPlane.Etcd = &envtest.Etcd{}
	for name, path := range map[string]*string{
		"etcd":           &control.ControlPlane.Etcd.Path,
		"kube-apiserver": &server.Path,
		"kubectl":        &control.ControlPlane.KubectlPath,
	} {
		found, err := Path("bin", "controlplane", name)
		if err != nil {
			return nil, fmt.Errorf("%w: run make controlplane", err)
		}
		*path = found
	}
	crds, err := Path("config", "crd", "bases")
	if err != nil {
		return nil, fmt.Errorf("%w: run make generate", err)
	}
	control.CRDDirectoryPaths = []string{crds}
	control.ErrorIfCRDPathMissing = true

	// The server would advertise the address of the default route, and refuses to start on a
	// machine that has none. All operators of a test share one connection, with a stream for each watch; at the limit,
	// the server may count a stream as open that the client has cancelled, and refuse the next one.
	server.Configure().
		Set("advertise-address", "127.0.0.1").
		Set("endpoint-reconciler-type", "none").
		Set("http2-max-streams-per-connection", "2000")
	return control, nil
}

// Namespace makes a fresh namespace and returns its name.
func (e *Environment) Namespace(tb testing.TB) string {
	tb.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := e.Client.Create(context.Background(), namespace); err != nil {
		tb.Fatalf("testenv: create a namespace: %v", err)
	}
	return namespace.Name
}

// User returns a configuration that speaks as somebody with no other rights than RBAC gives to
// this name and these groups.
func (e *Environment) User(tb testing.TB, name string, groups ...string) *rest.Config {
	tb.Helper()
	user, err := e.control.AddUser(envtest.User{Name: name, Groups: groups}, e.RestConfig)
	if err != nil {
		tb.Fatalf("testenv: add user %s: %v", name, err)
	}
	return user.Config()
}

// KubeconfigFile writes a kubeconfig of the administrator, for kubectl and for processes, and
// returns its path. The file is gone when the test ends.
func (e *Environment) KubeconfigFile(tb testing.TB) string {
	tb.Helper()
	return writeKubeconfig(tb, e.control.KubeConfig)
}

// setUpLogs shows the logs of controllers only with -v.
func setUpLogs() {
	flag.Parse() // testing.Verbose wants it, and a TestMain comes before
	if testing.Verbose() {
		ctrl.SetLogger(zap.New(zap.UseDevMode(true)))
		return
	}
	ctrl.SetLogger(logr.Discard())
}
