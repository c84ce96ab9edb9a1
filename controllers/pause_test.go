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

func TestPause(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.update(d, func() { d.Spec.Paused, d.Spec.Inputs["port"] = true, testenv.JSON(9090) })
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Update"))
	s.delete(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Uninstall", "Orphan"))
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(8080)))
	s.update(d, func() { d.Spec.Paused = false })
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// While it is paused, status still follows what others do at the Manager.
func TestPausedObjectStillObserves(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.update(d, func() { d.Spec.Paused = true })
	s.eventually(d, testenv.BeReady())
	changes := s.sim.Changes()

	_, err := s.sim.StartUpdate(remoteID(d), map[string]any{"port": 1234})
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Update"))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonOutdated))
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(1234) })
	s.eventually(d, testenv.BeReady())

	_, err = s.sim.StartExecution(remoteID(d), "uninstall", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Install"))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionFalse, v1alpha1.ReasonNotInstalled))
	s.Expect(s.sim.Changes()).To(Equal(changes))
}
