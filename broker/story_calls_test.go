// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// calls are the requests of a replica to the API server, but for what its cache watches.
type calls struct {
	mu   sync.Mutex
	seen []string
}

// of is a transport that counts.
func (c *calls) of(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if path := strings.Split(r.URL.Path, "/"); slices.Contains(path, "namespaces") && !r.URL.Query().Has("watch") {
			c.mu.Lock()
			c.seen = append(c.seen, r.Method+" "+path[slices.Index(path, "namespaces")+2])
			c.mu.Unlock()
		}
		return next.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// since returns what was asked since the last call, sorted.
func (c *calls) since() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.seen
	c.seen = nil
	slices.Sort(seen)
	return seen
}

// What each request of a platform costs the API server. What is written is written once; a read is there because an answer rests on
// it: on absence, on the state of right now, or on a Secret, of which there is no cache.
func TestCallsOfARequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var counted calls
	config := rest.CopyConfig(env.RestConfig)
	config.Wrap(counted.of)
	p, mgr := w.informedBy(config)

	nothing := func(string) {}
	running := func(id string) { must(w, w.Provision)(w.put(id, "free", `{"region":"east"}`)) }
	applied := func(id string) { w.provision(id, "free", `{"region":"east"}`) }
	secret := func(id string) { w.provision(id, "free", `{"password":"s3cret"}`) }
	published := func(id string) { applied(id); w.publishes(id, credentialsOfX) }
	bound := func(id string) { published(id); must(w, w.Bind)(w.bind(id, "b", ``)) }
	deleting := func(id string) { applied(id); must(w, w.Deprovision)(w.delete(id)) }

	put := func(parameters string) func(string) error {
		return func(id string) error { return failure(p.Provision(t.Context(), w.put(id, "free", parameters))) }
	}
	patch := func(parameters string) func(string) error {
		return func(id string) error { return failure(p.Update(t.Context(), w.patch(id, "", parameters))) }
	}
	remove := func(id string) error { return failure(p.Deprovision(t.Context(), w.delete(id))) }
	bind := func(id string) error { return failure(p.Bind(t.Context(), w.bind(id, "b", ``))) }
	unbinds := func(id string) error {
		r := unbind("b")
		r.InstanceID = id
		return p.Unbind(t.Context(), r)
	}

	const (
		getInstance, getSecret, getBinding = "GET cloudifydeployments", "GET secrets", "GET cloudifybindings"
		putInstance, putSecret, putBinding = "POST cloudifydeployments", "POST secrets", "POST cloudifybindings"
	)
	for _, row := range []struct {
		name    string
		before  func(id string)
		request func(id string) error
		calls   []string
	}{
		{"PUT", nothing, put(`{"region":"east"}`), []string{putInstance}},
		{"PUT with a secret", nothing, put(`{"password":"s3cret"}`), []string{putInstance, putSecret}},
		{"PUT same, running", running, put(`{"region":"east"}`), []string{getInstance}},
		{"PUT same, applied", applied, put(`{"region":"east"}`), []string{getInstance}},
		{"PATCH", applied, patch(`{"size":2}`), []string{getInstance, "PATCH cloudifydeployments"}},
		{"PATCH of nothing", applied, patch(`{"region":"east"}`), []string{getInstance}},
		{"PATCH with a secret", secret, patch(`{"size":2}`), []string{getInstance, getSecret, "PATCH cloudifydeployments"}},
		{"DELETE", applied, remove, []string{"DELETE cloudifydeployments"}},
		{"DELETE, with a binding", bound, remove, []string{"DELETE cloudifydeployments"}},
		{"DELETE again", deleting, remove, []string{getInstance}},
		{"DELETE of nothing", nothing, remove, []string{getInstance}},
		{"bind", published, bind, []string{getInstance, getSecret, putBinding}},
		{"bind same", bound, bind, []string{getInstance, getSecret, putBinding, getBinding, getBinding}},
		{"unbind", bound, unbinds, []string{getBinding, "DELETE cloudifybindings"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			id := strings.ToLower(strings.NewReplacer(" ", "-", ",", "").Replace(row.name))
			row.before(id)
			g.Eventually(func() string { return versionOf(t, mgr.GetCache(), w.namespace, id) }).Should(Equal(versionOf(t, env.Client, w.namespace, id)))
			counted.since()
			if err := row.request(id); row.name == "DELETE of nothing" {
				g.Expect(err).To(MatchError(service.ErrGone))
			} else {
				g.Expect(err).NotTo(HaveOccurred())
			}
			slices.Sort(row.calls)
			g.Expect(counted.since()).To(Equal(row.calls))
		})
	}
	w.untouched(mgr.GetCache())
}

// untouched expects that nobody has written to what the cache handed out, for it hands out its own.
func (w *world) untouched(cache client.Reader) {
	w.t.Helper()
	inNamespace := client.InNamespace(w.namespace)
	w.Eventually(func(g Gomega) {
		var deployments, heard v1alpha1.CloudifyDeploymentList
		g.Expect(env.Client.List(w.t.Context(), &deployments, inNamespace)).To(Succeed())
		g.Expect(cache.List(w.t.Context(), &heard, inNamespace)).To(Succeed())
		g.Expect(heard.Items).To(HaveLen(len(deployments.Items)))
		for _, d := range deployments.Items {
			g.Expect(heard.Items).To(ContainElement(And(HaveField("Annotations", d.Annotations), HaveField("Spec", d.Spec), HaveField("Status", d.Status))))
		}
		var blueprints, offered v1alpha1.CloudifyBlueprintList
		g.Expect(env.Client.List(w.t.Context(), &blueprints, inNamespace)).To(Succeed())
		g.Expect(cache.List(w.t.Context(), &offered, inNamespace)).To(Succeed())
		g.Expect(offered.Items).To(HaveLen(len(blueprints.Items)))
		g.Expect(offered.Items[0].Spec).To(Equal(blueprints.Items[0].Spec))
		g.Expect(offered.Items[0].Status).To(Equal(blueprints.Items[0].Status))
	}).Should(Succeed())
}

// Where the operator's requests have a ceiling, controllers that have reached it do not hold up platforms.
func TestPlatformsHaveACeilingOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := rest.CopyConfig(env.RestConfig)
	config.QPS, config.Burst = 0.001, 8
	p, mgr := w.informedBy(config)
	busy, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var err error
	for i := 0; err == nil; i++ {
		w.Expect(i).To(BeNumerically("<=", config.Burst))
		err = mgr.GetClient().Create(busy, testenv.Deployment(w.namespace, fmt.Sprint("busy-", i), "cellar"))
	}
	w.Expect(err).To(MatchError(ContainSubstring("rate")), "controllers have reached it")
	_, err = p.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
}

// must sends a request that is to be accepted.
func must[R, A any](w *world, send func(context.Context, R) (A, error)) func(R) {
	return func(r R) {
		w.t.Helper()
		_, err := send(w.t.Context(), r)
		w.Expect(err).NotTo(HaveOccurred())
	}
}

func failure[A any](_ A, err error) error { return err }

// versionOf an instance for a reader; empty where it is not there.
func versionOf(t *testing.T, reader client.Reader, namespace, id string) string {
	t.Helper()
	var d v1alpha1.CloudifyDeployment
	err := reader.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: id}, &d)
	NewWithT(t).Expect(client.IgnoreNotFound(err)).To(Succeed())
	return d.ResourceVersion
}
