// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// offerings begins a story with an operator, and so a catalog, of its own.
func offerings(t *testing.T) *story {
	t.Helper()
	return tellOf(t, startOperator(t))
}

// offered creates a CloudifyBlueprint that stands for a cellar at the Manager, and is offered to everybody.
func (s *story) offered(name, blueprintID string, change ...func(*v1alpha1.CloudifyBlueprint)) *v1alpha1.CloudifyBlueprint {
	s.t.Helper()
	if _, found := s.sim.Blueprint(blueprintID); !found {
		s.Expect(s.sim.AddBlueprint(blueprintID, simulator.Zip(cellar(s.t)), "blueprint.yaml")).To(Succeed())
	}
	b := testenv.Blueprint(s.name, name, append([]func(*v1alpha1.CloudifyBlueprint){
		testenv.At(s.name), testenv.AllowedFrom(v1alpha1.NamespacesFromAll, nil), func(b *v1alpha1.CloudifyBlueprint) {
			b.Spec.BlueprintID, b.Spec.Offering = blueprintID, &v1alpha1.Offering{}
		},
	}, change...)...)
	s.create(b)
	return b
}

func beOffered() types.GomegaMatcher {
	return And(testenv.HaveCondition(v1alpha1.OfferedCondition, metav1.ConditionTrue, v1alpha1.ReasonOffered),
		WithTransform((*v1alpha1.CloudifyBlueprint).IsOffered, BeTrue()), HaveField("Status.Offering", Not(BeNil())))
}

// beLeftOut matches a blueprint that is not in the catalog, but ready all the same.
func beLeftOut(reason string) types.GomegaMatcher {
	return And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.OfferedCondition, metav1.ConditionFalse, reason), HaveField("Status.Offering", BeNil()))
}

// notices are the reasons of the events about an object.
func (s *story) notices(o testenv.Object) func() []string {
	return func() (reasons []string) {
		for _, e := range env.Events(s.t, o) {
			reasons = append(reasons, e.Reason)
		}
		return reasons
	}
}

// label puts a label on a namespace.
func (s *story) label(namespace, key, value string) {
	s.t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	s.update(ns, func() { ns.Labels[key] = value })
}

func fixing(name string, fixed map[string]any) v1alpha1.Plan {
	plan := v1alpha1.Plan{Name: name, Inputs: map[string]v1alpha1.JSON{}}
	for input, value := range fixed {
		plan.Inputs[input] = testenv.JSON(value)
	}
	return plan
}

func TestOfferingHasAllDefaults(t *testing.T) {
	s := offerings(t)
	b := s.offered("cellar", "Node_Cellar")
	s.eventually(b, And(testenv.BeReady(), beOffered()))
	first := *b.Status.Offering
	s.Expect(first.Name).To(Equal("node-cellar"))
	s.Expect(first.Description).To(Equal("A cellar in two parts"))
	s.Expect(first.ID).To(MatchRegexp("^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$"))
	s.Expect(first.Plans).To(HaveExactElements(HaveField("Name", "default")))
	s.Expect(first.Plans[0].ID).NotTo(Or(BeEmpty(), Equal(first.ID)))
	schema := string(first.Schema.Raw)
	s.Expect(schema).To(ContainSubstring("draft-04"))
	s.Expect(schema).To(ContainSubstring(`"format":"password"`))
	s.Expect(schema).NotTo(ContainSubstring("correct-horse-battery"), "the default of a hidden input is nobody's business")

	s.delete(b)
	s.gone(b)
	b = s.offered("cellar", "Node_Cellar")
	s.eventually(b, beOffered())
	s.Expect(*b.Status.Offering).To(Equal(first), "who has an instance should find its offering again")

	s.update(b, func() { b.Spec.Offering.SensitiveInputs = []string{"fail_stop"} })
	s.eventually(b, And(beOffered(), HaveField("Status.Offering.Schema.Raw", WithTransform(func(raw []byte) int { return strings.Count(string(raw), "password") }, BeNumerically(">", 2)))))
	s.update(b, func() { b.Spec.Offering = nil })
	s.eventually(b, And(testenv.BeReady(), HaveField("Status.Offering", BeNil())))
	s.Expect(testenv.HasCondition(b, v1alpha1.OfferedCondition)).To(BeFalse())
}

