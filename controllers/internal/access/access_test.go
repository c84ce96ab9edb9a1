// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package access

import (
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// namespaces are the operator's own, the catalog's, and a team's with labels.
func namespaces() client.Reader {
	var all []client.Object
	for name, labels := range map[string]map[string]string{
		"operator": nil, "catalog": nil, "shop": {"team": "wine", "kubernetes.io/metadata.name": "shop"},
	} {
		all = append(all, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})
	}
	return fake.NewClientBuilder().WithObjects(all...).Build()
}

func selector(labels ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for i := 0; i < len(labels); i += 2 {
		s.MatchLabels[labels[i]] = labels[i+1]
	}
	return s
}

var notInShop = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "team", Operator: metav1.LabelSelectorOpDoesNotExist}}}

func TestWhoMayDeployABlueprint(t *testing.T) {
	type allowed = v1alpha1.AllowedNamespaces
	for _, row := range []struct {
		name    string
		allowed *allowed
		own     bool
		shop    bool
	}{
		{"unset", nil, true, false},
		{"Same", &allowed{From: "Same"}, true, false},
		{"All", &allowed{From: "All"}, true, true},
		{"a label of the other", &allowed{From: "Selector", Selector: selector("team", "wine")}, false, true},
		{"the name of the other", &allowed{From: "Selector", Selector: selector("kubernetes.io/metadata.name", "shop")}, false, true},
		{"another value", &allowed{From: "Selector", Selector: selector("team", "beer")}, false, false},
		{"all but the other", &allowed{From: "Selector", Selector: notInShop}, true, false},
		{"an empty selector", &allowed{From: "Selector", Selector: selector()}, true, true},
		{"no selector", &allowed{From: "Selector"}, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Namespace: "catalog"}}
			b.Spec.AllowedNamespaces = row.allowed
			expect(t, OfBlueprint(b), map[string]bool{"catalog": row.own, "shop": row.shop})
		})
	}
}

func TestWhoseBlueprintsAManagerAccepts(t *testing.T) {
	type allowed = v1alpha1.BlueprintNamespaces
	for _, row := range []struct {
		name           string
		allowed        *allowed
		operator, shop bool
	}{
		{"unset", nil, true, false},
		{"Operator", &allowed{From: "Operator"}, true, false},
		{"All", &allowed{From: "All"}, true, true},
		{"a label", &allowed{From: "Selector", Selector: selector("team", "wine")}, false, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := &v1alpha1.CloudifyManager{}
			m.Spec.BlueprintNamespaces = row.allowed
			expect(t, OfManager(m, "operator"), map[string]bool{"operator": row.operator, "catalog": row.operator && row.shop, "shop": row.shop})
			m.Spec.Discovery = &v1alpha1.ManagerDiscovery{Namespace: "catalog"}
			expect(t, OfManager(m, "operator"), map[string]bool{"operator": row.operator, "catalog": true, "shop": row.shop})
		})
	}
}

func expect(t *testing.T, rule Rule, answers map[string]bool) {
	t.Helper()
	g := NewWithT(t)
	for namespace, allows := range answers {
		g.Expect(rule.Allows(t.Context(), namespaces(), namespace)).To(Equal(allows), namespace)
	}
}

// What cannot be found out is an error, not a refusal, and never a yes.
func TestWhatCannotBeTold(t *testing.T) {
	g := NewWithT(t)
	rule := Rule{From: v1alpha1.NamespacesFromSelector, Selector: selector("team", "wine")}
	_, err := rule.Allows(t.Context(), namespaces(), "gone")
	g.Expect(apierrors.IsNotFound(err)).To(BeTrue(), "got %v", err)

	rule.Selector = selector("not a label", "wine")
	yes, err := rule.Allows(t.Context(), namespaces(), "shop")
	g.Expect(err).To(MatchError(HavePrefix("selector of allowed namespaces: ")))
	g.Expect(yes).To(BeFalse())
}
