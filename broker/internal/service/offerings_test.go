// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

const offeredSchema = `{"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "additionalProperties": false,
	"properties": {"port": {"type": "integer", "default": 8080}, "size": {"type": "integer"}, "password": {"type": "string", "format": "password"}},
	"required": ["password", "size"]}`

// offered is a blueprint that is offered with the plan default, or these.
func offered(id, name string, plans ...v1alpha1.Plan) *v1alpha1.CloudifyBlueprint {
	b := &v1alpha1.CloudifyBlueprint{}
	b.Spec.Offering = &v1alpha1.Offering{Plans: plans}
	b.Status.Offering = &v1alpha1.OfferingStatus{ID: id, Name: name, Schema: &v1alpha1.JSON{Raw: []byte(offeredSchema)}}
	if len(plans) == 0 {
		plans = []v1alpha1.Plan{{Name: v1alpha1.DefaultPlanName}}
	}
	for _, plan := range plans {
		b.Status.Offering.Plans = append(b.Status.Offering.Plans, v1alpha1.PlanStatus{Name: plan.Name, ID: id + "-" + plan.Name})
	}
	return b
}

func catalogOf(t *testing.T, blueprints ...*v1alpha1.CloudifyBlueprint) string {
	t.Helper()
	raw, err := json.Marshal(new(rendered).catalog(blueprints))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(raw)
}

func TestCatalogIsEmptyAtFirst(t *testing.T) {
	NewWithT(t).Expect(catalogOf(t)).To(MatchJSON(`{"services": []}`))
}

// An offering without more than a name has everything that a platform needs.
func TestCatalogOfDefaults(t *testing.T) {
	NewWithT(t).Expect(catalogOf(t, offered("1", "nodecellar"))).To(MatchJSON(`{"services": [{
		"id": "1", "name": "nodecellar", "description": "nodecellar", "bindable": true, "instances_retrievable": true,
		"bindings_retrievable": true, "allow_context_updates": true, "plan_updateable": true,
		"plans": [{"id": "1-default", "name": "default", "description": "default", "free": true, "bindable": true, "plan_updateable": true, "binding_rotatable": false,
			"maximum_polling_duration": 7200, "schemas": {"service_instance": {
				"create": {"parameters": ` + offeredSchema + `},
				"update": {"parameters": {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "additionalProperties": false,
					"properties": {"port": {"type": "integer", "default": 8080}, "size": {"type": "integer"}, "password": {"type": "string", "format": "password"}}}}
			}}}]}]}`))
}

func TestCatalogOfEverything(t *testing.T) {
	raw := func(value string) v1alpha1.JSON { return v1alpha1.JSON{Raw: []byte(value)} }
	b := offered("1", "nodecellar", v1alpha1.Plan{
		Name: "small", Description: "For one", Free: new(false), Inputs: map[string]v1alpha1.JSON{"size": raw("1"), "password": raw(`"x"`)},
		MaximumPollingDuration: &metav1.Duration{Duration: 90 * time.Minute},
		MaintenanceInfo:        &v1alpha1.MaintenanceInfo{Version: "1.2.0", Description: "Newer"},
		Metadata: &v1alpha1.PlanMetadata{DisplayName: "Small", Bullets: []string{"one"}, Costs: []v1alpha1.PlanCost{
			{Amount: map[string]v1alpha1.JSON{"eur": raw("9.50")}, Unit: "MONTHLY"}}},
	})
	b.Status.Offering.Description = "Drinks & <more>"
	b.Spec.Offering.Tags = []string{"web"}
	b.Spec.Offering.Bindable = new(false)
	b.Spec.Offering.Binding = &v1alpha1.BindingTemplate{Rotatable: true}
	b.Spec.Offering.Metadata = &v1alpha1.OfferingMetadata{
		DisplayName: "Cellar", ImageURL: "data:,", LongDescription: "long", ProviderDisplayName: "us", DocumentationURL: "https://d", SupportURL: "https://s"}
	got := catalogOf(t, b)
	g := NewWithT(t)
	g.Expect(got).To(MatchJSON(`{"services": [{
		"id": "1", "name": "nodecellar", "description": "Drinks & <more>", "tags": ["web"], "bindable": false, "instances_retrievable": true,
		"bindings_retrievable": false, "allow_context_updates": true, "plan_updateable": true,
		"metadata": {"displayName": "Cellar", "imageUrl": "data:,", "longDescription": "long", "providerDisplayName": "us", "documentationUrl": "https://d", "supportUrl": "https://s"},
		"plans": [{"id": "1-small", "name": "small", "description": "For one", "free": false, "bindable": false, "plan_updateable": true, "binding_rotatable": true,
			"maximum_polling_duration": 5400, "maintenance_info": {"version": "1.2.0", "description": "Newer"},
			"metadata": {"displayName": "Small", "bullets": ["one"], "costs": [{"amount": {"eur": 9.50}, "unit": "MONTHLY"}]},
			"schemas": {"service_instance": {
				"create": {"parameters": {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "additionalProperties": false, "properties": {"port": {"type": "integer", "default": 8080}}}},
				"update": {"parameters": {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "additionalProperties": false, "properties": {"port": {"type": "integer", "default": 8080}}}}
			}}}]}]}`))
}

// Cloud Controller refuses the whole catalog for an offering with tags of more than 2,048 characters.
func TestCatalogLeavesOutTagsThatAreTooMany(t *testing.T) {
	g := NewWithT(t)
	b := offered("1", "nodecellar")
	for i := range 40 {
		b.Spec.Offering.Tags = append(b.Spec.Offering.Tags, fmt.Sprintf("%02d", i)+strings.Repeat("x", 62))
	}
	var catalog osb.Catalog
	g.Expect(json.Unmarshal([]byte(catalogOf(t, b)), &catalog)).To(Succeed())
	g.Expect(catalog.Services[0].Tags).To(Equal(b.Spec.Offering.Tags[:32]))
}

