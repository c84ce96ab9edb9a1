// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// A status that answers to an older spec says nothing of the present one.
func TestReadyAndStalledAreOfThePresentSpec(t *testing.T) {
	for _, row := range []struct {
		name               string
		observed           int64
		condition          string
		status             metav1.ConditionStatus
		isReady, isStalled bool
	}{
		{"ready", 2, "Ready", metav1.ConditionTrue, true, false},
		{"ready before the spec changed", 1, "Ready", metav1.ConditionTrue, false, false},
		{"not ready", 2, "Ready", metav1.ConditionFalse, false, false},
		{"unknown", 2, "Ready", metav1.ConditionUnknown, false, false},
		{"stalled", 2, "Stalled", metav1.ConditionTrue, false, true},
		{"stalled before the spec changed", 1, "Stalled", metav1.ConditionTrue, false, false},
		{"nothing said", 2, "Reconciling", metav1.ConditionTrue, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			meta := metav1.ObjectMeta{Generation: 2}
			conditions := []metav1.Condition{{Type: row.condition, Status: row.status}}
			m := v1alpha1.CloudifyManager{ObjectMeta: meta, Status: v1alpha1.CloudifyManagerStatus{ObservedGeneration: row.observed, Conditions: conditions}}
			b := v1alpha1.CloudifyBlueprint{ObjectMeta: meta, Status: v1alpha1.CloudifyBlueprintStatus{ObservedGeneration: row.observed, Conditions: conditions}}
			d := v1alpha1.CloudifyDeployment{ObjectMeta: meta, Status: v1alpha1.CloudifyDeploymentStatus{ObservedGeneration: row.observed, Conditions: conditions}}

			g.Expect([]bool{m.IsReady(), b.IsReady(), d.IsReady()}).To(HaveEach(row.isReady))
			g.Expect([]bool{b.IsStalled(), d.IsStalled()}).To(HaveEach(row.isStalled))
			g.Expect([][]metav1.Condition{m.GetConditions(), b.GetConditions(), d.GetConditions()}).To(HaveEach(Equal(conditions)))
		})
	}
}

func TestHowOftenToDiscover(t *testing.T) {
	g := NewWithT(t)
	m := &v1alpha1.CloudifyManager{}
	g.Expect(m.DiscoveryInterval()).To(BeZero())
	m.Spec.Discovery = &v1alpha1.ManagerDiscovery{}
	g.Expect(m.DiscoveryInterval()).To(Equal(time.Minute))
	m.Spec.Discovery.Interval = &metav1.Duration{Duration: time.Hour}
	g.Expect(m.DiscoveryInterval()).To(Equal(time.Hour))
}

func TestWhatIsWithdrawnIsNotOffered(t *testing.T) {
	g := NewWithT(t)
	b := &v1alpha1.CloudifyBlueprint{Status: v1alpha1.CloudifyBlueprintStatus{
		Offering: &v1alpha1.OfferingStatus{}, Conditions: []metav1.Condition{{Type: v1alpha1.OfferedCondition, Status: metav1.ConditionTrue}},
	}}
	g.Expect(b.IsOffered()).To(BeTrue())
	b.Annotations = map[string]string{v1alpha1.WithdrawnAnnotation: "for a while"}
	g.Expect(b.IsOffered()).To(BeFalse())
}

func TestWhatUnsetMeans(t *testing.T) {
	g := NewWithT(t)
	b := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cellar"}}
	d := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cellar"}}
	d.Spec.BlueprintRef.Name = "nodecellar"

	g.Expect(b.ManagerName()).To(Equal("default"))
	g.Expect(b.RemoteID()).To(Equal("cellar"))
	g.Expect(b.EffectiveDeletionPolicy()).To(Equal(v1alpha1.DeletionPolicyOrphan))
	g.Expect(d.EffectiveDeletionPolicy()).To(Equal(v1alpha1.DeletionPolicyDelete))
	g.Expect(d.BlueprintKey().String()).To(Equal("shop/nodecellar"))
	g.Expect(v1alpha1.RequestedAt(d)).To(BeEmpty())

	b.Spec.ManagerRef = &v1alpha1.ManagerReference{}
	g.Expect(b.ManagerName()).To(Equal("default"))
	b.Spec.Source = &v1alpha1.BlueprintSource{}
	g.Expect(b.EffectiveDeletionPolicy()).To(Equal(v1alpha1.DeletionPolicyDelete))
}

func TestWhatIsSetHolds(t *testing.T) {
	g := NewWithT(t)
	b := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Name: "cellar"}}
	b.Spec = v1alpha1.CloudifyBlueprintSpec{
		ManagerRef: &v1alpha1.ManagerReference{Name: "other"}, BlueprintID: "nodecellar", DeletionPolicy: v1alpha1.DeletionPolicyDelete,
	}
	d := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Annotations: map[string]string{v1alpha1.RequestedAtAnnotation: "now"},
	}}
	d.Spec.BlueprintRef = v1alpha1.BlueprintReference{Namespace: "catalog", Name: "nodecellar"}
	d.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan

	g.Expect(b.ManagerName()).To(Equal("other"))
	g.Expect(b.RemoteID()).To(Equal("nodecellar"))
	g.Expect(b.EffectiveDeletionPolicy()).To(Equal(v1alpha1.DeletionPolicyDelete))
	g.Expect(d.EffectiveDeletionPolicy()).To(Equal(v1alpha1.DeletionPolicyOrphan))
	g.Expect(d.BlueprintKey().String()).To(Equal("catalog/nodecellar"))
	g.Expect(v1alpha1.RequestedAt(d)).To(Equal("now"))
}

func TestOfferingName(t *testing.T) {
	for _, row := range []struct{ object, id, given, name string }{
		{"nodecellar", "", "", "nodecellar"},
		{"cellar", "Node_Cellar", "", "node-cellar"},
		{"cellar", "node.cellar~2", "", "node-cellar-2"},
		{"cellar", "_x_", "", "x"},
		{"cellar", "___", "", ""},
		{"cellar", "x", "Cellar.2", "Cellar.2"},
	} {
		b := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Name: row.object}, Spec: v1alpha1.CloudifyBlueprintSpec{BlueprintID: row.id, Offering: &v1alpha1.Offering{Name: row.given}}}
		NewWithT(t).Expect(b.OfferingName()).To(Equal(row.name))
	}
}

func TestPlansOfAnOffering(t *testing.T) {
	g := NewWithT(t)
	b := &v1alpha1.CloudifyBlueprint{}
	g.Expect(b.Plans()).To(BeEmpty())
	_, found := b.Plan(v1alpha1.DefaultPlanName)
	g.Expect(found).To(BeFalse(), "a blueprint without an offering has no plans")
	b.Spec.Offering = &v1alpha1.Offering{}
	_, found = b.Plan(v1alpha1.DefaultPlanName)
	g.Expect(found).To(BeTrue())
	b.Spec.Offering.Plans = []v1alpha1.Plan{{Name: "small"}}
	_, found = b.Plan(v1alpha1.DefaultPlanName)
	g.Expect(found).To(BeFalse())
	_, found = b.Plan("small")
	g.Expect(found).To(BeTrue())
}
