// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// forKubectl are words for those who have kubectl. Users of a platform read the message of Stalled.
var forKubectl = []string{"spec.", "annotation", "cloudify.co/", "kubectl"}

// beWithout is a text that has none of these words.
func beWithout(words []string) OmegaMatcher {
	return WithTransform(func(text string) []string {
		var found []string
		for _, word := range words {
			if strings.Contains(text, word) {
				found = append(found, word)
			}
		}
		return found
	}, BeEmpty())
}

// Ready says what can be done with kubectl, whatever stalls; Stalled, and the conditions that repeat it, only what is wrong.
func TestOnlyReadyGivesAdvice(t *testing.T) {
	const again, leave = v1alpha1.RequestedAtAnnotation, "spec.deletionPolicy"
	act := func(r *reconciler, s *scope) error { return r.act(t.Context(), s) }
	prepare := func(r *reconciler, s *scope) error { return r.prepare(t.Context(), s) }
	adopt := func(r *reconciler, s *scope) error { return r.mayAdopt(t.Context(), s) }
	installed := deployed("active", run(workflowInstall, "terminated", ask))
	atOldManager := func(r *reconciler, s *scope) error {
		s.conn, _ = manager{"GET version": {200, `{"edition": "community", "version": "4.2.0"}`}}.connect(t, r)
		return r.act(t.Context(), s)
	}

	for _, row := range []struct {
		name    string
		options []option
		end     func(*reconciler, *scope) error
		says    string   // both
		advice  []string // Ready alone
	}{
		{"create failed", []option{created("active", creation("failed", map[string]any{"port": 8080})), toldOf("e1")}, act, "no quota", []string{again}},
		{"install failed", []option{deployed("inactive", run(workflowInstall, "failed", ask)), toldOf("e2")}, act, "workflow install failed: RuntimeError: no quota", []string{again}},
		{"install failed, but all is started", []option{deployed("active", run(workflowInstall, "failed", ask)), toldOf("e2"), allStarted}, act, "no quota", []string{again}},
		{"install in vain", []option{deployed("inactive", run(workflowInstall, "terminated", ask))}, act, "not every node instance is started", []string{again}},
		{"install cancelled", []option{deployed("inactive", run(workflowInstall, "cancelled", ask))}, act, "was cancelled", []string{again}},
		{"install timed out", []option{deployed("inactive", run(workflowInstall, "cancelled", ask)), timedOut("e2"), withinAnHour}, act,
			"the timeout of 1h0m0s expired: workflow install was cancelled", []string{again, "spec.install.timeout"}},
		{"update failed", []option{inRelease(5, 2), deployed("active", run(workflowUpdate, "failed"), run(workflowInstall, "terminated")), toldOf("e3")}, act, "workflow update failed: RuntimeError: no quota", []string{again}},
		{"uninstall failed", []option{deleting, live, deployed("inactive", run(workflowUninstall, "failed", ask)), toldOf("e2")}, act,
			"workflow uninstall failed: RuntimeError: no quota", []string{again, leave, "spec.uninstall.ignoreFailure"}},
		{"uninstall in vain", []option{deleting, live, deployed("inactive", run(workflowUninstall, "terminated", ask))}, act, "still alive", []string{again, leave}},
		{"delete failed", []option{deleting, deployed("inactive", run(workflowDelete, "failed")), toldOf("e2")}, act, "no quota", []string{again, leave}},
		{"install is not offered", []option{deployed("inactive"), allStarted}, act, "does not offer workflow install", []string{again}},
		{"uninstall is not offered", []option{deleting, live, deployed("inactive"), noneOffered}, act, "does not offer workflow uninstall", []string{again, leave}},
		{"update is not possible", []option{installed, other}, atOldManager, "4.2.0", []string{"spec.inputs"}},
		{"wrong inputs", []option{from(nodecellar()), given(map[string]string{"prot": "1"})}, prepare, "prot", nil},
		{"no such revision", []option{from(nodecellar()), selected("nodecellar-0")}, prepare, "nodecellar-0 is not a revision", []string{"spec.revision.blueprintID"}},
		{"blueprint of another Manager", []option{from(nodecellar(ofAnotherManager))}, prepare, "belongs to CloudifyManager default", []string{v1alpha1.ManagerAnnotation}},
		{"no adoption", []option{adopts("", ""), from(nodecellar()), inRelease(4, 3), deployed("active"), adoptable("shop")}, adopt, "does not support labels", []string{"spec.deploymentID"}},
		{"adoption of another blueprint's", []option{adopts("", ""), from(nodecellar()), deployed("active"), adoptable("shop"), made("other")}, adopt, "created from blueprint other", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(row.options...)
			r, _ := newReporting(t, s)
			s.conn, _ = manager{"GET events": {200, noEvents}}.connect(t, r)
			end := row.end(r, s)
			g.Expect(outcome.Classify(end).Kind).To(Equal(outcome.Stalled), "%v", end)
			g.Expect(report(t, r, s, end)).To(Succeed())

			ready := meta.FindStatusCondition(s.deployment.Status.Conditions, v1alpha1.ReadyCondition)
			g.Expect(ready.Message).To(ContainSubstring(row.says))
			for _, advice := range row.advice {
				g.Expect(strings.Count(ready.Message, advice)).To(Equal(1), ready.Message)
			}
			stalled := meta.FindStatusCondition(s.deployment.Status.Conditions, v1alpha1.StalledCondition)
			g.Expect(stalled.Message).To(And(ContainSubstring(row.says), beWithout(forKubectl)))
			g.Expect(ready.Message).To(HavePrefix(stalled.Message))
		})
	}
}

// noneOffered is a Manager that starts no workflow for the state that the node instances are in.
func noneOffered(s *scope) {
	s.history.remote.Workflows = cloudify.WorkflowList{{Name: workflowInstall, Available: new(false)}, {Name: workflowUninstall, Available: new(false)}}
}

// toldOf is a failure whose cause was looked for already.
func toldOf(execution string) option {
	return func(s *scope) {
		causedBefore(s)
		s.deployment.Status.Execution.ID = execution
	}
}

func TestAdviceHidesSecrets(t *testing.T) {
	s := cellar(deployed("active"), password(secret, secret))
	out := s.masked(outcome.Classify(outcome.Advise(outcome.Stall("InstallFailed", "cannot use %s", secret), "do not use "+secret)))
	NewWithT(t).Expect(out).To(And(HaveField("Message", "cannot use ******"), HaveField("Advice", "do not use ******")))
}
