// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// An uninstall of somebody else that began and ended unseen is told before the install that follows, once.
func TestAForeignUninstallIsTold(t *testing.T) {
	wasInstalled := status(nil, "True", "True")
	install, theirs, ours := run(workflowInstall, "terminated", ask), run(workflowUninstall, "terminated"), run(workflowUninstall, "terminated", ask)
	start := answer{201, `{"id": "e9", "workflow_id": "install", "status": "pending"}`}
	for _, row := range []struct {
		name    string
		options []option
		reason  string
	}{
		{"unseen", []option{deployed("inactive", theirs, install), wasInstalled}, "ForeignUninstall"},
		{"told", []option{deployed("inactive", theirs, install), status(outcome.Wait("ForeignUninstall", ""), "True", "False")}, "Installing"},
		{"our own", []option{deployed("inactive", ours, install), wasInstalled}, "Installing"},
		{"none: a node went", []option{deployed("inactive", install), wasInstalled}, "Installing"},
		{"one that failed", []option{deployed("inactive", run(workflowUninstall, "failed"), install), wasInstalled}, "Installing"},
		{"one before the last install", []option{deployed("inactive", install, theirs), wasInstalled}, "Installing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), cellar(append(row.options, func(s *scope) { s.deployment.Generation = 4 })...)
			var changes *[]request
			s.conn, changes = manager{"POST executions": start}.connect(t, r)
			out := outcome.Classify(r.act(t.Context(), s))
			g.Expect(out.Kind).To(Equal(outcome.Waiting))
			g.Expect(out.Reason).To(Equal(row.reason))
			if row.reason == "ForeignUninstall" {
				g.Expect(out.Message).To(Equal("somebody else uninstalled deployment " + id + " at the Manager (execution e3); the operator installs it again"))
				g.Expect(*changes).To(BeEmpty())
			} else {
				g.Expect(*changes).To(HaveLen(1))
			}
		})
	}
}

// What the operator itself started is never said to be somebody else's.
func TestOurOwnIsNotSomebodyElses(t *testing.T) {
	for _, workflow := range ownWorkflows {
		e := run(workflow, "started", ask)
		for _, s := range []*scope{cellar(deployed("inactive")), cellar(deleting, deployed("inactive")), cellar()} {
			NewWithT(t).Expect(s.reasonOf(&e)).NotTo(Equal("ExecutionRunning"), workflow)
		}
	}
}
