// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

// Workflows that every Manager or blueprint knows. Blueprints name further ones as they like.
const (
	WorkflowCreate    = "create_deployment_environment"
	WorkflowDelete    = "delete_deployment_environment"
	WorkflowInstall   = "install"
	WorkflowUninstall = "uninstall"
	WorkflowUpdate    = "update"
	WorkflowHeal      = "heal"
	WorkflowScale     = "scale"
)
