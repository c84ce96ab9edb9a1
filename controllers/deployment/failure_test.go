// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// Each failure says what failed, why in the Manager's words, and what a person can do.
func TestFailure(t *testing.T) {
	const ignore = ", or set spec.uninstall.ignoreFailure"
	const again, leave = "; to retry, set the annotation cloudify.co/requested-at to a new value",
		"; to delete this object and leave the deployment at the Manager, set spec.deletionPolicy to Orphan"
	given := map[string]any{"port": 8080}

	for _, row := range []struct {
		name    string
		scope   *scope
		reason  string // empty: there is none
		message string
	}{
		{"nothing failed", cellar(deployed("active", run(workflowInstall, "terminated", ask))), "", ""},
		{"create", cellar(created("active", creation("failed", given))), "CreateFailed",
			"workflow create_deployment_environment failed: RuntimeError: no quota; correct the spec, or to retry, set the annotation cloudify.co/requested-at to a new value"},
		{"create, of other inputs", cellar(created("active", creation("failed", given)), other), "", ""},
		{"install", cellar(deployed("inactive", run(workflowInstall, "failed", ask))), "InstallFailed", "workflow install failed: RuntimeError: no quota; correct the spec, or" + again[1:]},
		{"install, cancelled", cellar(deployed("inactive", run(workflowInstall, "cancelled", ask))), "InstallCancelled", "workflow install was cancelled" + again},
		{"install, cancelled for its timeout", cellar(timedOut("e2"), deployed("inactive", run(workflowInstall, "cancelled", ask))), "TimedOut", "workflow install was cancelled" + again},
		{"install, cancelled for its timeout, and somebody ran another since", cellar(timedOut("e2"), deployed("inactive", run("heal", "terminated"), run(workflowInstall, "cancelled", ask))), "TimedOut", "workflow install was cancelled" + again},
		{"install, cancelled after another ran into its timeout", cellar(timedOut("e1"), deployed("inactive", run(workflowInstall, "cancelled", ask))), "InstallCancelled", "workflow install was cancelled" + again},
		{"install, in vain", cellar(deployed("inactive", run(workflowInstall, "terminated", ask))), "InstallFailed",
			"workflow install succeeded, but not every node instance is started; check the deployment at the Manager" + again},
		{"install, of an older spec", cellar(deployed("inactive", run(workflowInstall, "failed", earlier))), "", ""},
		{"install, but all is started", cellar(deployed("active", run(workflowInstall, "terminated"), run(workflowInstall, "failed", ask))), "", ""},
		{"uninstall", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "failed", ask))), "UninstallFailed",
			"workflow uninstall failed: RuntimeError: no quota" + again + ignore + leave},
		{"uninstall, cancelled", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "cancelled", ask))), "UninstallFailed",
			"workflow uninstall was cancelled" + again + ignore + leave},
		{"uninstall, in vain", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "terminated", ask))), "UninstallFailed",
			"workflow uninstall succeeded, but some node instances are still alive; check the deployment at the Manager" + again + leave},
		{"uninstall, but nothing lives", cellar(deleting, deployed("inactive", run(workflowUninstall, "failed", ask))), "", ""},
		{"delete", cellar(deleting, deployed("inactive", run(workflowDelete, "failed"))), "DeleteFailed",
			"workflow delete_deployment_environment failed: RuntimeError: no quota" + again + leave},
		{"delete, asked again", cellar(deleting, deployed("inactive", run(workflowDelete, "failed")), requested), "", ""},
		{"an install that failed before the deletion", cellar(deleting, deployed("inactive", run(workflowInstall, "failed", ask))), "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			failed, ok := row.scope.failure()
			g.Expect(ok).To(Equal(row.reason != ""))
			if !ok {
				return
			}
			g.Expect(failed.reason).To(Equal(row.reason))
			g.Expect(failureMessage(failed.execution, nil) + "; " + failed.advice).To(Equal(row.message))
		})
	}
}

func TestReasonFromEvents(t *testing.T) {
	task := cloudify.Event{Type: "task_failed", Message: "Task failed 'plugin.start' -> boom", Operation: "cloudify.interfaces.lifecycle.start",
		NodeID: "vm", NodeInstanceID: "vm_1a2b", Causes: []cloudify.EventCause{{Type: "QuotaError", Message: "no quota in region east"}}}
	end := cloudify.Event{Type: "workflow_failed", Message: "'install' workflow execution failed: RuntimeError"}
	failed := run(workflowInstall, "failed")

	for _, row := range []struct {
		name   string
		causes []cloudify.Event
		reason string
	}{
		{"no events", nil, "RuntimeError: no quota"},
		{"an operation", []cloudify.Event{end, task}, "no quota in region east (node vm, operation start)"},
		{"only the workflow's end", []cloudify.Event{end}, "'install' workflow execution failed: RuntimeError"},
		{"an operation without an interface", []cloudify.Event{{Type: "task_failed", Message: "boom", Operation: "start", NodeID: "vm", NodeInstanceID: "vm_1"}}, "boom (node vm, operation start)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(cloudify.Cause(&failed, row.causes)).To(Equal(row.reason))
		})
	}
}
