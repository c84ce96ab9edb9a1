// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import "github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"

// Workflow is the label of a workflow. Blueprints name theirs as they like, so only the standard ones have names.
func Workflow(name string) string {
	switch name {
	case cloudify.WorkflowCreate, cloudify.WorkflowDelete, cloudify.WorkflowInstall, cloudify.WorkflowUninstall, cloudify.WorkflowUpdate,
		cloudify.WorkflowHeal, cloudify.WorkflowScale:
		return name
	default:
		return "other"
	}
}
