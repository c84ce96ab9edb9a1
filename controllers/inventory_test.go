// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

func TestManagerComesBackEmpty(t *testing.T) {
	o := startOperator(t)
	s := tellOf(t, o)
	b := s.blueprint()
	shops := s.shops(6)
	before := s.sim.Changes()
	s.sim.Wipe()
	s.ask(b)
	s.ask(shops[2]) // an object reconciled before the next list must not act on what is missing either
	s.eventually(s.manager, testenv.BeStalled(v1alpha1.ReasonInventoryLost, "6 of 6 deployments vanished", v1alpha1.RequestedAtAnnotation))

	// Neither existing objects, nor new ones, nor deleted ones change anything there.
	late := s.deployment("late", nil)
	s.create(late)
	leaving := shops[0]
	s.delete(leaving)
	for _, d := range []*v1alpha1.CloudifyDeployment{late, leaving} {
		s.eventually(d, testenv.BeUnknown(v1alpha1.ReasonInventoryLost, "CloudifyManager "+s.name, v1alpha1.RequestedAtAnnotation))
	}
	s.ask(shops[1])
	s.eventually(shops[1], testenv.BeUnknown(v1alpha1.ReasonInventoryLost))
	s.consistently(s.manager, testenv.BeStalled(v1alpha1.ReasonInventoryLost))

	// A new process knows of the loss from the status, even if most deployments are back by then.
	s.Expect(o.halt()).To(Succeed())
	s.Expect(s.sim.AddBlueprint(b.Status.BlueprintID, simulator.Zip(cellar(t)), "blueprint.yaml")).To(Succeed())
	for _, d := range shops[3:] {
		s.Expect(s.sim.AddDeployment(remoteID(d), b.Status.BlueprintID, map[string]any{"name": d.Name}, nil)).To(Succeed())
		s.sim.Install(remoteID(d))
	}
	s.Expect(o.start()).To(Succeed())
	s.consistently(s.manager, testenv.BeStalled(v1alpha1.ReasonInventoryLost))
	s.eventually(leaving, testenv.BeUnknown(v1alpha1.ReasonInventoryLost)) // it may have been looked at before the connection opened
	s.consistently(leaving, testenv.BeUnknown(v1alpha1.ReasonInventoryLost))
	s.Expect(s.sim.Changes()).To(Equal(before))

	// After a request, what is wanted is created anew, and what is not wanted is released.
	s.ask(s.manager)
	s.eventually(s.manager, testenv.BeReady())
	s.Eventually(s.sim.Deployments).Should(HaveLen(6))
	for _, d := range append(shops[1:], late) {
		s.Eventually(func() bool { return s.remote(d).Installed() }).Should(BeTrue())
		s.eventually(d, testenv.BeReady())
	}
	s.gone(leaving)
	s.eventually(b, testenv.BeReady())
	s.Expect(s.sim.Deployments()).To(HaveLen(6))
	for _, d := range shops[3:] {
		s.Expect(s.executions(d, "install")).To(HaveLen(1), "what is there is not installed again")
	}
}

// shops installs as many deployments as asked.
func (s *story) shops(count int) (shops []*v1alpha1.CloudifyDeployment) {
	s.t.Helper()
	for i := range count {
		d := s.deployment(fmt.Sprintf("shop-%d", i), nil)
		s.create(d)
		shops = append(shops, d)
	}
	for _, d := range shops {
		s.eventually(d, testenv.BeReady())
	}
	s.listsPass(2) // one began when all of them were known
	return shops
}

func TestEndpointOfAnotherManager(t *testing.T) {
	s := tell(t)
	s.blueprint()
	shops := s.shops(5)
	before := s.sim.Changes()
	wrong := testenv.StartManager(t, simulator.Options{Username: "admin", Password: password})
	s.update(s.manager, func() { s.manager.Spec.Endpoint = wrong.URL })
	s.eventually(s.manager, testenv.BeStalled(v1alpha1.ReasonInventoryLost, "5 of 5", "If this is the right Manager"))
	s.delete(shops[0])
	s.eventually(shops[0], testenv.BeUnknown(v1alpha1.ReasonInventoryLost))

	s.update(s.manager, func() { s.manager.Spec.Endpoint = s.sim.URL })
	s.ask(s.manager)
	s.eventually(s.manager, testenv.BeReady())
	s.gone(shops[0])
	for _, d := range shops[1:] {
		s.consistently(d, testenv.BeReady())
	}
	s.Expect(wrong.Changes()).To(BeEmpty())
	s.Expect(s.changes("PUT deployments")).To(HaveLen(5))
	s.Expect(len(s.sim.Changes())).To(BeNumerically("<=", len(before)+2), "uninstalled and deleted one")
}

func TestOrphanLetsGoOfALostInventory(t *testing.T) {
	s := tell(t)
	s.blueprint()
	shops := s.shops(5)
	s.sim.Wipe()
	s.eventually(s.manager, testenv.BeStalled(v1alpha1.ReasonInventoryLost))
	s.update(shops[0], func() { orphaned(shops[0]) })
	s.delete(shops[0])
	s.gone(shops[0])
}
