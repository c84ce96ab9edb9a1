// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"crypto/x509"
	"errors"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func answer(status int, code, message string) error {
	return &cloudify.Error{Op: "GET version", StatusCode: status, Code: code, Message: message}
}

func foreign(status int) error {
	return &cloudify.Error{Op: "GET version", StatusCode: status, Foreign: true, Message: "HTTP error (server nginx)"}
}

func lost(err error) error {
	return &cloudify.ConnectionError{Op: "GET version", Host: "manager.example.com", Err: err}
}

// Each refusal names what somebody can change; the Manager's own words stand beside it.
func TestRefusal(t *testing.T) {
	const endpoint, secret = "https://manager.example.com", "Secret manager"
	for _, row := range []struct {
		name                string
		err                 error
		reason              string
		unseen, credentials bool
		words               []string
	}{
		{"a configuration that makes no connection", configError{errors.New("password is missing")}, "InvalidConfiguration", false, false, []string{"password is missing", "Correct the spec", secret, "tls.caRef"}},
		{"a release too old", releaseError{"4.1.1"}, "UnsupportedRelease", false, false, []string{"release 4.1.1", "4.2.0 or later"}},
		{"an unknown authority", lost(x509.UnknownAuthorityError{}), "CertificateRefused", false, false, []string{endpoint, "unknown authority", "tls.caRef", "tls.serverName"}},
		{"a certificate of another name", lost(x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"other"}}, Host: "m"}), "CertificateRefused", false, false, []string{"not m", "tls.serverName"}},
		{"no connection", lost(errors.New("connection refused")), "ManagerUnreachable", true, false, []string{endpoint, "connection refused", "keeps trying", "spec.endpoint"}},
		{"a gateway without a Manager", answer(502, "", "HTTP 502"), "ManagerUnreachable", true, false, []string{"HTTP 502", "spec.endpoint"}},
		{"wrong credentials", answer(401, "unauthorized_error", "User unauthorized"), "Unauthorized", false, true, []string{secret, "User unauthorized", "Correct the Secret", "a minute"}},
		{"a token that expired", answer(401, "unauthorized_error", "Token is expired"), "Unauthorized", false, true, []string{secret}},
		{"a proxy that wants a login", foreign(401), "NotCloudify", false, true, []string{endpoint, "server nginx", "let the operator through"}},
		{"a proxy that refuses", foreign(403), "NotCloudify", false, false, []string{"server nginx"}},
		{"a proxy that sends to a login", foreign(302), "NotCloudify", false, false, []string{"server nginx"}},
		{"an unknown tenant", answer(403, "forbidden_error", "No tenant default_tenant"), "TenantRefused", false, true, []string{"tenant default_tenant", "No tenant", "Give the user a role"}},
		{"something else than a Manager", answer(404, "", "HTTP 404 without a Cloudify error body"), "NotCloudify", false, false, []string{endpoint, "HTTP 404", "Correct spec.endpoint"}},
		{"a page instead of an answer", answer(200, "", "HTTP 200 is not the answer of a Cloudify Manager"), "NotCloudify", false, false, []string{"Correct spec.endpoint"}},
		{"a version that is none", errors.New(`"latest" is not a valid Manager release`), "NotCloudify", false, false, []string{"latest"}},
		{"a mistake of the Manager", answer(500, "internal_server_error", "oops"), "ManagerError", false, false, []string{"oops"}},
		{"a mistake of what stands before it", answer(500, "", "HTTP 500"), "ManagerError", false, false, []string{"HTTP 500"}},
		{"too many requests", answer(429, "", "HTTP 429"), "ManagerError", false, false, []string{"HTTP 429"}},
		{"maintenance", answer(503, "maintenance_mode_active", "in maintenance mode"), "Maintenance", false, false, []string{"in maintenance mode", "until maintenance ends"}},
		{"an unknown field", answer(400, "no_such_include_field_error", "labels"), "ManagerError", false, false, []string{"labels"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			refusal := refusalOf(newManager(endpoint), fmt.Errorf("probe: %w", row.err))
			g.Expect(refusal.reason).To(Equal(row.reason))
			g.Expect(refusal.unseen).To(Equal(row.unseen), "unseen")
			g.Expect(refusal.credentials).To(Equal(row.credentials), "credentials")
			g.Expect(refusal.message).To(containAll(row.words))

			out := outcome.Classify(refusal.error(time.Minute))
			g.Expect(out).To(Equal(outcome.Outcome{Kind: outcome.Waiting, Reason: row.reason, Message: refusal.message, Unseen: row.unseen, After: time.Minute}))
		})
	}
}
