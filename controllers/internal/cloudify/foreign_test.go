// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// What is none of the Manager's answers says who gave it, shortly and without credentials.
func TestForeignAnswersSayWhoAnswered(t *testing.T) {
	long := strings.Repeat("ä", maxQuoted)
	for _, row := range []struct {
		name         string
		status       int
		server, body string
		who          string
	}{
		{"nobody", 403, "", "Forbidden", ""},
		{"a server", 401, "nginx/1.25.1", "", " (server nginx/1.25.1)"},
		{"a page", 403, "", "<html><head><TITLE lang=en>\n Access &amp; more\n </TITLE></head></html>", ` (page "Access & more")`},
		{"a server and its page", 403, "cloudflare", "<title>Attention Required!</title>", ` (server cloudflare, page "Attention Required!")`},
		{"a page where an answer should be", 200, "Apache", "<html><title>Welcome</title>", ` (server Apache, page "Welcome")`},
		{"another API", 403, "istio-envoy", `{"message": "RBAC: access denied"}`, ` (server istio-envoy, saying "RBAC: access denied")`},
		{"a title that comes late", 403, "", strings.Repeat(" ", 8<<10) + "<title>Late</title>", ` (page "Late")`},
		{"a title that comes late where an answer should be", 200, "", "<html>" + strings.Repeat(" ", 8<<10) + "<title>Late</title>", ` (page "Late")`},
		{"a page that repeats the request", 403, "admin:s3cret", "<title>Basic YWRtaW46czNjcmV0 for s3cret</title>", ` (server ******, page "Basic ****** for ******")`},
		{"one that talks too much", 403, long, "<title>" + long + "</title>", fmt.Sprintf(" (server %s…, page %q)", long[:maxQuoted], long[:maxQuoted]+"…")},
		{"one that is no text", 403, "", "<title>\x00a\xff\u202eb</title>", ` (page "a b")`},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			client := serve(t, Release{}, func(w http.ResponseWriter, _ *http.Request) {
				if row.server != "" {
					w.Header().Set("Server", row.server)
				}
				w.WriteHeader(row.status)
				_, _ = io.WriteString(w, row.body)
			})
			_, err := client.GetDeployment(t.Context(), "d")
			g.Expect(IsForeign(err)).To(BeTrue(), "%v", err)
			problem := "without a Cloudify error body"
			if row.status == http.StatusOK {
				problem = "is not the answer of a Cloudify Manager"
			}
			g.Expect(err).To(MatchError(fmt.Sprintf("GET deployments/d: HTTP %d from %s %s%s", row.status, client.host, problem, row.who)))
		})
	}
}

// A login page that another server keeps for everybody is not followed, and none of the Manager's.
func TestARedirectIsForeign(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, Release{}, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://login.example.com/?token=s3cret", http.StatusFound)
	})
	_, err := client.GetDeployment(t.Context(), "d")
	g.Expect(IsForeign(err)).To(BeTrue())
	g.Expect(err).To(MatchError(HaveSuffix("redirects to https://login.example.com: use the final address as the endpoint")))
}

// An answer that lists nothing must not read as if there were nothing.
func TestAListThatIsNone(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, Release{}, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status": "ok"}`) })
	_, err := client.ListDeployments(t.Context(), DeploymentFilter{})
	g.Expect(IsForeign(err)).To(BeTrue())
	g.Expect(err).To(MatchError(ContainSubstring("GET deployments: HTTP 200 from " + client.host + " is not a list")))
}

// Where nothing in particular was asked a Manager answers with a page, too.
func TestDoubtfulAnswers(t *testing.T) {
	for err, doubtful := range map[*Error]bool{
		{StatusCode: 403, Foreign: true}:                true,
		{StatusCode: 200, Foreign: true}:                true,
		{StatusCode: 404}:                               true,
		{StatusCode: 405}:                               true,
		{StatusCode: 404, Code: "not_found_error"}:      false,
		{StatusCode: 403, Code: "forbidden_error"}:      false,
		{StatusCode: 413}:                               false,
		{StatusCode: 429}:                               false,
		{StatusCode: 500}:                               false,
		{StatusCode: 502}:                               false,
		{StatusCode: 400, Code: "bad_parameters_error"}: false,
	} {
		NewWithT(t).Expect(IsDoubtful(fmt.Errorf("wrapped: %w", err))).To(Equal(doubtful), "%d %s", err.StatusCode, err.Code)
	}
}