// The broker of 2018 listed the blueprints of a Manager under their IDs, and had trouble with underscores.
func TestOfferingsOf2018(t *testing.T) {
	s := offerings(t)
	names := map[string]bool{}
	for _, id := range []string{"drupal", "mariadb", "nodecellar", "node_cellar_2"} {
		b := s.offered(strings.ReplaceAll(id, "_", "-"), id)
		s.eventually(b, beOffered())
		names[b.Status.Offering.Name] = true
		s.Expect(b.Status.Offering.Plans).To(HaveExactElements(HaveField("Name", "default")))
	}
	s.Expect(names).To(And(HaveLen(4), HaveKey("drupal"), HaveKey("mariadb"), HaveKey("nodecellar"), HaveKey("node-cellar-2")))
}

// Of two that want a name the older has it, until it goes or takes another one.
func TestOfferingNameIsTaken(t *testing.T) {
	s := offerings(t)
	older := s.offered("older", "cellar_1")
	s.eventually(older, beOffered())
	younger := s.offered("younger", "cellar-1")
	s.eventually(younger, beLeftOut(v1alpha1.ReasonOfferingNameTaken))
	s.Expect(testenv.Condition(younger, v1alpha1.OfferedCondition).Message).To(ContainSubstring(s.name + "/older already has the name cellar-1"))
	s.Eventually(s.notices(younger)).Should(ContainElement(v1alpha1.ReasonOfferingNameTaken))

	s.update(older, func() { older.Spec.Offering.Name = "Cellar-of-1" })
	s.eventually(younger, beOffered())
	s.eventually(older, And(beOffered(), HaveField("Status.Offering.Name", "Cellar-of-1")))
	id := older.Status.Offering.ID

	// The older wants its name back. The endpoint lists one of them only, whatever the status of the other says meanwhile.
	s.update(older, func() { older.Spec.Offering.Name = "" })
	s.eventually(older, And(beOffered(), HaveField("Status.Offering", And(HaveField("Name", "cellar-1"), HaveField("ID", id)))))
	s.eventually(younger, beLeftOut(v1alpha1.ReasonOfferingNameTaken))

	s.delete(older)
	s.eventually(younger, beOffered())
	s.gone(older)
}

// However many are decided at once, one has the name in the end, and the others say which.
func TestManyOfferingsWantOneName(t *testing.T) {
	s := offerings(t)
	var all []*v1alpha1.CloudifyBlueprint
	for i := range 8 {
		all = append(all, s.offered(fmt.Sprintf("cellar-%d", i), "cellar"))
	}
	s.eventually(all[0], beOffered())
	for _, b := range all[1:] {
		s.eventually(b, And(beLeftOut(v1alpha1.ReasonOfferingNameTaken), WithTransform(func(b *v1alpha1.CloudifyBlueprint) string {
			return testenv.Condition(b, v1alpha1.OfferedCondition).Message
		}, ContainSubstring(s.name+"/cellar-0 already has the name cellar"))))
	}
	s.consistently(all[0], beOffered())
	s.delete(all[0])
	s.eventually(all[1], beOffered())
	s.consistently(all[2], beLeftOut(v1alpha1.ReasonOfferingNameTaken))
}

// Within one second of creation the names decide, hence those of the younger ones.
func TestOfferingIDIsTaken(t *testing.T) {
	s := offerings(t)
	plan := v1alpha1.Plan{Name: "small", ID: "18"}
	older := s.offered("older", "a", func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering.ID, b.Spec.Offering.Plans = "17", []v1alpha1.Plan{plan}
	})
	s.eventually(older, And(beOffered(), HaveField("Status.Offering.ID", "17"), HaveField("Status.Offering.Plans", ConsistOf(v1alpha1.PlanStatus{Name: "small", ID: "18"}))))
	sameID := s.offered("same-id", "b", func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.ID = "17" })
	samePlan := s.offered("same-plan", "c", func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.Plans = []v1alpha1.Plan{plan} })
	s.eventually(sameID, beLeftOut(v1alpha1.ReasonOfferingIDTaken))
	s.eventually(samePlan, beLeftOut(v1alpha1.ReasonOfferingIDTaken))
	s.update(older, func() { older.Spec.Offering = nil })
	s.eventually(sameID, beOffered())
	s.eventually(samePlan, beOffered())
}

