// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/broker"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// platform asks a replica over HTTP, and understands its answers by the protocol's words only. Errors are those of the
// service that an answer stands for.
type platform struct {
	t       *testing.T
	address string
	// service is what the replica has behind its handler.
	service *service.Service
	// patience, if there is any, is how long the replica works on a request.
	patience time.Duration
}

// serve opens the endpoint of a replica.
func serve(t *testing.T, s *service.Service) *platform {
	t.Helper()
	p := &platform{t: t, service: s}
	handler := broker.Open(s)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.patience > 0 {
			ctx, cancel := context.WithTimeout(r.Context(), p.patience)
			defer cancel()
			r = r.WithContext(ctx)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.address = server.URL
	return p
}

func (p *platform) Provision(ctx context.Context, r *osb.ProvisionRequest) (*osb.ProvisionResponse, error) {
	var answer osb.ProvisionResponse
	got, err := p.ask(ctx, question{
		method: "PUT", path: instancePath(r.InstanceID), query: incomplete(r.AcceptsIncomplete), identity: r.Identity,
		body: body(r.Parameters, r.Context, r.MaintenanceInfo, map[string]string{
			"service_id": r.ServiceID, "plan_id": r.PlanID, "organization_guid": r.OrganizationGUID, "space_guid": r.SpaceGUID,
		}),
	}, &answer)
	return wellFormed(p, &answer, answer.Operation, got, err)
}

func (p *platform) Update(ctx context.Context, r *osb.UpdateRequest) (*osb.UpdateResponse, error) {
	var answer osb.UpdateResponse
	got, err := p.ask(ctx, question{
		method: "PATCH", path: instancePath(r.InstanceID), query: incomplete(r.AcceptsIncomplete), identity: r.Identity,
		body: body(r.Parameters, r.Context, r.MaintenanceInfo, map[string]string{"service_id": r.ServiceID, "plan_id": r.PlanID}),
	}, &answer)
	return wellFormed(p, &answer, answer.Operation, got, err)
}

func (p *platform) Deprovision(ctx context.Context, r *osb.DeprovisionRequest) (*osb.DeprovisionResponse, error) {
	var answer osb.DeprovisionResponse
	got, err := p.ask(ctx, question{
		method: "DELETE", path: instancePath(r.InstanceID), query: hints(r.AcceptsIncomplete, r.ServiceID, r.PlanID), identity: r.Identity,
	}, &answer)
	return wellFormed(p, &answer, answer.Operation, got, err)
}

func (p *platform) Instance(ctx context.Context, id string) (*osb.Instance, error) {
	var answer osb.Instance
	got, err := p.ask(ctx, question{method: "GET", path: instancePath(id)}, &answer)
	return wellFormed(p, &answer, "", got, err)
}

func (p *platform) InstanceOperation(ctx context.Context, r *osb.PollRequest) (*osb.LastOperation, error) {
	return p.lastOperation(ctx, instancePath(r.InstanceID), r.Operation)
}

func (p *platform) Bind(ctx context.Context, r *osb.BindRequest) (*osb.BindResponse, error) {
	var answer osb.BindResponse
	got, err := p.ask(ctx, question{
		method: "PUT", path: bindingPath(r.InstanceID, r.BindingID), query: incomplete(r.AcceptsIncomplete), identity: r.Identity,
		body: body(r.Parameters, r.Context, nil, map[string]string{
			"service_id": r.ServiceID, "plan_id": r.PlanID, "predecessor_binding_id": r.PredecessorBindingID,
		}),
	}, &answer)
	answer.Created = err == nil && got.status == http.StatusCreated
	return wellFormed(p, &answer, answer.Operation, got, err)
}

func (p *platform) Unbind(ctx context.Context, r *osb.UnbindRequest) error {
	var answer struct{}
	got, err := p.ask(ctx, question{
		method: "DELETE", path: bindingPath(r.InstanceID, r.BindingID), query: hints(r.AcceptsIncomplete, r.ServiceID, r.PlanID), identity: r.Identity,
	}, &answer)
	_, err = wellFormed(p, &answer, "", got, err)
	return err
}

func (p *platform) Binding(ctx context.Context, instance, binding string) (*osb.Binding, error) {
	var answer osb.Binding
	got, err := p.ask(ctx, question{method: "GET", path: bindingPath(instance, binding)}, &answer)
	return wellFormed(p, &answer, "", got, err)
}

func (p *platform) BindingOperation(ctx context.Context, r *osb.PollRequest) (*osb.LastOperation, error) {
	return p.lastOperation(ctx, bindingPath(r.InstanceID, r.BindingID), r.Operation)
}

func (p *platform) lastOperation(ctx context.Context, path, operation string) (*osb.LastOperation, error) {
	query := url.Values{}
	if operation != "" {
		query.Set("operation", operation)
	}
	var answer osb.LastOperation
	got, err := p.ask(ctx, question{method: "GET", path: path + "/last_operation", query: query}, &answer)
	answer.RetryAfter = got.retryAfter
	return wellFormed(p, &answer, "", got, err)
}

// wellFormed returns an answer whose status is 202 if it has an operation.
func wellFormed[T any](p *platform, answer *T, operation string, got reply, err error) (*T, error) {
	p.t.Helper()
	if err != nil {
		return nil, err
	}
	if (got.status == http.StatusAccepted) != (operation != "") {
		p.t.Errorf("status %d of an answer with the operation %q", got.status, operation)
	}
	return answer, nil
}

func instancePath(id string) string { return "/v2/service_instances/" + url.PathEscape(id) }

func bindingPath(instance, binding string) string {
	return instancePath(instance) + "/service_bindings/" + url.PathEscape(binding)
}

func incomplete(accepted bool) url.Values {
	if !accepted {
		return url.Values{}
	}
	return url.Values{"accepts_incomplete": {"true"}}
}

func hints(accepted bool, service, plan string) url.Values {
	query := incomplete(accepted)
	query.Set("service_id", service)
	query.Set("plan_id", plan)
	return query
}

// body is what a request has; what is nil or empty is not in it.
func body(parameters map[string]json.RawMessage, platform json.RawMessage, version *osb.MaintenanceInfo, texts map[string]string) map[string]any {
	object := map[string]any{}
	for name, value := range texts {
		if value != "" {
			object[name] = value
		}
	}
	if parameters != nil {
		object["parameters"] = parameters
	}
	if platform != nil {
		object["context"] = platform
	}
	if version != nil {
		object["maintenance_info"] = version
	}
	return object
}

type question struct {
	method, path string
	query        url.Values
	identity     *osb.Identity
	body         map[string]any
}

// reply is what an answer has beside its body.
type reply struct {
	status     int
	retryAfter time.Duration
}

// ask sends a request and reads the answer to it, or what it says is wrong.
func (p *platform) ask(ctx context.Context, q question, answer any) (reply, error) {
	content, err := json.Marshal(q.body)
	if err != nil {
		return reply{}, err
	}
	request, err := http.NewRequestWithContext(ctx, q.method, p.address+q.path+"?"+q.query.Encode(), bytes.NewReader(content))
	if err != nil {
		return reply{}, err
	}
	request.Header.Set("X-Broker-API-Version", "2.17")
	if q.identity != nil {
		request.Header.Set("X-Broker-API-Originating-Identity", q.identity.Platform+" "+base64.StdEncoding.EncodeToString(q.identity.Value))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	decoder := json.NewDecoder(response.Body)
	decoder.UseNumber() // credentials keep their digits
	if response.StatusCode < http.StatusBadRequest {
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After")) // without one: 0
		return reply{response.StatusCode, time.Duration(seconds) * time.Second}, decoder.Decode(answer)
	}
	var problem struct {
		Error       string `json:"error"`
		Description string `json:"description"`
	}
	if err := decoder.Decode(&problem); err != nil {
		return reply{}, fmt.Errorf("status %d without a JSON object: %w", response.StatusCode, err)
	}
	return reply{}, meaning(response.StatusCode, problem.Error, problem.Description)
}

// meaning is the error of the service that status and error code stand for.
func meaning(status int, code, description string) error {
	switch fmt.Sprint(status, " ", code) {
	case "400 ":
		return &service.InvalidError{Reason: description}
	case "404 ":
		return service.ErrNotFound
	case "409 ":
		return service.ErrConflict
	case "410 ":
		return service.ErrGone
	case "422 AsyncRequired":
		return service.ErrAsyncRequired
	case "422 ConcurrencyError":
		return service.ErrBusy
	case "422 ":
		return errors.New(description)
	case "422 MaintenanceInfoConflict":
		return service.ErrMaintenanceInfo
	case "503 ":
		return service.ErrUnavailable
	default:
		return fmt.Errorf("status %d, error %q: %s", status, code, description)
	}
}

// The stories go through all of the endpoint: who does not say which protocol it speaks is told so.
func TestPlatformsSpeakHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	response, err := http.Get(w.address + instancePath("x"))
	w.Expect(err).NotTo(HaveOccurred())
	defer func() { _ = response.Body.Close() }()
	w.Expect(response.StatusCode).To(Equal(http.StatusPreconditionFailed))
}
