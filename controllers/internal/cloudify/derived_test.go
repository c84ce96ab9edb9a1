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