// A bad offering is left out, says why, and breaks no other.
func TestBadOfferingIsLeftOut(t *testing.T) {
	s := offerings(t)
	good := s.offered("good", "good")
	s.eventually(good, beOffered())
	bad := s.offered("bad", "bad", func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering.Plans = []v1alpha1.Plan{fixing("small", map[string]any{"sise": "small"})}
	})
	s.eventually(bad, beLeftOut(v1alpha1.ReasonInvalidOffering))
	s.Expect(testenv.Condition(bad, v1alpha1.OfferedCondition).Message).To(ContainSubstring(`plan small: input "sise" is not declared by the blueprint: did you mean "size"?`))
	s.Eventually(s.notices(bad)).Should(ContainElement(v1alpha1.ReasonInvalidOffering))
	s.update(bad, func() { bad.Spec.Offering.Plans = []v1alpha1.Plan{fixing("small", map[string]any{"size": 5})} })
	s.eventually(bad, And(HaveField("Status.ObservedGeneration", bad.Generation), beLeftOut(v1alpha1.ReasonInvalidOffering)))
	s.update(bad, func() { bad.Spec.Offering.Plans = []v1alpha1.Plan{fixing("small", map[string]any{"size": "small"})} })
	s.eventually(bad, beOffered())

	keys := []v1alpha1.BindingKey{{Name: "link", Template: "{{ .ulr }}"}}
	s.update(bad, func() { bad.Spec.Offering.Binding = &v1alpha1.BindingTemplate{Keys: keys} })
	s.eventually(bad, beLeftOut(v1alpha1.ReasonInvalidOffering))
	s.Expect(testenv.Condition(bad, v1alpha1.OfferedCondition).Message).To(ContainSubstring("key link: the deployment has no ulr"))
	keys[0].Template = "{{ .url }}"
	s.update(bad, func() { bad.Spec.Offering.Binding.Keys = keys })
	s.eventually(bad, beOffered())

	long := s.offered("long", strings.Repeat("x", 64))
	s.eventually(long, beLeftOut(v1alpha1.ReasonInvalidOffering))
	s.Expect(s.sim.AddBlueprint("talkative", simulator.Zip(cellar(t, "What the cellar is called", strings.Repeat("x", 70_000))), "blueprint.yaml")).To(Succeed())
	s.eventually(s.offered("talkative", "talkative"), beLeftOut(v1alpha1.ReasonInvalidOffering))
	s.fetch(good)
	s.Expect(good).To(beOffered())
}

// What service instances may not be made of is not offered; the labels of their namespace may allow it.
func TestOfferingIsForTheNamespaceOfInstances(t *testing.T) {
	services := env.Namespace(t)
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.OSBNamespace = services }))
	b := s.offered("cellar", "cellar", testenv.AllowedFrom(v1alpha1.NamespacesFromSame, nil))
	s.eventually(b, beLeftOut(v1alpha1.ReasonNotDeployable))
	s.Expect(testenv.Condition(b, v1alpha1.OfferedCondition).Message).To(ContainSubstring("namespace " + services))
	s.update(b, func() { testenv.AllowedFrom(v1alpha1.NamespacesFromSelector, map[string]string{"services": "here"})(b) })
	s.eventually(b, And(HaveField("Status.ObservedGeneration", b.Generation), beLeftOut(v1alpha1.ReasonNotDeployable)))
	s.label(services, "services", "here")
	s.eventually(b, beOffered())
	s.label(services, "services", "there")
	s.eventually(b, beLeftOut(v1alpha1.ReasonNotDeployable))
}

// An outage of the Manager changes nothing of the catalog, a restart of the operator during it neither.
func TestOutageLeavesTheCatalogAlone(t *testing.T) {
	o := startOperator(t)
	s := tellOf(t, o)
	b := s.offered("cellar", "cellar")
	s.eventually(b, beOffered())
	before := b.DeepCopy()

	s.sim.SetDown(simulator.DownRefused)
	s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
	s.ask(b)
	s.eventually(b, testenv.BeUnknown(v1alpha1.ReasonManagerNotReady))
	s.Expect(b).To(beOffered())
	s.Expect(b.Status.Offering).To(Equal(before.Status.Offering))
	s.Expect(o.halt()).To(Succeed())
	s.Expect(o.start()).To(Succeed())
	s.consistently(b, beOffered())
	s.Expect(b.Status.Offering).To(Equal(before.Status.Offering))

	// The offering that lost against it cannot be described while the Manager is away, and is offered when it is back.
	other := s.offered("other", "other", func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.Name = "cellar" })
	s.update(b, func() { b.Spec.Offering = nil })
	s.eventually(b, HaveField("Status.Offering", BeNil()))
	s.sim.SetDown(simulator.Up)
	s.eventually(other, beOffered())
}

