// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

const revision = "k8s-cellar-0123456789abcdef"

// option makes a scope another one.
type option func(*scope)

// newScope is a reconcile of shop/cellar, which stands for the Manager's blueprint of its name.
func newScope(options ...option) *scope {
	b := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cellar", Generation: 2}}
	s := &scope{
		blueprint: b, key: client.ObjectKeyFromObject(b), wanted: wanted{id: "cellar"}, now: metav1.NewTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
		manager: &v1alpha1.CloudifyManager{ObjectMeta: metav1.ObjectMeta{Name: "default"}, Spec: v1alpha1.CloudifyManagerSpec{Tenant: "default_tenant"}},
		conn:    &connection.Connection{},
	}
	s.visit = connection.NewPool().Visit(controllerName, s.key)
	for _, o := range options {
		o(s)
	}
	s.before = b.DeepCopy()
	return s
}

// ours gives the blueprint a source, whose revision was uploaded or is to be.
func ours(s *scope) {
	content := "tosca_definitions_version: cloudify_dsl_1_5"
	s.blueprint.Spec.Source = &v1alpha1.BlueprintSource{Inline: &v1alpha1.InlineSource{
		Files: []v1alpha1.InlineFile{{Path: "blueprint.yaml", Content: &content}},
	}}
	s.source = source{mainFile: "blueprint.yaml", files: map[string]string{"blueprint.yaml": content}}
	s.id = revision
}

// recorded are the revisions on record, newest first.
func recorded(ids ...string) option {
	return func(s *scope) {
		for _, id := range ids {
			s.blueprint.Status.Revisions = append(s.blueprint.Status.Revisions, v1alpha1.BlueprintRevision{BlueprintID: id})
		}
	}
}

// found is the blueprint at the Manager in a state.
func found(state string) option {
	return func(s *scope) {
		s.remote = &cloudify.Blueprint{ID: s.id, State: state, Error: "no such type", Description: "A cellar"}
	}
}

// parsed is what the Manager made of it.
func parsed(template cloudify.Template) option {
	return func(s *scope) {
		found("uploaded")(s)
		s.template = &template
	}
}

// requested asks again; handled is a step that was started for that.
func requested(s *scope) {
	s.blueprint.Annotations = map[string]string{v1alpha1.RequestedAtAnnotation: "now"}
}

func handled(s *scope) { s.blueprint.Status.LastHandledRequest = "now" }

func policy(p v1alpha1.DeletionPolicy) option {
	return func(s *scope) { s.blueprint.Spec.DeletionPolicy = p }
}

func deleting(s *scope) {
	now := metav1.Now()
	s.blueprint.DeletionTimestamp, s.blueprint.Finalizers = &now, []string{v1alpha1.Finalizer}
}

func usedBy(users ...string) option { return func(s *scope) { s.users = users } }

func doomed(ids ...string) option { return func(s *scope) { s.doomed = ids } }

// status is what an earlier reconcile left.
func status(blueprintID string, out outcome.Outcome) option {
	return func(s *scope) {
		s.blueprint.Status.BlueprintID, s.blueprint.Status.ObservedGeneration = blueprintID, s.blueprint.Generation
		outcome.SetSummary(&s.blueprint.Status.Conditions, s.blueprint.Generation, out, "")
	}
}

func unconnected(s *scope) { s.conn = nil }

// newReconciler reconciles over these objects.
func newReconciler(t *testing.T, objects ...client.Object) *reconciler {
	t.Helper()
	scheme := runtime.NewScheme()
	NewWithT(t).Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	NewWithT(t).Expect(corev1.AddToScheme(scheme)).To(Succeed())
	builder := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.CloudifyBlueprint{}).WithObjects(objects...)
	NewWithT(t).Expect(index.Setup(t.Context(), indexer{builder})).To(Succeed())
	c := builder.Build()
	return &reconciler{Client: c, leftovers: leftovers.New[*v1alpha1.CloudifyBlueprint](c, c), Options: Options{
		Cluster: "cluster", Namespace: "cloudify-system", APIReader: c, Pool: connection.NewPool(), Watcher: watch.New(watch.Options{}),
		Reporter: outcome.Reporter{Client: c, Recorder: &events.FakeRecorder{}},
	}}
}

// indexer lets the fake client find objects as the cache does.
type indexer struct{ *fake.ClientBuilder }

func (i indexer) IndexField(_ context.Context, o client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(o, field, values)
	return nil
}

// answers are what a Manager says, by method; the empty one stands for all others.
type answers map[string]struct {
	status int
	body   string
}

func always(status int, body string) answers { return answers{"": {status, body}} }

// connected opens a connection to a Manager that answers everything but its version so.
func connected(t *testing.T, r *reconciler, told answers) (c *connection.Connection, asked *[]string) {
	t.Helper()
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if request.URL.Path == "/api/v3.1/version" {
			_, _ = w.Write([]byte(`{"edition": "community", "version": "7.1.0"}`))
			return
		}
		*asked = append(*asked, request.Method+" "+request.URL.Path)
		answer, ok := told[request.Method]
		if !ok {
			answer = told[""]
		}
		w.WriteHeader(answer.status)
		_, _ = w.Write([]byte(answer.body))
	}))
	t.Cleanup(server.Close)
	remote, err := cloudify.New(cloudify.Config{Endpoint: server.URL, Tenant: "default_tenant", Token: "t"})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return r.Pool.Open("default", remote), asked
}

// ends is what a phase came to, in short.
func ends(kind outcome.Kind, reason string, words ...string) OmegaMatcher {
	message := make([]OmegaMatcher, len(words))
	for i, word := range words {
		message[i] = ContainSubstring(word)
	}
	return WithTransform(outcome.Classify, And(HaveField("Kind", kind), HaveField("Reason", reason), HaveField("Message", And(message...))))
}
