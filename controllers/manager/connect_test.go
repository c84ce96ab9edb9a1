// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"net/http/httptest"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func TestConnect(t *testing.T) {
	g := NewWithT(t)
	remote := startRemote(t, (*httptest.Server).Start)
	r, s := newReconciler(t), newScope(newManager(remote.URL, requested("monday")))

	g.Expect(r.connect(t.Context(), s)).To(Succeed())
	g.Expect(s.version).To(Equal(&cloudify.Version{Version: "7.1.0", Edition: "community"}))
	g.Expect(s.readAgain).To(Equal(releaseInterval))
	g.Expect(s.manager.Status.LastHandledRequest).To(Equal("monday"))
	first, err := r.Pool.Get("default")
	g.Expect(err).NotTo(HaveOccurred())

	again := newScope(s.manager)
	g.Expect(r.connect(t.Context(), again)).To(Succeed())
	g.Expect(again.version).To(Equal(s.version))
	g.Expect(again.readAgain).To(And(BeNumerically(">", releaseInterval-time.Minute), BeNumerically("<", releaseInterval)))
	g.Expect(r.Pool.Get("default")).To(BeIdenticalTo(first))
	g.Expect(remote.asked()).To(Equal(1), "a good answer holds")
}

func TestConnectIsRefused(t *testing.T) {
	for _, row := range []struct {
		name   string
		refuse func(*remote)
		reason string
	}{
		{"wrong password", func(r *remote) { r.answer("version", 401, unauthorized) }, "Unauthorized"},
		{"unknown tenant", func(r *remote) {
			r.answer("blueprints", 403, `{"error_code": "forbidden_error", "message": "no such tenant"}`)
		}, "TenantRefused"},
		{"old release", func(r *remote) { r.version = "4.1.1" }, "UnsupportedRelease"},
		{"a release that is none", func(r *remote) { r.version = "latest" }, "NotCloudify"},
		{"another server", func(r *remote) { r.answer("", 404, "<html>not here</html>") }, "NotCloudify"},
		{"a proxy that wants a login", func(r *remote) { r.answer("", 401, "<title>Sign in</title>") }, "NotCloudify"},
		{"a proxy that refuses", func(r *remote) { r.answer("", 403, "<title>403 Forbidden</title>") }, "NotCloudify"},
		{"a page for everything", func(r *remote) { r.answer("", 200, "<html>welcome</html>") }, "NotCloudify"},
		{"a gateway", func(r *remote) { r.answer("", 502, "<html>bad gateway</html>") }, "ManagerUnreachable"},
		{"one that answers no more than its name", func(r *remote) { r.answer("executions", 504, "<html>gateway time-out</html>") }, "ManagerUnreachable"},
		{"nobody", func(r *remote) { r.Close() }, "ManagerUnreachable"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			remote := startRemote(t, (*httptest.Server).Start)
			row.refuse(remote)
			r, s := newReconciler(t), newScope(newManager(remote.URL))

			g.Expect(r.connect(t.Context(), s)).To(ends(outcome.Waiting, row.reason))
			g.Expect(s.version).To(BeNil())
			_, err := r.Pool.Get("default")
			g.Expect(err).To(MatchError(connection.ErrUnavailable))
		})
	}
}

func TestConnectTrustsNoUnknownCertificate(t *testing.T) {
	g := NewWithT(t)
	remote := startRemote(t, (*httptest.Server).StartTLS)
	r, s := newReconciler(t), newScope(newManager(remote.URL))
	g.Expect(r.connect(t.Context(), s)).To(ends(outcome.Waiting, "CertificateRefused", "tls.caRef"))
	g.Expect(remote.asked()).To(BeZero(), "the credentials did not travel")

	s = newScope(newManager(remote.URL))
	s.config.InsecureSkipVerify = true
	g.Expect(r.connect(t.Context(), s)).To(Succeed(), "a changed configuration is tried at once")
}

func TestAConfigurationThatMakesNoConnection(t *testing.T) {
	g := NewWithT(t)
	r, s := newReconciler(t), newScope(newManager("https://manager.example.com"))
	s.config.CA = []byte("no certificate")
	g.Expect(r.connect(t.Context(), s)).To(ends(outcome.Waiting, "InvalidConfiguration", "Secret manager", "tls.caRef"))
}