// A revision that the Manager refuses takes nothing away: what was uploaded before stays offered.
func TestFailedRevisionLeavesTheOfferingAlone(t *testing.T) {
	s := offerings(t)
	b := s.blueprint(testenv.AllowedFrom(v1alpha1.NamespacesFromAll, nil), func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering = &v1alpha1.Offering{} })
	s.eventually(b, beOffered())
	before := *b.Status.Offering

	s.update(b, func() { testenv.Inline(cellar(t, "target: host", "target: nobody"))(b) })
	s.eventually(b, testenv.BeStalled(v1alpha1.ReasonUploadFailed))
	s.Expect(b).To(beOffered())
	s.Expect(*b.Status.Offering).To(Equal(before))
	s.update(b, func() { b.Spec.Offering.Plans = []v1alpha1.Plan{fixing("new", map[string]any{"colour": "red"})} })
	s.eventually(b, And(testenv.BeStalled(v1alpha1.ReasonUploadFailed), HaveField("Status.ObservedGeneration", b.Generation)))
	s.Expect(b).To(beOffered())
	s.Expect(*b.Status.Offering).To(Equal(before), "the plan is for the revision that comes")

	s.update(b, func() { testenv.Inline(cellar(t, "  options:", "  colour:\n    type: string\n  options:"))(b) })
	s.eventually(b, And(testenv.BeReady(), beOffered(), HaveField("Status.Offering.Plans", ConsistOf(HaveField("Name", "new")))))
	s.Expect(string(b.Status.Offering.Schema.Raw)).To(ContainSubstring("colour"))
}

// Of two objects for one blueprint the one that somebody wrote is offered, not the discovered one.
func TestWrittenBlueprintShadowsTheDiscoveredOne(t *testing.T) {
	s := offerings(t)
	found := s.offered("found", "cellar", func(b *v1alpha1.CloudifyBlueprint) {
		b.Labels = map[string]string{v1alpha1.DiscoveredByLabel: s.name}
	})
	s.eventually(found, beOffered())
	written := s.offered("written", "cellar")
	s.eventually(found, beLeftOut(v1alpha1.ReasonOfferingShadowed))
	s.eventually(written, And(beOffered(), HaveField("Status.Offering.Name", "cellar")))
	s.delete(written)
	s.gone(written)
	s.eventually(found, beOffered())
}

// A maintenance version that a platform accepts moves revision and plan inputs; nothing else does.
func TestMaintenanceVersionMoves(t *testing.T) {
	s := offerings(t)
	small := func(port int, version string) []v1alpha1.Plan {
		plan := fixing("small", map[string]any{"port": port})
		plan.MaintenanceInfo = &v1alpha1.MaintenanceInfo{Version: version}
		return []v1alpha1.Plan{plan}
	}
	b := s.blueprint(testenv.AllowedFrom(v1alpha1.NamespacesFromAll, nil), func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering = &v1alpha1.Offering{Plans: small(81, "1.0.0")} })
	s.eventually(b, beOffered())
	first := b.Status.BlueprintID
	d := s.deployment("shop", nil)
	d.Spec.Plan, d.Spec.OSB = "small", &v1alpha1.ServiceInstance{
		InstanceID: "shop", ServiceID: b.Status.Offering.ID, PlanID: b.Status.Offering.Plans[0].ID, MaintenanceVersion: "1.0.0",
		Operation: v1alpha1.Operation{Verb: v1alpha1.OperationProvision, Number: 1},
	}
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(d.Status.Applied).To(And(HaveField("Operation", BeEquivalentTo(1)), HaveField("MaintenanceVersion", "1.0.0"), HaveField("BlueprintID", first)))

	s.update(b, func() {
		testenv.Inline(cellar(t, "default: small", "default: large"))(b)
		b.Spec.Offering.Plans = small(82, "2.0.0")
	})
	s.eventually(b, And(testenv.BeReady(), HaveField("Status.BlueprintID", Not(Equal(first)))))
	s.eventually(d, testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonNewerRevision))
	s.consistently(d, And(testenv.BeReady(), HaveField("Status.BlueprintID", first)))
	s.Expect(s.remote(d).Inputs).To(And(HaveKeyWithValue("port", BeEquivalentTo(81)), HaveKeyWithValue("size", "small")))

	s.update(d, func() {
		d.Spec.OSB.MaintenanceVersion, d.Spec.OSB.Operation = "2.0.0", v1alpha1.Operation{Verb: v1alpha1.OperationUpdate, Number: 2}
	})
	s.eventually(d, HaveField("Status.Applied", And(HaveField("Operation", BeEquivalentTo(2)), HaveField("MaintenanceVersion", "2.0.0"), HaveField("BlueprintID", b.Status.BlueprintID))))
	s.Expect(d).To(testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(And(HaveKeyWithValue("port", BeEquivalentTo(82)), HaveKeyWithValue("size", "large")))
}

