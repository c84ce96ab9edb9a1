// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// A deployment that is deleted, and that somebody removed by hand meanwhile, is simply gone.
func TestDeletedWhatSomebodyRemoved(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"uninstall_seconds": forever})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonUninstalling))
	s.sim.RemoveDeployment(remoteID(d))
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}
