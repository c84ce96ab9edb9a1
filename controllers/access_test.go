// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

func TestManagerAcceptsBlueprintsOfTheOperatorsNamespace(t *testing.T) {
	s := tell(t, func(m *v1alpha1.CloudifyManager) { m.Spec.BlueprintNamespaces = nil })
	outside := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(cellar(t)))
	inside := testenv.Blueprint(s.operator.namespace, s.name, testenv.At(s.name), testenv.Inline(cellar(t)))
	s.create(outside, inside)
	s.eventually(inside, testenv.BeReady())
	s.eventually(outside, testenv.BeWaiting(v1alpha1.ReasonNamespaceNotAllowed,
		"CloudifyManager "+s.name+" does not accept blueprints of namespace "+s.name, "its administrator can allow that"))
	s.Expect(s.remoteBlueprints()).To(ConsistOf(inside.Status.BlueprintID))

	s.update(s.manager, func() {
		s.manager.Spec.BlueprintNamespaces = &v1alpha1.BlueprintNamespaces{From: v1alpha1.NamespacesFromAll}
	})
	s.eventually(outside, testenv.BeReady())
}

func TestManagerAcceptsBlueprintsBySelector(t *testing.T) {
	s := tell(t, func(m *v1alpha1.CloudifyManager) {
		m.Spec.BlueprintNamespaces = &v1alpha1.BlueprintNamespaces{
			From: v1alpha1.NamespacesFromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"blueprints": "yes"}},
		}
	})
	ns := s.namespace(map[string]string{"blueprints": "no"})
	b := testenv.Blueprint(ns.Name, "cellar", testenv.At(s.name), testenv.Inline(cellar(t)))
	s.create(b)
	s.eventually(b, testenv.BeWaiting(v1alpha1.ReasonNamespaceNotAllowed, ns.Name))
	s.update(ns, func() { ns.Labels["blueprints"] = "yes" })
	s.eventually(b, testenv.BeReady())

	// What exists already can be deleted, whatever the rule says by then.
	s.update(ns, func() { delete(ns.Labels, "blueprints") })
	s.delete(b)
	s.gone(b)
	s.Expect(s.remoteBlueprints()).To(BeEmpty())
}

func TestBlueprintIsDeployedFromElsewhere(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	ns := s.namespace(nil)
	d := testenv.Deployment(ns.Name, "shop", "cellar", testenv.Inputs(map[string]any{"name": "shop"}))
	d.Spec.BlueprintRef.Namespace = s.name
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonBlueprintNotAllowed,
		"CloudifyBlueprint "+s.name+"/cellar may not be used from namespace "+ns.Name, "its owner can allow that in spec.allowedNamespaces"))
	s.Expect(s.sim.Deployments()).To(BeEmpty())

	s.update(b, func() { testenv.AllowedFrom(v1alpha1.NamespacesFromSelector, map[string]string{"cellars": "yes"})(b) })
	s.consistently(d, testenv.BeWaiting(v1alpha1.ReasonBlueprintNotAllowed))
	s.update(ns, func() { metav1.SetMetaDataLabel(&ns.ObjectMeta, "cellars", "yes") })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Labels).To(HaveKeyWithValue("k8s-namespace", []string{ns.Name}))

	// Permission is checked before something is created, and never before it is deleted.
	s.update(b, func() { testenv.AllowedFrom(v1alpha1.NamespacesFromSame, nil)(b) })
	s.consistently(d, testenv.BeReady())
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func TestBlueprintIsDeployedFromEverywhere(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.AllowedFrom(v1alpha1.NamespacesFromAll, nil))
	ns := s.namespace(nil)
	d := testenv.Deployment(ns.Name, "shop", "cellar", testenv.Inputs(map[string]any{"name": "shop"}))
	d.Spec.BlueprintRef.Namespace = s.name
	s.create(d)
	s.eventually(d, testenv.BeReady())
}