// A greater number of the operation asks for another try, with the same spec.
func TestOperationAsksAgain(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", nil)
	d.Spec.OSB = &v1alpha1.ServiceInstance{InstanceID: "shop", ServiceID: "s", PlanID: "p", Operation: v1alpha1.Operation{Verb: v1alpha1.OperationProvision, Number: 1}}
	again := func() {
		s.update(d, func() { d.Spec.OSB.Operation.Number++ })
	}
	heal := s.sim.FailWorkflow("install", "no quota left")
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed))
	again()
	s.eventually(d, And(testenv.BeStalled(v1alpha1.ReasonInstallFailed), HaveField("Status.LastHandledOperation", BeEquivalentTo(2))))
	s.Expect(s.executions(d, "install")).To(HaveLen(2))
	s.Expect(d.Status.Applied).To(BeNil())
	heal()
	again()
	s.eventually(d, testenv.BeReady())
	s.Expect(d.Status.Applied.Operation).To(BeEquivalentTo(3))

	heal = s.sim.FailWorkflow("update", "no quota left")
	s.update(d, func() {
		d.Spec.OSB.Operation = v1alpha1.Operation{Verb: v1alpha1.OperationUpdate, Number: 4}
		d.Spec.Inputs["port"] = testenv.JSON(9090)
	})
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed))
	updates := len(s.executions(d, "update"))
	again()
	s.eventually(d, And(testenv.BeStalled(v1alpha1.ReasonUpdateFailed), HaveField("Status.LastHandledOperation", BeEquivalentTo(5))))
	s.Expect(s.executions(d, "update")).To(HaveLen(updates + 1))
	s.Expect(d.Status.Applied.Operation).To(BeEquivalentTo(3))
	heal()
	again()
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.Applied.Operation", BeEquivalentTo(6))))
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(9090)))
}

// A restart costs the catalog neither a request for a single blueprint nor a write, whatever became of its candidates.
func TestRestartLeavesTheCatalogAlone(t *testing.T) {
	o := startOperator(t)
	s := tellOf(t, o)
	first := s.offered("first", "cellar")
	s.eventually(first, And(testenv.BeReady(), beOffered()))
	s.eventually(s.offered("second", "CELLAR"), beLeftOut(v1alpha1.ReasonOfferingNameTaken))
	s.eventually(s.offered("bad", "bad", func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.SensitiveInputs = []string{"colour"} }), beLeftOut(v1alpha1.ReasonInvalidOffering))
	s.eventually(s.offered("nobodys", "nobodys", testenv.AllowedFrom(v1alpha1.NamespacesFromSame, nil)), beLeftOut(v1alpha1.ReasonNotDeployable))

	s.eventually(s.manager, HaveField("Status.Conditions", ContainElement(HaveField("Type", v1alpha1.OrphansFoundCondition))))
	s.Expect(o.halt()).To(Succeed())
	before := s.versions()
	s.sim.ResetRequests()
	s.Expect(o.start()).To(Succeed())
	s.Eventually(func() int { return s.sim.RequestCount("GET blueprints") }).Should(BeNumerically(">", 0))
	s.consistently(first, beOffered())
	s.nothingHappened("after a restart", before)
}
