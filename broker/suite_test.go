// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// fake is a service that answers whatever it is told to.
type fake struct {
	mu       sync.Mutex
	got      any // the last request
	answer   any // a pointer to an answer; others are empty
	err      error
	services []osb.Service
	renders  int
	// wait, if there is one, holds every request.
	wait func(context.Context)
}

func (f *fake) last() any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got
}

func reply[T any](ctx context.Context, f *fake, request any) (*T, error) {
	if f.wait != nil {
		f.wait(ctx)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got = request
	if f.err != nil {
		return nil, f.err
	}
	if answer, ok := f.answer.(*T); ok {
		return answer, nil
	}
	return new(T), nil
}

func (f *fake) Provision(ctx context.Context, r *osb.ProvisionRequest) (*osb.ProvisionResponse, error) {
	return reply[osb.ProvisionResponse](ctx, f, r)
}

func (f *fake) Update(ctx context.Context, r *osb.UpdateRequest) (*osb.UpdateResponse, error) {
	return reply[osb.UpdateResponse](ctx, f, r)
}

func (f *fake) Deprovision(ctx context.Context, r *osb.DeprovisionRequest) (*osb.DeprovisionResponse, error) {
	return reply[osb.DeprovisionResponse](ctx, f, r)
}

func (f *fake) Instance(ctx context.Context, instanceID string) (*osb.Instance, error) {
	return reply[osb.Instance](ctx, f, instanceID)
}

func (f *fake) InstanceOperation(ctx context.Context, r *osb.PollRequest) (*osb.LastOperation, error) {
	return reply[osb.LastOperation](ctx, f, r)
}

func (f *fake) Bind(ctx context.Context, r *osb.BindRequest) (*osb.BindResponse, error) {
	return reply[osb.BindResponse](ctx, f, r)
}

func (f *fake) Unbind(ctx context.Context, r *osb.UnbindRequest) error {
	_, err := reply[struct{}](ctx, f, r)
	return err
}

func (f *fake) Binding(ctx context.Context, instanceID, bindingID string) (*osb.Binding, error) {
	return reply[osb.Binding](ctx, f, [2]string{instanceID, bindingID})
}

func (f *fake) BindingOperation(ctx context.Context, r *osb.PollRequest) (*osb.LastOperation, error) {
	return reply[osb.LastOperation](ctx, f, r)
}

func (f *fake) Catalog(context.Context) (*osb.Catalog, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renders++
	return &osb.Catalog{Services: append([]osb.Service{}, f.services...)}, f.err
}

// openDoors let everybody in.
func openDoors() *doors.Doors {
	return doors.New(doors.Config{Open: true, Limits: doors.DefaultLimits()})
}

// passwordDoors let those in who have a password in a folder.
func passwordDoors(folder string) *doors.Doors {
	return doors.New(doors.Config{CredentialsDir: folder, Limits: doors.DefaultLimits()})
}

// credentialsDir is a folder with a name and a password.
func credentialsDir(t testing.TB) string {
	t.Helper()
	return newFolder(t, map[string]string{"username": "u", "password": "p"})
}

// newFolder writes a folder of files.
func newFolder(t testing.TB, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(folder, name), content)
	}
	return folder
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// openEndpoint is one that lets everybody in, over a fake.
func openEndpoint(f *fake) *endpoint {
	return newEndpoint(f, openDoors(), func() error { return nil })
}

// platform asks an endpoint as platforms do.
type platform struct {
	t      testing.TB
	url    string
	client *http.Client
	header http.Header
}

func newPlatform(t testing.TB, e *endpoint) *platform {
	t.Helper()
	server := httptest.NewServer(e.handler())
	t.Cleanup(server.Close)
	return (&platform{t: t, url: server.URL, client: server.Client()}).with(osb.VersionHeader, "2.14")
}

// with is the platform with another header; an empty value removes it.
func (p *platform) with(name, value string) *platform {
	other := *p
	if other.header = p.header.Clone(); other.header == nil {
		other.header = http.Header{}
	}
	if other.header.Del(name); value != "" {
		other.header.Set(name, value)
	}
	return &other
}

// answer is what came back, read.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

// ask sends a request and wants an answer whose body is a JSON object.
func (p *platform) ask(method, path, body string) answer {
	p.t.Helper()
	a := p.send(method, path, body)
	g := NewWithT(p.t)
	g.Expect(a.header.Get("Content-Type")).To(Equal("application/json"), "%s %s: %s", method, path, a.raw)
	g.Expect(json.Unmarshal([]byte(a.raw), &a.body)).To(Succeed(), "%s %s: %s", method, path, a.raw)
	g.Expect(a.body).NotTo(BeNil())
	return a
}

func (p *platform) send(method, path, body string) answer {
	p.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header = p.header.Clone()
	response, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{status: response.StatusCode, header: response.Header, raw: string(raw)}
}

const (
	instanceURL = "/v2/service_instances/i1"
	bindingURL  = instanceURL + "/service_bindings/b1"
	ids         = "?service_id=s&plan_id=p"

	provisionBody = `{"service_id": "s", "plan_id": "p", "organization_guid": "o", "space_guid": "g"}`
	updateBody    = `{"service_id": "s"}`
	bindBody      = `{"service_id": "s", "plan_id": "p"}`
)

// question is a request of each route that is well formed.
type question struct{ method, path, body string }

var questions = []question{
	{"GET", "/v2/catalog", ""},
	{"PUT", instanceURL, provisionBody},
	{"GET", instanceURL, ""},
	{"PATCH", instanceURL, updateBody},
	{"DELETE", instanceURL + ids, ""},
	{"GET", instanceURL + "/last_operation", ""},
	{"PUT", bindingURL, bindBody},
	{"GET", bindingURL, ""},
	{"DELETE", bindingURL + ids, ""},
	{"GET", bindingURL + "/last_operation", ""},
}
