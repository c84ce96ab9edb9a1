// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package outcome

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// answer is a refusal of the Manager.
func answer(op string, status int, code string) *cloudify.Error {
	return &cloudify.Error{Op: op, StatusCode: status, Code: code, Message: "its own words"}
}

func TestClassify(t *testing.T) {
	const (
		start  = "POST executions"
		create = "PUT deployments/k8s-1"
		read   = "GET deployments/k8s-1"
	)
	throttled := answer(read, 429, "")
	throttled.RetryAfter = 7 * time.Second
	unknownHost := &cloudify.ConnectionError{Op: read, Host: "manager", Err: errors.New("no such host")}
	conflict := apierrors.NewConflict(schema.GroupResource{Resource: "cloudifydeployments"}, "cellar", errors.New("changed"))

	for _, row := range []struct {
		name   string
		err    error
		kind   Kind
		reason string
		unseen bool
		after  time.Duration
	}{
		{"nothing to do", nil, Done, "Ready", false, 0},
		{"wait", Wait("Installing", "workflow %s", "install"), Waiting, "Installing", false, 0},
		{"wait for a while", WaitFor(time.Second, "Creating", ""), Waiting, "Creating", false, time.Second},
		{"wait without having looked", WaitUnseen(time.Minute, "ManagerNotReady", ""), Waiting, "ManagerNotReady", true, time.Minute},
		{"stall", Stall("InvalidInputs", ""), Stalled, "InvalidInputs", false, 0},
		{"settled", Settled(time.Hour), Unchanged, "", false, time.Hour},
		{"given up for want of time", abandoned(), Unchanged, "", false, time.Second},
		{"let go", LetGo(), Gone, "", false, 0},
		{"a signal inside an error", fmt.Errorf("phase: %w", Stall("InvalidInputs", "")), Stalled, "InvalidInputs", false, 0},

		{"no proof of leadership", fmt.Errorf("create: %w", leadership.RefusedError("it is not certain")), Withheld, "", false, 0},
		{"leadership is lost", fmt.Errorf("create: %w", leadership.LostError("taken")), Withheld, "", false, 0},

		{"another execution runs", answer(start, 400, "existing_running_execution_error"), Waiting, "ManagerBusy", false, busyInterval},
		{"too many executions", answer(start, 400, "global_parallel_running_executions_limit_reached_error"), Waiting, "ManagerBusy", false, busyInterval},
		{"its environment is not ready", answer(start, 400, "deployment_environment_creation_in_progress_error"), Waiting, "ManagerBusy", false, busyInterval},
		{"a blueprint whose upload is not over", answer("DELETE blueprints/a", 400, "invalid_blueprint_error"), Waiting, "ManagerBusy", false, busyInterval},

		{"no connection", unknownHost, Retry, "ManagerUnreachable", true, 0},
		{"a gateway without a Manager", answer(read, 502, ""), Retry, "ManagerUnreachable", true, 0},
		{"wrong credentials", answer(read, 401, "unauthorized_error"), Retry, "ManagerNotReady", true, 0},
		{"something else than the Manager", &cloudify.Error{Op: read, StatusCode: 403, Foreign: true}, Retry, "NotCloudify", true, 0},
		{"no permission", answer(start, 403, "forbidden_error"), Retry, "Forbidden", false, 0},
		{"too many requests", answer(read, 429, ""), Retry, "ManagerBusy", false, 0},
		{"too many requests, and when to come back", throttled, Retry, "ManagerBusy", false, 7 * time.Second},
		{"maintenance", answer(read, 503, "maintenance_mode_active"), Retry, "ManagerNotReady", true, 0},
		{"maintenance that is about to begin", answer(start, 503, "entering_maintenance_mode"), Waiting, "ManagerBusy", false, busyInterval},
		{"a mistake of the Manager", answer(read, 500, "internal_server_error"), Retry, "ManagerError", false, 0},
		{"a missing plugin", answer(create, 400, "deployment_plugin_not_found"), Retry, "ManagerError", false, 0},
		{"no licence", answer(start, 400, "missing_cloudify_license"), Retry, "ManagerError", false, 0},
		{"something is gone", answer(read, 404, "not_found_error"), Retry, "ManagerError", false, 0},
		{"something depends on it", answer("DELETE deployments/k8s-1", 400, "dependent_exists_error"), Retry, "ManagerError", false, 0},
		{"a workflow that does not fit the state", answer(start, 400, "unavailable_workflow_error"), Retry, "ManagerError", false, 0},
		{"an unknown field", answer("GET deployments", 400, "no_such_include_field_error"), Retry, "ManagerError", false, 0},
		{"a 400 of an unknown code", answer(start, 400, "brand_new_error"), Retry, "ManagerError", false, 0},
		{"an unsupported release", &cloudify.UnsupportedError{What: "labels"}, Retry, "ManagerError", false, 0},
		{"an end of the process", context.Canceled, Retry, "ManagerError", false, 0},

		{"a missing input", answer(create, 400, "missing_required_deployment_input_error"), Stalled, "ManagerRefused", false, 0},
		{"a violated constraint", answer(create, 400, "constraint_error"), Stalled, "ManagerRefused", false, 0},
		{"a workflow that is none", answer(start, 400, "nonexistent_workflow_error"), Stalled, "ManagerRefused", false, 0},
		{"broken YAML", answer("PUT blueprints/a", 400, "invalid_yaml_format"), Stalled, "ManagerRefused", false, 0},
		{"an upload too large", answer("PUT blueprints/a", 413, ""), Stalled, "ManagerRefused", false, 0},

		{"a conflict in Kubernetes", fmt.Errorf("claim: %w", conflict), Withheld, "", false, 0},
		{"a refusal of Kubernetes", fmt.Errorf("claim: %w", apierrors.NewForbidden(schema.GroupResource{}, "cellar", nil)), Retry, "KubernetesError", false, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			out := Classify(row.err)
			g.Expect(out.Kind).To(Equal(row.kind))
			g.Expect(out.Reason).To(Equal(row.reason))
			g.Expect(out.Unseen).To(Equal(row.unseen))
			g.Expect(out.After).To(Equal(row.after))
			if row.kind == Retry || row.kind == Withheld {
				g.Expect(out.Err).To(BeIdenticalTo(row.err), "the queue counts it")
			} else {
				g.Expect(out.Err).NotTo(HaveOccurred(), "the queue must not back off")
			}
		})
	}
}

