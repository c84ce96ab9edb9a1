// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// noon is when the candidate was created.
var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// offering is a blueprint with an offering, created some hours after noon, whose newest revision is at the Manager.
func offering(name string, hours int, change ...func(*v1alpha1.CloudifyBlueprint)) *v1alpha1.CloudifyBlueprint {
	b := &v1alpha1.CloudifyBlueprint{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, Generation: 1, CreationTimestamp: metav1.NewTime(noon.Add(time.Duration(hours) * time.Hour)),
		},
		Spec:   v1alpha1.CloudifyBlueprintSpec{Offering: &v1alpha1.Offering{}},
		Status: v1alpha1.CloudifyBlueprintStatus{BlueprintID: name, Description: "A " + name},
	}
	for _, c := range change {
		c(b)
	}
	return b
}

func named(name string) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.Name = name }
}

func offeringID(id string) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.ID = id }
}

func withPlans(plans ...v1alpha1.Plan) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.Plans = plans }
}

// tagged has so many tags of a length in letters that take more than a byte.
func tagged(length, count int) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) {
		for i := range count {
			b.Spec.Offering.Tags = append(b.Spec.Offering.Tags, fmt.Sprintf("%02d", i)+strings.Repeat("é", length-2))
		}
	}
}

// catalogued is one that the catalog lists as its spec says.
func catalogued(b *v1alpha1.CloudifyBlueprint) {
	b.Status.Offering = offeringOf(b, "cluster")
	b.Status.Offering.Schema = raw(`{"kept": true}`)
	judgedAs(v1alpha1.ReasonOffered)(b)
}

// judgedAs is what an earlier reconcile came to.
func judgedAs(reason string) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) {
		status := metav1.ConditionFalse
		if reason == v1alpha1.ReasonOffered {
			status = metav1.ConditionTrue
		}
		outcome.Set(&b.Status.Conditions, b.Generation, metav1.Condition{Type: v1alpha1.OfferedCondition, Status: status, Reason: reason})
	}
}

func discovered(b *v1alpha1.CloudifyBlueprint) {
	b.Labels = map[string]string{v1alpha1.DiscoveredByLabel: "default"}
}

func edited(b *v1alpha1.CloudifyBlueprint) { b.Generation++ }

func ended(b *v1alpha1.CloudifyBlueprint) { b.DeletionTimestamp = &metav1.Time{Time: noon} }

// declared is what the revisions of these tests declare.
func declared() *inputs.Schema {
	return &inputs.Schema{Inputs: map[string]inputs.Input{
		"size": {Type: "string", Constraints: []map[string]any{{"valid_values": []any{"small", "large"}}}}, "password": {Type: "string", Hidden: true, Default: "s3cret"},
	}}
}

var declaredOutputs = credentials.Outputs{Capabilities: map[string]any{"host": ""}, Outputs: map[string]any{"port": ""}}

// withKey makes the credentials of one key, uri.
func withKey(key v1alpha1.BindingKey) func(*v1alpha1.CloudifyBlueprint) {
	key.Name = "uri"
	return func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering.Binding = &v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{key}}
	}
}

