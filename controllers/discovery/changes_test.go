// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// remote is an uploaded blueprint at the Manager.
func remote(id string, change ...func(*cloudify.Blueprint)) cloudify.Blueprint {
	b := cloudify.Blueprint{ID: id, State: "uploaded", Description: "about " + id}
	for _, c := range change {
		c(&b)
	}
	return b
}

func inState(state string) func(*cloudify.Blueprint) {
	return func(b *cloudify.Blueprint) { b.State = state }
}

func labelled(key string, values ...string) func(*cloudify.Blueprint) {
	return func(b *cloudify.Blueprint) { b.Labels = cloudify.LabelSet{key: values} }
}

// catalog is how to discover, with offerings.
func catalog(change ...func(*v1alpha1.ManagerDiscovery)) *v1alpha1.ManagerDiscovery {
	d := &v1alpha1.ManagerDiscovery{Namespace: "catalog", Offered: new(true)}
	for _, c := range change {
		c(d)
	}
	return d
}

func notOffered(d *v1alpha1.ManagerDiscovery) { d.Offered = new(false) }

func onlyPublic(d *v1alpha1.ManagerDiscovery) {
	d.Labels = map[string]v1alpha1.RemoteLabelValue{"Stage": "public"}
}

// written is what discovery wrote of a blueprint, as the API server has it since.
func written(t testing.TB, d *v1alpha1.ManagerDiscovery, b cloudify.Blueprint, change ...func(*v1alpha1.CloudifyBlueprint)) *v1alpha1.CloudifyBlueprint {
	t.Helper()
	g := NewWithT(t)
	o := object("default", d, &b, nameOf(b.ID), *d.Offered, "")
	var stored v1alpha1.CloudifyBlueprint
	g.Expect(runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &stored)).To(Succeed())
	owns(t, &stored, o.Object, "labels", "annotations", "finalizers")
	for _, c := range change {
		c(&stored)
	}
	return &stored
}

// owns notes that discovery wrote the spec of an object and these of its metadata.
func owns(t testing.TB, b *v1alpha1.CloudifyBlueprint, content map[string]any, names ...string) {
	t.Helper()
	metadata := map[string]any{}
	for _, name := range names {
		metadata[name] = content["metadata"].(map[string]any)[name]
	}
	raw, err := json.Marshal(fieldsOf(map[string]any{"metadata": metadata, "spec": content["spec"]}))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	b.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: fieldManager, Operation: metav1.ManagedFieldsOperationApply, FieldsV1: metav1.NewFieldsV1(string(raw))}}
}

// claimedLater makes an object one that was created without a claim, and whose controller claimed it.
func claimedLater(t *testing.T) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(b)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		owns(t, b, content, "labels")
	}
}

// fieldsOf is a value as managedFields has it.
func fieldsOf(value any) map[string]any {
	owned := map[string]any{}
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			owned["f:"+name] = fieldsOf(member)
		}
	case []any:
		for _, item := range value {
			owned[fmt.Sprintf("v:%q", item)] = map[string]any{}
		}
	}
	return owned
}

func withdrawn(b *v1alpha1.CloudifyBlueprint) {
	b.Annotations = map[string]string{v1alpha1.WithdrawnAnnotation: "by somebody"}
}

func named(name string) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) { b.Name = name }
}

func deleting(b *v1alpha1.CloudifyBlueprint) { now := metav1.Now(); b.DeletionTimestamp = &now }

func deletes(b *v1alpha1.CloudifyBlueprint) { b.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete }

