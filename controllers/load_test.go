// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// TestManyIdleDeployments makes sure that idle objects cost nothing: one list covers all of them.
func TestManyIdleDeployments(t *testing.T) {
	many := crowd(t)
	// What inputsFrom refers to is read again once in a resync period, spread over it; of so many objects some would be due in any
	// minute.
	o := startOperator(t, func(o *controllers.Options) { o.Resync = 1000 * time.Hour })
	s := tellOf(t, o)
	s.abandoned = true
	b := s.blueprint(func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{{Name: "small", Inputs: map[string]v1alpha1.JSON{"port": testenv.JSON(81)}}}}
	})
	s.access(hidden)
	first, planned, fed := s.deployment("shop-0", nil), s.deployment("shop-1", nil), s.fed("shop-2", "password")
	planned.Spec.Plan = "small"
	s.create(first, planned, fed)
	for _, d := range []*v1alpha1.CloudifyDeployment{first, planned, fed} {
		s.eventually(d, testenv.BeReady())
	}
	var bindings []*v1alpha1.CloudifyBinding
	for i := range 10 {
		access := s.binding()
		access.Name, access.Spec.DeploymentRef.Name = fmt.Sprintf("access-%d", i), first.Name
		s.create(access)
		bindings = append(bindings, access)
	}
	for _, access := range bindings {
		s.eventually(access, testenv.BeReady())
	}
	s.Expect(o.halt()).To(Succeed())
	s.fillWith(many, first, planned, fed)
	before, told := s.versions(), s.told()
	s.Expect(before).To(HaveLen(many + 2))

	s.sim.ResetRequests()
	o.calls.reset()
	took := s.allAreLookedAt(many)
	s.listsPass(4)
	s.Expect(s.sim.RequestCount("GET version")).To(Equal(1))
	s.eventually(b, HaveField("Status.Revisions", HaveExactElements(HaveField("Deployments", BeEquivalentTo(many)))))
	s.nothingHappened("a restart is no storm", before, b)
	s.Expect(s.told()).To(Equal(told), "nor has it news")
	t.Logf("after a restart with %d deployments all were looked at within %s: the Manager was asked for %d pages of lists, the API server for %s",
		many, took.Round(time.Millisecond), len(s.sim.Requests()), &o.calls)
	s.Expect(o.calls.ofOne()).To(BeNumerically("<", len(bindings)), "nor is the API server asked for each: %s", &o.calls)

	before = s.versions()
	s.sim.ResetRequests()
	s.listsPass(4)
	s.Expect(s.sim.RequestCount("GET version")).To(Equal(0))
	s.nothingHappened("what is idle is left alone", before)

	// One CloudifyManager says what is wrong, and all others stay ready.
	s.sim.SetDown(simulator.DownBadGateway)
	s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
	s.sim.ResetRequests()
	s.Eventually(func() int { return s.sim.RequestCount("GET version") }).Should(BeNumerically(">=", 2))
	s.nothingHappened("an outage is said once", before, s.manager)
	s.Expect(o.halt()).To(Succeed())
	s.sim.ResetRequests()
	s.allAreLookedAt(many)
	s.Eventually(func() int { return s.sim.RequestCount("GET version") }).Should(BeNumerically(">=", 2))
	s.nothingHappened("a restart in an outage is not said at all", before, s.manager)
	s.sim.SetDown(simulator.Up)
	s.eventually(s.manager, testenv.BeReady())
	s.sim.ResetRequests()
	s.listsPass(4)
	s.nothingHappened("its end is no storm", before, s.manager)

	s.shortExecutionIsNoticed(first)
	s.Expect(s.changes("PUT deployments")).To(HaveLen(3))
	s.Expect(s.changes("POST executions")).To(HaveLen(3))
}

// allAreLookedAt starts the operator, and returns how long it takes until it has reconciled that many deployments.
func (s *story) allAreLookedAt(many int) time.Duration {
	s.t.Helper()
	begun := time.Now()
	s.operator.looks.reset()
	s.Expect(s.operator.start()).To(Succeed())
	s.Eventually(func() int { return len(s.operator.looks.at(&v1alpha1.CloudifyDeployment{}, s.name)) }).WithTimeout(5 * patience).Should(Equal(many))
	return time.Since(begun)
}

