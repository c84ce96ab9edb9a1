// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestCredentialsAreMasked(t *testing.T) {
	basic := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	hard := Config{Username: "admin", Password: `p/ss "wörd"+<&>'`}
	short := Config{Username: "admin", Password: "admin"}
	token := Config{Token: "WyIwIiwi/abc+=="}
	for _, row := range []struct {
		config     Config
		said, want string
	}{
		{hard, "bad password " + hard.Password + ".", "bad password ******."},
		{hard, "Authorization: Basic " + basic("admin:"+hard.Password), "Authorization: Basic ******"},
		{hard, "Basic " + strings.TrimRight(basic("admin:"+hard.Password), "="), "Basic ******"},
		{hard, "the key is " + basic(hard.Password), "the key is ******"},
		{hard, "https://admin:" + url.QueryEscape(hard.Password) + "@manager", "https://admin:******@manager"},
		{hard, "?password=" + strings.ToLower(url.QueryEscape(hard.Password)), "?password=******"},
		{hard, "?password=" + url.PathEscape(hard.Password) + "&user=admin", "?password=******&user=admin"},
		{hard, fmt.Sprintf("got %q", hard.Password), `got "******"`},
		{hard, "nothing of it: password", "nothing of it: password"},
		{short, "user admin has no role", "user admin has no role"},
		{short, "Basic " + basic("admin:admin"), "Basic ******"},
		{short, "https://admin:admin@manager and admin%3Aadmin", "https://******@manager and ******"},
		{token, "Authentication-Token: " + token.Token, "Authentication-Token: ******"},
		{token, "?token=" + url.QueryEscape(token.Token), "?token=******"},
	} {
		NewWithT(t).Expect(newMasker(row.config).text(row.said)).To(Equal(row.want), row.said)
	}
}

// A password may be part of a word that decides.
func TestErrorCodesAreKept(t *testing.T) {
	g := NewWithT(t)
	m := newMasker(Config{Username: "admin", Password: "not_found"})
	g.Expect(m.code("not_found_error")).To(Equal("not_found_error"))
	g.Expect(m.code("Basic not_found")).To(Equal("Basic ******"))
}

// A proxy that repeats the whole request, in every place that is shown.
func TestWhatRepeatsTheRequestIsMasked(t *testing.T) {
	for name, config := range map[string]Config{
		"password": {Username: "admin", Password: "p/ss s3cret"},
		"short":    {Username: "admin", Password: "admin"},
		"token":    {Token: "WyIwIiwiYWJjIl0.X-s3cret"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			status := http.StatusUnauthorized
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				dump, err := httputil.DumpRequest(r, false)
				g.Expect(err).NotTo(HaveOccurred())
				echo := strings.Repeat("-", maxMessage-500) + string(dump) // cut in the midst of it, perhaps
				w.WriteHeader(status)
				causes := []any{map[string]any{"message": echo}}
				item := map[string]any{"id": "x", "error": echo, "message": echo, "error_causes": causes, "created_at": "2024-01-01T00:00:00.000Z"}
				answer := map[string]any{"message": echo, "error_code": echo}
				if status == http.StatusOK {
					answer = map[string]any{"items": []any{item}}
				}
				g.Expect(json.NewEncoder(w).Encode(answer)).To(Succeed())
			}))
			t.Cleanup(server.Close)
			config.Endpoint, config.Tenant = server.URL, "default_tenant"
			client, err := New(config)
			g.Expect(err).NotTo(HaveOccurred())
			client.release.Store(&Release{7, 1, 0})
			secret := []string{base64.StdEncoding.EncodeToString([]byte(config.Username + ":" + config.Password)), "s3cret"}
			clean := func(said string) {
				g.Expect(said).To(ContainSubstring("Tenant: default_tenant"))
				g.Expect(said).To(ContainSubstring(mask))
				for _, s := range secret {
					g.Expect(said).NotTo(ContainSubstring(s))
				}
			}

			_, err = client.GetVersion(t.Context())
			clean(err.Error())
			refusal, ok := errors.AsType[*Error](err)
			g.Expect(ok).To(BeTrue())
			clean(refusal.Code)
			status = http.StatusOK
			blueprints, err := client.ListBlueprints(t.Context(), BlueprintFilter{})
			g.Expect(err).NotTo(HaveOccurred())
			clean(blueprints[0].Error)
			executions, err := client.ListExecutions(t.Context(), ExecutionFilter{})
			g.Expect(err).NotTo(HaveOccurred())
			clean(executions[0].Error)
			failures, err := client.ListFailures(t.Context(), "x")
			g.Expect(err).NotTo(HaveOccurred())
			clean(FailureReason(failures))
			clean(failures[0].Message)
		})
	}
}

// An answer that is no HTTP is quoted by net/http, and its cause stays an error of its kind.
func TestABrokenAnswerIsMasked(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		g.Expect(err).NotTo(HaveOccurred())
		_, _ = io.WriteString(connection, strings.ReplaceAll(r.Header.Get("Authorization"), " ", "-")+"\r\n\r\n")
		_ = connection.Close()
	}))
	t.Cleanup(server.Close)
	_, err := connect(t, Config{Endpoint: server.URL}).GetVersion(t.Context())
	g.Expect(err).To(MatchError(ContainSubstring("Basic-******")))
	g.Expect(IsUnreachable(err)).To(BeTrue())
	masked := newMasker(Config{Username: "admin", Password: "s3cret"}).hide(fmt.Errorf("after s3cret: %w", io.ErrUnexpectedEOF))
	g.Expect(errors.Is(masked, io.ErrUnexpectedEOF)).To(BeTrue())
	g.Expect(masked).To(MatchError("after ******: unexpected EOF"))
}
