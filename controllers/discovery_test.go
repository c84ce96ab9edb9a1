// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// discovering makes a CloudifyManager discover, into the namespace of its story.
func discovering(change ...func(*v1alpha1.ManagerDiscovery)) func(*v1alpha1.CloudifyManager) {
	return func(m *v1alpha1.CloudifyManager) {
		m.Spec.BlueprintNamespaces = nil // discovered blueprints are accepted all the same
		m.Spec.Discovery = &v1alpha1.ManagerDiscovery{Namespace: m.Name, Offered: new(true)}
		for _, c := range change {
			c(m.Spec.Discovery)
		}
	}
}

// upload is what somebody does at the Manager.
func (s *story) upload(ids ...string) {
	s.t.Helper()
	for _, id := range ids {
		s.Expect(s.sim.AddBlueprint(id, simulator.Zip(cellar(s.t, "A cellar in two parts", "What "+id+" is")), "blueprint.yaml")).To(Succeed())
	}
}

// catalog are the names in the story's namespace.
func (s *story) catalog() []string {
	var list v1alpha1.CloudifyBlueprintList
	s.Expect(env.Client.List(s.t.Context(), &list, client.InNamespace(s.name))).To(Succeed())
	names := []string{}
	for i := range list.Items {
		names = append(names, list.Items[i].Name)
	}
	return names
}

// found is a discovered CloudifyBlueprint, once it is ready.
func (s *story) found(name string) *v1alpha1.CloudifyBlueprint {
	s.t.Helper()
	b := testenv.Blueprint(s.name, name)
	s.eventually(b, testenv.BeReady())
	s.Expect(b.Labels).To(HaveKeyWithValue(v1alpha1.DiscoveredByLabel, s.name))
	return b
}

// blueprintListsPass waits until the operator has listed the blueprints so many times, and has had time to act on it.
func (s *story) blueprintListsPass(times int) {
	s.t.Helper()
	until := s.sim.RequestCount("GET blueprints") + times
	s.Eventually(func() int { return s.sim.RequestCount("GET blueprints") }).Should(BeNumerically(">=", until))
}

func (s *story) discovered(status metav1.ConditionStatus, reason string, words ...string) {
	s.t.Helper()
	s.eventually(s.manager, testenv.HaveCondition(v1alpha1.DiscoveredCondition, status, reason))
	for _, word := range words {
		s.Expect(testenv.Condition(s.manager, v1alpha1.DiscoveredCondition).Message).To(ContainSubstring(word))
	}
	s.Expect(s.manager).To(testenv.BeReady(), "Ready says nothing of it")
}

