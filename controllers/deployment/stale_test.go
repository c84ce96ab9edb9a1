// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// A release that knows one update at a time is made to give up one that was left unfinished, but never beside dependents.
func TestUpdateOverOneThatWasLeft(t *testing.T) {
	const dependents = "GET deployments/inter-deployment-dependencies"
	installed := deployed("active", run(workflowInstall, "terminated"))
	none, one := answer{200, `{"items": []}`}, answer{200, `{"items": [{"source_deployment_id": "shop", "target_deployment_id": "` + id + `"}]}`}
	for _, row := range []struct {
		name    string
		version string
		uses    answer
		forced  int
		tries   int
		reason  string
	}{
		{"in a release that knows one at a time", "6.2.0", none, 1, 2, "ManagerBusy"},
		{"in a release that tells no dependents", "4.5.0", answer{500, ""}, 1, 2, "ManagerBusy"},
		{"while others use it", "5.2.0", one, 0, 1, "DependentsExist"},
		{"while it is not known who uses it", "5.2.0", answer{500, code("internal_server_error")}, 0, 1, "ManagerError"},
		{"in a release that leaves none", "6.3.0", none, 0, 1, "ManagerBusy"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), cellar(installed, other)
			busy := answer{409, code("conflict_error")}
			var changes *[]request
			s.conn, changes = manager{
				"GET version": {200, `{"edition": "community", "version": "` + row.version + `"}`}, dependents: row.uses,
				"PUT deployment-updates/" + id + "/update/initiate": busy, "POST deployment-updates/" + id + "/update/initiate": busy,
			}.connect(t, r)
			s.history.release = s.conn.Release()
			out := outcome.Classify(r.update(t.Context(), s))
			g.Expect(out.Reason).To(Equal(row.reason), out.Message)
			g.Expect(*changes).To(HaveLen(row.tries))
			forced := 0
			for _, change := range *changes {
				if ok, _ := ContainSubstring(`"force":true`).Match(change.Body); ok {
					forced++
				}
			}
			g.Expect(forced).To(Equal(row.forced))
		})
	}
}
