// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// TestThousandIdleDeployments makes sure that what is idle costs nothing: one list tells of all of them.
func TestThousandIdleDeployments(t *testing.T) {
	o := startOperator(t)
	s := tellOf(t, o)
	s.abandoned = true
	b := s.blueprint()
	first := s.installed("shop-0")
	s.Expect(o.halt()).To(Succeed())
	s.fillWith(first)
	before := s.versions()
	s.Expect(before).To(HaveLen(abundance + 2))

	s.sim.ResetRequests()
	s.Expect(o.start()).To(Succeed())
	s.listsPass(4)
	s.Expect(s.sim.RequestCount("GET version")).To(Equal(1))
	s.eventually(b, HaveField("Status.Revisions", HaveExactElements(HaveField("Deployments", BeEquivalentTo(abundance)))))
	s.nothingHappened("a restart is no storm", but(b, before, s.versions()))

	s.sim.ResetRequests()
	s.listsPass(4)
	s.Expect(s.sim.RequestCount("GET version")).To(Equal(0))
	s.nothingHappened("what is idle is left alone", before)

	// One CloudifyManager says what is wrong, and all others stay ready.
	s.sim.SetDown(simulator.DownBadGateway)
	s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
	s.sim.ResetRequests()
	s.Eventually(func() int { return s.sim.RequestCount("GET version") }).Should(BeNumerically(">=", 2))
	s.nothingHappened("an outage is said once", but(s.manager, before, s.versions()))
	s.sim.SetDown(simulator.Up)
	s.eventually(s.manager, testenv.BeReady())
	s.sim.ResetRequests()
	s.listsPass(4)
	s.nothingHappened("its end is no storm", but(s.manager, before, s.versions()))

	s.shortExecutionIsNoticed(first)
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
	s.Expect(s.changes("POST executions")).To(HaveLen(1))
}

// fillWith adds deployments like first, as an operator left them that brought them here.
func (s *story) fillWith(first *v1alpha1.CloudifyDeployment) {
	s.t.Helper()
	names := make(chan string)
	failures := make(chan error, abundance)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for name := range names {
				if err := s.likeness(first, name); err != nil {
					failures <- err
				}
			}
		})
	}
	for i := 1; i < abundance; i++ {
		names <- fmt.Sprintf("shop-%d", i)
	}
	close(names)
	workers.Wait()
	s.Expect(failures).NotTo(Receive())
}

// likeness adds one.
func (s *story) likeness(first *v1alpha1.CloudifyDeployment, name string) error {
	d := &v1alpha1.CloudifyDeployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: first.Namespace, Name: name, Labels: first.Labels, Annotations: first.Annotations, Finalizers: first.Finalizers,
		},
		Spec: first.Spec,
	}
	if err := env.Client.Create(s.t.Context(), d); err != nil {
		return err
	}
	if err := s.sim.AddDeployment(remoteID(d), first.Status.BlueprintID, map[string]any{"name": "shop-0"}, nil); err != nil {
		return err
	}
	s.sim.Install(remoteID(d))
	remote, _ := s.sim.Deployment(remoteID(d))
	status, err := json.Marshal(first.Status)
	if err != nil {
		return err
	}
	text := strings.NewReplacer(remoteID(first), remoteID(d), first.Status.Execution.ID, remote.LatestExecution).Replace(string(status))
	if err := json.Unmarshal([]byte(text), &d.Status); err != nil {
		return err
	}
	return env.Client.Status().Update(s.t.Context(), d)
}

// listsPass waits until the operator has listed the deployments so many times.
func (s *story) listsPass(times int) {
	s.t.Helper()
	until := s.sim.RequestCount("GET deployments") + times
	s.Eventually(func() int { return s.sim.RequestCount("GET deployments") }).Should(BeNumerically(">=", until))
}

// versions are those of all objects of the story, by UID.
func (s *story) versions() map[types.UID]string {
	s.t.Helper()
	versions := map[types.UID]string{}
	for _, list := range []client.ObjectList{&v1alpha1.CloudifyManagerList{}, &v1alpha1.CloudifyBlueprintList{}, &v1alpha1.CloudifyDeploymentList{}} {
		s.Expect(env.Client.List(s.t.Context(), list, client.MatchingLabels{storyLabel: s.name})).To(Succeed())
		for _, o := range items(list) {
			versions[o.GetUID()] = o.GetResourceVersion()
		}
	}
	return versions
}

// but is before, where one object is as now.
func but(o client.Object, before, now map[types.UID]string) map[types.UID]string {
	before[o.GetUID()] = now[o.GetUID()]
	return before
}

// nothingHappened makes sure that, since requests were last reset, nothing was written to Kubernetes and the Manager was
// asked for lists only, none of them for one object.
func (s *story) nothingHappened(why string, before map[types.UID]string) {
	s.t.Helper()
	s.Expect(s.versions()).To(Equal(before), why)
	requests := s.sim.Requests()
	s.Expect(len(requests)).To(BeNumerically("<", 10+4*s.sim.RequestCount("GET deployments")+2*s.sim.RequestCount("GET version")), why)
	for _, r := range requests {
		s.Expect(r.Route).To(BeElementOf("GET version", "GET deployments", "GET executions", "GET blueprints"), why)
		s.Expect(r.Query).NotTo(HaveKey("deployment_id"), why)
	}
}

// shortExecutionIsNoticed makes sure that an execution which began and ended between two polls is seen.
func (s *story) shortExecutionIsNoticed(d *v1alpha1.CloudifyDeployment) {
	s.t.Helper()
	s.sim.ResetRequests()
	id, err := s.sim.StartExecution(remoteID(d), "execute_operation", map[string]any{"operation": "cloudify.interfaces.lifecycle.start"})
	s.Expect(err).NotTo(HaveOccurred())
	s.afterForever()
	s.Eventually(s.fresh(d)).Should(HaveField("Status.Execution.ID", id))
	s.eventually(d, testenv.BeReady())
	lists := 0
	for _, r := range s.sim.Requests() {
		if r.Query.Get("deployment_id") != "" {
			break
		}
		if r.Route == "GET deployments" {
			lists++
		}
	}
	s.Expect(lists).To(BeNumerically("<=", 3), "two polls, and one that may have begun before")
	s.Expect(s.sim.RequestCount("GET deployments/{id}")).To(BeNumerically("<=", 2), "nobody else is looked at")
}