// As with the broker of 2018, what the Manager has appears by itself.
func TestDiscovery(t *testing.T) {
	s := tell(t, discovering(func(d *v1alpha1.ManagerDiscovery) {
		d.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll}
	}))
	s.upload("drupal", "mariadb", "nodecellar")
	s.blueprint(func(b *v1alpha1.CloudifyBlueprint) { b.Namespace, b.Name = s.name, "uploaded-from-here" })
	s.Expect(s.sim.Blueprints()).To(HaveLen(4))
	s.sim.LabelBlueprint("nodecellar", map[string][]string{"kind": {"wine", "web"}, "csys-obj-type": {"service"}})
	b := s.found("nodecellar")
	s.found("drupal")
	s.found("mariadb")
	s.Expect(s.catalog()).To(ConsistOf("drupal", "mariadb", "nodecellar", "uploaded-from-here"), "what an operator uploaded is not found again")
	s.discovered(metav1.ConditionTrue, v1alpha1.ReasonDiscovered, "3 blueprints found; their CloudifyBlueprints are in namespace "+s.name)

	s.eventually(b, HaveField("Spec.Offering.Tags", HaveExactElements("kind:web", "kind:wine")))
	s.Expect(b.Spec.Offering.Description).To(Equal("What nodecellar is"))
	s.Expect(b.Spec.AllowedNamespaces.From).To(Equal(v1alpha1.NamespacesFromAll))
	s.Expect(b.Spec.BlueprintID).To(Equal("nodecellar"))
	s.Expect(b.Spec.ManagerRef.Name).To(Equal(s.name))
	s.Expect(b.Status.DeletionPolicy).To(Equal(v1alpha1.DeletionPolicyOrphan))

	// People add what only they know, and withdraw a blueprint that nobody should order.
	s.update(b, func() {
		b.Spec.Offering.Plans = []v1alpha1.Plan{{Name: "small", Inputs: map[string]v1alpha1.JSON{"size": testenv.JSON("small")}}}
		b.Spec.Offering.Tags = append(b.Spec.Offering.Tags, "nosql")
		b.Spec.Offering.Metadata = &v1alpha1.OfferingMetadata{DisplayName: "Node Cellar"}
	})
	// The Manager's words change: the blueprint is uploaded again under its ID, with other labels.
	s.Expect(s.sim.AddBlueprint("nodecellar", simulator.Zip(cellar(t, "A cellar in two parts", "Another cellar", "What the cellar is called", "Its name")), "blueprint.yaml")).To(Succeed())
	s.sim.LabelBlueprint("nodecellar", map[string][]string{"kind": {"wine"}})
	s.eventually(b, HaveField("Spec.Offering.Description", "Another cellar"))
	s.eventually(b, HaveField("Spec.Offering.Tags", ConsistOf("kind:wine", "nosql")))
	s.eventually(b, HaveField("Status.Inputs", ContainElement(HaveField("Description", "Its name"))))
	s.Expect(b.Status.Description).To(Equal("Another cellar"))
	s.Expect(b.Spec.Offering.Plans).To(HaveLen(1))
	s.Expect(b.Spec.Offering.Metadata.DisplayName).To(Equal("Node Cellar"))

	// Fields that somebody else overwrites are put right, and then nothing is written any more.
	s.update(b, func() { b.Spec.Offering.Description = "mine" })
	s.eventually(b, HaveField("Spec.Offering.Description", "Another cellar"))
	s.eventually(b, testenv.BeReady())
	s.blueprintListsPass(2)
	before := s.versions()
	s.blueprintListsPass(3)
	s.Expect(s.versions()).To(Equal(before))

	// One that somebody deletes here is found again, perhaps before anybody sees that it was gone.
	former := b.UID
	s.delete(b)
	s.Eventually(s.fresh(b)).Should(And(HaveField("UID", Not(Equal(former))), testenv.BeReady()))
	s.Expect(s.remoteBlueprints()).To(HaveLen(4))
}

func TestDiscoveryLeavesAloneWhatPeopleWrote(t *testing.T) {
	s := begin(t, nil)
	discovering()(s.manager)
	s.upload("nodecellar", "Node_Cellar", "node-cellar")
	own := testenv.Blueprint(s.name, "nodecellar", testenv.At(s.name))
	elsewhere := testenv.Blueprint(s.operator.namespace, s.name, testenv.At(s.name), func(b *v1alpha1.CloudifyBlueprint) { b.Spec.BlueprintID = "node-cellar" })
	s.create(own, elsewhere)
	s.create(s.manager)
	s.eventually(own, testenv.BeReady())
	s.discovered(metav1.ConditionTrue, v1alpha1.ReasonDiscovered, "3 blueprints")
	s.Expect(s.catalog()).To(ConsistOf("nodecellar", MatchRegexp("^nodecellar-[0-9a-f]{8}$"), "node-cellar", MatchRegexp("^node-cellar-[0-9a-f]{8}$")))
	s.fetch(own)
	s.Expect(own.Spec.Offering).To(BeNil())
	s.Expect(own.Labels).NotTo(HaveKey(v1alpha1.DiscoveredByLabel))
	s.found("node-cellar") // beside somebody's own of another name

	announced := func() (notes []string) {
		for _, e := range env.Events(t, s.manager) {
			if e.Reason == v1alpha1.ReasonNameTaken {
				notes = append(notes, e.Note)
			}
		}
		return notes
	}
	s.Eventually(announced).Should(HaveExactElements(ContainSubstring("CloudifyBlueprint " + s.name + "/nodecellar was not created by discovery")))
	s.blueprintListsPass(3)
	s.Expect(announced()).To(HaveLen(1))
	s.Expect(s.catalog()).To(HaveLen(4))
	s.delete(elsewhere)
	s.gone(elsewhere)
}

