// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// takes makes a deployment take its name from a capability of another.
func takes(from, capability string) func(*v1alpha1.CloudifyDeployment) {
	return func(d *v1alpha1.CloudifyDeployment) {
		delete(d.Spec.Inputs, "name")
		d.Spec.InputsFrom = append(d.Spec.InputsFrom, v1alpha1.InputSource{
			Input: "name", DeploymentRef: &v1alpha1.OutputReference{Name: from, Capability: capability},
		})
	}
}

// A deployment takes inputs from another once that is Ready, follows them, and is gone before it.
func TestInputsFromAnotherDeployment(t *testing.T) {
	s := tell(t)
	s.blueprint()
	shop := s.deployment("shop", nil, takes("db", "url"))
	s.create(shop)
	s.eventually(shop, testenv.BeWaiting(v1alpha1.ReasonReferenceMissing, "CloudifyDeployment db of spec.inputsFrom not found"))
	db := s.deployment("db", map[string]any{"fail_start": "no disk"})
	s.create(db)
	s.eventually(shop, testenv.BeWaiting(v1alpha1.ReasonReferenceNotReady, "CloudifyDeployment db of spec.inputsFrom is not Ready: InstallFailed", "no disk"))
	s.update(db, func() { delete(db.Spec.Inputs, "fail_start") })
	s.eventually(shop, testenv.BeReady())
	s.Expect(s.remote(shop).Inputs).To(HaveKeyWithValue("name", "http://db:8080"))

	s.update(db, func() { testenv.Inputs(map[string]any{"port": 9090})(db) })
	s.Eventually(s.input(shop, "name")).Should(Equal("http://db:9090"))
	s.Eventually(s.outputs("shop-outputs")).Should(HaveKeyWithValue("name", "http://db:9090")) // the update is over
	s.eventually(shop, testenv.BeReady())

	// One that exists goes on while the other is at work, or has failed.
	s.update(db, func() { testenv.Inputs(map[string]any{"port": 0})(db) })
	s.eventually(db, testenv.BeStalled(v1alpha1.ReasonInvalidInputs))
	s.consistently(shop, testenv.BeReady())

	s.delete(db)
	s.eventually(db, testenv.BeWaiting(v1alpha1.ReasonDependentsExist, "CloudifyDeployments take inputs from this one: shop"))
	s.Expect(s.remote(db).Installed()).To(BeTrue())
	s.delete(shop)
	s.gone(shop, db)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// What is named and not there is said, with what there is.
func TestAReferenceToACapabilityThatIsNotThere(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.installed("db")
	shop := s.deployment("shop", nil, takes("db", "uri"))
	s.create(shop)
	s.eventually(shop, testenv.BeWaiting(v1alpha1.ReasonReferenceMissing, "CloudifyDeployment db has no capability uri (it has url), which spec.inputsFrom names for input name"))
	s.update(shop, func() {
		shop.Spec.InputsFrom[0].DeploymentRef = &v1alpha1.OutputReference{Name: "db", Output: "name"}
	})
	s.eventually(shop, testenv.BeReady())
	s.Expect(s.remote(shop).Inputs).To(HaveKeyWithValue("name", "db"))
	s.update(shop, func() { shop.Spec.InputsFrom = nil; testenv.Inputs(map[string]any{"name": "shop"})(shop) })
	s.eventually(shop, testenv.BeReady())
	s.Eventually(s.input(shop, "name")).Should(Equal("shop"))
}

// Nobody waits for ever for somebody who waits for him.
func TestACircleOfReferencesIsRefused(t *testing.T) {
	s := tell(t)
	s.blueprint()
	a, b := s.deployment("a", nil, takes("b", "url")), s.deployment("b", nil, takes("c", "url"))
	c := s.deployment("c", nil)
	s.create(c, b, a)
	s.eventually(a, testenv.BeReady())
	self := s.deployment("self", nil, takes("self", "url"))
	s.create(self)
	s.eventually(self, testenv.BeStalled(v1alpha1.ReasonCircularReference, "self → self"))

	s.update(c, func() { takes("a", "url")(c) })
	s.eventually(c, testenv.BeStalled(v1alpha1.ReasonCircularReference, "c → a → b → c"))
	s.update(c, func() { c.Spec.InputsFrom = nil; testenv.Inputs(map[string]any{"name": "c"})(c) })
	s.eventually(c, testenv.BeReady())

	s.update(c, func() { takes("a", "url")(c) })
	s.eventually(c, testenv.BeStalled(v1alpha1.ReasonCircularReference))
	s.delete(a, b, c, self)
	s.gone(a, b, c, self)
}

// Of those that came to refer to each other, in more than one circle, somebody goes first.
func TestDeploymentsThatReferToEachOtherCanBeDeleted(t *testing.T) {
	s := tell(t)
	s.blueprint()
	names := []string{"v", "x", "u", "y"}
	var all []*v1alpha1.CloudifyDeployment
	for _, name := range names {
		all = append(all, s.installed(name))
	}
	for i, refersTo := range [][]string{{"x", "u"}, {"v"}, {"y", "v"}, {"u"}} {
		d := all[i]
		s.update(d, func() {
			takes(refersTo[0], "url")(d)
			for _, other := range refersTo[1:] {
				d.Spec.InputsFrom = append(d.Spec.InputsFrom, v1alpha1.InputSource{
					Input: "password", DeploymentRef: &v1alpha1.OutputReference{Name: other, Capability: "url"},
				})
			}
		})
	}
	for _, d := range all {
		s.delete(d)
	}
	for _, d := range all {
		s.gone(d)
	}
}

// All of a namespace at once goes in the order in which it can.
func TestReferencesGoBeforeWhatTheyReferTo(t *testing.T) {
	s := tell(t)
	s.blueprint()
	db, shop, front := s.deployment("db", nil), s.deployment("shop", nil, takes("db", "url")), s.deployment("front", nil, takes("shop", "url"))
	s.create(front, shop, db)
	s.eventually(front, testenv.BeReady())
	var order []string
	ids := map[string]string{remoteID(db): "db", remoteID(shop): "shop", remoteID(front): "front"}
	s.delete(db, shop, front)
	s.gone(db, shop, front)
	for _, change := range s.changes("DELETE deployments") {
		order = append(order, ids[change.ID])
	}
	s.Expect(order).To(Equal([]string{"front", "shop", "db"}))
}
