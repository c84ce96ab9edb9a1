// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

func TestActivity(t *testing.T) {
	works := func(reason string) func(*v1alpha1.CloudifyDeployment) {
		return says(v1alpha1.ReconcilingCondition, reason)
	}
	runs := func(d *v1alpha1.CloudifyDeployment) {
		d.Status.Execution = &v1alpha1.ExecutionStatus{Workflow: "install", FinishedOperations: 36, TotalOperations: 60}
	}
	ended := func(d *v1alpha1.CloudifyDeployment) { runs(d); d.Status.Execution.EndedAt = &metav1.Time{} }
	for _, row := range []struct {
		name   string
		verb   verb
		object *v1alpha1.CloudifyDeployment
		text   string
	}{
		{"not looked at", verbProvision, instance(1, 0), "Creating"},
		{"not looked at since the update", verbUpdate, instance(2, 1, works(v1alpha1.ReasonInstalling), unobserved), "Updating"},
		{"creating", verbProvision, instance(1, 0, works(v1alpha1.ReasonCreating)), "Creating"},
		{"installing", verbProvision, instance(1, 0, works(v1alpha1.ReasonInstalling), runs), "Installing: 36 of 60 operations"},
		{"installing, not counted", verbProvision, instance(1, 0, works(v1alpha1.ReasonInstalling)), "Installing"},
		{"installing anew after it ended", verbProvision, instance(1, 0, works(v1alpha1.ReasonInstalling), ended), "Installing"},
		{"the Manager is away", verbUpdate, instance(2, 1, works(v1alpha1.ReasonManagerNotReady), runs), "Waiting for the Cloudify Manager"},
		{"a reason without a word", verbProvision, instance(1, 0, works("Puzzled")), "Creating"},
		{"deleting what is being created", verbDeprovision, instance(1, 0, deleting, works(v1alpha1.ReasonCreating)), "Deleting"},
		{"uninstalling", verbDeprovision, instance(1, 1, deleting, works(v1alpha1.ReasonUninstalling), runs), "Uninstalling: 36 of 60 operations"},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(activity(row.object, row.verb)).To(Equal(row.text))
		})
	}
}
