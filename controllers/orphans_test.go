// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// The status shows an orphan, found by its labels, until somebody adopts or removes it; the operator never does either.
func TestOrphansAreShown(t *testing.T) {
	t.Parallel()
	o := startOperator(t, func(options *controllers.Options) { options.CountOrphans = time.Second })
	s := newStory(t, o)
	s.connect()
	s.eventually(s.manager, testenv.HaveCondition(v1alpha1.OrphansFoundCondition, metav1.ConditionFalse, v1alpha1.ReasonNoOrphans))
	b := s.blueprint()
	kept, left := s.installed("kept"), s.installed("left")
	lost := testenv.Blueprint(s.name, "lost", testenv.At(s.name), testenv.Inline(s.cellar()))
	s.create(lost)
	s.eventually(lost, testenv.BeReady())
	s.Expect(s.sim.AddDeployment("others", b.Status.BlueprintID, map[string]any{"name": "others"},
		map[string][]string{v1alpha1.RemoteLabelCluster: {"another"}})).To(Succeed())
	s.Expect(o.halt()).To(Succeed())
	env.Overtake(t, left)
	env.Overtake(t, lost)
	s.Expect(o.start()).To(Succeed())

	s.eventually(s.manager, testenv.HaveCondition(v1alpha1.OrphansFoundCondition, metav1.ConditionTrue, v1alpha1.ReasonOrphansFound))
	s.Expect(s.manager.Status.Orphans).To(HaveValue(Equal(v1alpha1.Orphans{
		Count:       2,
		Deployments: []v1alpha1.Orphan{{ID: remoteID(left), Namespace: s.name, Name: "left"}},
		Blueprints:  []v1alpha1.Orphan{{ID: lost.Status.BlueprintID, Namespace: s.name, Name: "lost"}},
	})))
	s.Expect(s.manager).To(testenv.BeReady())
	s.Eventually(func() (reasons []string) {
		for _, e := range env.Events(t, s.manager) {
			reasons = append(reasons, e.Type+" "+e.Reason)
		}
		return reasons
	}).Should(ContainElement("Warning " + v1alpha1.ReasonOrphansFound))
	s.consistently(s.manager, testenv.HaveCondition(v1alpha1.OrphansFoundCondition, metav1.ConditionTrue, v1alpha1.ReasonOrphansFound))
	s.remote(left)

	s.sim.RemoveDeployment(remoteID(left))
	s.sim.RemoveBlueprint(lost.Status.BlueprintID)
	s.eventually(s.manager, testenv.HaveCondition(v1alpha1.OrphansFoundCondition, metav1.ConditionFalse, v1alpha1.ReasonNoOrphans))
	s.Expect(s.manager.Status.Orphans).To(BeNil())
	s.remote(kept)
}

func TestOrphansWithoutLabels(t *testing.T) {
	t.Parallel()
	s := newStoryOf(t, everybodys, "4.3")
	s.connect()
	s.eventually(s.manager, testenv.HaveCondition(v1alpha1.OrphansFoundCondition, metav1.ConditionUnknown, v1alpha1.ReasonLabelsUnsupported))
}
