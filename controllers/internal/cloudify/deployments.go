// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// Deployment is a deployment as the Manager shows it. What a release does not
// know is empty, or completed from elsewhere; a list shows only ids, blueprint,
// statuses and counts.
type Deployment struct {
	ID          string         `json:"id"`
	BlueprintID string         `json:"blueprint_id"`
	DisplayName string         `json:"display_name"`
	Inputs      map[string]any `json:"inputs"`
	Labels      LabelSet       `json:"labels"`
	Workflows   WorkflowList   `json:"workflows"`
	// Outputs and Capabilities are as they are defined; GetOutputs and GetCapabilities
	// evaluate them.
	Outputs      map[string]Definition `json:"outputs"`
	Capabilities map[string]Definition `json:"capabilities"`

	// InstallationStatus is "active" where every node instance is started, so also
	// where there are none. DeploymentStatus sums up.
	InstallationStatus string `json:"installation_status"`
	DeploymentStatus   string `json:"deployment_status"`

	// The latest execution is the one that began or ended last, which a newly started
	// one is not yet. Its status is "completed", "failed", "cancelled" or "in_progress".
	LatestExecution         string `json:"latest_execution"`
	LatestExecutionStatus   string `json:"latest_execution_status"`
	LatestExecutionWorkflow string `json:"latest_execution_workflow_id"`
	TotalOperations         int    `json:"latest_execution_total_operations"`
	FinishedOperations      int    `json:"latest_execution_finished_operations"`
	CreateExecution         string `json:"create_execution"`

	Unavailable int `json:"unavailable_instances"`
	Drifted     int `json:"drifted_instances"`

	CreatedAt time.Time `json:"created_at"`
}

// Workflow is a workflow that a deployment offers.
type Workflow struct {
	Name       string                  `json:"name"`
	Parameters map[string]inputs.Input `json:"parameters"`
	// Available is nil where the release has no AvailabilityRules. Rules say when it is.
	Available *bool          `json:"is_available"`
	Rules     map[string]any `json:"availability_rules"`
}

// UnmarshalJSON reads a workflow. A parameter whose default is null need not be given, unlike an input.
func (w *Workflow) UnmarshalJSON(content []byte) error {
	type plain Workflow
	if err := unmarshal(content, (*plain)(w)); err != nil {
		return err
	}
	var declared struct {
		Parameters map[string]map[string]json.RawMessage `json:"parameters"`
	}
	if err := unmarshal(content, &declared); err != nil {
		return err
	}
	for name, parameter := range w.Parameters {
		if string(declared.Parameters[name]["default"]) == "null" && parameter.Required == nil {
			parameter.Required = new(false)
			w.Parameters[name] = parameter
		}
	}
	return nil
}

// Definition is an output or a capability as the blueprint defines it.
type Definition struct {
	Value any `json:"value"`
}

// WorkflowList leaves out the nameless entry that 7.1 shows in its lists.
type WorkflowList []Workflow

// UnmarshalJSON reads the Manager's list.
func (l *WorkflowList) UnmarshalJSON(content []byte) error {
	var workflows []Workflow
	if err := unmarshal(content, &workflows); err != nil {
		return err
	}
	*l = slices.DeleteFunc(workflows, func(w Workflow) bool { return w.Name == "" })
	return nil
}

// GetDeployment reads one deployment whole.
func (c *Client) GetDeployment(ctx context.Context, id string) (*Deployment, error) {
	var deployment Deployment
	if err := c.do(ctx, call{method: "GET", route: "deployments/{id}", id: id}, &deployment); err != nil {
		return nil, err
	}
	return &deployment, nil
}

// DeploymentFilter says what is listed of deployments.
type DeploymentFilter struct {
	// WithLabels also reads the labels, where the release has them.
	WithLabels bool
}

// ListDeployments lists deployments, oldest first, without inputs and workflows.
func (c *Client) ListDeployments(ctx context.Context, filter DeploymentFilter) ([]Deployment, error) {
	release, err := c.known(ctx)
	if err != nil {
		return nil, err
	}
	var more []string
	if filter.WithLabels && release.Has(Labels) {
		more = append(more, "labels")
	}
	query := url.Values{
		"_include": {release.include(deploymentFields, more...)},
		"_sort":    {"created_at", "id"},
	}
	deployments, err := readList[Deployment](ctx, c, "deployments", query, 0)
	if err != nil {
		return nil, err
	}
	return deployments, c.completeList(ctx, release, deployments)
}

// NewDeployment is what a deployment is made of. Labels and DisplayName are left
// out where the release does not know them.
type NewDeployment struct {
	BlueprintID string         `json:"blueprint_id"`
	Inputs      map[string]any `json:"inputs,omitempty"`
	DisplayName string         `json:"display_name,omitempty"`
	Labels      LabelSet       `json:"labels,omitempty"`
}

// CreateDeployment creates a deployment, and installs nothing. Where the release has
// AsyncCreate, it returns before the environment is created: follow CreateExecution, or
// the deployment's executions.
func (c *Client) CreateDeployment(ctx context.Context, id string, deployment NewDeployment) (*Deployment, error) {
	release, err := c.known(ctx)
	if err != nil {
		return nil, err
	}
	call := call{method: "PUT", route: "deployments/{id}", id: id, query: url.Values{}}
	if release.Has(AsyncCreate) {
		call.query.Set("async_create", "true")
	}
	if !release.Has(Labels) {
		deployment.Labels = nil
	}
	if !release.Has(DisplayName) {
		deployment.DisplayName = ""
	}
	call.in = deployment
	var created Deployment
	if err := c.do(ctx, call, &created); err != nil {
		return nil, err
	}
	return &created, nil
}

// DeleteDeployment begins to delete a deployment; it is gone when GetDeployment
// says so. Force also deletes one whose node instances are alive.
func (c *Client) DeleteDeployment(ctx context.Context, id string, force bool) error {
	call := call{method: "DELETE", route: "deployments/{id}", id: id, query: url.Values{}}
	if force {
		release, err := c.known(ctx)
		if err != nil {
			return err
		}
		if release.Has(ForceDelete) {
			call.query.Set("force", "true")
		} else {
			call.query.Set("ignore_live_nodes", "true")
		}
	}
	return c.do(ctx, call, nil)
}

// DeploymentPatch changes those of its fields that are set. Labels replace all labels.
type DeploymentPatch struct {
	Labels      *LabelSet `json:"labels,omitempty"`
	DisplayName *string   `json:"display_name,omitempty"`
}

// PatchDeployment changes labels and display name.
func (c *Client) PatchDeployment(ctx context.Context, id string, patch DeploymentPatch) error {
	release, err := c.known(ctx)
	if err != nil {
		return err
	}
	if patch.Labels != nil && !release.Has(Labels) {
		return &UnsupportedError{What: string(Labels), Release: release}
	}
	if patch.DisplayName != nil && !release.Has(DisplayName) {
		return &UnsupportedError{What: string(DisplayName), Release: release}
	}
	return c.do(ctx, call{method: "PATCH", route: "deployments/{id}", id: id, in: patch}, nil)
}
