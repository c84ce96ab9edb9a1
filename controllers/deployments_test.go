// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

func TestDeploymentComesAndGoes(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	d := s.deployment("shop", map[string]any{"port": 9090}, func(d *v1alpha1.CloudifyDeployment) {
		d.Spec.Labels = map[string]v1alpha1.RemoteLabelValue{"team": "red"}
	})
	s.create(d)
	s.eventually(d, testenv.BeReady())

	s.Expect(d).To(testenv.HaveCondition(v1alpha1.CreatedCondition, metav1.ConditionTrue, v1alpha1.ReasonCreated))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionTrue, v1alpha1.ReasonInstalled))
	s.Expect(d.Status.DeploymentID).To(Equal(remoteID(d)))
	s.Expect(d.Status.BlueprintID).To(Equal(b.Status.BlueprintID))
	s.Expect(d.Status.DeletionPolicy).To(Equal(v1alpha1.DeletionPolicyDelete))
	s.Expect(d.Status.Execution.Workflow).To(Equal("install"))
	s.Expect(d.Status.Execution.Status).To(Equal("terminated"))
	s.Expect(d.Status.Execution.StartedAt).NotTo(BeNil())
	s.Expect(d.Status.Execution.EndedAt).NotTo(BeNil())
	s.Expect(d.Status.Execution.Progress).To(BeEmpty())

	remote := s.remote(d)
	s.Expect(remote.Installed()).To(BeTrue())
	s.Expect(remote.Inputs).To(HaveKeyWithValue("name", "shop"))
	s.Expect(remote.DisplayName).To(Equal(s.name + "/shop"))
	s.Expect(remote.Labels).To(Equal(map[string][]string{
		"k8s-cluster": {"test"}, "k8s-namespace": {s.name}, "k8s-name": {"shop"}, "managed-by": {"cloudify-operator"}, "team": {"red"},
	}))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))

	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.sim.Operations(remoteID(d))).To(HaveKeyWithValue("app.stop", 1), "it should be uninstalled first")
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
	s.delete(b)
	s.gone(b)
	s.Expect(s.sim.Blueprints()).To(BeEmpty())
}