func TestDiscoveredBlueprintVanishes(t *testing.T) {
	s := tell(t, discovering())
	s.upload("idle", "used", "stays")
	idle, used := s.found("idle"), s.found("used")
	s.found("stays")
	d := testenv.Deployment(s.name, "shop", "used", testenv.Inputs(map[string]any{"name": "x"}), func(d *v1alpha1.CloudifyDeployment) { d.Spec.Plan = v1alpha1.DefaultPlanName })
	s.create(d)
	s.eventually(d, testenv.BeReady())

	s.sim.RemoveBlueprint("idle")
	s.sim.RemoveBlueprint("used")
	s.gone(idle)
	s.Eventually(s.fresh(used)).Should(HaveField("Annotations", HaveKeyWithValue(v1alpha1.WithdrawnAnnotation, ContainSubstring("no longer at the Manager"))))
	s.eventually(used, HaveField("IsOffered()", BeFalse()))
	s.Expect(used.Spec.Offering).NotTo(BeNil(), "the deployment has its plan")
	s.consistently(d, testenv.BeReady())

	// It comes back, and goes again.
	s.upload("used")
	s.eventually(used, HaveField("Annotations", Not(HaveKey(v1alpha1.WithdrawnAnnotation))))
	s.sim.RemoveBlueprint("used")
	s.eventually(used, HaveField("Annotations", HaveKey(v1alpha1.WithdrawnAnnotation)))
	s.delete(d)
	s.gone(d, used)
	s.Expect(s.catalog()).To(ConsistOf("stays"))
}

func TestDiscoveryByLabels(t *testing.T) {
	s := tell(t, discovering(func(d *v1alpha1.ManagerDiscovery) {
		d.Labels = map[string]v1alpha1.RemoteLabelValue{"Stage": "public"} // the Manager has keys in lower case
	}))
	s.upload("public", "internal", "bare")
	s.sim.LabelBlueprint("public", map[string][]string{"stage": {"public", "tried"}})
	s.sim.LabelBlueprint("internal", map[string][]string{"stage": {"internal"}})
	b := s.found("public")
	s.Expect(s.catalog()).To(ConsistOf("public"))
	s.sim.LabelBlueprint("internal", map[string][]string{"stage": {"public"}})
	s.found("internal")
	s.sim.LabelBlueprint("public", nil)
	s.gone(b)
	s.Expect(s.catalog()).To(ConsistOf("internal"))
	s.Expect(s.remoteBlueprints()).To(HaveLen(3))
}

func TestDiscoveryInTrouble(t *testing.T) {
	s := tell(t, discovering())
	s.upload("one", "two")
	s.found("one")
	s.found("two")
	before := s.versions()

	s.sim.SetDown(simulator.DownBadGateway)
	s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
	s.Expect(but(s.versions(), s.manager)).To(Equal(but(before, s.manager)))
	s.sim.SetDown(simulator.Up)
	s.eventually(s.manager, testenv.BeReady())
	s.blueprintListsPass(2)

	// The list is empty, but the Manager never says that a blueprint is gone.
	s.sim.Fail("GET blueprints/{id}", 500)
	s.sim.RemoveBlueprint("one")
	s.blueprintListsPass(3)
	s.Expect(s.catalog()).To(ConsistOf("one", "two"))
	s.sim.Heal()
	s.Eventually(s.catalog).Should(ConsistOf("two"))
}

// Before 6.0 blueprints have no labels: all can be found, but none by a label.
func TestDiscoveryAtAnOldRelease(t *testing.T) {
	s := begin(t, nil)
	s.sim = testenv.StartManager(t, simulator.Options{Release: "5.2", Username: "admin", Password: password})
	s.manager.Spec.Endpoint = s.sim.URL
	discovering(func(d *v1alpha1.ManagerDiscovery) {
		d.Labels = map[string]v1alpha1.RemoteLabelValue{"stage": "public"}
	})(s.manager)
	old := map[string]string{"blueprint.yaml": "tosca_definitions_version: cloudify_dsl_1_3\nimports: [cloudify/types/types.yaml]\n"}
	s.Expect(s.sim.AddBlueprint("nodecellar", simulator.Zip(old), "blueprint.yaml")).To(Succeed())
	s.create(s.manager)
	s.discovered(metav1.ConditionFalse, v1alpha1.ReasonLabelsUnsupported, "release 5.2.0 of the Manager does not support labels", "remove spec.discovery.labels")
	s.Expect(s.catalog()).To(BeEmpty())
	s.update(s.manager, func() { s.manager.Spec.Discovery.Labels = nil })
	s.found("nodecellar")
	s.discovered(metav1.ConditionTrue, v1alpha1.ReasonDiscovered)
}

