// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// The Manager goes away while an install runs there, which ends meanwhile.
func TestManagerIsAwayDuringInstall(t *testing.T) {
	o := startOperator(t)
	for name, mode := range map[string]simulator.DownMode{
		"connections are refused": simulator.DownRefused,
		"its front answers 502":   simulator.DownBadGateway,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, o)
			s.InstallSeconds = int(forever.Seconds())
			s.create(s.shop())
			s.awaitInstall()

			s.manager.SetDown(mode)
			s.Eventually(s.cloudifyManager).Should(testenv.HaveCondition(v1alpha1.ReadyCondition, metav1.ConditionUnknown, v1alpha1.ReasonManagerUnreachable))
			s.manager.Step(forever)
			s.manager.SetDown(simulator.Up)

			d := s.awaitReady()
			s.Eventually(s.cloudifyManager).Should(testenv.BeReady())
			s.Expect(s.executions(d.Status.DeploymentID, "install")).To(HaveLen(1))
			s.Expect(s.starts()).To(Equal(1))
			s.deleteAll()
			s.awaitGone()
		})
	}
}
