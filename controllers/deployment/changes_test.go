// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
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
			out := outcome.Classify(r.update(t.Context(), s, nextStep(&s.facts)))
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

// users are what the Manager lists as using the deployment.
func users(ids ...string) answer {
	var items []string
	for _, user := range ids {
		items = append(items, fmt.Sprintf(`{"source_deployment_id": %q, "target_deployment_id": %q}`, user, id))
	}
	return answer{200, fmt.Sprintf(`{"items": [%s], "metadata": {"pagination": {"total": %d}}}`, strings.Join(items, ","), len(ids))}
}

// An uninstall that the Manager would refuse is not tried; one that it may refuse is.
func TestUninstallAsksWhoUsesTheDeployment(t *testing.T) {
	front := &v1alpha1.CloudifyDeployment{}
	front.Namespace, front.Name, front.UID = "shop", "front", "77"
	front.Annotations = map[string]string{v1alpha1.ManagerAnnotation: "default"}
	elsewhere, another := front.DeepCopy(), front.DeepCopy()
	elsewhere.Namespace, elsewhere.UID = "office", "88"
	another.Name, another.UID, another.Annotations[v1alpha1.ManagerAnnotation] = "another", "99", "other"

	for _, row := range []struct {
		name   string
		users  answer
		starts bool
		kind   outcome.Kind
		reason string
		words  []string
	}{
		{"nobody", users(), true, outcome.Waiting, "Uninstalling", nil},
		{"somebody", users("prod"), false, outcome.Waiting, "DependentsExist", []string{"use this one: prod. Delete those first", "this deletion continues", "deletionPolicy to Orphan"}},
		{"an object of the namespace", users("k8s-77"), false, outcome.Waiting, "DependentsExist", []string{"k8s-77 (CloudifyDeployment front)."}},
		{"an object of another namespace", users("k8s-88"), false, outcome.Waiting, "DependentsExist", []string{"this one: k8s-88. Delete"}},
		{"one that has the ID of an object at another Manager", users("k8s-99"), false, outcome.Waiting, "DependentsExist", []string{"this one: k8s-99. Delete"}},
		{"many", users("a", "b", "c", "d", "e", "f", "g"), false, outcome.Waiting, "DependentsExist", []string{"a, b, c, d, e and 2 more"}},
		{"a Manager that does not tell", answer{403, code("forbidden_error")}, true, outcome.Waiting, "Uninstalling", nil},
		{"a Manager that broke over it", answer{500, code("internal_server_error")}, true, outcome.Waiting, "Uninstalling", nil},
		{"a Manager that is away", answer{502, ""}, false, outcome.Retry, "ManagerUnreachable", []string{"list dependents of deployment " + id}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r := newReconciler(t, []client.Object{front.DeepCopy(), elsewhere.DeepCopy(), another.DeepCopy()}...)
			s := cellar(deleting, live, deployed("active", run(workflowInstall, "terminated", earlier)))
			conn, changes := manager{
				"GET deployments/inter-deployment-dependencies": row.users, "POST executions": {201, `{"id": "e3", "status": "pending"}`},
			}.connect(t, r)
			s.conn = conn
			err := r.act(t.Context(), s)
			g.Expect(err).To(ends(row.kind, row.reason, row.words...))
			g.Expect(len(*changes) > 0).To(Equal(row.starts))
			if row.reason == "DependentsExist" {
				g.Expect(outcome.Classify(err).After).To(Equal(later))
			}
		})
	}
}
