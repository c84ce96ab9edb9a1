// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"fmt"
	"slices"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/catalog"
)

// shelf is a Store of blueprints alone, by the keys under which they are offered.
type shelf struct {
	Store
	byKey map[string][]*v1alpha1.CloudifyBlueprint
	// shown are the names of those that were looked at.
	shown []string
}

func (s *shelf) BlueprintsOfferedAs(_ context.Context, key string) ([]*v1alpha1.CloudifyBlueprint, error) {
	for _, b := range s.byKey[key] {
		s.shown = append(s.shown, b.Name)
	}
	return s.byKey[key], nil
}

// put offers a blueprint of a name under an ID, with one plan that has the ID of the blueprint. Those that come first are older.
func (s *shelf) put(blueprint, name, id string) {
	b := &v1alpha1.CloudifyBlueprint{
		ObjectMeta: metav1.ObjectMeta{Name: blueprint, UID: types.UID(blueprint), CreationTimestamp: metav1.Unix(int64(len(s.byKey)), 0)},
		Spec:       v1alpha1.CloudifyBlueprintSpec{Offering: &v1alpha1.Offering{Plans: []v1alpha1.Plan{{Name: "small"}}}},
		Status: v1alpha1.CloudifyBlueprintStatus{
			Offering:   &v1alpha1.OfferingStatus{ID: id, Name: name, Plans: []v1alpha1.PlanStatus{{Name: "small", ID: blueprint}}},
			Conditions: []metav1.Condition{{Type: v1alpha1.OfferedCondition, Status: metav1.ConditionTrue}},
		},
	}
	for _, key := range catalog.Keys(b.Status.Offering) {
		s.byKey[key] = append(s.byKey[key], b)
	}
}

// A plan is found without a look at offerings that have nothing to do with it, and who has lost its name or ID cannot be ordered.
func TestChoose(t *testing.T) {
	s := &shelf{byKey: map[string][]*v1alpha1.CloudifyBlueprint{}}
	s.put("alone", "alone", "1")
	s.put("first", "wanted", "2")
	s.put("second", "wanted", "3") // loses its name
	s.put("third", "third", "3")   // and so its ID, to this one
	s.put("fourth", "third", "4")  // which has its name, too
	for i := range 100 {
		s.put(fmt.Sprint("other-", i), fmt.Sprint("other-", i), fmt.Sprint("other-", i))
	}
	for _, row := range []struct {
		service, plan string
		refused       string
		shown         []string
	}{
		{"1", "alone", "", []string{"alone"}},
		{"1", "first", "plan_id", []string{"alone"}},
		{"2", "first", "", []string{"first", "fourth", "second", "third"}},
		{"3", "second", "plan_id", []string{"first", "fourth", "second", "third"}},
		{"3", "third", "", []string{"first", "fourth", "second", "third"}},
		{"4", "fourth", "service_id", []string{"first", "fourth", "second", "third"}},
		{"5", "alone", "service_id", nil},
	} {
		t.Run(row.service+" "+row.plan, func(t *testing.T) {
			g := NewWithT(t)
			s.shown = nil
			chosen, err := New(s).choose(t.Context(), row.service, row.plan)
			if row.refused != "" {
				g.Expect(err).To(MatchError(ContainSubstring(row.refused)))
			} else {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(chosen.blueprint.Name).To(Equal(row.plan))
			}
			slices.Sort(s.shown)
			g.Expect(slices.Compact(s.shown)).To(Equal(row.shown))
		})
	}
}
