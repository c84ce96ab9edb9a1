// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

func TestDeployments(t *testing.T) {
	yes, no := true, false
	name := "Cellar"
	run(t, []exchange{
		{
			name:    "list on 7.1",
			call:    func(ctx context.Context, c *Client) (any, error) { return c.ListDeployments(ctx, DeploymentFilter{}) },
			request: "GET deployments?_include=id%2Cblueprint_id%2Ccreated_at%2Cinstallation_status%2Cdeployment_status%2Clatest_execution_status%2Clatest_execution%2Ccreate_execution%2Cunavailable_instances%2Cdrifted_instances%2Clatest_execution_workflow_id&_offset=0&_size=1000&_sort=created_at&_sort=id",
			answer: `{"items": [{"id": "d", "blueprint_id": "demo", "installation_status": "active", "latest_execution": null, "unavailable_instances": 0, "created_at": null,
				"workflows": [{"name": null, "parameters": null}]}], "metadata": {"pagination": {"total": 1, "size": 1000, "offset": 0}}}`,
			want: []Deployment{{ID: "d", BlueprintID: "demo", InstallationStatus: "active", Workflows: WorkflowList{}}},
		},
		{
			name: "list with labels on 7.1",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.ListDeployments(ctx, DeploymentFilter{WithLabels: true})
			},
			request: "GET deployments?_include=id%2Cblueprint_id%2Ccreated_at%2Cinstallation_status%2Cdeployment_status%2Clatest_execution_status%2Clatest_execution%2Ccreate_execution%2Cunavailable_instances%2Cdrifted_instances%2Clatest_execution_workflow_id%2Clabels&_offset=0&_size=1000&_sort=created_at&_sort=id",
			answer:  `{"items": [{"id": "d", "labels": [{"key": "k8s-cluster", "value": "c"}]}], "metadata": {"pagination": {"total": 1}}}`,
			want:    []Deployment{{ID: "d", Labels: LabelSet{"k8s-cluster": {"c"}}}},
		},
		{
			name:    "list with labels where there are none",
			release: Release{5, 1, 0},
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.ListDeployments(ctx, DeploymentFilter{WithLabels: true})
			},
			request: "GET deployments?_include=id%2Cblueprint_id%2Ccreated_at&_offset=0&_size=1000&_sort=created_at&_sort=id",
			answer:  `{"items": [], "metadata": {"pagination": {"total": 0}}}`,
			want:    []Deployment(nil),
		},
		{
			name:    "list on 6.0",
			release: Release{6, 0, 0},
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.ListDeployments(ctx, DeploymentFilter{})
			},
			request: "GET deployments?_include=id%2Cblueprint_id%2Ccreated_at%2Cinstallation_status%2Cdeployment_status%2Clatest_execution_status&_offset=0&_size=1000&_sort=created_at&_sort=id",
			answer:  `{"items": [{"id": "k8s-1", "latest_execution_status": "completed"}], "metadata": {"pagination": {"total": 1}}}`,
			next: &exchange{
				request: "GET executions?_include=id%2Cworkflow_id%2Cdeployment_id%2Cblueprint_id%2Cstatus%2Cerror%2Ccreated_at%2Cended_at%2Cstarted_at%2Ctotal_operations%2Cfinished_operations&_offset=0&_size=1000&_sort=-created_at&_sort=id",
				answer:  `{"items": [{"id": "e2", "deployment_id": "k8s-1", "status": "started"}, {"id": "e1", "deployment_id": "k8s-1", "status": "terminated"}], "metadata": {"pagination": {"total": 2}}}`,
			},
			want: []Deployment{{ID: "k8s-1", LatestExecution: "e2", LatestExecutionStatus: "completed"}},
		},
		{
			name:    "list on 4.3",
			release: Release{4, 3, 0},
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.ListDeployments(ctx, DeploymentFilter{})
			},
			request: "GET deployments?_include=id%2Cblueprint_id%2Ccreated_at&_offset=0&_size=1000&_sort=created_at&_sort=id",
			answer:  `{"items": [{"id": "k8s-1"}, {"id": "k8s-2"}], "metadata": {"pagination": {"total": 2}}}`,
			next: &exchange{
				request: "GET executions?_include=id%2Cworkflow_id%2Cdeployment_id%2Cblueprint_id%2Cstatus%2Cerror%2Ccreated_at&_offset=0&_size=1000&_sort=-created_at&_sort=id",
				answer: `{"items": [{"id": "upload"}, {"id": "e2", "deployment_id": "k8s-1", "status": "terminated"}, {"id": "e1", "deployment_id": "k8s-1", "status": "failed"}],
					"metadata": {"pagination": {"total": 3}}}`,
			},
			want: []Deployment{{ID: "k8s-1", LatestExecution: "e2", LatestExecutionStatus: "completed"}, {ID: "k8s-2"}},
		},
		{
			name: "create",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.CreateDeployment(ctx, "d3", NewDeployment{
					BlueprintID: "demo", Inputs: map[string]any{"size": 3}, DisplayName: "shop/cellar",
					Labels: LabelSet{"b": {"2", "1"}, "a": {"x"}},
				})
			},
			request: "PUT deployments/d3?async_create=true",
			content: `{"blueprint_id": "demo", "inputs": {"size": 3}, "display_name": "shop/cellar", "labels": [{"a": "x"}, {"b": "2"}, {"b": "1"}]}`,
			status:  201,
			answer:  "deployment-creating.json",
			want: &Deployment{
				ID: "d3", BlueprintID: "demo", DisplayName: "d3", CreatedAt: at(t, "2026-11-22T21:55:50.982Z"),
				InstallationStatus: "inactive", DeploymentStatus: "requires_attention",
				LatestExecution: "73cb6272-824d-47c7-9d50-c08602281f92", LatestExecutionStatus: "in_progress",
				LatestExecutionWorkflow: "create_deployment_environment", CreateExecution: "73cb6272-824d-47c7-9d50-c08602281f92",
			},
		},
		{
			name:    "create on 5.0",
			release: Release{5, 0, 5},
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.CreateDeployment(ctx, "d", NewDeployment{BlueprintID: "demo", DisplayName: "x", Labels: LabelSet{"a": {"x"}}})
			},
			request: "PUT deployments/d",
			content: `{"blueprint_id": "demo"}`,
			status:  201,
			answer:  `{"id": "d", "workflows": [{"name": "install", "created_at": null, "parameters": {}}]}`,
			want:    &Deployment{ID: "d", Workflows: WorkflowList{{Name: "install", Parameters: map[string]inputs.Input{}}}},
		},
		{
			name:    "get one whose create failed",
			call:    func(ctx context.Context, c *Client) (any, error) { return c.GetDeployment(ctx, "d1a") },
			request: "GET deployments/d1a",
			answer:  "deployment-create-failed.json",
			want: &Deployment{
				ID: "d1a", BlueprintID: "demo", DisplayName: "d1a", CreatedAt: at(t, "2026-11-22T21:57:03.645Z"),
				InstallationStatus: "active", DeploymentStatus: "requires_attention", Workflows: WorkflowList{},
				LatestExecution: "bbf7cf0f-94dd-490d-b532-a657ff6598d2", LatestExecutionStatus: "failed",
				LatestExecutionWorkflow: "create_deployment_environment", CreateExecution: "bbf7cf0f-94dd-490d-b532-a657ff6598d2",
			},
		},
		{
			name: "get what matters of workflows",
			call: func(ctx context.Context, c *Client) (any, error) {
				deployment, err := c.GetDeployment(ctx, "d2")
				if err != nil {
					return nil, err
				}
				return []any{
					deployment.Labels, deployment.Inputs["opts"], deployment.TotalOperations, deployment.FinishedOperations,
					deployment.Workflows[0].Name, deployment.Workflows[0].Available, deployment.Workflows[1].Name, deployment.Workflows[1].Available,
				}, nil
			},
			request: "GET deployments/d2",
			answer:  "deployment.json",
			want: []any{
				LabelSet{"owner": {"alice"}, "team": {"blue"}}, map[string]any{"k": map[string]any{"n": json.Number("1")}}, 19, 19,
				"backup", &yes, "install", &no,
			},
		},
		{
			name:    "delete",
			call:    func(ctx context.Context, c *Client) (any, error) { return nothing(c.DeleteDeployment(ctx, "d", false)) },
			request: "DELETE deployments/d",
			status:  204,
		},
		{
			name:    "force delete",
			call:    func(ctx context.Context, c *Client) (any, error) { return nothing(c.DeleteDeployment(ctx, "d", true)) },
			request: "DELETE deployments/d?force=true",
			status:  204,
		},
		{
			name:    "force delete on 5.0",
			release: Release{5, 0, 5},
			call:    func(ctx context.Context, c *Client) (any, error) { return nothing(c.DeleteDeployment(ctx, "d", true)) },
			request: "DELETE deployments/d?ignore_live_nodes=true",
			answer:  `{"id": "d"}`,
		},
		{
			name: "patch",
			call: func(ctx context.Context, c *Client) (any, error) {
				return nothing(c.PatchDeployment(ctx, "d", DeploymentPatch{Labels: &LabelSet{"a": {"x"}}, DisplayName: &name}))
			},
			request: "PATCH deployments/d",
			content: `{"labels": [{"a": "x"}], "display_name": "Cellar"}`,
			answer:  `{"id": "d"}`,
		},
		{
			name: "patch all labels away on 5.2",
			call: func(ctx context.Context, c *Client) (any, error) {
				return nothing(c.PatchDeployment(ctx, "d", DeploymentPatch{Labels: &LabelSet{}}))
			},
			release: Release{5, 2, 0},
			request: "PATCH deployments/d",
			content: `{"labels": []}`,
			answer:  `{"id": "d"}`,
		},
		{
			name:    "outputs",
			call:    func(ctx context.Context, c *Client) (any, error) { return c.GetOutputs(ctx, "d2") },
			request: "GET deployments/d2/outputs",
			answer:  "outputs.json",
			want:    map[string]any{"endpoint": "https://svc-one.example.com", "size": json.Number("3"), "runtime": "svc-one-3"},
		},
		{
			name:    "capabilities",
			call:    func(ctx context.Context, c *Client) (any, error) { return c.GetCapabilities(ctx, "d2") },
			request: "GET deployments/d2/capabilities",
			answer:  "capabilities.json",
			want:    map[string]any{"endpoint": "https://svc-one.example.com", "username": "admin", "created_name": "svc-one-3", "password": "s3cret"},
		},
		{
			name: "evaluate",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.Evaluate(ctx, "cu", map[string]any{"get_capability": []any{"prov", "username"}})
			},
			request: "POST evaluate/functions",
			content: `{"deployment_id": "cu", "context": {}, "payload": {"value": {"get_capability": ["prov", "username"]}}}`,
			answer:  `{"deployment_id": "cu", "payload": {"value": "admin"}}`,
			want:    "admin",
		},
		{
			name:    "node instances",
			call:    func(ctx context.Context, c *Client) (any, error) { return c.ListNodeInstances(ctx, "d2") },
			request: "GET node-instances?_include=id%2Cnode_id%2Cstate&_offset=0&_size=1000&_sort=id&deployment_id=d2",
			answer:  "node-instances.json",
			want:    []NodeInstance{{ID: "base_n55mmy", NodeID: "base", State: "started"}, {ID: "app_afqxq0", NodeID: "app", State: "started"}},
		},
		{
			name: "update with null",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.StartUpdate(ctx, "d2", Update{BlueprintID: "demo", Inputs: map[string]any{"size": 5, "zone": nil}})
			},
			request: "POST deployment-updates/d2/update/initiate",
			content: `{"blueprint_id": "demo", "inputs": {"size": 5, "zone": null}}`,
			answer:  "update.json",
			want: &DeploymentUpdate{
				ID: "d2-0845031e-2c1b-4286-800f-7a46418ae824", DeploymentID: "d2", State: "updating",
				ExecutionID: "3dbc1bcd-5133-4e37-bdb6-20ac03333c9a", OldBlueprintID: "demo", NewBlueprintID: "demo",
				Steps: []UpdateStep{},
			},
		},
		{
			name:    "update on 6.1",
			release: Release{6, 1, 0},
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.StartUpdate(ctx, "d2", Update{BlueprintID: "demo"})
			},
			request: "PUT deployment-updates/d2/update/initiate",
			content: `{"blueprint_id": "demo"}`,
			answer:  `{"id": "u"}`,
			want:    &DeploymentUpdate{ID: "u"},
		},
		{
			name: "preview",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.PreviewUpdate(ctx, "wf1", Update{BlueprintID: "wfbp-added", Inputs: map[string]any{"size": 5}})
			},
			request: "POST deployment-updates/wf1/update/initiate",
			content: `{"blueprint_id": "wfbp-added", "inputs": {"size": 5}, "preview": true}`,
			answer: `{"id": "wf1-7028c987", "state": "successful", "execution_id": "e", "old_blueprint_id": "wfbp", "new_blueprint_id": "wfbp-added",
				"steps": [{"id": "s1", "action": "add", "entity_type": "node", "entity_id": ["nodes", "more"], "topology_order": 0},
					{"id": "s2", "action": "modify", "entity_type": "workflow", "entity_id": ["workflows", "heal"], "topology_order": 0}]}`,
			want: &DeploymentUpdate{
				ID: "wf1-7028c987", State: "successful", ExecutionID: "e", OldBlueprintID: "wfbp", NewBlueprintID: "wfbp-added",
				Steps: []UpdateStep{{"add", "node", EntityID{"nodes", "more"}}, {"modify", "workflow", EntityID{"workflows", "heal"}}},
			},
		},
		{
			name: "preview on 5.2, which has neither record nor execution", release: Release{5, 2, 0},
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.PreviewUpdate(ctx, "d2", Update{Inputs: map[string]any{"size": 5}})
			},
			request: "PUT deployment-updates/d2/update/initiate",
			content: `{"inputs": {"size": 5}, "preview": true}`,
			answer: `{"id": null, "state": "preview", "execution_id": null,
				"steps": [{"action": "modify", "entity_type": "property", "entity_id": "nodes:app:properties:size", "topology_order": 0}]}`,
			want: &DeploymentUpdate{State: "preview", Steps: []UpdateStep{{"modify", "property", EntityID{"nodes", "app", "properties", "size"}}}},
		},
		{
			name: "record of a preview that would fail",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.GetUpdate(ctx, "wf1-09a79661")
			},
			request: "GET deployment-updates/wf1-09a79661",
			answer:  `{"id": "wf1-09a79661", "state": "failed", "execution_id": "5e20da23", "steps": []}`,
			want:    &DeploymentUpdate{ID: "wf1-09a79661", State: "failed", ExecutionID: "5e20da23", Steps: []UpdateStep{}},
		},
	})
}
