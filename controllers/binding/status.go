// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package binding

import (
	"fmt"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// setStatus says what people see of a binding. It is pure. What was once written stays named: an outage of its source does
// not take credentials away.
func setStatus(s *scope, out outcome.Outcome) {
	if out.Kind == outcome.Unchanged {
		return
	}
	status := &s.binding.Status
	status.ObservedGeneration = s.binding.Generation
	if out.Kind == outcome.Done {
		status.DeploymentUID = string(s.deployment.UID)
		status.ObservedSecrets = s.digest(s.outputs, s.secret)
		status.Binding = &v1alpha1.LocalObjectReference{Name: s.binding.SecretName()}
	}
	outcome.SetSummary(&status.Conditions, s.binding.Generation, out,
		fmt.Sprintf("the credentials of CloudifyDeployment %s are in Secret %s", s.binding.Spec.DeploymentRef.Name, s.binding.SecretName()))
}
