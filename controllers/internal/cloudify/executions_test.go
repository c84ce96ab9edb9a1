// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"testing"
)

func TestExecutions(t *testing.T) {
	const fields = "_include=id%2Cworkflow_id%2Cdeployment_id%2Cblueprint_id%2Cstatus%2Cerror%2Ccreated_at"
	const fields7 = fields + "%2Cended_at%2Cstarted_at%2Ctotal_operations%2Cfinished_operations"
	own := NewExecution{DeploymentID: "d2", WorkflowID: "install"}.WithOwnParameter("uid/1/")
	run(t, []exchange{
		{
			name:    "start",
			call:    func(ctx context.Context, c *Client) (any, error) { return c.StartExecution(ctx, own) },
			request: "POST executions",
			content: `{"deployment_id": "d2", "workflow_id": "install", "parameters": {"cloudify_operator": "uid/1/"}, "allow_custom_parameters": true}`,
			status:  201,
			answer:  "execution-started.json",
			want: &Execution{
				ID: "980d5c0d-9c18-485b-9905-db9cb4964621", WorkflowID: "install", DeploymentID: "d2", BlueprintID: "demo", Status: "pending", CreatedBy: "admin",
				CreatedAt:  at(t, "2026-11-22T21:55:52.829Z"),
				Parameters: map[string]any{"type_names": []any{}, "node_ids": []any{}, "node_instance_ids": []any{}},
			},
		},
		{
			name: "start with nothing but the names",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.StartExecution(ctx, NewExecution{DeploymentID: "d2", WorkflowID: "heal"})
			},
			request: "POST executions",
			content: `{"deployment_id": "d2", "workflow_id": "heal"}`,
			status:  201,
			answer:  `{"id": "e", "parameters": null}`,
			want:    &Execution{ID: "e"},
		},
		{
			name: "get a failed one",
			call: func(ctx context.Context, c *Client) (any, error) {
				execution, err := c.GetExecution(ctx, "8f92")
				execution.Parameters = nil
				return execution, err
			},
			request: "GET executions/8f92",
			answer:  "execution-failed.json",
			want: &Execution{
				ID: "8f92600d-501e-4fd6-a226-1bb6caea9633", WorkflowID: "execute_operation", DeploymentID: "d2", BlueprintID: "demo",
				Status: "failed", CreatedBy: "admin", Error: "cloudify.exceptions.NonRecoverableError: asked to fail on start",
				CreatedAt: at(t, "2026-11-22T21:57:09.726Z"), StartedAt: at(t, "2026-11-22T21:57:10.199Z"), EndedAt: at(t, "2026-11-22T21:57:11.118Z"),
				TotalOperations: 4, FinishedOperations: 3,
			},
		},
		{
			name: "cancel",
			call: func(ctx context.Context, c *Client) (any, error) {
				execution, err := c.CancelExecution(ctx, "2493", Cancel)
				return execution.Status, err
			},
			request: "POST executions/2493",
			content: `{"action": "cancel"}`,
			answer:  "execution-cancelling.json",
			want:    "cancelling",
		},
		{
			name: "force cancel",
			call: func(ctx context.Context, c *Client) (any, error) {
				execution, err := c.CancelExecution(ctx, "2493", ForceCancel)
				return execution.Status, err
			},
			request: "POST executions/2493",
			content: `{"action": "force-cancel"}`,
			answer:  `{"status": "force_cancelling"}`,
			want:    "force_cancelling",
		},
		{
			name: "kill",
			call: func(ctx context.Context, c *Client) (any, error) {
				execution, err := c.CancelExecution(ctx, "2493", Kill)
				return execution.Status, err
			},
			request: "POST executions/2493",
			content: `{"action": "kill"}`,
			answer:  `{"status": "kill_cancelling"}`,
			want:    "kill_cancelling",
		},
		{
			name: "list the active ones",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.ListExecutions(ctx, ExecutionFilter{Active: true})
			},
			request: "GET executions?" + fields7 + "&_offset=0&_size=1000&_sort=created_at&_sort=id&status=pending&status=started&status=cancelling&status=force_cancelling&status=kill_cancelling&status=queued",
			answer:  `{"items": [{"id": "e", "status": "started", "deployment_id": null, "total_operations": null}], "metadata": {"pagination": {"total": 1}}}`,
			want:    []Execution{{ID: "e", Status: "started"}},
		},
		{
			name:    "list the active ones on 4.2",
			release: Release{4, 2, 0},
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.ListExecutions(ctx, ExecutionFilter{Active: true})
			},
			request: "GET executions?" + fields + "&_offset=0&_size=1000&_sort=created_at&_sort=id&status=pending&status=started&status=cancelling&status=force_cancelling",
			answer:  `{"items": [], "metadata": {"pagination": {"total": 0}}}`,
			want:    []Execution(nil),
		},
		{
			name:    "list all where scheduled ones are among them",
			release: Release{5, 2, 0},
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.ListExecutions(ctx, ExecutionFilter{NewestFirst: true, Limit: 1})
			},
			request: "GET executions?" + fields + "%2Cended_at%2Cstarted_at&_offset=0&_size=1&_sort=-created_at&_sort=id" +
				"&status=pending&status=started&status=cancelling&status=force_cancelling&status=kill_cancelling&status=queued&status=terminated&status=failed&status=cancelled",
			answer: `{"items": [], "metadata": {"pagination": {"total": 0}}}`,
			want:   []Execution(nil),
		},
		{
			name: "look closely at one deployment",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.ListExecutions(ctx, ExecutionFilter{
					DeploymentID: "d2", WorkflowIDs: []string{"install", "uninstall"}, NewestFirst: true, Limit: 5, WithParameters: true,
				})
			},
			request: "GET executions?" + fields7 + "%2Cparameters%2Ccreated_by&_offset=0&_size=5&_sort=-created_at&_sort=id&deployment_id=d2&workflow_id=install&workflow_id=uninstall",
			answer:  `{"items": [{"id": "e", "parameters": {"cloudify_operator": "uid/1/"}}], "metadata": {"pagination": {"total": 1}}}`,
			want:    []Execution{{ID: "e", Parameters: map[string]any{"cloudify_operator": "uid/1/"}}},
		},
		{
			name: "failures",
			call: func(ctx context.Context, c *Client) (any, error) {
				failures, err := c.ListFailures(ctx, "8f92")
				if err != nil {
					return nil, err
				}
				var causes []string
				for _, failure := range failures {
					causes = append(causes, failure.Type+": "+failure.Cause())
				}
				return append(causes, FailureReason(failures)), nil
			},
			request: "GET events?_offset=0&_size=20&_sort=-reported_timestamp&event_type=task_failed&event_type=workflow_failed&execution_id=8f92",
			answer:  "failures.json",
			want: []string{
				"workflow_failed: cloudify.exceptions.NonRecoverableError: asked to fail on start",
				"task_failed: Subgraph failed 'app_afqxq0'",
				"task_failed: asked to fail on start",
				"asked to fail on start",
			},
		},
		{
			name: "failures of an update",
			call: func(ctx context.Context, c *Client) (any, error) {
				failures, err := c.ListFailures(ctx, "43b2")
				return FailureReason(failures), err
			},
			request: "GET events?_offset=0&_size=20&_sort=-reported_timestamp&event_type=task_failed&event_type=workflow_failed&execution_id=43b2",
			answer:  "failures-update.json",
			want:    "Task failed 'prepare_plan' -> Value 99 of input size violates constraint in_range(1, 10) operator.",
		},
	})
}
