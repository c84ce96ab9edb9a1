// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// entry is the entry of a blueprint that is some hours old. By default no other entry has its IDs.
func entry(name string, age int, wants string, change ...func(*Entry)) Entry {
	b := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: name, CreationTimestamp: metav1.NewTime(time.Date(2026, 1, 1, 12-age, 0, 0, 0, time.UTC)),
	}}
	e := Entry{Blueprint: b, Offering: &v1alpha1.OfferingStatus{ID: "id-of-" + name, Name: wants}}
	for _, c := range change {
		c(&e)
	}
	return e
}

func discovered(e *Entry) {
	e.Blueprint.Labels = map[string]string{v1alpha1.DiscoveredByLabel: "default"}
}

func ofID(id string) func(*Entry) { return func(e *Entry) { e.Offering.ID = id } }

func withPlans(ids ...string) func(*Entry) {
	return func(e *Entry) {
		for _, id := range ids {
			e.Offering.Plans = append(e.Offering.Plans, v1alpha1.PlanStatus{Name: id, ID: id})
		}
	}
}

func TestContest(t *testing.T) {
	for _, row := range []struct {
		name    string
		entries []Entry
		losses  []string // winner and key of each entry
	}{
		{"nobody", nil, []string{}},
		{"each its own", []Entry{entry("a", 0, "x"), entry("b", 0, "y")}, []string{"", ""}},
		{"the older has the name", []Entry{entry("a", 1, "x"), entry("b", 2, "x")}, []string{"b name/x", ""}},
		{"of one age, the first by name", []Entry{entry("b", 0, "x"), entry("a", 0, "x")}, []string{"a name/x", ""}},
		{"what was written goes before what was found", []Entry{entry("a", 2, "x", discovered), entry("b", 1, "x")}, []string{"b name/x", ""}},
		{"of two that were found, the older", []Entry{entry("a", 1, "x", discovered), entry("b", 2, "x", discovered)}, []string{"b name/x", ""}},
		{"the ID", []Entry{entry("a", 1, "x", ofID("1")), entry("b", 2, "y", ofID("1"))}, []string{"b id/1", ""}},
		{"the ID of a plan", []Entry{entry("a", 1, "x", withPlans("p", "q")), entry("b", 2, "y", withPlans("q"))}, []string{"b plan/q", ""}},
		{"a plan has the ID of an offering", []Entry{entry("a", 1, "x", ofID("1")), entry("b", 2, "y", ofID("2"), withPlans("1"))}, []string{"", ""}},
		{"plans of one ID within an offering", []Entry{entry("a", 1, "x", withPlans("p", "p"))}, []string{""}},
		{"who lost its name takes no ID", []Entry{entry("a", 3, "x"), entry("b", 2, "x", ofID("1")), entry("c", 1, "y", ofID("1"))}, []string{"", "a name/x", ""}},
	} {
		t.Run(row.name, func(t *testing.T) {
			losses := []string{}
			for _, loss := range Contest(row.entries) {
				if loss == nil {
					losses = append(losses, "")
				} else {
					losses = append(losses, loss.Winner.Name+" "+loss.Key)
				}
			}
			NewWithT(t).Expect(losses).To(Equal(row.losses))
		})
	}
}
