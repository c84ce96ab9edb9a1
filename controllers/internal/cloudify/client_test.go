// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// exchange is one request of the client and what the Manager answers.
type exchange struct {
	name    string
	release Release // zero: 7.1
	call    func(context.Context, *Client) (any, error)

	request string    // "GET blueprints/demo?_include=id"
	content string    // the JSON body, or empty
	status  int       // zero: 200
	answer  string    // a body, or a file of testdata
	next    *exchange // the request that follows, if there is one
	want    any
}

// at is the exchange of so manieth a request.
func (x exchange) at(asked int) exchange {
	if asked > 1 && x.next != nil {
		return x.next.at(asked - 1)
	}
	return x
}

func (x exchange) requests() int {
	if x.next != nil {
		return 1 + x.next.requests()
	}
	return 1
}

func run(t *testing.T, exchanges []exchange) {
	t.Helper()
	for _, x := range exchanges {
		t.Run(x.name, func(t *testing.T) {
			g := NewWithT(t)
			asked := 0
			client := serve(t, x.release, func(w http.ResponseWriter, r *http.Request) {
				asked++
				x := x.at(asked)
				g.Expect(r.Method + " " + r.RequestURI).To(Equal(strings.Replace(x.request, " ", " /api/v3.1/", 1)))
				g.Expect(r.Header.Get("Tenant")).To(Equal("default_tenant"))
				g.Expect(r.Header.Get("Authorization")).To(Equal("Basic YWRtaW46czNjcmV0"))
				g.Expect(r.Header.Get("User-Agent")).To(Equal("cloudify-operator/test"))
				g.Expect(r.Header.Get("Accept")).To(Equal("application/json"))
				content, err := io.ReadAll(r.Body)
				g.Expect(err).NotTo(HaveOccurred())
				if x.content == "" {
					g.Expect(content).To(BeEmpty())
					g.Expect(r.Header).NotTo(HaveKey("Content-Type"))
				} else {
					g.Expect(content).To(MatchJSON(x.content))
					g.Expect(r.Header["Content-Type"]).To(Equal([]string{"application/json"}))
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(max(x.status, 200))
				_, _ = w.Write(answer(t, x.answer))
			})
			got, err := x.call(t.Context(), client)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(asked).To(Equal(x.requests()))
			if x.want == nil {
				g.Expect(got).To(BeNil())
			} else {
				g.Expect(got).To(Equal(x.want))
			}
		})
	}
}

func answer(t *testing.T, text string) []byte {
	if !strings.HasSuffix(text, ".json") {
		return []byte(text)
	}
	content, err := os.ReadFile(filepath.Join("testdata", text))
	if err != nil {
		t.Error(err)
	}
	return content
}

// serve starts a Manager and returns a client that knows its release.
func serve(t *testing.T, release Release, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := connect(t, Config{Endpoint: server.URL})
	if release == (Release{}) {
		release = Release{7, 1, 0}
	}
	client.release.Store(&release)
	return client
}

func connect(t *testing.T, config Config) *Client {
	t.Helper()
	config.Tenant, config.UserAgent = "default_tenant", "cloudify-operator/test"
	if config.Token == "" {
		config.Username, config.Password = "admin", "s3cret"
	}
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// nothing gives a call without a result the shape of the others.
func nothing(err error) (any, error) { return nil, err }

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestNewRefuses(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Config)
		says   string
	}{
		{"no endpoint", func(c *Config) { c.Endpoint = "" }, "https://"},
		{"no scheme", func(c *Config) { c.Endpoint = "manager.example.com" }, "https://"},
		{"another scheme", func(c *Config) { c.Endpoint = "ftp://manager" }, "https://"},
		{"no URL", func(c *Config) { c.Endpoint = "https://user:hunter2@man ager" }, "not a URL"},
		{"user info", func(c *Config) { c.Endpoint = "https://user:hunter2@manager" }, "user name"},
		{"no host", func(c *Config) { c.Endpoint = "https://:443" }, "host"},
		{"a path", func(c *Config) { c.Endpoint = "https://manager/api" }, "scheme and host only"},
		{"a query", func(c *Config) { c.Endpoint = "https://manager?x=1" }, "scheme and host only"},
		{"an empty query", func(c *Config) { c.Endpoint = "https://manager?" }, "scheme and host only"},
		{"a fragment", func(c *Config) { c.Endpoint = "https://manager/#a" }, "scheme and host only"},
		{"no tenant", func(c *Config) { c.Tenant = "" }, "tenant"},
		{"a broken tenant", func(c *Config) { c.Tenant = "a\nb" }, "tenant"},
		{"no credentials", func(c *Config) { c.Username, c.Password = "", "" }, "credentials"},
		{"no user name", func(c *Config) { c.Username = "" }, "user name"},
		{"no password", func(c *Config) { c.Password = "" }, "password"},
		{"a colon in the user name", func(c *Config) { c.Username = "a:b" }, "colon"},
		{"both kinds of credentials", func(c *Config) { c.Token = "t" }, "not both"},
		{"a token with a line break", func(c *Config) { c.Username, c.Password, c.Token = "", "", "t\n" }, "line break"},
		{"a CA that is none", func(c *Config) { c.CA = []byte("hunter2") }, "PEM"},
		{"an empty CA", func(c *Config) { c.CA = []byte{} }, "PEM"},
		{"a negative limit", func(c *Config) { c.QPS = -1 }, "negative"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			config := Config{Endpoint: "https://manager", Tenant: "t", Username: "u", Password: "hunter2"}
			row.change(&config)
			_, err := New(config)
			g.Expect(err).To(MatchError(ContainSubstring(row.says)))
			g.Expect(err).NotTo(MatchError(ContainSubstring("hunter2")))
		})
	}
}