func TestPlan(t *testing.T) {
	const suffix = "-9efb3611"
	type found = []cloudify.Blueprint
	type existing = []*v1alpha1.CloudifyBlueprint
	elsewhere := catalog(func(d *v1alpha1.ManagerDiscovery) { d.Namespace = "elsewhere" })
	for _, row := range []struct {
		name      string
		discovery *v1alpha1.ManagerDiscovery
		found     found
		existing  existing
		taken     string // names, somebody's own with a star
		used      bool   // all that exist
		changes   string
		unfit     string
	}{
		{name: "nothing", discovery: catalog(), found: found{}},
		{name: "found", discovery: catalog(), found: found{remote("a"), remote("b")}, changes: "Create a, Create b"},
		{name: "not known yet", discovery: catalog(), existing: existing{written(t, catalog(), remote("a"))}},
		{name: "as it should be", discovery: catalog(), found: found{remote("a")}, existing: existing{written(t, catalog(), remote("a"))}},
		{name: "claimed later", discovery: catalog(), found: found{remote("a")}, existing: existing{written(t, catalog(), remote("a"), claimedLater(t))}},
		{name: "with people's plans", discovery: catalog(), found: found{remote("a", labelled("k", "v"))},
			existing: existing{written(t, catalog(), remote("a", labelled("k", "v")), func(b *v1alpha1.CloudifyBlueprint) {
				b.Spec.Offering.Plans = []v1alpha1.Plan{{Name: "small"}}
				b.Spec.Offering.Tags = append(b.Spec.Offering.Tags, "theirs")
				b.Labels["theirs"], b.Annotations = "x", map[string]string{"theirs": "x"}
			})}},
		{name: "another description", discovery: catalog(), found: found{remote("a", func(b *cloudify.Blueprint) { b.Description = "new" })},
			existing: existing{written(t, catalog(), remote("a"))}, changes: "Apply a"},
		{name: "no description any more", discovery: catalog(), found: found{remote("a", func(b *cloudify.Blueprint) { b.Description = "" })},
			existing: existing{written(t, catalog(), remote("a"))}, changes: "Apply a"},
		{name: "a label less", discovery: catalog(), found: found{remote("a", labelled("k", "v"))},
			existing: existing{written(t, catalog(), remote("a", labelled("k", "v", "w")))}, changes: "Apply a"},
		{name: "a label more", discovery: catalog(), found: found{remote("a", labelled("k", "v", "w"))},
			existing: existing{written(t, catalog(), remote("a", labelled("k", "v")))}, changes: "Apply a"},
		{name: "labels of the Manager's own", discovery: catalog(), found: found{remote("a", labelled("csys-obj-type", "service"))},
			existing: existing{written(t, catalog(), remote("a"))}},
		{name: "somebody's description over it", discovery: catalog(), found: found{remote("a")},
			existing: existing{written(t, catalog(), remote("a"), func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.Description = "theirs" })}, changes: "Apply a"},
		{name: "others may deploy it now", found: found{remote("a")}, existing: existing{written(t, catalog(), remote("a"))},
			discovery: catalog(func(d *v1alpha1.ManagerDiscovery) { d.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: "All"} }), changes: "Apply a"},
		{name: "no longer offered", discovery: catalog(notOffered), found: found{remote("a")}, existing: existing{written(t, catalog(), remote("a"))}, changes: "Apply a"},
		{name: "no longer offered, used", discovery: catalog(notOffered), found: found{remote("a")}, existing: existing{written(t, catalog(), remote("a"))}, used: true,
			changes: "Apply a (withdrawn: spec.discovery.offered of the CloudifyManager is false)"},
		{name: "never offered, used", discovery: catalog(notOffered), found: found{remote("a")}, existing: existing{written(t, catalog(notOffered), remote("a"))}, used: true},
		{name: "taken out by somebody", discovery: catalog(), found: found{remote("a")}, existing: existing{written(t, catalog(), remote("a"), withdrawn)}},
		{name: "vanished", discovery: catalog(), found: found{}, existing: existing{written(t, catalog(), remote("a"))}, changes: "Delete a (vanished)"},
		{name: "vanished, used", discovery: catalog(), found: found{}, existing: existing{written(t, catalog(), remote("a"))}, used: true, changes: "Withdraw a (vanished)"},
		{name: "vanished, used, withdrawn", discovery: catalog(), found: found{}, existing: existing{written(t, catalog(), remote("a"), withdrawn)}, used: true},
		{name: "vanished, withdrawn, no longer used", discovery: catalog(), found: found{}, existing: existing{written(t, catalog(), remote("a"), withdrawn)}, changes: "Delete a (vanished)"},
		{name: "vanished, to be deleted there", discovery: catalog(), found: found{}, existing: existing{written(t, catalog(), remote("a"), deletes)}, changes: "Delete a (vanished)"},
		{name: "being deleted", discovery: catalog(), found: found{remote("a")}, existing: existing{written(t, catalog(), remote("a"), deleting)}, taken: "a"},
		{name: "vanished, being deleted", discovery: catalog(), found: found{}, existing: existing{written(t, catalog(), remote("a"), deleting)}},
		{name: "uploaded again just now", discovery: catalog(), found: found{remote("a", inState("parsing"))}, existing: existing{written(t, catalog(), remote("a"))}},
		{name: "uploaded again in vain", discovery: catalog(), found: found{remote("a", inState("invalid"))}, existing: existing{written(t, catalog(), remote("a"))}, changes: "Delete a"},
		{name: "not uploaded", discovery: catalog(), found: found{remote("a", inState("parsing")), remote("b", inState("invalid"))}},
		{name: "an operator's", discovery: catalog(), found: found{remote("k8s-cellar-0123456789abcdef"), remote("b", labelled("managed-by", "cloudify-operator"))}},
		{name: "of other labels", discovery: catalog(onlyPublic), found: found{remote("a"), remote("b", labelled("stage", "internal"))}},
		{name: "of the right labels", discovery: catalog(onlyPublic), found: found{remote("a", labelled("stage", "tried", "public"))}, changes: "Create a"},
		{name: "of the right labels once", discovery: catalog(onlyPublic), found: found{remote("a")}, existing: existing{written(t, catalog(), remote("a"))}, changes: "Delete a"},
		{name: "of the right labels once, used", discovery: catalog(onlyPublic), found: found{remote("a")}, existing: existing{written(t, catalog(), remote("a"))}, used: true, changes: "Withdraw a"},
		{name: "off", existing: existing{written(t, catalog(), remote("a"))}, changes: "Delete a"},
		{name: "off, used", existing: existing{written(t, catalog(), remote("a"))}, used: true, changes: "Withdraw a"},
		{name: "off, to be deleted there", existing: existing{written(t, catalog(), remote("a"), deletes)}, changes: "Withdraw a"},
		{name: "another namespace", discovery: catalog(), found: found{remote("a")}, existing: existing{written(t, elsewhere, remote("a"))}, changes: "Delete a, Create a"},
		{name: "another namespace, not known yet", discovery: catalog(), existing: existing{written(t, elsewhere, remote("a"))}, changes: "Delete a"},
		{name: "two for one blueprint", discovery: catalog(), found: found{remote("a")},
			existing: existing{written(t, catalog(), remote("a")), written(t, catalog(), remote("a"), named("b"))}, changes: "Delete b"},
		{name: "a name that somebody has", discovery: catalog(), found: found{remote("a")}, taken: "a*", changes: "Create a" + suffix + " (a is in the way)"},
		{name: "a name that another has", discovery: catalog(), found: found{remote("a")}, taken: "a", changes: "Create a" + suffix},
		{name: "both names taken", discovery: catalog(), found: found{remote("a")}, taken: "a* a" + suffix + "*", unfit: "a"},
		{name: "one under another name", discovery: catalog(), found: found{remote("a")}, taken: "a* b", existing: existing{written(t, catalog(), remote("a"), named("b"))}},
		{name: "one name for two", discovery: catalog(), found: found{remote("A"), remote("a")}, changes: "Create a, Create a-524cb49e"},
		{name: "an ID that cannot be told", discovery: catalog(), found: found{remote("a b"), remote("c")}, changes: "Create c", unfit: "a b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := situation{manager: "default", discovery: row.discovery, found: row.found, existing: row.existing, taken: map[string]bool{}, used: map[types.NamespacedName]bool{}}
			for name := range strings.FieldsSeq(row.taken) {
				bare, own := strings.CutSuffix(name, "*")
				s.taken[bare] = own
			}
			for _, b := range row.existing {
				s.used[keyOf(b)] = row.used
			}
			changes, unfit := changesFor(s)
			var said []string
			for _, c := range changes {
				said = append(said, say(c))
			}
			g.Expect(strings.Join(said, ", ")).To(Equal(row.changes))
			g.Expect(strings.Join(unfit, ", ")).To(Equal(row.unfit))
		})
	}
}

