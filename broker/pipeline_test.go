// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// Each check comes before the next one: a request with every mistake is refused for the first, then for the second.
func TestChecksInOrder(t *testing.T) {
	g := NewWithT(t)
	f := &fake{err: service.ErrConflict}
	up := true
	e := newEndpoint(f, passwordDoors(credentialsDir(t)), func() error {
		if !up {
			return service.ErrUnavailable
		}
		return nil
	})
	stranger := newPlatform(t, e).with(osb.VersionHeader, "1.0")

	a := stranger.ask("POST", "/v3/nothing", "{}")
	g.Expect(a.status).To(Equal(401))
	g.Expect(a.header.Values("WWW-Authenticate")).To(ConsistOf(HavePrefix("Basic "), HavePrefix("Bearer ")))

	known := stranger.with("Authorization", basic("u", "p"))
	g.Expect(known.ask("POST", "/v3/nothing", "{}").status).To(Equal(412))

	speaking := known.with(osb.VersionHeader, "2.14")
	g.Expect(speaking.ask("POST", "/v3/nothing", "{}").status).To(Equal(404))
	up = false
	a = speaking.ask("PUT", instanceURL, "{")
	g.Expect(a.status).To(Equal(503))
	g.Expect(a.header.Get("Retry-After")).NotTo(BeEmpty())
	up = true
	g.Expect(speaking.ask("PUT", instanceURL, "{").body).To(HaveKeyWithValue("description", ContainSubstring("not JSON")))
	g.Expect(speaking.ask("PUT", instanceURL, "{}").body).To(HaveKeyWithValue("description", "service_id is missing or empty"))
	g.Expect(f.last()).To(BeNil(), "no request reached the service")
	g.Expect(speaking.ask("PUT", instanceURL, provisionBody).status).To(Equal(409))
}

// Whoever cannot come in, or speaks another version, learns so on every route, whatever else it sends.
func TestEveryRouteIsGuarded(t *testing.T) {
	e := newEndpoint(&fake{}, passwordDoors(credentialsDir(t)), func() error { return nil })
	p := newPlatform(t, e)
	for _, q := range questions {
		g := NewWithT(t)
		g.Expect(p.ask(q.method, q.path, "{}").status).To(Equal(401), q.path)
		g.Expect(p.with("Authorization", basic("u", "wrong")).ask(q.method, q.path, q.body).status).To(Equal(401), q.path)
		g.Expect(p.with("Authorization", basic("u", "p")).with(osb.VersionHeader, "").ask(q.method, q.path, "{}").status).To(Equal(412), q.path)
		g.Expect(p.with("Authorization", basic("u", "p")).ask(q.method, q.path, q.body).status).To(BeNumerically("<", 300), q.path)
	}
}

func TestVersions(t *testing.T) {
	p := newPlatform(t, openEndpoint(&fake{}))
	for version, status := range map[string]int{
		"2.17": 200, "2.14": 200, "2.0": 200, "2.9": 200, "2.99": 200, "02.1": 200,
		"": 412, "2": 412, "1.17": 412, "3.0": 412, "21.4": 412, "2.x": 412, "x": 412, "2.1.7": 412, "-2.1": 412, "2.+1": 412, "2.": 412,
	} {
		a := p.with(osb.VersionHeader, version).ask("GET", "/v2/catalog", "")
		NewWithT(t).Expect(a.status).To(Equal(status), version)
		if status == 412 {
			NewWithT(t).Expect(a.body).To(HaveKeyWithValue("description", ContainSubstring("2.x")))
		}
	}
}

// A URL that was registered with a slash at its end has two before the path.
func TestURLsWithASlashAtTheEnd(t *testing.T) {
	g := NewWithT(t)
	p := newPlatform(t, openEndpoint(&fake{}))
	g.Expect(p.ask("GET", "//v2/catalog", "").status).To(Equal(200))
	g.Expect(p.ask("GET", "///v2/catalog", "").status).To(Equal(200))
	g.Expect(p.ask("GET", "//v2//catalog", "").status).To(Equal(404))
	g.Expect(p.ask("GET", "//v2/service_instances/a%2Fb/last_operation", "").status).To(Equal(200))
}

