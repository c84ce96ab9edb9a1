// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestDeploymentsAreCompletedByRelease(t *testing.T) {
	newest := &Execution{ID: "e2", Status: "terminated"}
	started, stopped := []NodeInstance{{State: "started"}}, []NodeInstance{{State: "started"}, {State: "deleted"}}
	for _, row := range []struct {
		name      string
		release   Release
		newest    *Execution
		instances []NodeInstance
		want      Deployment
	}{
		{"installed", Release{4, 3, 0}, newest, started, Deployment{InstallationStatus: "active", LatestExecution: "e2", LatestExecutionStatus: "completed"}},
		{"in parts", Release{5, 2, 0}, newest, stopped, Deployment{InstallationStatus: "inactive", LatestExecution: "e2", LatestExecutionStatus: "completed"}},
		{"without nodes", Release{5, 2, 0}, nil, nil, Deployment{InstallationStatus: "active"}},
		{"running", Release{4, 3, 0}, &Execution{ID: "e3", Status: "started"}, stopped,
			Deployment{InstallationStatus: "inactive", LatestExecution: "e3", LatestExecutionStatus: "in_progress"}},
		{"failed", Release{4, 3, 0}, &Execution{ID: "e3", Status: "failed"}, stopped,
			Deployment{InstallationStatus: "inactive", LatestExecution: "e3", LatestExecutionStatus: "failed"}},
		{"a release that tells the status, not which", Release{6, 0, 0}, newest, stopped, Deployment{LatestExecution: "e2"}},
		{"a release that tells all", Release{6, 4, 0}, newest, stopped, Deployment{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var d Deployment
			d.CompleteLatest(row.release, row.newest)
			d.CompleteInstallation(row.release, row.instances)
			NewWithT(t).Expect(d).To(Equal(row.want))
		})
	}
}

// The availability of workflows reports whether something is alive, where it hangs on the node instances and nothing else.
func TestLive(t *testing.T) {
	rules := func(which ...any) map[string]any { return map[string]any{"node_instances_active": which} }
	install := func(available bool) Workflow {
		return Workflow{Name: "install", Available: &available, Rules: rules("none", "partial")}
	}
	uninstall := func(available bool) Workflow {
		return Workflow{Name: "uninstall", Available: &available, Rules: rules("all", "partial")}
	}
	no := false
	for _, row := range []struct {
		name       string
		workflows  WorkflowList
		live, told bool
	}{
		{"all started", WorkflowList{install(false), uninstall(true)}, true, true},
		{"nothing installed", WorkflowList{install(true), uninstall(false)}, false, true},
		{"a part, or no instances at all", WorkflowList{install(true), uninstall(true)}, false, false},
		{"a release without rules", WorkflowList{{Name: "install"}, {Name: "uninstall"}}, false, false},
		{"a blueprint whose uninstall is never available", WorkflowList{install(true), {Name: "uninstall", Available: &no, Rules: map[string]any{"available": false}}}, false, false},
		{"one that wants more than instances", WorkflowList{{Name: "uninstall", Available: &no,
			Rules: map[string]any{"node_instances_active": []any{"all", "partial"}, "node_types_required": []any{"cloudify.nodes.Compute"}}}}, false, false},
		{"one that is for parts only", WorkflowList{{Name: "uninstall", Available: &no, Rules: rules("partial")}}, false, false},
		{"no workflows, as during its creation", nil, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			live, told := (&Deployment{Workflows: row.workflows}).Live()
			NewWithT(t).Expect([]bool{live, told}).To(Equal([]bool{row.live, row.told}))
		})
	}
}