// The lists of a Manager that lost its deployments are not believed.
func TestDiscoveryWhileTheInventoryIsLost(t *testing.T) {
	s := tell(t, discovering())
	s.upload("nodecellar")
	s.found("nodecellar")
	b := s.blueprint(func(b *v1alpha1.CloudifyBlueprint) { b.Name = "own" })
	for i := range 6 {
		d := testenv.Deployment(s.name, fmt.Sprintf("shop-%d", i), b.Name, testenv.Inputs(map[string]any{"name": "x"}))
		s.create(d)
		s.eventually(d, testenv.BeReady())
	}
	s.listsPass(2)
	s.sim.Wipe()
	s.eventually(s.manager, testenv.BeStalled(v1alpha1.ReasonInventoryLost))
	s.blueprintListsPass(3)
	s.Expect(s.catalog()).To(ConsistOf("nodecellar", "own"))
}

func TestDiscoveryNamespaceIsMissing(t *testing.T) {
	s := tell(t, discovering(func(d *v1alpha1.ManagerDiscovery) { d.Namespace += "-catalog" }))
	s.upload("nodecellar")
	missing := s.name + "-catalog"
	s.discovered(metav1.ConditionFalse, v1alpha1.ReasonNamespaceMissing, "namespace "+missing+" of spec.discovery does not exist", "create it")
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: missing}})
	b := testenv.Blueprint(missing, "nodecellar")
	s.Eventually(s.fresh(b)).Should(testenv.BeReady())
	s.discovered(metav1.ConditionTrue, v1alpha1.ReasonDiscovered)

	// Discovery moves to another namespace: unused objects move, used ones stay where they are while they are used.
	d := testenv.Deployment(missing, "shop", "nodecellar", testenv.Inputs(map[string]any{"name": "x"}))
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.upload("idle")
	idle := testenv.Blueprint(missing, "idle")
	s.Eventually(s.fresh(idle)).Should(testenv.BeReady())
	s.update(s.manager, func() { s.manager.Spec.Discovery.Namespace = s.name })
	s.found("nodecellar")
	s.found("idle")
	s.gone(idle)
	s.eventually(b, HaveField("Annotations", HaveKeyWithValue(v1alpha1.WithdrawnAnnotation, ContainSubstring("another namespace"))))
	s.delete(d)
	s.gone(d, b)
	s.Expect(s.catalog()).To(ConsistOf("nodecellar", "idle"))
}

func TestDiscoveryIsTurnedOff(t *testing.T) {
	s := tell(t, discovering())
	s.upload("idle", "used", "kept")
	idle, used, kept := s.found("idle"), s.found("used"), s.found("kept")
	d := testenv.Deployment(s.name, "shop", "used", testenv.Inputs(map[string]any{"name": "x"}))
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.update(kept, func() { kept.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete })

	s.update(s.manager, func() { s.manager.Spec.Discovery.Offered = new(false) })
	s.eventually(idle, HaveField("Spec.Offering", BeNil()))
	s.eventually(used, HaveField("Annotations", HaveKey(v1alpha1.WithdrawnAnnotation)))
	s.Expect(used.Spec.Offering).NotTo(BeNil())

	s.update(s.manager, func() { s.manager.Spec.Discovery = nil })
	s.gone(idle)
	s.Eventually(func() bool { s.fetch(s.manager); return testenv.HasCondition(s.manager, v1alpha1.DiscoveredCondition) }).Should(BeFalse())
	s.eventually(kept, HaveField("Annotations", HaveKeyWithValue(v1alpha1.WithdrawnAnnotation, ContainSubstring("discovery is off"))))
	s.Expect(s.remoteBlueprints()).To(HaveLen(3), "nothing is deleted at the Manager unless somebody asks")
	s.delete(d)
	s.gone(d, used)
	s.update(kept, func() { kept.Spec.DeletionPolicy = "" })
	s.delete(kept)
	s.gone(kept)
}

func TestDiscoveredBlueprintsDoNotHoldTheirManager(t *testing.T) {
	s := tell(t, discovering())
	s.upload("idle", "used")
	idle, used := s.found("idle"), s.found("used")
	d := testenv.Deployment(s.name, "shop", "used", testenv.Inputs(map[string]any{"name": "x"}))
	s.create(d)
	s.eventually(d, testenv.BeReady())

	s.delete(s.manager)
	s.gone(idle)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonInUse, "CloudifyDeployment "+s.name+"/shop"))
	s.Expect(testenv.Condition(s.manager, v1alpha1.ReadyCondition).Message).NotTo(ContainSubstring("CloudifyBlueprint"))
	s.delete(d)
	s.gone(d, used, s.manager)
	s.Expect(s.remoteBlueprints()).To(HaveLen(2))
}