func TestJudge(t *testing.T) {
	plan := func(name, id string, fixed map[string]v1alpha1.JSON) v1alpha1.Plan {
		return v1alpha1.Plan{Name: name, ID: id, Inputs: fixed}
	}
	fixes := func(name, value string) v1alpha1.Plan {
		return plan("small", "", map[string]v1alpha1.JSON{name: *raw(value)})
	}
	large := &inputs.Schema{Inputs: map[string]inputs.Input{"size": {Type: "string", Description: strings.Repeat("x", 70_000)}}}
	all := func(*candidate) {}
	unread := func(c *candidate) { c.schema = nil }
	pending := func(c *candidate) { c.pending = true }

	for _, row := range []struct {
		name      string
		blueprint *v1alpha1.CloudifyBlueprint
		change    func(*candidate)
		reason    string // "" is unknown: what was found before stands
		words     string
	}{
		{"with all defaults", offering("cellar", 0), all, "Offered", "lists cellar"},
		{"with plans", offering("cellar", 0, withPlans(fixes("size", `"small"`), plan("large", "", nil))), all, "Offered", ""},
		{"a plan may call functions", offering("cellar", 0, withPlans(fixes("size", `{"get_secret": "size"}`))), all, "Offered", ""},
		{"deleting", offering("cellar", 0, catalogued, ended), all, "Deleting", ""},
		{"not uploaded", offering("cellar", 0, func(b *v1alpha1.CloudifyBlueprint) { b.Status.BlueprintID = "" }), all, "NotUploaded", "no revision"},
		{"not for the instances' namespace", offering("cellar", 0), func(c *candidate) { c.deployable = false }, "NotDeployable", "services, which may not use this blueprint: allow it in spec.allowedNamespaces"},
		{"no name", offering("___", 0), all, "InvalidOffering", "spec.offering.name"},
		{"a name too long", offering(strings.Repeat("x", 64), 0), all, "InvalidOffering", "64 characters"},
		{"a name as long as may be", offering(strings.Repeat("x", 63), 0), all, "Offered", ""},
		{"plans of one ID", offering("cellar", 0, withPlans(plan("a", "1", nil), plan("b", "1", nil))), all, "InvalidOffering", "plans a and b have the same ID"},
		{"a plan fixes what is not declared", offering("cellar", 0, withPlans(fixes("sise", `"small"`))), all, "InvalidOffering", `plan small: input "sise" is not declared`},
		{"a plan fixes a wrong type", offering("cellar", 0, withPlans(fixes("size", `1`))), all, "InvalidOffering", "plan small: input \"size\" must be a string"},
		{"a plan fixes what is not allowed", offering("cellar", 0, withPlans(fixes("size", `"huge"`))), all, "InvalidOffering", "must be one of"},
		{"a secret that is not declared", offering("cellar", 0, func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.SensitiveInputs = []string{"pasword"} }), all, "InvalidOffering", "pasword"},
		{"credentials that a template may not make", offering("cellar", 0, withKey(v1alpha1.BindingKey{Template: "{{ printf .host }}"})), all, "InvalidOffering", "spec.offering.binding: key uri: "},
		{"credentials of what is declared", offering("cellar", 0, withKey(v1alpha1.BindingKey{Template: "http://{{ .host }}:{{ .port }}/"})), all, "Offered", ""},
		{"credentials of a field that is not declared", offering("cellar", 0, withKey(v1alpha1.BindingKey{Template: "http://{{ .hots }}/"})), all, "InvalidOffering", "key uri: the deployment has no hots"},
		{"credentials of a capability that is an output", offering("cellar", 0, withKey(v1alpha1.BindingKey{Capability: "port"})), all, "InvalidOffering", "key uri: the deployment has no capability port"},
		{"inputs too large to describe", offering("cellar", 0), func(c *candidate) { c.schema = large }, "InvalidOffering", "platforms accept at most 65536"},
		{"tags that platforms take together", offering("cellar", 0, tagged(64, 32)), all, "Offered", "the catalog lists cellar"},
		{"tags that platforms do not take together", offering("cellar", 0, tagged(64, 40)), all, "Offered", "without 8 of its 40 tags"},
		{"maintenance info that platforms do not take", offering("cellar", 0, withPlans(v1alpha1.Plan{
			Name: "small", MaintenanceInfo: &v1alpha1.MaintenanceInfo{Version: "1.0.0", Description: strings.Repeat(`"`, 1024)}})), all, "InvalidOffering", "plan small: maintenanceInfo has 2084 characters as JSON, but platforms accept at most 2000"},
		{"nothing known of the revision", offering("cellar", 0), unread, "", ""},
		{"nothing known, but offered", offering("cellar", 0, catalogued), unread, "Offered", ""},
		{"nothing known, and edited", offering("cellar", 0, catalogued, edited), unread, "", ""},
		{"nothing known, and invalid", offering("cellar", 0, judgedAs("InvalidOffering")), unread, "", ""},
		{"nothing known, and no longer allowed", offering("cellar", 0, catalogued), func(c *candidate) { c.schema, c.deployable = nil, false }, "NotDeployable", ""},
		{"not right for the old revision, and offered", offering("cellar", 0, catalogued, withPlans(fixes("sise", `"small"`))), pending, "", ""},
		{"not right for the old revision, and never offered", offering("cellar", 0, withPlans(fixes("sise", `"small"`))), pending, "InvalidOffering", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			c := candidate{blueprint: row.blueprint, cluster: "cluster", namespace: "services", deployable: true, schema: declared(), outputs: declaredOutputs}
			row.change(&c)
			v := judge(c)
			g.Expect(v.reason).To(Equal(row.reason))
			g.Expect(v.unknown).To(Equal(row.reason == ""))
			g.Expect(v.message).To(ContainSubstring(row.words))
			g.Expect(v.offering != nil).To(Equal(row.reason == "Offered"))
		})
	}
}