// One bad offering breaks itself, not the catalog.
func TestCatalogLeavesOutWhatIsBad(t *testing.T) {
	large := offered("2", "large")
	large.Status.Offering.Schema.Raw = []byte(`{"$schema": "x", "type": "object", "properties": {"a": {"description": "` + strings.Repeat("x", 64<<10) + `"}}}`)
	broken := offered("3", "broken")
	broken.Status.Offering.Schema.Raw = []byte(`[]`)
	without := offered("4", "without")
	without.Status.Offering.Schema = nil
	planless := offered("5", "planless")
	planless.Status.Offering.Plans = nil
	overtaken := offered("6", "overtaken")
	overtaken.Spec.Offering.Plans = []v1alpha1.Plan{{Name: "new"}}
	samePlan := offered("8", "same-plan", v1alpha1.Plan{Name: "a"}, v1alpha1.Plan{Name: "b"})
	samePlan.Status.Offering.Plans[1].ID = samePlan.Status.Offering.Plans[0].ID

	var got struct {
		Services []struct {
			ID    string
			Plans []struct {
				ID      string
				Schemas json.RawMessage
			}
		}
	}
	g := NewWithT(t)
	g.Expect(json.Unmarshal([]byte(catalogOf(t, large, broken, without, planless, overtaken, samePlan)), &got)).To(Succeed())
	var listed []string
	for _, s := range got.Services {
		listed = append(listed, s.ID)
		g.Expect(s.Plans).To(HaveLen(1))
		g.Expect(s.Plans[0].Schemas != nil).To(Equal(s.ID == "8"), "the schema of %s", s.ID)
	}
	g.Expect(listed).To(Equal([]string{"2", "3", "4", "8"}))
}

// The broker of 2018 numbered services and plans, each from 1. Offerings with its numbers are all there.
func TestCatalogOfNumbers(t *testing.T) {
	one, two := offered("1", "one"), offered("2", "two")
	one.Status.Offering.Plans[0].ID, two.Status.Offering.Plans[0].ID = "1", "3"
	three := offered("3", "three")
	three.Status.Offering.Plans[0].ID = "2"
	var got osb.Catalog
	g := NewWithT(t)
	g.Expect(json.Unmarshal([]byte(catalogOf(t, one, two, three)), &got)).To(Succeed())
	var listed []string
	for _, s := range got.Services {
		for _, plan := range s.Plans {
			listed = append(listed, s.ID+"/"+plan.ID)
		}
	}
	g.Expect(listed).To(Equal([]string{"1/1", "2/3", "3/2"}))
}

// Of a blueprint much changes that the catalog does not tell.
func TestSameOffering(t *testing.T) {
	listed := func(change ...func(*v1alpha1.CloudifyBlueprint)) *v1alpha1.CloudifyBlueprint {
		b := offered("1", "nodecellar", v1alpha1.Plan{Name: "small"})
		b.Status.Conditions = []metav1.Condition{{Type: v1alpha1.OfferedCondition, Status: metav1.ConditionTrue}}
		for _, c := range change {
			c(b)
		}
		return b
	}
	withdrawn := func(b *v1alpha1.CloudifyBlueprint) { b.Status.Conditions = nil }
	for name, row := range map[string]struct {
		before, after *v1alpha1.CloudifyBlueprint
		same          bool
	}{
		"nothing":              {listed(), listed(), true},
		"the count of users":   {listed(), listed(func(b *v1alpha1.CloudifyBlueprint) { b.ResourceVersion, b.Status.ObservedGeneration = "2", 7 }), true},
		"what is not offered":  {listed(withdrawn), listed(withdrawn, func(b *v1alpha1.CloudifyBlueprint) { b.Status.Offering.Name = "x" }), true},
		"no longer offered":    {listed(), listed(withdrawn), false},
		"offered now":          {listed(withdrawn), listed(), false},
		"what the author says": {listed(), listed(func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.Plans[0].Description = "x" }), false},
		"what is offered":      {listed(), listed(func(b *v1alpha1.CloudifyBlueprint) { b.Status.Offering.Description = "x" }), false},
		"whose it is":          {listed(), listed(func(b *v1alpha1.CloudifyBlueprint) { b.Labels = map[string]string{v1alpha1.DiscoveredByLabel: "m"} }), false},
		"another object":       {listed(), listed(func(b *v1alpha1.CloudifyBlueprint) { b.UID = "2" }), false},
	} {
		NewWithT(t).Expect(SameOffering(row.before, row.after)).To(Equal(row.same), name)
	}
}

// Offerings that did not change are not rendered again.
func TestCatalogOfKeptOfferings(t *testing.T) {
	g := NewWithT(t)
	var r rendered
	one, two := offered("1", "a"), offered("2", "b")
	first := r.catalog([]*v1alpha1.CloudifyBlueprint{one, two})
	changed := two.DeepCopy()
	changed.Status.Offering.Name = "c"
	second := r.catalog([]*v1alpha1.CloudifyBlueprint{one, changed})
	g.Expect(&second.Services[0].Plans[0]).To(BeIdenticalTo(&first.Services[0].Plans[0]))
	g.Expect(second.Services[1].Name).To(Equal("c"))
	g.Expect(r.last).To(HaveLen(2), "what is gone is not kept")
}