// Many blueprints at once are read once each and written twice, and after a restart not at all.
func TestManyDiscoveredBlueprints(t *testing.T) {
	many := crowd(t)
	o := startOperator(t)
	s := begin(t, o)
	s.abandoned = true
	s.upload("cellar-000")
	var copies []string
	for i := 1; i < many; i++ {
		copies = append(copies, fmt.Sprintf("cellar-%03d", i))
	}
	s.Expect(s.sim.CopyBlueprint("cellar-000", copies...)).To(Succeed())
	discovering(func(d *v1alpha1.ManagerDiscovery) {
		d.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll} // so that the catalog lists them
	})(s.manager)
	queued := s.queuedBlueprints(many)
	s.create(s.manager)
	begun := time.Now()
	s.Eventually(s.readyBlueprints).WithTimeout(10 * patience).WithPolling(time.Second).Should(Equal(many))
	t.Logf("%d blueprints in %s; the API server was asked for %s", many, time.Since(begun).Round(time.Millisecond), &o.calls)
	templates := func() (count int) {
		for _, r := range s.sim.Requests() {
			if r.Route == "GET blueprints/{id}" && slices.Contains(strings.Split(r.Query.Get("_include"), ","), "plan") {
				count++
			}
		}
		return count
	}
	s.Expect(templates()).To(Equal(many))
	s.Expect(s.sim.RequestCount("GET blueprints/{id}")).To(Equal(many), "one each")
	s.Expect(o.calls.of("POST cloudifyblueprints")).To(Equal(many), "one each")
	s.Expect(o.calls.of("PATCH cloudifyblueprints/{name}")).To(Equal(2*many+<-queued),
		"the status of each, and the label of the tests; on a slow machine some wait so long for their turn that they say so")
	s.Expect(o.looks.total(&v1alpha1.CloudifyBlueprint{}, s.name)).To(BeNumerically("<", 4*many), "nor does each wake the others")

	s.Expect(o.halt()).To(Succeed())
	before := s.versions()
	s.sim.ResetRequests()
	s.Expect(o.start()).To(Succeed())
	s.blueprintListsPass(4)
	s.Expect(s.sim.RequestCount("GET blueprints/{id}")).To(Equal(0))
	s.Expect(but(s.versions(), s.manager)).To(Equal(but(before, s.manager)), "a restart is no storm")
}

// queuedBlueprints watches until that many blueprints were Ready, and sends how many said before that they wait for their turn.
func (s *story) queuedBlueprints(many int) <-chan int {
	s.t.Helper()
	watcher, err := client.NewWithWatch(env.RestConfig, client.Options{Scheme: env.Scheme, Mapper: env.Client.RESTMapper()})
	s.Expect(err).NotTo(HaveOccurred())
	stream, err := watcher.Watch(s.t.Context(), &v1alpha1.CloudifyBlueprintList{}, client.InNamespace(s.name))
	s.Expect(err).NotTo(HaveOccurred())
	s.t.Cleanup(stream.Stop)
	count := make(chan int, 1)
	go func() {
		queued, ready := sets.New[string](), sets.New[string]()
		for event := range stream.ResultChan() {
			b, ok := event.Object.(*v1alpha1.CloudifyBlueprint)
			if !ok {
				continue
			}
			switch testenv.Condition(b, v1alpha1.ReadyCondition).Reason {
			case v1alpha1.ReasonQueued:
				queued.Insert(b.Name)
			case v1alpha1.ReasonReady:
				ready.Insert(b.Name)
			}
			if ready.Len() == many {
				break
			}
		}
		count <- queued.Len()
	}()
	return count
}

// readyBlueprints counts those in the story's namespace.
func (s *story) readyBlueprints() int {
	var list v1alpha1.CloudifyBlueprintList
	s.Expect(env.Client.List(context.Background(), &list, client.InNamespace(s.name))).To(Succeed())
	ready := 0
	for i := range list.Items {
		if list.Items[i].IsReady() {
			ready++
		}
	}
	return ready
}
