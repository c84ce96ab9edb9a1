// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"maps"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// labelled gives the spec labels, and displayed a name.
func labelled(labels map[string]v1alpha1.RemoteLabelValue) option {
	return func(s *scope) { s.deployment.Spec.Labels = labels }
}

func displayed(name string) option { return func(s *scope) { s.deployment.Spec.DisplayName = name } }

func own(labels cloudify.LabelSet) cloudify.LabelSet {
	all := cloudify.LabelSet{"k8s-cluster": {"cluster"}, "k8s-namespace": {"shop"}, "k8s-name": {"cellar"}, "managed-by": {"cloudify-operator"}}
	maps.Copy(all, labels)
	return all
}

func TestDisplayName(t *testing.T) {
	g := NewWithT(t)
	g.Expect(cellar().displayName()).To(Equal("shop/cellar"))
	g.Expect(cellar(displayed("Our cellar")).displayName()).To(Equal("Our cellar"))
	g.Expect(cellar(displayed("ﬁne ①")).displayName()).To(Equal("fine 1"), "as the Manager stores it")
}

func TestWantedLabels(t *testing.T) {
	g := NewWithT(t)
	g.Expect(cellar().wantedLabels()).To(Equal(own(nil)))
	g.Expect(cellar(labelled(map[string]v1alpha1.RemoteLabelValue{"Team": "Wine ½"})).wantedLabels()).To(
		Equal(own(cloudify.LabelSet{"team": {"Wine 1⁄2"}})), "keys in lower case, values in normal form")
}

func has(labels cloudify.LabelSet) option { return func(s *scope) { s.history.remote.Labels = labels } }

func TestMergedLabels(t *testing.T) {
	team := labelled(map[string]v1alpha1.RemoteLabelValue{"team": "wine"})
	for _, row := range []struct {
		name   string
		remote cloudify.LabelSet
		merged cloudify.LabelSet
	}{
		{"none there", nil, own(cloudify.LabelSet{"team": {"wine"}})},
		{"others' stay", cloudify.LabelSet{"cost": {"1", "2"}, "csys-obj-type": {"service"}}, own(cloudify.LabelSet{"team": {"wine"}, "cost": {"1", "2"}, "csys-obj-type": {"service"}})},
		{"ours are put right", cloudify.LabelSet{"team": {"beer", "wine"}, "k8s-name": {"other"}}, own(cloudify.LabelSet{"team": {"wine"}})},
		{"what the Manager computes is not sent", cloudify.LabelSet{"csys-consumer-id": {"k8s-2"}}, own(cloudify.LabelSet{"team": {"wine"}})},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(team, at("active"), has(row.remote))
			before := len(row.remote)
			g.Expect(s.mergedLabels()).To(Equal(row.merged))
			g.Expect(row.remote).To(HaveLen(before), "what was read is left alone")
		})
	}
}

func TestHasLabels(t *testing.T) {
	team := labelled(map[string]v1alpha1.RemoteLabelValue{"team": "wine"})
	for _, row := range []struct {
		name  string
		scope *scope
		has   bool
	}{
		{"all", cellar(team, at("active")), true},
		{"all, and others'", cellar(team, at("active"), has(own(cloudify.LabelSet{"team": {"wine"}, "cost": {"1"}}))), true},
		{"none", cellar(at("active"), has(nil)), false},
		{"not the spec's", cellar(team, at("active"), has(own(nil))), false},
		{"another value", cellar(team, at("active"), has(own(cloudify.LabelSet{"team": {"beer"}}))), false},
		{"a value more", cellar(team, at("active"), has(own(cloudify.LabelSet{"team": {"wine", "beer"}}))), false},
		{"another display name", cellar(at("active"), displayed("Our cellar")), false},
		{"another display name, in a release without", cellar(inRelease(5, 2), at("active"), displayed("Our cellar")), true},
		{"none, in a release without", cellar(inRelease(5, 1), at("active"), has(nil)), true},
		{"none, in the first release with", cellar(inRelease(5, 2), at("active"), has(nil)), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.scope.hasLabels()).To(Equal(row.has))
		})
	}
}
