// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// told is a condition of an earlier reconcile.
func told(kind string, is metav1.ConditionStatus) option {
	return func(s *scope) {
		meta.SetStatusCondition(&s.deployment.Status.Conditions, metav1.Condition{Type: kind, Status: is, Reason: "Before", Message: "before"})
	}
}

// shown is a condition in short, "" where there is none.
func shown(s *scope, kind string) (short, message string) {
	c := meta.FindStatusCondition(s.deployment.Status.Conditions, kind)
	if c == nil {
		return "", ""
	}
	return string(c.Status) + "/" + c.Reason, c.Message
}

func unprepared(s *scope) { s.want = nil }
func updating(s *scope) {
	s.effect.started = &cloudify.Execution{ID: "u", WorkflowID: workflowUpdate, Status: "pending"}
}
func newerPlan(s *scope) { s.deployment.Spec.Plan, s.want.newerPlan = "small", true }

func TestSetUpToDate(t *testing.T) {
	installed := run(workflowInstall, "terminated", ask)
	newest := nodecellar(func(b *v1alpha1.CloudifyBlueprint) { b.Status.BlueprintID = "nodecellar-2" })
	stall := func(reason string) error { return outcome.Stall(reason, "its own words") }
	updated := func(status string, s *scope) *scope { // by an update for what is wanted now
		e := run(workflowUpdate, status)
		e.Parameters["inputs"] = s.want.effective
		s.history.executions = append([]cloudify.Execution{e}, s.history.executions...)
		return s
	}

	for _, row := range []struct {
		name      string
		scope     *scope
		end       error
		condition string
		words     string
	}{
		{"as the spec wants it", cellar(from(nodecellar()), deployed("active", installed)), nil, "True/UpToDate", "match the spec"},
		{"as the spec wants it, blueprint gone", cellar(deployed("active", installed)), nil, "True/UpToDate", ""},
		{"not installed yet", cellar(from(nodecellar()), deployed("inactive")), outcome.Wait("Installing", ""), "True/UpToDate", ""},
		{"not there", cellar(from(nodecellar())), outcome.Wait("Creating", ""), "False/NotFound", "has no deployment " + id},
		{"create failed", cellar(created("active", creation("failed", nil))), stall("CreateFailed"), "False/Outdated", ""},

		{"other inputs", cellar(deployed("active", installed), other), outcome.Wait("ManagerBusy", ""), "False/Outdated", "differ from the spec"},
		{"another revision", cellar(deployed("active", installed), otherRevision), outcome.Wait("ManagerBusy", ""), "False/Outdated", ""},
		{"other inputs, of a release that cannot update", cellar(deployed("active", installed), other), stall("UpdateUnsupported"), "False/UpdateUnsupported", "its own words"},
		{"an update was started", cellar(deployed("active", installed), other, updating), outcome.Wait("Updating", ""), "False/Updating", ""},
		{"an update runs", cellar(deployed("active", run(workflowUpdate, "started"), installed), unprepared), outcome.Wait("Updating", ""), "False/Updating", ""},
		{"an update failed", updated("failed", cellar(deployed("active", installed), other)), stall("UpdateFailed"), "False/UpdateFailed", "its own words"},
		{"an update was cancelled", updated("cancelled", cellar(deployed("active", installed), other)), stall("UpdateCancelled"), "False/UpdateCancelled", "its own words"},
		{"an update left the inputs and failed", updated("failed", cellar(deployed("inactive", installed))), stall("UpdateFailed"), "False/UpdateFailed", "its own words"},

		{"a newer revision", cellar(from(newest), deployed("active", installed)), nil, "False/NewerRevision", "nodecellar-2"},
		{"a newer revision, and other inputs", cellar(from(newest), deployed("active", installed), other), outcome.Wait("Updating", ""), "False/Outdated", ""},
		{"a newer revision that is not uploaded yet", cellar(from(nodecellar(func(b *v1alpha1.CloudifyBlueprint) { b.Status.BlueprintID = "" })), deployed("active", installed)), nil, "True/UpToDate", ""},
		{"a newer plan", cellar(from(nodecellar()), deployed("active", installed), newerPlan), nil, "False/NewerPlan", "plan small"},
		{"a newer plan and a newer revision", cellar(from(newest), deployed("active", installed), newerPlan), nil, "False/NewerRevision", ""},

		{"somebody's heal runs", cellar(deployed("active", run("heal", "started"), installed), unprepared, told(v1alpha1.UpToDateCondition, "False")), outcome.Wait("ExecutionRunning", ""), "False/Before", "before"},
		{"being deleted", cellar(deleting, live, deployed("active", installed), unprepared, told(v1alpha1.UpToDateCondition, "True")), outcome.Wait("Uninstalling", ""), "True/Before", "before"},
		{"wrong inputs", cellar(deployed("active", installed), unprepared), stall("InvalidInputs"), "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			row.scope.setUpToDate(outcome.Classify(row.end))
			condition, message := shown(row.scope, v1alpha1.UpToDateCondition)
			g.Expect(condition).To(Equal(row.condition))
			g.Expect(message).To(ContainSubstring(row.words))
		})
	}
}