func TestRequestIdentityIsSentBack(t *testing.T) {
	g := NewWithT(t)
	p := newPlatform(t, openEndpoint(&fake{})).with(osb.RequestIdentityHeader, "7d5e0b3c")
	g.Expect(p.ask("GET", "/v2/catalog", "").header.Get(osb.RequestIdentityHeader)).To(Equal("7d5e0b3c"))
	g.Expect(p.ask("GET", "/nowhere", "").header.Get(osb.RequestIdentityHeader)).To(Equal("7d5e0b3c"))
	g.Expect(p.with(osb.VersionHeader, "").ask("GET", "/v2/catalog", "").header.Get(osb.RequestIdentityHeader)).To(Equal("7d5e0b3c"))
	g.Expect(p.with(osb.RequestIdentityHeader, "").ask("GET", "/v2/catalog", "").header).NotTo(HaveKey(osb.RequestIdentityHeader))

	long := p.with(osb.RequestIdentityHeader, "a\t\xff"+strings.Repeat("b", 1000))
	g.Expect(long.ask("GET", "/v2/catalog", "").header.Get(osb.RequestIdentityHeader)).To(Equal("a" + strings.Repeat("b", 255)))
}

func TestOriginatingIdentityIsNotedAndDecidesNothing(t *testing.T) {
	f := &fake{}
	p := newPlatform(t, openEndpoint(f))
	encoded := base64.StdEncoding.EncodeToString([]byte("{\r\n \"username\": \"ann\" }"))
	for header, wanted := range map[string]*osb.Identity{
		"":                        nil,
		"kubernetes " + encoded:   {Platform: "kubernetes", Value: []byte(`{"username":"ann"}`)},
		"kubernetes":              nil,
		"kubernetes %%%":          nil,
		"kubernetes WzFd":         nil, // a list
		"kubernetes bm90IGpzb24=": nil,
		encoded:                   nil,
	} {
		g := NewWithT(t)
		g.Expect(p.with(osb.IdentityHeader, header).ask("PUT", instanceURL, provisionBody).status).To(Equal(200), header)
		g.Expect(f.last().(*osb.ProvisionRequest).Identity).To(Equal(wanted), header)
	}
}

// Whatever the body calls itself, it is read as JSON.
func TestContentTypeDoesNotMatter(t *testing.T) {
	p := newPlatform(t, openEndpoint(&fake{}))
	for _, kind := range []string{"", "application/json", "application/x-www-form-urlencoded", "text/plain; charset=utf-8"} {
		NewWithT(t).Expect(p.with("Content-Type", kind).ask("PUT", instanceURL+"?accepts_incomplete=true", provisionBody).status).To(Equal(200), kind)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	p := newPlatform(t, openEndpoint(&fake{}))
	for _, q := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/", 404, ""},
		{"GET", "/v2", 404, ""},
		{"GET", "/v2/catalog/", 404, ""},
		{"GET", "/v2//catalog", 404, ""},
		{"GET", "/v2/../v2/catalog", 404, ""},
		{"GET", "/v2/service_instances", 404, ""},
		{"GET", instanceURL + "/service_bindings", 404, ""},
		{"GET", bindingURL + "/last_operation/more", 404, ""},
		{"POST", "/v2/catalog", 405, "GET, HEAD"},
		{"PROPFIND", "/v2/catalog", 405, "GET, HEAD"},
		{"OPTIONS", instanceURL, 405, "GET, HEAD, PUT, PATCH, DELETE"},
		{"POST", instanceURL, 405, "GET, HEAD, PUT, PATCH, DELETE"},
		{"PATCH", bindingURL, 405, "GET, HEAD, PUT, DELETE"},
		{"PUT", instanceURL + "/last_operation", 405, "GET, HEAD"},
		{"DELETE", bindingURL + "/last_operation", 405, "GET, HEAD"},
	} {
		g := NewWithT(t)
		a := p.ask(q.method, q.path, "")
		g.Expect(a.status).To(Equal(q.status), "%s %s", q.method, q.path)
		g.Expect(a.header.Get("Allow")).To(Equal(q.allow), "%s %s", q.method, q.path)
		g.Expect(a.body).To(HaveKey("description"))
	}
	NewWithT(t).Expect(p.send("HEAD", "/v2/catalog", "").status).To(Equal(200))
}

