// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/leftovers"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/owned"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// newReconciler reconciles over these objects.
func newReconciler(t *testing.T, objects ...client.Object) *reconciler {
	t.Helper()
	scheme := runtime.NewScheme()
	NewWithT(t).Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	NewWithT(t).Expect(corev1.AddToScheme(scheme)).To(Succeed())
	builder := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.CloudifyDeployment{}).WithObjects(objects...)
	for _, f := range index.Fields {
		builder = builder.WithIndex(f.Object, f.Name, f.Values)
	}
	stored := builder.Build()
	return &reconciler{
		Client: stored, leftovers: leftovers.New[*v1alpha1.CloudifyDeployment](stored, stored),
		Options: Options{Cluster: "cluster", APIReader: stored, Outputs: owned.WatchedIn(stored), Pool: connection.NewPool(), Watcher: watch.New(watch.Options{}), CancelGrace: 2 * time.Minute, ArrivalLimit: 2 * time.Minute,
			Reporter: outcome.Reporter{Client: stored, Recorder: events.NewFakeRecorder(10), Resync: time.Hour}},
	}
}

// newReporting reports on the deployment of a scope, as stored, and hands over the events.
func newReporting(t *testing.T, s *scope) (r *reconciler, told <-chan string) {
	t.Helper()
	r = newReconciler(t, s.before.DeepCopy())
	NewWithT(t).Expect(r.Get(t.Context(), s.key, s.before)).To(Succeed())
	s.deployment.ResourceVersion = s.before.ResourceVersion
	recorder := events.NewFakeRecorder(10)
	r.Reporter = outcome.Reporter{Client: r.Client, Recorder: recorder, Resync: time.Hour}
	return r, recorder.Events
}

// report ends a reconcile with this, and writes the status.
func report(t *testing.T, r *reconciler, s *scope, end error) error {
	t.Helper()
	p := r.phases()
	p.Brief, p.Leave = []phases.Phase[*scope]{func(context.Context, *scope) error { return end }}, nil
	_, err := p.Reconcile(t.Context(), s)
	return err
}

// manager is a Manager that answers a request, by method and path, as told; what it is not told is not found.
type manager map[string]answer

type answer struct {
	status int
	body   string
}

// code is the body of a refusal.
func code(code string) string { return `{"error_code": "` + code + `", "message": "its own words"}` }

const template = `{"id": "nodecellar-1", "plan": {"inputs": {
	"port": {"type": "integer", "default": 80}, "password": {"type": "string", "default": "", "hidden": true}}}}`

// request is a change that was asked for.
type request struct{ Call, Body string }

// connect connects r to the Manager, and returns the changes that are asked of it.
func (m manager) connect(t *testing.T, r *reconciler) (c *connection.Connection, changes *[]request) {
	t.Helper()
	changes = new([]request)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
		call := asked.Method + " " + asked.URL.Path[len("/api/v3.1/"):]
		told, ok := m[call]
		switch {
		case call == "GET version" && !ok:
			told = answer{200, `{"edition": "community", "version": "7.1.0"}`}
		case call == "GET blueprints/nodecellar-1" && !ok:
			told = answer{200, template}
		case strings.HasSuffix(call, "/outputs") && !ok:
			told = answer{200, `{"outputs": {"url": "http://cellar"}}`}
		case strings.HasSuffix(call, "/capabilities") && !ok:
			told = answer{200, `{"capabilities": {}}`}
		case !ok:
			told = answer{404, code("not_found_error")}
		}
		if asked.Method != http.MethodGet {
			body, _ := io.ReadAll(asked.Body)
			*changes = append(*changes, request{call, string(body)})
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(told.status)
		_, _ = io.WriteString(w, told.body)
	}))
	t.Cleanup(server.Close)
	remote, err := cloudify.New(cloudify.Config{Endpoint: server.URL, Tenant: "default_tenant", Token: "t"})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	_, err = remote.GetVersion(t.Context())
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return r.Pool.Open("default", remote), changes
}
