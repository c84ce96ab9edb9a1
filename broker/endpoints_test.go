// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// What the service answers becomes the code and body of the protocol.
func TestAnswers(t *testing.T) {
	repeatable := false
	for name, row := range map[string]struct {
		method, path, body string
		answer             any
		status             int
		want               string
	}{
		"provision begins": {"PUT", instanceURL, provisionBody, &osb.ProvisionResponse{Operation: "provision.u.1", DashboardURL: "https://d"}, 202,
			`{"operation": "provision.u.1", "dashboard_url": "https://d"}`},
		"provision again": {"PUT", instanceURL, provisionBody, &osb.ProvisionResponse{DashboardURL: "https://d?a=1&b=<2>"}, 200, `{"dashboard_url": "https://d?a=1&b=<2>"}`},
		"update begins":   {"PATCH", instanceURL, updateBody, &osb.UpdateResponse{Operation: "update.u.2"}, 202, `{"operation": "update.u.2"}`},
		"nothing to do":   {"PATCH", instanceURL, updateBody, nil, 200, `{}`},
		"delete begins":   {"DELETE", instanceURL + ids, "", &osb.DeprovisionResponse{Operation: "deprovision.u.3"}, 202, `{"operation": "deprovision.u.3"}`},
		"deleted":         {"DELETE", instanceURL + ids, "{}", nil, 200, `{}`},
		"instance":        {"GET", instanceURL, "", &osb.Instance{ServiceID: "s", PlanID: "p", Parameters: map[string]json.RawMessage{"n": []byte("9007199254740993")}}, 200, `{"service_id": "s", "plan_id": "p", "parameters": {"n": 9007199254740993}}`},
		"in progress":     {"GET", instanceURL + "/last_operation", "", &osb.LastOperation{State: osb.InProgress}, 200, `{"state": "in progress"}`},
		"failed":          {"GET", instanceURL + "/last_operation", "", &osb.LastOperation{State: osb.Failed, Description: "no quota", UpdateRepeatable: &repeatable}, 200, `{"state": "failed", "description": "no quota", "update_repeatable": false}`},
		"bound":           {"PUT", bindingURL, bindBody, &osb.BindResponse{Created: true, Credentials: map[string]any{"uri": "a&b"}}, 201, `{"credentials": {"uri": "a&b"}}`},
		"bound again":     {"PUT", bindingURL, bindBody, &osb.BindResponse{Credentials: map[string]any{"uri": "x"}}, 200, `{"credentials": {"uri": "x"}}`},
		"bind begins":     {"PUT", bindingURL, bindBody, &osb.BindResponse{Operation: "provision.b.1"}, 202, `{"operation": "provision.b.1"}`},
		"binding":         {"GET", bindingURL, "", &osb.Binding{Credentials: map[string]any{"uri": "x"}}, 200, `{"credentials": {"uri": "x"}}`},
		"unbound":         {"DELETE", bindingURL + ids, "", nil, 200, `{}`},
		"bind succeeded":  {"GET", bindingURL + "/last_operation", "", &osb.LastOperation{State: osb.Succeeded}, 200, `{"state": "succeeded"}`},
	} {
		g := NewWithT(t)
		p := newPlatform(t, openEndpoint(&fake{answer: row.answer}))
		a := p.ask(row.method, row.path, row.body)
		g.Expect(a.status).To(Equal(row.status), name)
		g.Expect(a.raw).To(MatchJSON(row.want), name)
		g.Expect(a.raw).NotTo(ContainSubstring(`\u00`), name)
		g.Expect(a.header.Get("Cache-Control")).To(Equal("no-store"), name)
	}
}