func TestToken(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.Expect(r.Header.Get("Authentication-Token")).To(Equal("ctok-1-x"))
		g.Expect(r.Header).NotTo(HaveKey("Authorization"))
		_, _ = w.Write(answer(t, "version.json"))
	}))
	t.Cleanup(server.Close)
	client := connect(t, Config{Endpoint: server.URL + "/", Token: "ctok-1-x"})

	version, err := client.GetVersion(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(version).To(Equal(&Version{Edition: "community", Version: "7.1.0.dev1"}))
	g.Expect(client.Release()).To(Equal(Release{7, 1, 0}))
}

// A client that nobody has told the release finds it out before it needs it, once.
func TestReleaseIsFoundOut(t *testing.T) {
	g := NewWithT(t)
	var asked []string
	client := serve(t, Release{}, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		if r.URL.Path == "/api/v3.1/version" {
			_, _ = io.WriteString(w, `{"edition": "premium", "version": "4.3"}`)
			return
		}
		g.Expect(r.URL.Query().Get("_include")).To(Equal("id,blueprint_id,created_at"))
		_, _ = io.WriteString(w, `{"items": [], "metadata": {"pagination": {"total": 0}}}`)
	})
	client.release.Store(nil)
	for range 2 {
		_, err := client.ListDeployments(t.Context(), DeploymentFilter{})
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(asked).To(Equal([]string{"/api/v3.1/version", "/api/v3.1/deployments", "/api/v3.1/deployments"}))
}

func TestIDsAreOnePartOfThePath(t *testing.T) {
	g := NewWithT(t)
	var asked []string
	client := serve(t, Release{}, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.RequestURI)
		w.WriteHeader(http.StatusNoContent)
	})
	g.Expect(client.DeleteBlueprint(t.Context(), "a b/../c?d#ä")).To(Succeed())
	for _, id := range []string{"", ".", ".."} {
		g.Expect(client.DeleteBlueprint(t.Context(), id)).To(MatchError(ContainSubstring("is not a valid ID")))
	}
	g.Expect(asked).To(Equal([]string{"/api/v3.1/blueprints/a%20b%2F..%2Fc%3Fd%23%C3%A4"}))
}

// Numbers in free-form values pass through whole, both ways.
func TestLargeNumbersSurvive(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, Release{}, func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Inputs json.RawMessage `json:"inputs"`
		}
		g.Expect(json.NewDecoder(r.Body).Decode(&body)).To(Succeed())
		g.Expect(string(body.Inputs)).To(Equal(`{"n":9007199254740993}`))
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id": "d", "inputs": {"n": 9007199254740993, "f": 1.50}}`)
	})
	created, err := client.CreateDeployment(t.Context(), "d", NewDeployment{BlueprintID: "b", Inputs: map[string]any{"n": int64(9007199254740993)}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(created.Inputs).To(Equal(map[string]any{"n": json.Number("9007199254740993"), "f": json.Number("1.50")}))
}

func TestAnswersAreBounded(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, Release{}, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"id": "`)
		chunk := bytes.Repeat([]byte("a"), 1<<20)
		for range maxBody >> 20 {
			_, _ = w.Write(chunk)
		}
		_, _ = io.WriteString(w, `"}`)
	})
	_, err := client.GetDeployment(t.Context(), "d")
	g.Expect(err).To(MatchError("GET deployments/d: the answer is larger than 16 MiB"))
	g.Expect(IsUnreachable(err)).To(BeFalse())
}
