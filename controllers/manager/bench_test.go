// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

const operatorNamespace = "cloudify-system"

// newManager is a CloudifyManager at an endpoint.
func newManager(endpoint string, options ...func(*v1alpha1.CloudifyManager)) *v1alpha1.CloudifyManager {
	m := &v1alpha1.CloudifyManager{ObjectMeta: metav1.ObjectMeta{Name: "default", Generation: 1}}
	m.Spec = v1alpha1.CloudifyManagerSpec{
		Endpoint: endpoint, Tenant: "default_tenant", CredentialsSecretRef: v1alpha1.LocalObjectReference{Name: "manager"},
	}
	for _, option := range options {
		option(m)
	}
	return m
}

// trusting makes a CloudifyManager look for its authorities in an object named ca.
func trusting(kind, key string) func(*v1alpha1.CloudifyManager) {
	return func(m *v1alpha1.CloudifyManager) {
		m.Spec.TLS = &v1alpha1.ManagerTLS{CARef: &v1alpha1.CAReference{Kind: kind, Name: "ca", Key: key}, ServerName: "m"}
	}
}

// requested asks again.
func requested(at string) func(*v1alpha1.CloudifyManager) {
	return func(m *v1alpha1.CloudifyManager) {
		m.Annotations = map[string]string{v1alpha1.RequestedAtAnnotation: at}
	}
}

func newScope(m *v1alpha1.CloudifyManager) *scope {
	return &scope{before: m.DeepCopy(), manager: m, config: cloudify.Config{
		Endpoint: m.Spec.Endpoint, Tenant: m.Spec.Tenant, Username: "admin", Password: "first password",
	}}
}

// newReconciler reconciles over these objects.
func newReconciler(t *testing.T, objects ...client.Object) *reconciler {
	t.Helper()
	scheme := runtime.NewScheme()
	NewWithT(t).Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	NewWithT(t).Expect(corev1.AddToScheme(scheme)).To(Succeed())
	builder := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...)
	NewWithT(t).Expect(index.Setup(t.Context(), indexer{builder})).To(Succeed())
	return &reconciler{
		Client:  builder.Build(),
		Options: Options{Namespace: operatorNamespace, Pool: connection.NewPool(), Watcher: watch.New(watch.Options{})},
		probes:  newProbes(),
	}
}

// indexer lets the fake client find objects as the cache does.
type indexer struct{ *fake.ClientBuilder }

func (i indexer) IndexField(_ context.Context, o client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(o, field, values)
	return nil
}

// remote is a Manager that answers each login in the same way.
type remote struct {
	*httptest.Server

	mu      sync.Mutex
	version string                                 // the release that it says it is
	refuse  func(http.ResponseWriter, string) bool // writes a refusal of a request for a path, if it refuses it
	logins  int
}

// startRemote starts a Manager: with (*httptest.Server).Start, or with StartTLS.
func startRemote(t *testing.T, start func(*httptest.Server)) *remote {
	t.Helper()
	r := &remote{version: "7.1.0"}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(r.serve))
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	start(r.Server)
	t.Cleanup(r.Close)
	return r
}

func (r *remote) serve(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	path := strings.TrimPrefix(request.URL.Path, "/api/v3.1/")
	if path == "version" {
		r.logins++
	}
	w.Header().Set("Content-Type", "application/json")
	if r.refuse != nil && r.refuse(w, path) {
		return
	}
	answer := `{"items": [], "metadata": {"pagination": {"total": 0, "size": 1000, "offset": 0}}}`
	if path == "version" {
		answer = `{"edition": "community", "version": "` + r.version + `"}`
	}
	_, _ = w.Write([]byte(answer))
}

// answer makes the Manager refuse what is asked of a path, of every path if it is empty, with a status and a body.
func (r *remote) answer(path string, status int, body string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = func(w http.ResponseWriter, asked string) bool {
		if !strings.HasPrefix(asked, path) {
			return false
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

// welcome makes the Manager answer well again.
func (r *remote) welcome() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = nil
}

// asked is how often somebody tried to log in.
func (r *remote) asked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.logins
}

const unauthorized = `{"error_code": "unauthorized_error", "message": "User unauthorized"}`

// ends is what a phase came to, in short.
func ends(kind outcome.Kind, reason string, words ...string) OmegaMatcher {
	return WithTransform(outcome.Classify, And(HaveField("Kind", kind), HaveField("Reason", reason), HaveField("Message", containAll(words))))
}

func containAll(words []string) OmegaMatcher {
	var matchers []OmegaMatcher
	for _, word := range words {
		matchers = append(matchers, ContainSubstring(word))
	}
	return And(matchers...)
}
