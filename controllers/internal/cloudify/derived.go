// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"slices"
)

// What old releases do not tell of a deployment is derived from its executions and
// node instances here, so that callers need not ask which release it is.

// CompleteLatest fills in the latest execution where the release does not tell it;
// newest is the deployment's newest, nil if there is none.
func (d *Deployment) CompleteLatest(release Release, newest *Execution) {
	if newest == nil {
		return
	}
	if !release.Has(LatestExecution) {
		d.LatestExecution = newest.ID
	}
	if !release.Has(DeploymentStatus) {
		d.LatestExecutionStatus = LatestStatus(newest.Status)
	}
}

// CompleteInstallation fills in the installation status where the release does not
// tell it.
func (d *Deployment) CompleteInstallation(release Release, instances []NodeInstance) {
	if release.Has(DeploymentStatus) {
		return
	}
	d.InstallationStatus = "active"
	for i := range instances {
		if instances[i].State != "started" {
			d.InstallationStatus = "inactive"
		}
	}
}

// Live reports whether there is something to uninstall, and whether the availability of
// the workflows tells it: install is available while none or some of the node instances
// are started, uninstall while all or some are. Without node instances both are.
func (d *Deployment) Live() (live, told bool) {
	for _, w := range d.Workflows {
		switch {
		case w.Available == nil || *w.Available:
		case w.Name == WorkflowInstall && w.forActive("none", "partial"):
			return true, true
		case w.Name == WorkflowUninstall && w.forActive("all", "partial"):
			return false, true
		}
	}
	return false, false
}

// forActive reports whether this is all that a workflow's availability depends on.
func (w *Workflow) forActive(which ...any) bool {
	rule, _ := w.Rules["node_instances_active"].([]any)
	return len(w.Rules) == 1 && len(rule) == len(which) && !slices.ContainsFunc(which, func(is any) bool { return !slices.Contains(rule, is) })
}

// LatestStatus is how deployments call the status of their latest execution.
func LatestStatus(status string) string {
	switch e := (Execution{Status: status}); {
	case e.Succeeded():
		return "completed"
	case e.Active():
		return "in_progress"
	default:
		return status
	}
}

// completeList is CompleteLatest for a list, with one request more. Deployments that
// have none of the newest executions keep an empty latest execution.
func (c *Client) completeList(ctx context.Context, release Release, deployments []Deployment) error {
	if release.Has(LatestExecution) || len(deployments) == 0 {
		return nil
	}
	executions, err := c.ListExecutions(ctx, ExecutionFilter{NewestFirst: true, Limit: pageSize})
	if err != nil {
		return err
	}
	newest := make(map[string]*Execution, len(executions))
	for i := range executions {
		if e := &executions[i]; newest[e.DeploymentID] == nil {
			newest[e.DeploymentID] = e
		}
	}
	for i := range deployments {
		deployments[i].CompleteLatest(release, newest[deployments[i].ID])
	}
	return nil
}