func say(c change) string {
	said := string(c.step) + " "
	if c.existing != nil {
		said += c.existing.Name
	} else {
		said += c.object.GetName()
	}
	if c.vanished {
		said += " (vanished)"
	}
	if c.inTheWay != "" {
		said += " (" + c.inTheWay + " is in the way)"
	}
	if c.object != nil && c.object.GetAnnotations()[v1alpha1.WithdrawnAnnotation] != "" {
		said += " (withdrawn: " + c.object.GetAnnotations()[v1alpha1.WithdrawnAnnotation] + ")"
	}
	return said
}

func TestNameOf(t *testing.T) {
	for id, name := range map[string]string{
		"nodecellar": "nodecellar", "nodecellar-1.2": "nodecellar-1.2", "Node_Cellar": "node-cellar", "a~b__c": "a-b-c",
		"-a-": "a", ".a..b-.": "a.b", "~": "blueprint", "Größe": "gr-e", strings.Repeat("a", 199) + "--b": strings.Repeat("a", 199),
	} {
		NewWithT(t).Expect(nameOf(id)).To(Equal(name), id)
	}
}

func TestTagsOf(t *testing.T) {
	g := NewWithT(t)
	g.Expect(tagsOf(nil)).To(BeEmpty())
	g.Expect(tagsOf(cloudify.LabelSet{
		"kind": {"wine", "web", "wine"}, "csys-obj-type": {"service"}, "k8s-name": {"x"}, "managed-by": {"terraform"}, "long": {strings.Repeat("x", 255)},
	})).To(Equal([]any{"kind:web", "kind:wine"}))
	many := cloudify.LabelSet{}
	for i := range 100 {
		many["many"] = append(many["many"], fmt.Sprint(i))
	}
	g.Expect(tagsOf(many)).To(HaveLen(maxTags))
}

