// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"encoding/json"
	"strings"
)

// Update changes a deployment in place.
type Update struct {
	// BlueprintID is the blueprint to move to; empty means the same.
	BlueprintID string `json:"blueprint_id,omitempty"`
	// Inputs are merged over the old ones: one left out keeps its value, null
	// unsets an optional one. The Manager silently drops a name that the blueprint
	// does not declare.
	Inputs map[string]any `json:"inputs,omitempty"`
	// Force has releases before UpdateByWorkflow give up an earlier update that was left
	// unfinished and whose execution has ended. It also skips the check of dependents.
	Force bool `json:"force,omitempty"`
	// OnlyInputs leaves the node instances as they are.
	OnlyInputs bool `json:"-"`
}

// body is the request; the Manager has three fields for OnlyInputs.
func (u Update) body() any {
	return struct {
		Update
		SkipInstall   bool `json:"skip_install,omitempty"`
		SkipUninstall bool `json:"skip_uninstall,omitempty"`
		SkipReinstall bool `json:"skip_reinstall,omitempty"`
	}{u, u.OnlyInputs, u.OnlyInputs, u.OnlyInputs}
}

// DeploymentUpdate is the Manager's record of an update, or of a preview. The work is done by its
// execution; where the release has no UpdateByWorkflow, a preview leaves neither.
type DeploymentUpdate struct {
	ID             string `json:"id"`
	DeploymentID   string `json:"deployment_id"`
	State          string `json:"state"`
	ExecutionID    string `json:"execution_id"`
	OldBlueprintID string `json:"old_blueprint_id"`
	NewBlueprintID string `json:"new_blueprint_id"`
	// Steps are what it changes, once it is prepared. Each workflow is always among them.
	Steps []UpdateStep `json:"steps"`
}

// Prepared reports whether the Manager found out what the update changes.
func (u *DeploymentUpdate) Prepared() bool { return u.State == "successful" || u.State == "preview" }

// Failed reports whether it came to nothing.
func (u *DeploymentUpdate) Failed() bool { return u.State == "failed" }

// UpdateStep is one change of an update.
type UpdateStep struct {
	Action     string   `json:"action"`      // add, remove or modify
	EntityType string   `json:"entity_type"` // node, relationship, property, operation, workflow, description and others
	EntityID   EntityID `json:"entity_id"`
}

// EntityID is the path of what a step changes: nodes, app, properties, size.
type EntityID []string

// UnmarshalJSON also reads the text with colons that releases before UpdateByWorkflow have.
func (id *EntityID) UnmarshalJSON(data []byte) error {
	var path []string
	if err := json.Unmarshal(data, &path); err == nil {
		*id = path
		return nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*id = strings.Split(text, ":")
	return nil
}

// StartUpdate starts an update. From 6.3 on the Manager accepts it while another
// execution runs, so look first. It is not idempotent.
func (c *Client) StartUpdate(ctx context.Context, deploymentID string, update Update) (*DeploymentUpdate, error) {
	return c.initiate(ctx, UpdateInPlace, deploymentID, update.body())
}

// PreviewUpdate asks what an update would change, and returns once the Manager knows, or knows why it
// would fail. Nothing is changed but the executions, where the release has UpdateByWorkflow.
func (c *Client) PreviewUpdate(ctx context.Context, deploymentID string, update Update) (*DeploymentUpdate, error) {
	return c.initiate(ctx, Previews, deploymentID, struct {
		Update
		Preview bool `json:"preview"`
	}{update, true})
}

func (c *Client) initiate(ctx context.Context, feature Feature, deploymentID string, body any) (*DeploymentUpdate, error) {
	release, err := c.known(ctx)
	if err != nil {
		return nil, err
	}
	call := call{method: "POST", route: "deployment-updates/{id}/update/initiate", id: deploymentID, in: body}
	switch {
	case !release.Has(feature):
		return nil, &UnsupportedError{What: string(feature), Release: release}
	case !release.Has(UpdateByPOST):
		call.method = "PUT"
	}
	return c.update(ctx, call)
}

// GetUpdate reads the record of an update or of a preview.
func (c *Client) GetUpdate(ctx context.Context, id string) (*DeploymentUpdate, error) {
	return c.update(ctx, call{method: "GET", route: "deployment-updates/{id}", id: id})
}

func (c *Client) update(ctx context.Context, call call) (*DeploymentUpdate, error) {
	var update DeploymentUpdate
	if err := c.do(ctx, call, &update); err != nil {
		return nil, err
	}
	return &update, nil
}
