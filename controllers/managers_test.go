// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

func TestManagerShowsWhatItIs(t *testing.T) {
	s := tell(t)
	s.Expect(s.manager.Status.Release).To(Equal("7.1.0"))
	s.Expect(s.manager.Status.Edition).To(Equal("community"))
	s.Expect(testenv.Condition(s.manager, v1alpha1.ReadyCondition).Message).To(
		Equal("connected to Cloudify Manager 7.1.0 (community), tenant default_tenant"))
}

func TestManagerEndpointIsCheckedByTheAPI(t *testing.T) {
	s := begin(t, nil)
	for endpoint, complaint := range map[string]string{
		s.sim.URL + "/api/v3.1":           "without user info, path, query or fragment",
		"https://admin:admin@example.com": "without user info, path, query or fragment",
		"ftp://manager.example.com":       "http(s)://host[:port]",
	} {
		s.Expect(env.Client.Create(t.Context(), testenv.Manager(s.name, endpoint))).To(MatchError(ContainSubstring(complaint)), endpoint)
	}
	insecure := testenv.Manager(s.name, s.sim.URL, func(m *v1alpha1.CloudifyManager) { m.Spec.TLS = nil })
	s.Expect(env.Client.Create(t.Context(), insecure)).To(MatchError(ContainSubstring("sends credentials unencrypted")))
}

func TestManagerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]simulator.DownMode{
		"connections are dropped": simulator.DownRefused, "the front answers 502": simulator.DownBadGateway,
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, nil)
			s.sim.SetDown(mode)
			s.create(s.manager)
			s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable, s.sim.URL+" does not answer", "correct spec.endpoint"))
			s.sim.Heal()
			s.eventually(s.manager, testenv.BeReady())
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		s := begin(t, nil)
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		s.manager.Spec.Endpoint = server.URL
		s.create(s.manager)
		s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable, "connection refused"))
		s.update(s.manager, func() { s.manager.Spec.Endpoint = s.sim.URL })
		s.eventually(s.manager, testenv.BeReady())
	})
}