func TestOfferingOf(t *testing.T) {
	g := NewWithT(t)
	b := offering("Node_Cellar.v2", 0)
	offered := judge(candidate{blueprint: b, cluster: "cluster", deployable: true, schema: declared()}).offering
	g.Expect(offered.Name).To(Equal("node-cellar-v2"))
	g.Expect(offered.Description).To(Equal("A Node_Cellar.v2"))
	g.Expect(offered.ID).To(Equal("ede05cfb-5970-5277-ab5a-52ddb0c177b4"), "IDs are for good")
	g.Expect(offered.Plans).To(Equal([]v1alpha1.PlanStatus{{Name: "default", ID: nameBasedID(offered.ID, "default")}}))
	g.Expect(string(offered.Schema.Raw)).To(MatchJSON(`{"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "additionalProperties": false, "required": ["size"],
		"properties": {"size": {"type": "string", "enum": ["small", "large"]}, "password": {"type": "string", "format": "password"}}}`))

	other := offeringOf(b, "another-cluster")
	g.Expect(other.ID).NotTo(Equal(offered.ID))
	g.Expect(other.Plans[0].ID).NotTo(Equal(offered.Plans[0].ID))
	b.Namespace = "mall"
	g.Expect(offeringOf(b, "cluster").ID).NotTo(Equal(offered.ID))

	b = offering("cellar", 0, named("Cellar.2"), offeringID("17"), withPlans(v1alpha1.Plan{Name: "small", ID: "18"}, v1alpha1.Plan{Name: "large"}), func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering.Description = " For wine "
	})
	g.Expect(offeringOf(b, "cluster")).To(Equal(&v1alpha1.OfferingStatus{
		ID: "17", Name: "Cellar.2", Description: "For wine", Plans: []v1alpha1.PlanStatus{{Name: "small", ID: "18"}, {Name: "large", ID: nameBasedID("17", "large")}},
	}))
	b.Spec.Offering.Description, b.Status.Description = "\n", "  "
	g.Expect(offeringOf(b, "cluster").Description).To(Equal("Cellar.2"), "platforms want a description")
}

