// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// Every release can read the blueprint, and its defaults are those that the judge expects.
func TestDefaultsAreTheBlueprints(t *testing.T) {
	for _, release := range simulator.Releases() {
		t.Run(release, func(t *testing.T) {
			e := newEntrance(t, release)
			e.add("d")
			d, _ := e.sim.Deployment("d")
			e.Expect(plainly(d.Inputs)).To(Equal(plainly(defaults("version 1"))))
			b, _ := e.sim.Blueprint("cellar")
			e.Expect(b.Description).To(Equal("version 1"))
			e.sim.Install("d")
			d, _ = e.sim.Deployment("d")
			e.Expect(d.Installed()).To(BeTrue())
		})
	}
}
