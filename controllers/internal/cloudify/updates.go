// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import "context"

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

// DeploymentUpdate is the Manager's record of an update. The work is done by its
// execution.
type DeploymentUpdate struct {
	ID             string `json:"id"`
	DeploymentID   string `json:"deployment_id"`
	State          string `json:"state"`
	ExecutionID    string `json:"execution_id"`
	OldBlueprintID string `json:"old_blueprint_id"`
	NewBlueprintID string `json:"new_blueprint_id"`
}

// StartUpdate starts an update. From 6.3 on the Manager accepts it while another
// execution runs, so look first. It is not idempotent.
func (c *Client) StartUpdate(ctx context.Context, deploymentID string, update Update) (*DeploymentUpdate, error) {
	release, err := c.known(ctx)
	if err != nil {
		return nil, err
	}
	call := call{method: "POST", route: "deployment-updates/{id}/update/initiate", id: deploymentID, in: update.body()}
	switch {
	case !release.Has(UpdateInPlace):
		return nil, &UnsupportedError{What: string(UpdateInPlace), Release: release}
	case !release.Has(UpdateByPOST):
		call.method = "PUT"
	}
	var started DeploymentUpdate
	if err := c.do(ctx, call, &started); err != nil {
		return nil, err
	}
	return &started, nil
}