// fillWith adds copies of these deployments until there are as many as asked, in the state in which an operator leaves them.
func (s *story) fillWith(many int, models ...*v1alpha1.CloudifyDeployment) {
	s.t.Helper()
	outputs := make([]corev1.Secret, len(models))
	for i, model := range models {
		s.Expect(env.Client.Get(s.t.Context(), types.NamespacedName{Namespace: s.name, Name: model.Status.Binding.Name}, &outputs[i])).To(Succeed())
	}
	numbers := make(chan int)
	failures := make(chan error, many)
	var workers sync.WaitGroup
	for range 32 {
		workers.Go(func() {
			for i := range numbers {
				model := i % len(models)
				if err := s.likeness(models[model], &outputs[model], fmt.Sprintf("shop-%d", i)); err != nil {
					failures <- err
				}
			}
		})
	}
	for i := len(models); i < many; i++ {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
	s.Expect(failures).NotTo(Receive())
}

// likeness adds one copy, with its outputs Secret.
func (s *story) likeness(first *v1alpha1.CloudifyDeployment, outputs *corev1.Secret, name string) error {
	d := &v1alpha1.CloudifyDeployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: first.Namespace, Name: name, Labels: first.Labels, Annotations: first.Annotations, Finalizers: first.Finalizers,
		},
		Spec: first.Spec,
	}
	if err := env.Client.Create(s.t.Context(), d); err != nil {
		return err
	}
	if err := s.sim.AddDeployment(remoteID(d), first.Status.BlueprintID, s.remote(first).Inputs, nil); err != nil {
		return err
	}
	s.sim.Install(remoteID(d))
	remote, _ := s.sim.Deployment(remoteID(d))
	status, err := json.Marshal(first.Status)
	if err != nil {
		return err
	}
	text := strings.NewReplacer(remoteID(first), remoteID(d), first.Status.Execution.ID, remote.LatestExecution,
		first.Status.Binding.Name, name+"-outputs").Replace(string(status))
	if err := json.Unmarshal([]byte(text), &d.Status); err != nil {
		return err
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: first.Namespace, Name: name + "-outputs", Labels: outputs.Labels, Annotations: outputs.Annotations},
		Data:       outputs.Data,
	}
	if err := controllerutil.SetControllerReference(d, secret, env.Scheme); err != nil {
		return err
	}
	if err := env.Client.Create(s.t.Context(), secret); err != nil {
		return err
	}
	return env.Client.Status().Update(s.t.Context(), d)
}

// listsPass waits until the operator has listed the deployments a number of times.
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

// told returns how many events the story's objects have.
func (s *story) told() int {
	s.t.Helper()
	var list eventsv1.EventList
	s.Expect(env.Client.List(s.t.Context(), &list, client.InNamespace(s.name))).To(Succeed())
	return len(list.Items)
}

// but returns versions without those of some objects.
func but(versions map[types.UID]string, objects ...client.Object) map[types.UID]string {
	others := maps.Clone(versions)
	for _, o := range objects {
		delete(others, o.GetUID())
	}
	return others
}

// nothingHappened makes sure that, since requests were last reset, nothing was written to Kubernetes except to some objects,
// and the Manager was asked only for lists, none of them about a single object.
func (s *story) nothingHappened(why string, before map[types.UID]string, written ...client.Object) {
	s.t.Helper()
	s.Expect(but(s.versions(), written...)).To(Equal(but(before, written...)), why)
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
		if offset := r.Query.Get("_offset"); r.Route == "GET deployments" && (offset == "" || offset == "0") { // the first page of many
			lists++
		}
	}
	s.Expect(lists).To(BeNumerically("<=", 3), "two polls, and one that may have begun before")
	s.Expect(s.sim.RequestCount("GET deployments/{id}")).To(BeNumerically("<=", 2), "nobody else is looked at")
}
