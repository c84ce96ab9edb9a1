// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// TestRequestsOfADeployment counts what a deployment costs its Manager: beside the lists that are made for all objects
// together, this much for each. Workflows run long enough to be listed many times, and get on meanwhile. No other story runs
// beside it: on a machine that is busy enough a list is too old to rest on by the time it is read, and an object asks for its own.
func TestRequestsOfADeployment(t *testing.T) {
	for _, row := range []struct {
		release                 string
		install, update, delete int
	}{
		{release: "7.1", install: 7, update: 5, delete: 6},
		{release: "5.2", install: 10, update: 9, delete: 10},
	} {
		for _, many := range []int{1, 30} {
			t.Run(fmt.Sprintf("%d at once on %s", many, row.release), func(t *testing.T) {
				t.Parallel()
				s := newStoryOf(t, startOperator(t, seldom), row.release)
				s.connect()
				s.blueprint()
				var all []*v1alpha1.CloudifyDeployment
				for i := range many {
					all = append(all, s.deployment(fmt.Sprintf("shop-%d", i), map[string]any{"install_seconds": 20, "uninstall_seconds": 20}))
				}

				s.sim.ResetRequests()
				for _, d := range all {
					s.create(d)
				}
				for _, d := range all {
					s.eventually(d, testenv.BeReady())
				}
				s.costs("create and install", many, row.install)

				for _, d := range all {
					s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
				}
				for _, d := range all {
					s.Eventually(s.fresh(d)).Should(And(testenv.BeReady(), HaveField("Status.ObservedGeneration", d.Generation)))
				}
				s.costs("update", many, row.update)

				for _, d := range all {
					s.delete(d)
				}
				for _, d := range all {
					s.gone(d)
				}
				s.costs("uninstall and delete", many, row.delete)
			})
		}
	}
}

// TestRequestsOfABlueprint counts what an upload costs, and expects that a blueprint which the Manager refused is not read
// again each time its object is woken.
func TestRequestsOfABlueprint(t *testing.T) {
	t.Parallel()
	s := newStoryOf(t, startOperator(t, seldom), "")
	s.connect()
	s.sim.ResetRequests()
	s.blueprint()
	s.costs("upload", 1, 4)

	broken := testenv.Blueprint(s.name, "broken", testenv.At(s.name), testenv.Inline(cellar(t, "cellar.nodes.Part:", "cellar.nodes.Whole:")))
	s.create(broken)
	s.eventually(broken, testenv.BeStalled(v1alpha1.ReasonUploadFailed))
	s.costs("upload of what is refused", 1, 3)
	users := []*v1alpha1.CloudifyDeployment{}
	for i := range 3 {
		d := testenv.Deployment(s.name, fmt.Sprintf("user-%d", i), "broken", func(d *v1alpha1.CloudifyDeployment) {
			d.Spec.Revision = &v1alpha1.RevisionSelection{BlueprintID: broken.Status.Revisions[0].BlueprintID}
		})
		s.create(d)
		s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonBlueprintNotReady))
		users = append(users, d)
	}
	for left, user := range slices.Backward(users) {
		s.delete(user)
		s.gone(user)
		s.eventually(broken, HaveField("Status.Revisions", HaveExactElements(HaveField("Deployments", BeEquivalentTo(left)))))
	}
	s.Expect(s.sim.RequestCount("GET blueprints/{id}")).To(BeZero())
	s.eventually(broken, testenv.BeStalled(v1alpha1.ReasonUploadFailed))

	s.ask(broken)
	s.Eventually(func() int { return s.sim.RequestCount("PUT blueprints/{id}") }).Should(Equal(1), "but when somebody asks")
}

// seldom has a Manager polled in the proportions of the flags' defaults: often while something runs, and rarely otherwise.
func seldom(o *controllers.Options) {
	o.WatchBusy, o.WatchIdle, o.WatchList = 200*time.Millisecond, 30*time.Second, 5*time.Second
}

// costs expects that a phase cost each of many objects at most a number of requests, and restarts the count.
func (s *story) costs(phase string, many, most int) {
	s.t.Helper()
	requests := s.sim.Requests()
	s.sim.ResetRequests()
	own, shared := map[string]int{}, map[string]int{}
	total := 0
	for _, r := range requests {
		if isShared(r) {
			shared[r.Route]++
			continue
		}
		own[callOfManager(r)]++
		total++
	}
	s.t.Logf("%s: %.2f requests each, beside %d lists for all\n%s    shared:\n%s", phase, float64(total)/float64(many), len(requests)-total, table(own), table(shared))
	if total > most*many+many/10 { // some of many objects look twice, because somebody else wrote them meanwhile
		s.t.Errorf("%s: at most %d requests for each were expected", phase, most)
	}
}

// isShared reports whether a request was for all objects of the Manager.
func isShared(r simulator.Request) bool {
	switch r.Route {
	case "GET executions":
		return !r.Query.Has("deployment_id")
	case "GET deployments", "GET blueprints", "GET version":
		return true
	default:
		return false
	}
}

// callOfManager is what was asked, with the object of a query.
func callOfManager(r simulator.Request) string {
	if r.Route == "GET blueprints/{id}" && strings.Contains(r.Query.Get("_include"), "plan") {
		return r.Route + " (plan)"
	}
	return fmt.Sprintf("%s (%d)", r.Route, r.Status)
}

func table(counts map[string]int) string {
	var text strings.Builder
	for _, call := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&text, "    %5d %s\n", counts[call], call)
	}
	return text.String()
}
