// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// entrance is a door before a Manager that has the cellar, and how to knock at it.
type entrance struct {
	*door
	*WithT
	sim    *simulator.Simulator
	server *httptest.Server
}

func newEntrance(t *testing.T, release string) *entrance {
	t.Helper()
	b := newBook()
	sim := simulator.New(simulator.Options{Release: release})
	e := &entrance{WithT: NewWithT(t), sim: sim, door: newDoor(sim, newWitness("m", sim, b), b)}
	e.server = httptest.NewServer(e.door)
	t.Cleanup(e.server.Close)
	archive := simulator.Zip(map[string]string{"blueprint.yaml": content(release, 1)})
	e.Expect(sim.AddBlueprint("cellar", archive, "blueprint.yaml")).To(Succeed())
	return e
}

func (e *entrance) knock(method, path, body string) (int, error) {
	r, err := http.NewRequest(method, e.server.URL+"/api/v3.1/"+path, strings.NewReader(body))
	e.Expect(err).NotTo(HaveOccurred())
	r.SetBasicAuth("admin", "admin")
	r.Header.Set("Tenant", "default_tenant")
	r.Header.Set("Content-Type", "application/json")
	answer, err := e.server.Client().Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

func (e *entrance) add(id string) {
	e.Expect(e.sim.AddDeployment(id, "cellar", nil, nil)).To(Succeed())
}

func start(workflow, id string) string {
	return fmt.Sprintf(`{"deployment_id": %q, "workflow_id": %q}`, id, workflow)
}

// broke is a violation of a rule.
func broke(rule string) types.GomegaMatcher {
	return WithTransform(func(v violation) string { return v.rule }, Equal(rule))
}

// soon is a while from now.
func soon() time.Time { return time.Now().Add(time.Minute) }

func TestDoorLetsThingsGoWrong(t *testing.T) {
	e := newEntrance(t, "7.1")
	e.add("d")
	e.befall(trouble{left: 1, until: soon(), status: http.StatusTooManyRequests, retryAfter: 3})
	e.Expect(e.knock("GET", "deployments", "")).To(Equal(http.StatusTooManyRequests))
	e.Expect(e.knock("GET", "deployments", "")).To(Equal(http.StatusOK))

	e.befall(trouble{left: 1, until: soon(), changing: true, lose: true})
	e.Expect(e.knock("GET", "deployments", "")).To(Equal(http.StatusOK), "it is for what changes something")
	_, err := e.knock("POST", "executions", start("install", "d"))
	e.Expect(err).To(HaveOccurred())
	e.Expect(e.sim.Executions("d")).To(ContainElement(HaveField("Workflow", "install")), "the answer is lost, not the request")

	e.befall(trouble{left: -1, until: soon(), refuse: true})
	_, err = e.knock("GET", "deployments", "")
	e.Expect(err).To(HaveOccurred())
	e.heal()
	e.Expect(e.knock("GET", "deployments", "")).To(Equal(http.StatusOK))
}

// What a request does after its sender had gone is told apart from what the operator does.
func TestLateRequestIsCarriedOutAndSpared(t *testing.T) {
	e := newEntrance(t, "5.2")
	e.add("d")
	e.sim.Install("d")
	e.befall(trouble{left: 1, until: soon(), changing: true, hold: 50 * time.Millisecond, drop: true})
	_, err := e.knock("POST", "executions", start("install", "d"))
	e.Expect(err).To(HaveOccurred())
	e.Expect(e.underWay()).To(Equal(1))
	e.Eventually(e.underWay).Should(Equal(0))
	e.Expect(e.sim.MaxConcurrentExecutions("d")).To(Equal(1), "5.2 installs again what is installed")
	e.Expect(e.book.found()).To(BeEmpty())
	e.Expect(e.witness.sparedBreaches()).To(Equal(1))
	e.Expect(e.book.excuse("m", "d", time.Now())).To(ContainSubstring("late delivery"))
}

func TestSecondInstallIsSeen(t *testing.T) {
	e := newEntrance(t, "5.2")
	e.add("d")
	e.Expect(e.knock("POST", "executions", start("install", "d"))).To(Equal(http.StatusCreated))
	e.sim.Step(time.Hour)
	e.Expect(e.book.found()).To(BeEmpty())
	e.Expect(e.knock("POST", "executions", start("install", "d"))).To(Equal(http.StatusCreated))
	e.Expect(e.book.found()).To(ConsistOf(broke("no install on what is installed")))
}

func TestTwoExecutionsAtOnceAreSeen(t *testing.T) {
	e := newEntrance(t, "7.1")
	e.add("d")
	e.Expect(e.knock("POST", "executions", start("install", "d"))).To(Equal(http.StatusCreated))
	e.Expect(e.knock("POST", "deployment-updates/d/update/initiate", `{"inputs": {"port": 1}}`)).To(BeNumerically("<", 300))
	e.Expect(e.book.found()).To(ConsistOf(broke("never two executions at once")))
}

// A workflow runs once for a CloudifyExecution, however late the second request comes.
func TestSecondRunOfAWorkflowIsSeen(t *testing.T) {
	e := newEntrance(t, "7.1")
	e.add("d")
	e.sim.Install("d")
	run := func(mark string) string {
		return fmt.Sprintf(`{"deployment_id": "d", "workflow_id": "execute_operation",
			"parameters": {"operation": "cloudify.interfaces.lifecycle.start", "operation_kwargs": {"mark": %q}}}`, mark)
	}
	for _, mark := range []string{"a", "b", "a"} {
		e.Expect(e.book.found()).To(BeEmpty())
		e.Expect(e.knock("POST", "executions", run(mark))).To(Equal(http.StatusCreated))
		e.sim.Step(time.Hour)
	}
	e.Expect(e.book.found()).To(ConsistOf(broke("a workflow runs at most once")))
}

// Nobody touches what an object has let go, once it is gone.
func TestTouchingWhatWasLetGoIsSeen(t *testing.T) {
	e := newEntrance(t, "7.1")
	now := metav1.Now()
	d := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: "x", UID: "1", DeletionTimestamp: &now}}
	d.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
	e.add("k8s-1")
	(&recorder{book: e.book}).see(d)
	e.Expect(e.knock("POST", "executions", start("install", "k8s-1"))).To(Equal(http.StatusCreated))
	e.sim.Step(time.Hour)
	e.Expect(e.book.found()).To(BeEmpty(), "it is still there")
	e.book.gone("1")
	e.Expect(e.knock("POST", "executions", start("uninstall", "k8s-1"))).To(Equal(http.StatusCreated))
	e.Expect(e.book.found()).To(ConsistOf(broke("what was let go is left alone")))
	e.Expect(e.book.history("k8s-1")).To(ContainElement(ContainSubstring("m: POST executions uninstall: 201")))
}

// A process that ends explains what it left only if it had no time to clear up.
func TestLapsesExplainOrphans(t *testing.T) {
	g := NewWithT(t)
	b := newBook()
	now := time.Now()
	gone := func(ago time.Duration) string {
		b.remotes["k8s-1"] = &object{born: now.Add(-ago - time.Second), gone: now.Add(-ago)}
		return b.excuse("m", "k8s-1", now.Add(-ago))
	}
	g.Expect(gone(time.Second)).To(BeEmpty())
	b.lapse(now, "operator-0 was killed")
	g.Expect(gone(time.Second)).To(Equal("operator-0 was killed"))
	g.Expect(gone(time.Minute)).To(BeEmpty(), "it had a minute for it")
	b.afflictions["m"] = []period{{from: now.Add(-50 * time.Second), to: now}}
	g.Expect(gone(time.Minute)).To(Equal("operator-0 was killed"), "its Manager was away meanwhile")
	g.Expect(gone(time.Hour)).To(BeEmpty())
	b.remotes["k8s-1"] = &object{born: now, gone: now, bare: 7}
	g.Expect(b.excuse("other", "k8s-1", now)).To(Equal("its finalizers were taken away"))
}
