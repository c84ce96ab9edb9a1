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

// While it is paused, status still follows what others do at the Manager.
func TestPausedObjectStillObserves(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.update(d, func() { d.Spec.Paused = true })
	s.eventually(d, testenv.BeReady())
	changes := s.sim.Changes()

	_, err := s.sim.StartExecution(remoteID(d), "uninstall", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Install"))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionFalse, v1alpha1.ReasonNotInstalled))
	s.Expect(s.sim.Changes()).To(Equal(changes))
}
