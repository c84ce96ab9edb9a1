// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// activities are what platforms read instead of reasons that speak of Kubernetes or of the Manager's state.
var activities = map[string]string{
	v1alpha1.ReasonCreating:           "Creating",
	v1alpha1.ReasonRecreating:         "Creating",
	v1alpha1.ReasonInstalling:         "Installing",
	v1alpha1.ReasonUpdating:           "Updating",
	v1alpha1.ReasonUninstalling:       "Uninstalling",
	v1alpha1.ReasonDeleting:           "Deleting",
	v1alpha1.ReasonCancelling:         "Stopping the running workflow",
	v1alpha1.ReasonTimedOut:           "Stopping a workflow that ran too long",
	v1alpha1.ReasonPaused:             "Paused by an administrator",
	v1alpha1.ReasonDependentsExist:    "Waiting for deployments that use this service instance",
	v1alpha1.ReasonExecutionRunning:   "Waiting for another workflow to end",
	v1alpha1.ReasonForeignUninstall:   "Waiting for another workflow to end",
	v1alpha1.ReasonForeignDelete:      "Waiting for another workflow to end",
	v1alpha1.ReasonNotCloudify:        "Waiting for the Cloudify Manager",
	v1alpha1.ReasonManagerBusy:        "Waiting for the Cloudify Manager",
	v1alpha1.ReasonManagerNotReady:    "Waiting for the Cloudify Manager",
	v1alpha1.ReasonManagerUnreachable: "Waiting for the Cloudify Manager",
	v1alpha1.ReasonManagerError:       "Waiting for the Cloudify Manager",
	v1alpha1.ReasonInventoryLost:      "Waiting for the Cloudify Manager",
	v1alpha1.ReasonBlueprintNotReady:  "Waiting for the blueprint",
	v1alpha1.ReasonBlueprintNotFound:  "Waiting for the blueprint",
}

// doing is what is said of an operation before the status answers to it.
var doing = map[verb]string{verbProvision: "Creating", verbUpdate: "Updating", verbDeprovision: "Deleting"}

// activity says what is done for an operation in progress, and how far it is. It changes rarely: platforms note every other one.
func activity(d *v1alpha1.CloudifyDeployment, v verb) string {
	text := doing[v]
	ready := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition)
	if ready == nil || d.Status.ObservedGeneration != d.Generation {
		return text
	}
	if known, ok := activities[ready.Reason]; ok && (v != verbDeprovision || known != activities[v1alpha1.ReasonCreating]) {
		text = known
	}
	if e := d.Status.Execution; e != nil && e.EndedAt == nil && e.TotalOperations > 0 && runs(ready.Reason) {
		text += fmt.Sprintf(": %d of %d operations", e.FinishedOperations, e.TotalOperations)
	}
	return text
}

// runs reports whether a reason says that a workflow is under way.
func runs(reason string) bool {
	switch reason {
	case v1alpha1.ReasonInstalling, v1alpha1.ReasonUpdating, v1alpha1.ReasonUninstalling:
		return true
	default:
		return false
	}
}

// failure says why an operation failed, in the words of Stalled: Ready says beside it what can be done with kubectl.
func failure(d *v1alpha1.CloudifyDeployment) string {
	return meta.FindStatusCondition(d.Status.Conditions, v1alpha1.StalledCondition).Message
}
