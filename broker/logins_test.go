// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// Who fails often is told to come later, while right credentials from the same address are accepted; the log says so now and
// then, and never what was tried.
func TestFailedLogins(t *testing.T) {
	g := NewWithT(t)
	var lines []string
	logger := funcr.New(func(_, line string) { lines = append(lines, line) }, funcr.Options{})
	now, limits := time.Now(), doors.DefaultLimits()
	e := newEndpoint(&fake{}, doors.New(doors.Config{
		CredentialsDir: credentialsDir(t), Limits: limits, Now: func() time.Time { return now },
	}), func() error { return nil })
	login := func(address, password string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(log.IntoContext(t.Context(), logger), "GET", "/v2/catalog", nil)
		r.RemoteAddr = address
		r.Header.Set(osb.VersionHeader, "2.17")
		r.SetBasicAuth("u", password)
		w := httptest.NewRecorder()
		e.handler().ServeHTTP(w, r)
		return w
	}
	for range limits.FailedLogins {
		g.Expect(login("192.0.2.1:1", "guess").Code).To(Equal(401))
	}
	late := login("192.0.2.1:2", "guess")
	g.Expect(late.Code).To(Equal(429))
	g.Expect(late.Header().Get("Retry-After")).To(Equal("60"))
	g.Expect(login("192.0.2.1:3", "p").Code).To(Equal(200))
	g.Expect(login("192.0.2.2:1", "guess").Code).To(Equal(401), "others are not concerned")
	g.Expect(lines).To(HaveExactElements(
		And(ContainSubstring("Refused login"), ContainSubstring(`"address"="192.0.2.1"`), ContainSubstring(`"failedLogins"=1`)),
		ContainSubstring(`"address"="192.0.2.2"`),
	))

	now = now.Add(limits.LoginWindow)
	g.Expect(login("192.0.2.1:4", "guess").Code).To(Equal(401))
	g.Expect(lines).To(HaveLen(3))
	g.Expect(lines[2]).To(ContainSubstring(fmt.Sprintf(`"failedLogins"=%d`, limits.FailedLogins+1)), "with those of the minute before")

	for i := range 300 {
		g.Expect(login(fmt.Sprintf("198.51.%d.%d:1", i/200, i%200), "guess").Code).To(Equal(401))
	}
	g.Expect(len(lines)).To(BeNumerically("<", 50), "of all addresses together")
	g.Expect(strings.Join(lines, "\n")).NotTo(ContainSubstring("guess"))
}
