// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

// workflows are those that every Manager or blueprint knows.
var workflows = map[string]bool{
	"create_deployment_environment": true, "delete_deployment_environment": true,
	"install": true, "uninstall": true, "update": true, "heal": true, "scale": true,
}

// Workflow is the label of a workflow. Blueprints name theirs as they like, so only the standard ones have names.
func Workflow(name string) string {
	if workflows[name] {
		return name
	}
	return "other"
}