func TestARefusedPasswordIsTriedOnce(t *testing.T) {
	g := NewWithT(t)
	remote := startRemote(t, (*httptest.Server).Start)
	remote.answer("version", 401, unauthorized)
	r, m := newReconciler(t), newManager(remote.URL)
	for range 20 {
		g.Expect(r.connect(t.Context(), newScope(m))).To(ends(outcome.Waiting, "Unauthorized", "Secret manager"))
	}
	g.Expect(remote.asked()).To(Equal(1))

	requested("now")(m)
	for range 20 {
		g.Expect(r.connect(t.Context(), newScope(m))).To(ends(outcome.Waiting, "Unauthorized"))
	}
	g.Expect(remote.asked()).To(Equal(2), "a new request is one try")

	remote.welcome()
	s := newScope(m)
	s.config.Password = "second password"
	g.Expect(r.connect(t.Context(), s)).To(Succeed(), "a new Secret is tried at once")
}

// A refusal that others met is one login nearer to the account's lock, so it counts as a try.
func TestARefusalThatOthersMetCounts(t *testing.T) {
	g := NewWithT(t)
	remote := startRemote(t, (*httptest.Server).Start)
	r, m := newReconciler(t), newManager(remote.URL)
	g.Expect(r.connect(t.Context(), newScope(m))).To(Succeed())
	c, err := r.Pool.Get("default")
	g.Expect(err).NotTo(HaveOccurred())
	c.Note(errPassword)

	for range 3 {
		g.Expect(r.connect(t.Context(), newScope(m))).To(ends(outcome.Waiting, "Unauthorized"))
	}
	g.Expect(remote.asked()).To(Equal(1))
}

// A Manager that answers its version and fails at everything else would be opened and lost as fast as it answers.
func TestAConnectionThatIsLostSoonBacksOff(t *testing.T) {
	g := NewWithT(t)
	remote := startRemote(t, (*httptest.Server).Start)
	r, m := newReconciler(t), newManager(remote.URL)
	g.Expect(r.connect(t.Context(), newScope(m))).To(Succeed())
	r.Pool.NoteError("default", errNoRoute)
	for range 20 {
		g.Expect(r.connect(t.Context(), newScope(m))).To(ends(outcome.Waiting, "ManagerUnreachable", "HTTP 502"))
	}
	g.Expect(remote.asked()).To(Equal(1))
}

// What answers in place of the Manager since it was connected is told by the CloudifyManager; what refuses one request is not.
func TestAManagerThatIsNoneAnyMore(t *testing.T) {
	foreign := &cloudify.Error{Op: "PUT deployments/d", StatusCode: 403, Foreign: true}
	for _, row := range []struct {
		name   string
		refuse func(*remote)
		reason string // "": it stays connected
	}{
		{"it answers everything else", func(*remote) {}, ""},
		{"a proxy that refuses everything", func(r *remote) { r.answer("", 403, "<title>403 Forbidden</title>") }, "NotCloudify"},
		{"a page for everything", func(r *remote) { r.answer("", 200, "<html>welcome</html>") }, "NotCloudify"},
		{"another server", func(r *remote) { r.answer("", 404, "<html>not here</html>") }, "NotCloudify"},
		{"nobody", func(r *remote) { r.Close() }, "ManagerUnreachable"},
		{"one that is asked too much", func(r *remote) { r.answer("", 429, "") }, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			remote := startRemote(t, (*httptest.Server).Start)
			r, m := newReconciler(t), newManager(remote.URL)
			g.Expect(r.connect(t.Context(), newScope(m))).To(Succeed())
			conn, err := r.Pool.Get("default")
			g.Expect(err).NotTo(HaveOccurred())
			row.refuse(remote)
			conn.Note(foreign)

			if row.reason == "" {
				g.Expect(r.connect(t.Context(), newScope(m))).To(Succeed())
				g.Expect(r.Pool.Get("default")).To(BeIdenticalTo(conn), "what is known over it stays known")
				return
			}
			g.Expect(r.connect(t.Context(), newScope(m))).To(ends(outcome.Waiting, row.reason))
			_, err = r.Pool.Get("default")
			g.Expect(err).To(MatchError(connection.ErrUnavailable))
		})
	}
}
