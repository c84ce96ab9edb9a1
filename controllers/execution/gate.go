// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// gate says what has to come before the workflow can start, as far as the objects tell: a reason and a message, or nothing. The first
// true case is said.
func (f *facts) gate() (reason, message string) {
	d := f.deployment
	reconciling := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReconcilingCondition)
	switch {
	case !meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.InstalledCondition):
		return v1alpha1.ReasonNotInstalled, fmt.Sprintf("CloudifyDeployment %s is not installed: %s", d.Name, outcome.Describe(d))
	case d.Spec.Paused:
		return v1alpha1.ReasonPaused, fmt.Sprintf("CloudifyDeployment %s is paused: unset its spec.paused to continue", d.Name)
	case reconciling != nil && reconciling.Reason == v1alpha1.ReasonExecutionRunning:
		return v1alpha1.ReasonDeploymentBusy, fmt.Sprintf("something else is running on CloudifyDeployment %s: %s", d.Name, reconciling.Message)
	case reconciling != nil:
		return v1alpha1.ReasonDeploymentBusy, fmt.Sprintf("CloudifyDeployment %s has a step of its own to take first: %s", d.Name, outcome.Describe(d))
	case d.Status.ObservedGeneration != d.Generation, d.IsAsked():
		return v1alpha1.ReasonDeploymentBusy, fmt.Sprintf("CloudifyDeployment %s has a step of its own to take first: its spec has changed, or a retry was requested", d.Name)
	case len(f.others.older) > 0:
		return v1alpha1.ReasonExecutionQueued, "older executions of the same deployment go first: " + outcome.Enumerate(f.others.older, 5)
	default:
		return "", ""
	}
}