// Where a blueprint says nothing of itself the offering is empty, and what people add to it is no difference.
func TestAgreesOnAnEmptyOffering(t *testing.T) {
	g := NewWithT(t)
	b := remote("a", func(b *cloudify.Blueprint) { b.Description = "" })
	stored := written(t, catalog(), b)
	wanted := object("default", catalog(), &b, "a", true, "")
	g.Expect(agrees(stored, wanted)).To(BeTrue())
	stored.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{{Name: "small"}}}
	g.Expect(agrees(stored, wanted)).To(BeTrue())
	stored.Spec.Offering = nil
	g.Expect(agrees(stored, wanted)).To(BeFalse())
}

// A selector is owned whole.
func TestAgreesOnASelector(t *testing.T) {
	g := NewWithT(t)
	d := catalog(func(d *v1alpha1.ManagerDiscovery) {
		d.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: "Selector", Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a/b": "c"}}}
	})
	b := remote("a")
	stored := written(t, d, b)
	raw := strings.Replace(string(stored.ManagedFields[0].FieldsV1.GetRawBytes()), `{"f:matchLabels":{"f:a/b":{}}}`, "{}", 1)
	stored.ManagedFields[0].FieldsV1 = metav1.NewFieldsV1(raw)
	wanted := object("default", d, &b, "a", true, "")
	g.Expect(raw).To(ContainSubstring(`"f:selector":{}`))
	g.Expect(agrees(stored, wanted)).To(BeTrue())
	stored.Spec.AllowedNamespaces.Selector.MatchLabels["a/b"] = "d"
	g.Expect(agrees(stored, wanted)).To(BeFalse())
}

func TestOwnedFields(t *testing.T) {
	g := NewWithT(t)
	g.Expect(ownedFields(&v1alpha1.CloudifyBlueprint{})).To(BeNil())
	entry := func(manager, subresource, raw string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: manager, Subresource: subresource, FieldsV1: metav1.NewFieldsV1(raw)}
	}
	b := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{ManagedFields: []metav1.ManagedFieldsEntry{
		entry("kubectl", "", `{"f:spec":{"f:offering":{}}}`), entry(fieldManager, "status", `{"f:status":{}}`),
	}}}
	g.Expect(ownedFields(b)).To(BeNil(), "a copy that somebody made carries the label, but is not ours")
	b.ManagedFields = append(b.ManagedFields, entry(fieldManager, "", `{"f:spec":{"f:blueprintID":{}}}`), entry(fieldManager, "", `{"f:spec":{"f:managerRef":{"f:name":{}}}}`))
	g.Expect(json.Marshal(ownedFields(b))).To(MatchJSON(`{"f:spec": {"f:blueprintID": {}, "f:managerRef": {"f:name": {}}}}`))
}