func TestContest(t *testing.T) {
	waits := judgedAs(v1alpha1.ReasonOfferingNameTaken)
	plan := withPlans(v1alpha1.Plan{Name: "a", ID: "p"})
	for _, row := range []struct {
		name      string
		blueprint *v1alpha1.CloudifyBlueprint
		others    []*v1alpha1.CloudifyBlueprint
		reason    string
		words     string
	}{
		{"nobody else", offering("a", 0), nil, "Offered", ""},
		{"withdrawn", offering("a", 0, func(b *v1alpha1.CloudifyBlueprint) {
			b.Annotations = map[string]string{v1alpha1.WithdrawnAnnotation: "the Manager has it no more"}
		}), nil, "OfferingWithdrawn", "the Manager has it no more"},
		{"another name", offering("a", 0), []*v1alpha1.CloudifyBlueprint{offering("b", -1, catalogued)}, "Offered", ""},
		{"an older one has the name", offering("a", 0), []*v1alpha1.CloudifyBlueprint{offering("b", -1, named("a"), catalogued)}, "OfferingNameTaken", "shop/b already has the name a"},
		{"an older one has the ID", offering("a", 0, offeringID("1")), []*v1alpha1.CloudifyBlueprint{offering("b", -1, offeringID("1"), catalogued)}, "OfferingIDTaken", "shop/b already has the ID 1"},
		{"an older one has the ID of a plan", offering("a", 0, plan), []*v1alpha1.CloudifyBlueprint{offering("b", -1, plan, catalogued)}, "OfferingIDTaken", "shop/b already has a plan with the ID p"},
		{"an older one of the name is not fit for the catalog", offering("a", 0), []*v1alpha1.CloudifyBlueprint{offering("b", -1, named("a"), judgedAs("InvalidOffering"))}, "Offered", ""},
		{"an older one of the name was not judged", offering("a", 0), []*v1alpha1.CloudifyBlueprint{offering("b", -1, named("a"))}, "Offered", ""},
		{"an older one of the name leaves", offering("a", 0), []*v1alpha1.CloudifyBlueprint{offering("b", -1, named("a"), catalogued, ended)}, "Offered", ""},
		{"an older one offers no more", offering("a", 0), []*v1alpha1.CloudifyBlueprint{offering("a", -1, catalogued, func(b *v1alpha1.CloudifyBlueprint) {
			b.Namespace, b.Spec.Offering = "mall", nil
		})}, "Offered", ""},
		{"a younger one has the name, and will lose it", offering("a", 0), []*v1alpha1.CloudifyBlueprint{offering("b", 1, named("a"), catalogued)}, "Offered", ""},
		{"a younger one has left", offering("a", 0, waits), []*v1alpha1.CloudifyBlueprint{offering("b", 1, named("a"), waits)}, "Offered", ""},
		{"an older one claims the name", offering("a", 0, catalogued), []*v1alpha1.CloudifyBlueprint{offering("b", -1, named("a"), waits)}, "OfferingNameTaken", "shop/b"},
		{"of one age, the first by name", offering("b", 0, named("x")), []*v1alpha1.CloudifyBlueprint{offering("a", 0, named("x"), catalogued)}, "OfferingNameTaken", "shop/a"},
		{"what was written goes before what was found", offering("a", 1, waits), []*v1alpha1.CloudifyBlueprint{offering("b", 0, named("a"), discovered, waits)}, "Offered", ""},
		{"what was found goes after what was written", offering("a", 0, discovered, catalogued), []*v1alpha1.CloudifyBlueprint{offering("b", 1, named("a"), waits)}, "OfferingNameTaken", "shop/b"},
		{"who lost its name takes no ID", offering("c", 2, offeringID("2")), []*v1alpha1.CloudifyBlueprint{
			offering("a", 0, named("x"), catalogued), offering("b", 1, named("x"), offeringID("2"), waits),
		}, "Offered", ""},
		{"it stands for what somebody wrote one for", offering("a", 0, discovered, catalogued), []*v1alpha1.CloudifyBlueprint{offering("b", 1, func(b *v1alpha1.CloudifyBlueprint) {
			b.Spec.BlueprintID, b.Status.BlueprintID, b.Spec.Offering = "a", "a", nil
		})}, "OfferingShadowed", "shop/b"},
		{"somebody wrote one for it, but may not use the Manager", offering("a", 0, discovered, catalogued), []*v1alpha1.CloudifyBlueprint{offering("b", 1, func(b *v1alpha1.CloudifyBlueprint) {
			b.Spec.BlueprintID, b.Status.BlueprintID, b.Spec.Offering = "a", "", nil
		})}, "Offered", ""},
		{"somebody wrote one for it at another Manager", offering("a", 0, discovered, catalogued), []*v1alpha1.CloudifyBlueprint{offering("b", 1, func(b *v1alpha1.CloudifyBlueprint) {
			b.Spec.BlueprintID, b.Status.BlueprintID, b.Spec.ManagerRef = "a", "a", &v1alpha1.ManagerReference{Name: "another"}
		})}, "Offered", ""},
		{"two are written for one blueprint", offering("a", 0), []*v1alpha1.CloudifyBlueprint{offering("b", 1, func(b *v1alpha1.CloudifyBlueprint) {
			b.Spec.BlueprintID, b.Status.BlueprintID = "a", "a"
		}, named("b"), catalogued)}, "Offered", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			v := judge(candidate{blueprint: row.blueprint, cluster: "cluster", deployable: true, schema: declared(), others: row.others})
			g.Expect(v.reason).To(Equal(row.reason))
			g.Expect(v.message).To(ContainSubstring(row.words))
		})
	}
}
