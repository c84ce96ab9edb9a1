// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// TestWritesOfADeployment makes sure that a deployment whose workflows are quick costs few writes: the claim, the status before the
// first change and at the end, the event of the end, and the outputs Secret; beside them its blueprint counts it. On a machine that is
// busy with other things a list may show how far the install is, and it is told; so one life of ten must do. How long it takes is
// for make bench.
func TestWritesOfADeployment(t *testing.T) {
	t.Parallel()
	o := startOperator(t, asShipped(t))
	s := newStory(t, o)
	s.connect()
	s.blueprint()
	for range 10 {
		o.calls.reset()
		d := s.deployment("shop", nil)
		begun := time.Now()
		s.create(d)
		s.eventually(d, testenv.BeReady())
		took := time.Since(begun)
		s.Eventually(s.reasons(d)).Should(ContainElement(v1alpha1.ReasonReady))
		own := o.calls.writes("cloudifydeployments", "secrets", "events")
		t.Logf("Ready after %s, with %d writes of its own: %s", took.Round(time.Millisecond), own, &o.calls)
		s.delete(d)
		s.gone(d)
		if own <= 5 {
			return
		}
	}
	t.Error("each life took more than 5 writes")
}

// TestNewOnesAmongManyInstalls makes sure that what comes and counts in the status of a blueprint does not wake those that install.
func TestNewOnesAmongManyInstalls(t *testing.T) {
	t.Parallel()
	const many, more, apart = 60, 8, 2 * time.Second
	s := newStory(t, startOperator(t, asShipped(t)))
	s.connect()
	b := s.blueprint()
	var all []*v1alpha1.CloudifyDeployment
	for i := range many {
		all = append(all, s.deployment(fmt.Sprintf("shop-%d", i), map[string]any{"install_seconds": forever}))
		s.create(all[i])
	}
	for _, d := range all {
		s.installing(d)
	}
	s.eventually(b, HaveField("Status.Revisions", HaveExactElements(HaveField("Deployments", BeEquivalentTo(many)))))

	s.sim.ResetRequests()
	begun := time.Now()
	for i := range more {
		s.create(s.deployment(fmt.Sprintf("new-%d", i), map[string]any{"install_seconds": forever}))
		time.Sleep(time.Until(begun.Add(time.Duration(i+1) * apart))) // the rate is what is measured
	}
	lists, old := 0, 0
	for _, r := range s.sim.Requests() {
		if r.Route == "GET executions" && !r.Query.Has("deployment_id") && !r.Query.Has("id") {
			lists++
		}
		for _, d := range all {
			if strings.Contains(r.Path+"?"+r.Query.Encode(), remoteID(d)) {
				old++
			}
		}
	}
	minutes := time.Since(begun).Minutes()
	t.Logf("a minute: %.0f lists of what runs, %.0f requests for those that install", float64(lists)/minutes, float64(old)/minutes)
	s.Expect(old).To(BeZero(), "they are followed by the lists alone")
	s.Expect(float64(lists)/minutes).To(BeNumerically("<=", 45), "one every two seconds, and some that are asked for")
	s.afterForever()
}
