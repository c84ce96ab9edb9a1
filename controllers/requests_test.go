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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// TestRequestsOfADeployment counts what a deployment costs its Manager: beside the lists that are made for all objects
// together, this much for each. Workflows run long enough to be listed many times, and get on meanwhile. A busy machine only adds
// requests, for a list that is read too late is too old to rest on, and an object asks for its own: so no other story runs beside
// this one, and what costs too much is counted once more.
func TestRequestsOfADeployment(t *testing.T) {
	for _, row := range []struct {
		release string
		most    []count
	}{
		{"7.1", []count{{"create and install", 7}, {"update", 5}, {"uninstall and delete", 6}}},
		{"5.2", []count{{"create and install", 10}, {"update", 9}, {"uninstall and delete", 10}}},
	} {
		for _, many := range []int{1, 30} {
			t.Run(fmt.Sprintf("%d at once on %s", many, row.release), func(t *testing.T) {
				t.Parallel()
				s := newStoryOf(t, startOperator(t, seldom), row.release)
				s.connect()
				s.blueprint()
				const attempts = 3
				for attempt := range attempts {
					tooMany := s.lives(fmt.Sprintf("shop-%d", attempt), many, row.most)
					if len(tooMany) == 0 {
						return
					}
					t.Logf("attempt %d: %v", attempt+1, tooMany)
				}
				t.Errorf("each of %d attempts took more requests than %v", attempts, row.most)
			})
		}
	}
}

// count is how many requests of its own a deployment makes in a phase of its life.
type count struct {
	phase    string
	requests int
}

// lives has so many deployments live at once, and returns the phases that cost more.
func (s *story) lives(name string, many int, most []count) (tooMany []count) {
	s.t.Helper()
	var all []*v1alpha1.CloudifyDeployment
	for i := range many {
		all = append(all, s.deployment(fmt.Sprintf("%s-%d", name, i), map[string]any{"install_seconds": 20, "uninstall_seconds": 20}))
	}
	each := func(do func(*v1alpha1.CloudifyDeployment)) {
		for _, d := range all {
			do(d)
		}
	}
	phases := []func(){
		func() {
			each(func(d *v1alpha1.CloudifyDeployment) { s.create(d) })
			each(func(d *v1alpha1.CloudifyDeployment) { s.eventually(d, testenv.BeReady()) })
		},
		func() {
			each(func(d *v1alpha1.CloudifyDeployment) {
				s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
			})
			each(func(d *v1alpha1.CloudifyDeployment) {
				s.Eventually(s.fresh(d)).Should(And(testenv.BeReady(), HaveField("Status.ObservedGeneration", d.Generation)))
			})
		},
		func() {
			each(func(d *v1alpha1.CloudifyDeployment) { s.delete(d) })
			each(func(d *v1alpha1.CloudifyDeployment) { s.gone(d) })
		},
	}
	s.sim.ResetRequests()
	for i, act := range phases {
		act()
		// Some of many objects look twice, because somebody else wrote them meanwhile.
		if total := s.costs(most[i].phase, many); total > most[i].requests*many+many/10 {
			tooMany = append(tooMany, count{most[i].phase, total})
		}
	}
	return tooMany
}

// TestRequestsOfABlueprint counts what an upload costs, and expects that a blueprint which the Manager refused is not read
// again each time its object is woken.
func TestRequestsOfABlueprint(t *testing.T) {
	t.Parallel()
	s := newStoryOf(t, startOperator(t, seldom), "")
	s.connect()
	s.sim.ResetRequests()
	s.blueprint()
	s.Expect(s.costs("upload", 1)).To(BeNumerically("<=", 4))

	broken := testenv.Blueprint(s.name, "broken", testenv.At(s.name), testenv.Inline(cellar(t, "cellar.nodes.Part:", "cellar.nodes.Whole:")))
	s.create(broken)
	s.eventually(broken, testenv.BeStalled(v1alpha1.ReasonUploadFailed))
	s.Expect(s.costs("upload of what is refused", 1)).To(BeNumerically("<=", 3))
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

// TestRequestsOfAnExecution counts what a workflow costs, from the object's creation to its end, and expects that one which has ended
// costs nothing any more.
func TestRequestsOfAnExecution(t *testing.T) {
	t.Parallel()
	s := newStoryOf(t, startOperator(t, seldom), "")
	s.connect()
	s.blueprint(testenv.Inline(backups(t)))
	d := s.installed("shop")
	// Its deployment, its history before and after it is announced, and the start; and as many of the deployment, whose outputs are
	// read again.
	const attempts, most = 3, 8
	cost := most + 1
	for n := 0; n < attempts && cost > most; n++ {
		s.listsPass(1)
		s.sim.ResetRequests()
		e := s.ran(s.execution(fmt.Sprintf("backup-%d", n), "backup", map[string]any{"seconds": 20}), testenv.BeReady())
		s.eventually(d, testenv.BeReady())
		s.update(e, func() { e.Spec.TTLAfterFinished = &metav1.Duration{Duration: time.Hour} })
		s.listsPass(2)
		cost = s.costs("a workflow", 1)
	}
	s.Expect(cost).To(BeNumerically("<=", most))
	s.listsPass(2)
	s.Expect(s.costs("one that has ended", 1)).To(BeZero())
}

// seldom has a Manager polled in the proportions of the flags' defaults: often while something runs, and rarely otherwise.
func seldom(o *controllers.Options) {
	o.WatchBusy, o.WatchIdle, o.WatchList = 200*time.Millisecond, 30*time.Second, 5*time.Second
}

// costs is how many requests a phase made for single objects, of which there are so many; it restarts the count.
func (s *story) costs(phase string, many int) (total int) {
	s.t.Helper()
	requests := s.sim.Requests()
	s.sim.ResetRequests()
	own, shared := map[string]int{}, map[string]int{}
	for _, r := range requests {
		if isShared(r) {
			shared[r.Route]++
			continue
		}
		own[callOfManager(r)]++
		total++
	}
	s.t.Logf("%s: %.2f requests each, beside %d lists for all\n%s    shared:\n%s", phase, float64(total)/float64(many), len(requests)-total, table(own), table(shared))
	return total
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