// What is logged of an answer says what was asked for, and by which request.
func TestAnswersAreLogged(t *testing.T) {
	g := NewWithT(t)
	var lines []string
	logger := funcr.New(func(_, line string) { lines = append(lines, line) }, funcr.Options{})
	f := &fake{answer: &osb.BindResponse{Created: true, Credentials: map[string]any{"password": "s3cret"}}}
	ctx, hangUp := context.WithCancel(log.IntoContext(t.Context(), logger))
	ask := func(method, path, body string) {
		r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
		r.Header.Set(osb.VersionHeader, "2.17")
		r.Header.Set(osb.RequestIdentityHeader, "r1")
		openEndpoint(f).handler().ServeHTTP(httptest.NewRecorder(), r)
	}
	ask("PUT", bindingURL, bindBody)
	f.err = errors.New("a fault")
	ask("GET", instanceURL, "")
	f.wait = func(context.Context) { hangUp() }
	ask("GET", instanceURL, "")
	g.Expect(lines).To(HaveExactElements(
		And(ContainSubstring("Accepted request"), ContainSubstring(`"instanceID"="i1" "bindingID"="b1"`), ContainSubstring(`"requestID"="r1"`), Not(ContainSubstring("s3cret"))),
		And(ContainSubstring("ended in an error"), ContainSubstring("a fault"), ContainSubstring(`"instanceID"="i1"`), ContainSubstring(`"requestID"="r1"`)),
		And(ContainSubstring("Platform hung up"), Not(ContainSubstring(`"error"=`)), ContainSubstring(`"instanceID"="i1"`)),
	))
}

func TestBugsAreAnswered(t *testing.T) {
	g := NewWithT(t)
	f := &fake{wait: func(context.Context) { panic("a bug") }}
	p := newPlatform(t, openEndpoint(f)).with(osb.RequestIdentityHeader, "x")
	a := p.ask("GET", instanceURL, "")
	g.Expect(a.status).To(Equal(500))
	g.Expect(a.raw).NotTo(ContainSubstring("bug"))
	g.Expect(a.header.Get(osb.RequestIdentityHeader)).To(Equal("x"))
	f.wait = nil
	g.Expect(p.ask("GET", instanceURL, "").status).To(Equal(200))
}

// What is one too many is told to come again, in the way that makes no platform delete what it asked for.
func TestOverload(t *testing.T) {
	g := NewWithT(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(leave) })
	f := &fake{wait: func(context.Context) { entered <- struct{}{}; <-leave }}
	e := openEndpoint(f)
	e.slots = make(chan struct{}, 1)
	p := newPlatform(t, e)
	t.Cleanup(release) // or the end of the server would wait
	first := make(chan int)
	go func() { first <- p.send("GET", instanceURL, "").status }()
	<-entered

	for _, q := range questions {
		a := p.ask(q.method, q.path, q.body)
		wanted := http.StatusTooManyRequests
		if q.method == "GET" {
			wanted = http.StatusServiceUnavailable
		}
		g.Expect(a.status).To(Equal(wanted), q.method)
		g.Expect(a.header.Get("Retry-After")).To(Equal("5"))
	}
	g.Expect(p.with(osb.VersionHeader, "").ask("GET", "/v2/catalog", "").status).To(Equal(412), "who is refused anyhow takes no place")
	release()
	g.Expect(<-first).To(Equal(200))
	f.wait = nil
	g.Expect(p.ask("GET", instanceURL, "").status).To(Equal(200))
}

// The service is told when to give up, before a platform does.
func TestHandlersAreBounded(t *testing.T) {
	g := NewWithT(t)
	var left time.Duration
	f := &fake{wait: func(ctx context.Context) {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
	}}
	p := newPlatform(t, openEndpoint(f))
	p.ask("PUT", bindingURL, bindBody)
	g.Expect(left).To(And(BeNumerically(">", 45*time.Second), BeNumerically("<", time.Minute)))

	f.err = fmt.Errorf("wait for outputs: %w", context.DeadlineExceeded)
	g.Expect(p.ask("PUT", bindingURL, bindBody).status).To(Equal(503))
}

func basic(name, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}