// What a request says reaches the service, and nothing that it does not say.
func TestRequestsReachTheService(t *testing.T) {
	f := &fake{}
	p := newPlatform(t, openEndpoint(f))
	values := map[string]json.RawMessage{"n": []byte("12345678901234567")}
	for _, row := range []struct {
		method, path, body string
		want               any
	}{
		{"PUT", instanceURL + "?accepts_incomplete=true", `{"service_id": "s", "plan_id": "p", "organization_guid": "o", "space_guid": "g",
			"context": {"platform": "x"}, "parameters": {"n": 12345678901234567}, "maintenance_info": {"version": "1.0.0", "more": 1}, "other": [1]}`,
			&osb.ProvisionRequest{InstanceID: "i1", AcceptsIncomplete: true, ServiceID: "s", PlanID: "p", OrganizationGUID: "o", SpaceGUID: "g",
				Context: []byte(`{"platform": "x"}`), Parameters: values, MaintenanceInfo: &osb.MaintenanceInfo{Version: "1.0.0"}}},
		{"PATCH", instanceURL + "?accepts_incomplete=TRUE", `{"service_id": "s", "plan_id": null, "parameters": null, "context": null, "maintenance_info": null, "previous_values": {"plan_id": 5}}`,
			&osb.UpdateRequest{InstanceID: "i1", ServiceID: "s"}},
		{"PATCH", instanceURL, `{"service_id": "s", "parameters": {}, "maintenance_info": {}}`,
			&osb.UpdateRequest{InstanceID: "i1", ServiceID: "s", Parameters: map[string]json.RawMessage{}}},
		{"DELETE", instanceURL + ids + "&accepts_incomplete=true", "", &osb.DeprovisionRequest{InstanceID: "i1", AcceptsIncomplete: true, ServiceID: "s", PlanID: "p"}},
		{"GET", instanceURL, "", "i1"},
		{"GET", instanceURL + "?service_id=x&plan_id=y", "", "i1"},
		{"GET", instanceURL + "/last_operation?operation=a%2Fb&plan_id=other", "", &osb.PollRequest{InstanceID: "i1", Operation: "a/b"}},
		{"GET", instanceURL + "/last_operation", "", &osb.PollRequest{InstanceID: "i1"}},
		{"PUT", bindingURL, `{"service_id": "s", "plan_id": "p", "app_guid": "a", "bind_resource": {"app_guid": "a"}, "parameters": {"n": 12345678901234567}}`,
			&osb.BindRequest{InstanceID: "i1", BindingID: "b1", ServiceID: "s", PlanID: "p", Parameters: values}},
		{"PUT", bindingURL, `{"predecessor_binding_id": "b0"}`, &osb.BindRequest{InstanceID: "i1", BindingID: "b1", PredecessorBindingID: "b0"}},
		{"DELETE", bindingURL + ids, "", &osb.UnbindRequest{InstanceID: "i1", BindingID: "b1", ServiceID: "s", PlanID: "p"}},
		{"GET", bindingURL, "", [2]string{"i1", "b1"}},
		{"GET", bindingURL + "/last_operation?operation=bind", "", &osb.PollRequest{InstanceID: "i1", BindingID: "b1", Operation: "bind"}},
	} {
		g := NewWithT(t)
		p.ask(row.method, row.path, row.body)
		g.Expect(f.last()).To(Equal(row.want), "%s %s %s", row.method, row.path, row.body)
	}
}

func TestErrorsOfTheService(t *testing.T) {
	for _, row := range []struct {
		err    error
		status int
		want   string
	}{
		{&service.InvalidError{Reason: "port is not a number"}, 400, `{"description": "port is not a number"}`},
		{service.ErrConflict, 409, `{"description": "The service instance or binding already exists with different attributes."}`},
		{service.ErrNotFound, 404, `{"description": "The service instance or binding does not exist, or is not ready yet."}`},
		{&service.FailedError{Reason: "no quota"}, 422, `{"description": "the service instance could not be created: no quota"}`},
		{service.ErrGone, 410, `{}`},
		{service.ErrAsyncRequired, 422, `{"error": "AsyncRequired", "description": "This service plan requires client support for asynchronous service operations."}`},
		{service.ErrBusy, 422, `{"error": "ConcurrencyError", "description": "The Service Broker does not support concurrent requests that mutate the same resource."}`},
		{service.ErrMaintenanceInfo, 422, `{"error": "MaintenanceInfoConflict", "description": "The maintenance_info.version field provided in the request does not match the maintenance_info.version field provided in the Service Broker's Catalog."}`},
		{fmt.Errorf("%w: connection to 10.0.0.1 refused", service.ErrUnavailable), 503, `{"description": "The service broker is temporarily unavailable: retry later."}`},
		{errors.New("password hunter2 is wrong"), 500, `{"description": "The service broker encountered an internal error."}`},
	} {
		for _, err := range []error{row.err, fmt.Errorf("%w", row.err)} {
			p := newPlatform(t, openEndpoint(&fake{err: err}))
			for _, q := range questions {
				g := NewWithT(t)
				if a := p.ask(q.method, q.path, q.body); row.status != 400 || q.path != "/v2/catalog" {
					g.Expect(a.status).To(Equal(row.status), "%s %s: %v", q.method, q.path, err)
					g.Expect(a.raw).To(MatchJSON(row.want))
					g.Expect(a.header.Get("Retry-After") != "").To(Equal(row.status == 503))
				}
			}
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for after, want := range map[time.Duration]string{0: "", time.Millisecond: "1", 10 * time.Second: "10", 90500 * time.Millisecond: "91"} {
		p := newPlatform(t, openEndpoint(&fake{answer: &osb.LastOperation{State: osb.InProgress, RetryAfter: after}}))
		NewWithT(t).Expect(p.ask("GET", instanceURL+"/last_operation", "").header.Get("Retry-After")).To(Equal(want))
		NewWithT(t).Expect(p.ask("GET", bindingURL+"/last_operation", "").header.Get("Retry-After")).To(Equal(want))
	}
}