func TestManagerThatIsNone(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"a web server without such a page": http.NotFound,
		"a web server with one page":       func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>Welcome</html>")) },
		"another API":                      func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"version": "unheard of"}`)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, nil)
			s.manager.Spec.Endpoint = testenv.Serve(t, handler)
			s.create(s.manager)
			s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonNotCloudify, "is not the API of a Cloudify Manager", "Correct spec.endpoint"))
		})
	}
}

// front is a proxy before a story's Manager, which refuses the requests that a test chooses with a page of its own.
func (s *story) front(refuses func(*http.Request) bool) string {
	s.t.Helper()
	target, err := url.Parse(s.sim.URL)
	s.Expect(err).NotTo(HaveOccurred())
	proxy := httputil.NewSingleHostReverseProxy(target)
	return testenv.Serve(s.t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !refuses(r) {
			proxy.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Server", "gatekeeper/2.0")
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<html><title>Sign in first</title>" + r.Header.Get("Authorization") + "</html>"))
	}))
}

// rests waits until no deployment is looked at closely any more: what was just installed is once more.
func (s *story) rests() {
	s.t.Helper()
	reads, since := 0, time.Now()
	s.Eventually(func() time.Duration {
		if n := s.sim.RequestCount("GET deployments/{id}"); n != reads {
			reads, since = n, time.Now()
		}
		return time.Since(since)
	}).Should(BeNumerically(">", 4*time.Second))
}

// When a proxy begins to refuse everything, the CloudifyManager says so and names it; idle objects stay as they were.
func TestManagerThatIsNoneAnyMore(t *testing.T) {
	s := begin(t, nil)
	var closed atomic.Bool
	s.manager.Spec.Endpoint = s.front(func(*http.Request) bool { return closed.Load() })
	s.connect()
	s.blueprint()
	idle := s.installed("idle")
	s.rests()
	closed.Store(true)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonNotCloudify, "server gatekeeper/2.0", "Sign in first", "let the operator through"))
	late := s.deployment("late", nil)
	s.create(late)
	s.eventually(late, testenv.BeUnknown(v1alpha1.ReasonManagerNotReady, "NotCloudify"))
	s.consistently(idle, testenv.BeReady())

	closed.Store(false)
	s.eventually(s.manager, testenv.BeReady())
	s.eventually(late, testenv.BeReady())
}

// When a proxy refuses one kind of request, the object whose request it was says so; everything else goes on.
func TestRequestThatAProxyRefuses(t *testing.T) {
	s := begin(t, nil)
	var closed atomic.Bool
	s.manager.Spec.Endpoint = s.front(func(r *http.Request) bool {
		return closed.Load() && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/deployments/")
	})
	s.connect()
	s.blueprint()
	closed.Store(true)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeUnknown(v1alpha1.ReasonNotCloudify, "server gatekeeper/2.0", "Sign in first"))
	s.consistently(s.manager, testenv.BeReady())
	closed.Store(false)
	s.eventually(d, testenv.BeReady())
}

func TestManagerInMaintenance(t *testing.T) {
	s := begin(t, nil)
	s.sim.SetMaintenance("activated")
	s.create(s.manager)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonMaintenance, "maintenance mode"))
	s.sim.Heal()
	s.eventually(s.manager, testenv.BeReady())
}

// Maintenance that begins on a connected Manager is an outage like any other: it is said once, and all goes on when it ends.
func TestMaintenanceBegins(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	idle, leaves := s.installed("idle"), s.installed("leaves")
	s.sim.SetMaintenance("activated")
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonMaintenance, "maintenance mode", "by itself"))
	late := s.deployment("late", nil)
	s.create(late)
	s.delete(leaves)
	for _, d := range []*v1alpha1.CloudifyDeployment{late, leaves} {
		s.eventually(d, testenv.BeUnknown(v1alpha1.ReasonManagerNotReady, "CloudifyManager "+s.name+" is not connected: Maintenance"))
	}
	s.sim.ResetRequests()
	s.consistently(idle, testenv.BeReady())
	s.consistently(b, testenv.BeReady())
	for _, r := range s.sim.Requests() {
		s.Expect(r.Path).To(Or(HaveSuffix("/version"), HaveSuffix("/blueprints")), "only the connection is tried")
	}

	s.sim.SetMaintenance("deactivated")
	s.eventually(s.manager, testenv.BeReady())
	s.eventually(late, testenv.BeReady())
	s.gone(leaves)
	s.Expect(s.sim.Deployments()).To(HaveLen(2))
	s.Expect(s.executions(late, "install")).To(HaveLen(1))
}

// While maintenance is about to begin, what runs is followed to its end; only what is new waits.
func TestMaintenanceIsAboutToBegin(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.sim.SetMaintenance("activating")
	late := s.deployment("late", nil)
	s.create(late)
	s.eventually(late, testenv.BeWaiting(v1alpha1.ReasonManagerBusy, "maintenance mode"))
	s.afterForever()
	s.eventually(d, testenv.BeReady())
	s.consistently(s.manager, testenv.BeReady())

	s.sim.SetMaintenance("activated")
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonMaintenance))
	s.sim.SetMaintenance("deactivated")
	s.eventually(late, testenv.BeReady())
	s.Expect(s.executions(late, "install")).To(HaveLen(1))
}

func TestManagerIsKeptWhileInUse(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	d := s.installed("shop")

	s.delete(s.manager)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonInUse, "CloudifyBlueprint "+s.name+"/cellar", "CloudifyDeployment "+s.name+"/shop", "Orphan"))
	// Its connection still serves objects that are being deleted.
	s.delete(d, b)
	s.gone(d, b, s.manager)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.sim.Blueprints()).To(BeEmpty())
}