// What was being done is part of the message, and so are the Manager's words.
func TestClassifyKeepsTheMessage(t *testing.T) {
	g := NewWithT(t)
	refused := fmt.Errorf("create deployment k8s-1: %w", answer("PUT deployments/k8s-1", 400, "constraint_error"))

	g.Expect(Classify(refused).Message).To(Equal("create deployment k8s-1: PUT deployments/k8s-1: its own words (constraint_error)"))
	g.Expect(Classify(Wait("InUse", "used by %s", "shop/cellar")).Message).To(Equal("used by shop/cellar"))
	g.Expect(Wait("InUse", "used by %s", "shop/cellar")).To(MatchError("InUse: used by shop/cellar"))
}

// What the status does not say is not announced; that a retry returns its own error does not mean that it was not written.
func TestSaid(t *testing.T) {
	trouble := errors.New("trouble")
	for _, row := range []struct {
		kind     Kind
		reported error
		said     bool
	}{
		{Done, nil, true},
		{Waiting, nil, true},
		{Stalled, nil, true},
		{Unchanged, nil, true},
		{Stalled, trouble, false},
		{Retry, trouble, true},
		{Retry, nil, true},
		{Gone, nil, false},
		{Withheld, trouble, false},
	} {
		NewWithT(t).Expect(Outcome{Kind: row.kind}.Said(row.reported)).To(Equal(row.said), "%v, %v", row.kind, row.reported)
	}
}

// What is to be said later is not written, and it is an end as before for everything else; a failure is never put off.
