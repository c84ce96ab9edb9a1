// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// old puts a deployment to the Manager that was there before all objects.
func (s *story) old(id, blueprintID string, labels map[string][]string) {
	s.t.Helper()
	s.Expect(s.sim.AddDeployment(id, blueprintID, map[string]any{"name": "old", "port": 1234}, labels)).To(Succeed())
	s.sim.Install(id)
}

// adopting is a CloudifyDeployment that takes over a deployment.
func (s *story) adopting(name, id string) *v1alpha1.CloudifyDeployment {
	d := testenv.Deployment(s.name, name, "cellar")
	d.Spec.DeploymentID = id
	return d
}

func TestAdoption(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	s.old("old", b.Status.BlueprintID, nil)
	d := s.adopting("shop", "old")
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonAdoptionNotAllowed, v1alpha1.RemoteLabelAdoptableBy, s.name))
	s.Expect(s.sim.Executions("old")).NotTo(ContainElement(HaveField("Workflow", "update")))

	s.sim.SetLabels("old", map[string][]string{v1alpha1.RemoteLabelAdoptableBy: {s.name}})
	s.ask(d)
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.DeletionPolicy", v1alpha1.DeletionPolicyOrphan)))
	remote, _ := s.sim.Deployment("old")
	s.Expect(remote.Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(1234)), "what nobody names here should stay")
	s.Expect(s.sim.Executions("old")).NotTo(ContainElement(HaveField("Workflow", "update")))

	late := s.adopting("late", "old")
	s.create(late)
	s.eventually(late, testenv.BeWaiting(v1alpha1.ReasonAdoptionConflict, s.name+"/shop"))
	s.delete(late)
	s.gone(late)

	s.delete(d)
	s.gone(d)
	_, there := s.sim.Deployment("old")
	s.Expect(there).To(BeTrue(), "Orphan is the default of what was adopted")
}

func TestAdoptionIsRefused(t *testing.T) {
	s := tell(t)
	s.blueprint()
	held := s.installed("held")
	for name, row := range map[string]struct{ id, reason string }{
		"missing": {"nowhere", v1alpha1.ReasonAdoptionMissing},
		"held":    {remoteID(held), v1alpha1.ReasonAdoptionConflict},
	} {
		if name == "held" {
			labels := s.remote(held).Labels
			labels[v1alpha1.RemoteLabelAdoptableBy] = []string{s.name}
			s.sim.SetLabels(remoteID(held), labels)
		}
		d := s.adopting("adopts-"+name, row.id)
		d.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete
		s.create(d)
		s.eventually(d, testenv.BeWaiting(row.reason))
		s.delete(d)
		s.gone(d)
	}
	s.Expect(s.remote(held).Installed()).To(BeTrue(), "what was never held should not be touched")
}

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

func TestInstallTimesOut(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	d.Spec.Install = &v1alpha1.InstallOptions{Timeout: &metav1.Duration{Duration: time.Second}}
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonTimedOut, "install"))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
}

func TestUninstallIgnoresFailure(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"fail_stop": "stuck"})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed, "stuck", "ignoreFailure"))
	s.update(d, func() { d.Spec.Uninstall = &v1alpha1.UninstallOptions{IgnoreFailure: true} })
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}
