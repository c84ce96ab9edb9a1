// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// What the Manager answers to a preview, and what the status says of it. The deployment is Ready all the same.
func TestPreview(t *testing.T) {
	const ask, record, events = "POST deployment-updates/" + id + "/update/initiate", "GET deployment-updates/u1", "GET events"
	wanted := map[string]any{"port": 9090, "password": secret}
	install := run(workflowInstall, "terminated", earlier)
	// sensitive makes the update one of a hidden input, too.
	sensitive := func(s *scope) {
		other(s)
		s.want.effective["password"], s.hidden.given["password"] = secret, secret
	}
	const steps = `"steps": [{"action": "modify", "entity_type": "property", "entity_id": ["nodes", "app", "properties", "port"]}]`
	failed := func(message string) string {
		return `{"items": [{"type": "cloudify_event", "event_type": "task_failed", "message": "` + message + `", "error_causes": []}], "metadata": {"pagination": {"total": 1, "size": 20, "offset": 0}}}`
	}
	const none = `{"items": [], "metadata": {"pagination": {"total": 0, "size": 20, "offset": 0}}}`

	for _, row := range []struct {
		name    string
		with    []option
		manager manager
		asked   bool
		state   v1alpha1.PreviewState
		message types.GomegaMatcher
		after   time.Duration
	}{
		{"made", nil, manager{ask: {200, `{"id": "u2", "state": "successful", "execution_id": "e9", ` + steps + `}`}}, true, v1alpha1.PreviewMade, BeEmpty(), 0},
		{"made, in a release without executions of previews", []option{inRelease(5, 2)}, manager{ask: {200, `{"state": "preview", ` + steps + `}`}}, true, v1alpha1.PreviewMade, BeEmpty(), 0},
		{"of what others use", nil, manager{ask: {400, code("dependent_exists_error")}}, true, v1alpha1.PreviewPending, ContainSubstring("other deployments use this one"), leftAlone},
		{"beside another update", nil, manager{ask: {409, code("conflict_error")}}, true, v1alpha1.PreviewPending, ContainSubstring("asks to wait"), later},
		{"while something began", nil, manager{ask: {400, code("existing_running_execution_error")}}, true, v1alpha1.PreviewPending, ContainSubstring("asks to wait"), later},
		{"over which the Manager breaks", nil, manager{ask: {500, code("internal_server_error")}}, true, v1alpha1.PreviewPending, ContainSubstring("broke over it: its own words"), leftAlone},
		{"refused at once", nil, manager{ask: {400, code("unsupported_change_in_deployment_update")}}, true, v1alpha1.PreviewRefused, Equal("its own words"), 0},
		{"failed", nil, manager{ask: {200, `{"state": "failed", "execution_id": "e9"}`}, events: {200, failed("Task failed 'prepare_plan' -> no " + secret)}}, true,
			v1alpha1.PreviewRefused, And(ContainSubstring("no ******"), Not(ContainSubstring(secret))), 0},
		{"failed, and the events come later", nil, manager{ask: {200, `{"state": "failed", "execution_id": "e9"}`}, events: {200, none}}, true,
			v1alpha1.PreviewPending, ContainSubstring("looking up the cause"), executions.EventsLag},
		{"not over", nil, manager{ask: {200, `{"state": "updating", "execution_id": "e9"}`}}, true, v1alpha1.PreviewPending, ContainSubstring("being prepared"), soon},
		{"made before, and not told", []option{deployed("active", previewOf("terminated", wanted), install)},
			manager{record: {200, `{"id": "u1", "state": "successful", ` + steps + `}`}}, false, v1alpha1.PreviewMade, BeEmpty(), 0},
		{"failed before, and not told", []option{deployed("active", previewOf("failed", wanted), install)},
			manager{record: {200, `{"id": "u1", "state": "failed", "execution_id": "e3"}`}, events: {200, failed("no")}}, false, v1alpha1.PreviewRefused, ContainSubstring("no"), 0},
		{"made before, of something else", []option{deployed("active", previewOf("terminated", map[string]any{"port": 1, "password": ""}), install)},
			manager{ask: {200, `{"state": "successful", ` + steps + `}`}}, true, v1alpha1.PreviewMade, BeEmpty(), 0},
		{"made before, and something ran since", []option{deployed("active", run("heal", "terminated"), previewOf("terminated", wanted), install)},
			manager{ask: {200, `{"state": "successful", ` + steps + `}`}}, true, v1alpha1.PreviewMade, BeEmpty(), 0},
		{"made before, and its record is gone", []option{deployed("active", previewOf("terminated", wanted), install)},
			manager{ask: {200, `{"state": "successful", ` + steps + `}`}}, true, v1alpha1.PreviewMade, BeEmpty(), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), cellar(append(append([]option{byApproval, deployed("active", install)}, row.with...), sensitive)...)
			conn, changes := row.manager.connect(t, r)
			s.conn = conn
			out := outcome.Classify(r.act(t.Context(), s))
			g.Expect(out).To(And(HaveField("Kind", outcome.Done), HaveField("After", BeNumerically("~", row.after, time.Second))))
			s.setStatus(out)
			p := s.deployment.Status.PendingUpdate
			g.Expect(p).To(And(HaveField("Preview", row.state), HaveField("Message", row.message), HaveField("Inputs", ConsistOf("port", "password"))))
			if row.state == v1alpha1.PreviewMade {
				g.Expect(p.Nodes.Changed).To(ConsistOf("app"))
			}
			g.Expect(*changes).To(HaveLen(map[bool]int{true: 1}[row.asked]))
		})
	}
}

// Whatever else goes wrong is retried; a preview that may still arrive is noted.
func TestPreviewThatIsNotAnswered(t *testing.T) {
	g := NewWithT(t)
	r, s := newReconciler(t), cellar(byApproval, deployed("active", run(workflowInstall, "terminated", earlier)), other)
	s.conn, _ = manager{"POST deployment-updates/" + id + "/update/initiate": {504, ""}}.connect(t, r)
	out := r.outcomeOf(s, r.act(t.Context(), s))
	g.Expect(out.Kind).To(Equal(outcome.Retry))
	g.Expect(s.deployment.Status.Unanswered).To(HaveField("Step", "Preview"))
}
