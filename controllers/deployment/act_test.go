// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"errors"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// What the Manager answers to a change, and what becomes of it. Each pass makes one change at most.
func TestAct(t *testing.T) {
	const create, start, cancel, remove, patch = "PUT deployments/" + id, "POST executions", "POST executions/e2", "DELETE deployments/" + id, "PATCH deployments/" + id
	const update = "POST deployment-updates/" + id + "/update/initiate"
	installed := run(workflowInstall, "terminated", ask)
	toCreate, toInstall := []option{}, []option{deployed("inactive")}
	toUninstall, toDelete := []option{deleting, live, deployed("active", installed)}, []option{deleting, deployed("inactive")}
	toCancel := []option{deleting, live, deployed("inactive", run(workflowInstall, "started", ask))}

	for _, row := range []struct {
		name    string
		options []option
		asked   string
		answer  answer
		kind    outcome.Kind
		reason  string
		words   []string
	}{
		{"create", toCreate, create, answer{201, `{"id": "` + id + `", "create_execution": "e1"}`}, outcome.Waiting, "Creating", []string{id}},
		{"create of what vanished", []option{status(nil, "True", "True")}, "", answer{}, outcome.Waiting, "Recreating", []string{id + " vanished"}},
		{"create of what vanished, told before", []option{status(nil, "False", "False")}, create, answer{201, `{}`}, outcome.Waiting, "Creating", nil},
		{"create that arrived before", toCreate, create, answer{409, code("conflict_error")}, outcome.Waiting, "Creating", []string{"already exists"}},
		{"create before the blueprint is uploaded", toCreate, create, answer{400, code("deployment_creation_error")}, outcome.Waiting, "Creating", []string{"its own words"}},
		{"create that is refused", toCreate, create, answer{400, code("constraint_error")}, outcome.Stalled, "ManagerRefused", []string{"create deployment " + id, "its own words"}},
		{"create that gets no answer", toCreate, create, answer{502, ""}, outcome.Retry, "ManagerUnreachable", nil},
		{"create that is forbidden", toCreate, create, answer{403, code("forbidden_error")}, outcome.Retry, "Forbidden", nil},

		{"install", toInstall, start, answer{201, `{"id": "e2", "status": "pending"}`}, outcome.Waiting, "Installing", []string{"workflow install is pending"}},
		{"install while something else runs", toInstall, start, answer{400, code("existing_running_execution_error")}, outcome.Waiting, "ManagerBusy", nil},
		{"install that does not fit the state", toInstall, start, answer{400, code("unavailable_workflow_error")}, outcome.Waiting, "Installing", []string{"its own words"}},
		{"install that is not offered", append(toInstall, allStarted), "", answer{}, outcome.Stalled, "ManagerRefused", []string{"does not offer workflow install", v1alpha1.RequestedAtAnnotation}},
		{"install before the environment is ready", toInstall, start, answer{400, code("deployment_environment_creation_in_progress_error")}, outcome.Waiting, "ManagerBusy", nil},
		{"install that the blueprint does not have", toInstall, start, answer{400, code("nonexistent_workflow_error")}, outcome.Stalled, "ManagerRefused", nil},
		{"install that gets no answer", toInstall, start, answer{504, ""}, outcome.Retry, "ManagerUnreachable", nil},

		{"uninstall", toUninstall, start, answer{201, `{"id": "e3", "status": "pending"}`}, outcome.Waiting, "Uninstalling", nil},
		{"uninstall of what others use", toUninstall, start, answer{400, code("dependent_exists_error")}, outcome.Waiting, "DependentsExist", []string{"its own words", "Delete those first", "deletionPolicy to Orphan"}},

		{"cancel", toCancel, cancel, answer{200, `{"id": "e2", "status": "cancelling"}`}, outcome.Waiting, "Cancelling", nil},
		{"cancel of what has ended", toCancel, cancel, answer{400, code("illegal_action_error")}, outcome.Waiting, "Cancelling", nil},
		{"cancel that fails", toCancel, cancel, answer{500, code("internal_server_error")}, outcome.Retry, "ManagerError", nil},

		{"cancel by force", []option{deleting, live, stubborn, deployed("inactive", run(workflowInstall, "cancelling", ask))}, cancel,
			answer{200, `{"id": "e2", "status": "force_cancelling"}`}, outcome.Waiting, "Cancelling", []string{"by force", "2m0s"}},
		{"kill", []option{deleting, deaf, created("active", run(workflowCreate, "force_cancelling"))}, "POST executions/e1",
			answer{200, `{"id": "e1", "status": "kill_cancelling"}`}, outcome.Waiting, "Cancelling", []string{"execution e1", "by killing it", "2m0s"}},
		{"what takes too long is told before", []option{withinAnHour, overdue, deployed("inactive", run(workflowInstall, "started", ask))}, "",
			answer{}, outcome.Waiting, "TimedOut", []string{"longer than 1h0m0s"}},
		{"cancel of what takes too long", []option{withinAnHour, overdue, timedOut("e2"), deployed("inactive", run(workflowInstall, "started", ask))}, cancel,
			answer{200, `{"id": "e2", "status": "cancelling"}`}, outcome.Waiting, "TimedOut", []string{"longer than 1h0m0s"}},

		{"delete", toDelete, remove, answer{204, ""}, outcome.Waiting, "Deleting", nil},
		{"delete that arrived before", toDelete, remove, answer{404, code("not_found_error")}, outcome.Waiting, "Deleting", nil},
		{"delete of what came to nothing, to create it anew", []option{requested, created("active", creation("cancelled", nil))}, remove, answer{204, ""}, outcome.Waiting, "Creating", []string{"created again"}},
		{"delete of what is held", toDelete, remove, answer{400, code("dependent_exists_error")}, outcome.Waiting, "DependentsExist", []string{"its own words", "deletionPolicy to Orphan"}},
		{"delete that fails", toDelete, remove, answer{500, code("internal_server_error")}, outcome.Retry, "ManagerError", nil},

		{"label", []option{deployed("active", installed), otherLabels}, patch, answer{200, `{}`}, outcome.Done, "Ready", nil},
		{"label that is forbidden", []option{deployed("active", installed), otherLabels}, patch, answer{403, code("forbidden_error")}, outcome.Retry, "Forbidden", nil},

		{"nothing to do", []option{deployed("active", installed), requested}, "", answer{}, outcome.Done, "Ready", nil},
		{"other inputs", []option{deployed("active", installed), other}, update, answer{200, `{"execution_id": "e3"}`}, outcome.Waiting, "Updating", nil},
		{"other inputs, another update under way", []option{deployed("active", installed), other}, update, answer{409, code("conflict_error")}, outcome.Waiting, "ManagerBusy", nil},
		{"other inputs of what others use", []option{deployed("active", installed), other}, update, answer{400, code("dependent_exists_error")}, outcome.Waiting, "DependentsExist", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), cellar(row.options...)
			conn, changes := manager{row.asked: row.answer}.connect(t, r)
			s.conn = conn
			g.Expect(r.act(t.Context(), s)).To(ends(row.kind, row.reason, row.words...))
			if row.asked == "" {
				g.Expect(*changes).To(BeEmpty())
			} else {
				g.Expect(*changes).To(HaveExactElements(HaveField("Call", row.asked)))
			}
		})
	}
}

func TestWhatIsSent(t *testing.T) {
	for _, row := range []struct {
		name string
		call string
		body string
		with []option
	}{
		{"create", "PUT deployments/" + id, `{"blueprint_id": "nodecellar-1", "inputs": {"port": 8080}, "display_name": "shop/cellar",
			"labels": [{"k8s-cluster": "cluster"}, {"k8s-name": "cellar"}, {"k8s-namespace": "shop"}, {"managed-by": "cloudify-operator"}]}`, nil},
		{"install", "POST executions", `{"deployment_id": "` + id + `", "workflow_id": "install", "allow_custom_parameters": true,
			"parameters": {"cloudify_operator": "5c9ee825/3/now"}}`, []option{deployed("inactive"), requested}},
		{"uninstall", "POST executions", `{"deployment_id": "` + id + `", "workflow_id": "uninstall", "allow_custom_parameters": true,
			"parameters": {"cloudify_operator": "5c9ee825/3/"}}`, []option{deleting, live, deployed("active")}},
		{"cancel", "POST executions/e2", `{"action": "cancel"}`, []option{deleting, deployed("active", run(workflowInstall, "started"))}},
		{"cancel by force", "POST executions/e2", `{"action": "force-cancel"}`, []option{deleting, stubborn, deployed("active", run(workflowInstall, "cancelling"))}},
		{"label", "PATCH deployments/" + id, `{"display_name": "shop/cellar", "labels": [{"cost": "1"},
			{"k8s-cluster": "cluster"}, {"k8s-name": "cellar"}, {"k8s-namespace": "shop"}, {"managed-by": "cloudify-operator"}]}`,
			[]option{deployed("active", run(workflowInstall, "terminated")), has(map[string][]string{"cost": {"1"}})}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), cellar(row.with...)
			conn, changes := manager{row.call: {201, `{"id": "e9", "status": "pending"}`}}.connect(t, r)
			s.conn = conn
			_ = r.act(t.Context(), s)
			g.Expect(*changes).To(HaveExactElements(And(HaveField("Call", row.call), HaveField("Body", MatchJSON(row.body)))))
		})
	}
}

// The first install is told by the list that shows it, or by its end; whatever else is new is told at once.
func TestWhoTellsOfAnInstall(t *testing.T) {
	creating := status(outcome.Wait("Creating", ""), "False", "False")
	unanswered := func(s *scope) { s.deployment.Status.Unanswered = &v1alpha1.UnansweredChange{Step: string(stepCreate)} }
	earlierSpec := func(s *scope) {
		outcome.SetSummary(&s.deployment.Status.Conditions, s.deployment.Generation-1, outcome.Classify(outcome.Wait("Creating", "")), "")
	}
	for _, row := range []struct {
		name   string
		with   []option
		untold bool
	}{
		{"the first install", []option{deployed("inactive"), creating}, true},
		{"nothing is told yet", []option{deployed("inactive")}, false},
		{"an install again", []option{deployed("inactive"), status(nil, "True", "False")}, false},
		{"for another spec", []option{deployed("inactive"), earlierSpec}, false},
		{"for a request", []option{deployed("inactive"), creating, requested}, false},
		{"for a request that is handled", []option{deployed("inactive"), creating, requested, handled}, true},
		{"after a change without an answer", []option{deployed("inactive"), creating, unanswered}, false},
		{"an uninstall of what was to be created", []option{deployed("active"), creating, deleting, live}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), cellar(row.with...)
			s.conn, _ = manager{"POST executions": {201, `{"id": "e2", "status": "pending"}`}}.connect(t, r)
			g.Expect(outcome.Classify(r.act(t.Context(), s))).To(And(HaveField("Kind", outcome.Waiting), HaveField("Untold", row.untold)))
		})
	}
}

// A step that starts is the answer to the request; one that only waits is not.
func TestWhatHandlesARequest(t *testing.T) {
	for _, row := range []struct {
		name    string
		options []option
		handled string
	}{
		{"create", nil, "now"},
		{"install", []option{deployed("inactive")}, "now"},
		{"uninstall", []option{deleting, live, deployed("active")}, "now"},
		{"delete", []option{deleting, deployed("inactive")}, "now"},
		{"nothing to do", []option{deployed("active", run(workflowInstall, "terminated"))}, "now"},
		{"other inputs", []option{deployed("active", run(workflowInstall, "terminated")), other}, "now"},
		{"waiting", []option{deployed("active", run("heal", "started"))}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, s := newReconciler(t), cellar(append(row.options, requested)...)
			s.conn, _ = manager{"GET events": {200, noEvents}}.connect(t, r)
			_ = r.act(t.Context(), s)
			NewWithT(t).Expect(s.deployment.Status.LastHandledRequest).To(Equal(row.handled))
		})
	}
}

// Only a new spec or a new request can help what is stalled, so that is the answer to the present one, wherever it was found out.
func TestAStallHandlesARequest(t *testing.T) {
	for _, row := range []struct {
		name    string
		options []option
		end     func(*reconciler, *scope) error
	}{
		{"a failure, be it noted late", []option{requested, deployed("inactive", run(workflowInstall, "failed", ask+"now")), causedBefore},
			func(r *reconciler, s *scope) error { return r.act(t.Context(), s) }},
		{"wrong inputs", []option{from(nodecellar()), given(map[string]string{"prot": "1"})},
			func(r *reconciler, s *scope) error { return r.prepare(t.Context(), s) }},
		{"a blueprint of another Manager", []option{from(nodecellar())}, func(r *reconciler, s *scope) error {
			s.blueprint.Spec.ManagerRef = &v1alpha1.ManagerReference{Name: "another"}
			return r.mayUse(t.Context(), s)
		}},
		{"a refusal before a step", nil, func(*reconciler, *scope) error {
			return &cloudify.Error{Op: "PATCH deployments/x", StatusCode: 400, Code: "bad_parameters_error"}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(append(row.options, requested, operation(2, ""))...)
			r, _ := newReporting(t, s)
			s.conn, _ = manager{"GET events": {200, noEvents}}.connect(t, r)
			end := row.end(r, s)
			g.Expect(outcome.Classify(end).Kind).To(Equal(outcome.Stalled))
			_ = report(t, r, s, end)

			var stored v1alpha1.CloudifyDeployment
			g.Expect(r.Get(t.Context(), s.key, &stored)).To(Succeed())
			g.Expect(stored.IsStalled()).To(BeTrue())
			g.Expect(stored.Status.LastHandledRequest).To(Equal("now"))
			g.Expect(stored.Status.LastHandledOperation).To(BeEquivalentTo(2))
		})
	}
}

// causedBefore is a failure whose cause was looked for already.
func causedBefore(s *scope) {
	status(outcome.Stall("InstallFailed", ""), "True", "False")(s)
	s.deployment.Status.Execution = &v1alpha1.ExecutionStatus{ID: "e2", Status: "failed"}
}

// A step that got no answer may not have started: the request must not get lost with it. What is final answers to whatever was
// asked, though no step began.
func TestARequestOutlivesAnOutage(t *testing.T) {
	for _, row := range []struct {
		name    string
		begun   bool
		end     error
		handled string
	}{
		{"begun", true, outcome.Wait("Creating", ""), "now"},
		{"waiting", false, outcome.Wait("Paused", ""), ""},
		{"wrong inputs", false, outcome.Stall("InvalidInputs", ""), "now"},
		{"a failure, be it noted late", false, outcome.Stall("InstallFailed", ""), "now"},
		{"refused", true, &cloudify.Error{Op: "PUT deployments", StatusCode: 400, Code: "constraint_error"}, "now"},
		{"no answer", true, &cloudify.ConnectionError{Op: "PUT deployments", Err: errors.New("no route")}, ""},
		{"a mistake of the Manager", true, &cloudify.Error{Op: "PUT deployments", StatusCode: 500}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(requested)
			r, _ := newReporting(t, s)
			if row.begun {
				s.handle()
			}
			_ = report(t, r, s, row.end)

			var stored v1alpha1.CloudifyDeployment
			g.Expect(r.Get(t.Context(), s.key, &stored)).To(Succeed())
			g.Expect(stored.Status.LastHandledRequest).To(Equal(row.handled))
			g.Expect(stored.Status.ObservedGeneration).To(BeEquivalentTo(3))
		})
	}
}

func TestWaitForExecution(t *testing.T) {
	counted := run(workflowInstall, "started", ask)
	counted.FinishedOperations, counted.TotalOperations = 12, 30
	for _, row := range []struct {
		name    string
		scope   *scope
		reason  string
		message string
	}{
		{"create", cellar(created("active", run(workflowCreate, "started"))), "Creating", "the Manager is preparing deployment " + id},
		{"install", cellar(deployed("inactive", run(workflowInstall, "pending", ask))), "Installing", "workflow install is pending"},
		{"install with progress", cellar(deployed("inactive", counted)), "Installing", "workflow install is started, 12 of 30 operations are done"},
		{"install that is cancelled to delete", cellar(deleting, deployed("inactive", run(workflowInstall, "cancelling", ask))), "Cancelling", "workflow install is cancelling"},
		{"uninstall", cellar(deleting, deployed("active", run(workflowUninstall, "started", ask))), "Uninstalling", "workflow uninstall is started"},
		{"install that took too long", cellar(timedOut("e2"), deployed("inactive", run(workflowInstall, "cancelling", ask))), "TimedOut", "workflow install is cancelling"},
		{"uninstall that took too long", cellar(deleting, timedOut("e2"), deployed("active", run(workflowUninstall, "force_cancelling", ask))), "TimedOut", "workflow uninstall is force_cancelling"},
		{"delete", cellar(deleting, deployed("inactive", run(workflowDelete, "started"))), "Deleting", "the Manager is deleting deployment " + id},
		{"create that may never begin", cellar(unbegun, created("active", run(workflowCreate, "pending"))), "Creating",
			"the Manager is preparing deployment " + id + "; execution e1 has not started for minutes, and the Manager may have lost it: to end it, set spec.install.timeout, or run cfy executions cancel --kill e1 at the Manager"},
		{"create that may never begin, with a timeout", cellar(unbegun, withinAnHour, created("active", run(workflowCreate, "pending"))), "Creating",
			"the Manager is preparing deployment " + id + "; execution e1 has not started for minutes, and the Manager may have lost it: the operator cancels it when spec.install.timeout expires"},
		{"update that may never begin, at a release that cannot kill", cellar(unbegun, inRelease(4, 3), deployed("active", run(workflowUpdate, "pending"))), "Updating",
			"workflow update is pending; execution e2 has not started for minutes, and the Manager may have lost it: to end it, run cfy executions cancel --force e2 at the Manager"},
		{"create that is killed", cellar(deleting, created("active", run(workflowCreate, "kill_cancelling"))), "Cancelling",
			"workflow create_deployment_environment is kill_cancelling; every way to stop execution e1 has been tried: if it keeps running, check it at the Manager; " + toOrphan},
		{"somebody's uninstall", cellar(deployed("active", run(workflowUninstall, "started"))), "ForeignUninstall",
			"somebody else is uninstalling deployment " + id + " at the Manager: workflow uninstall is started; the operator then installs it again"},
		{"somebody's uninstall of a paused one", cellar(paused, deployed("active", run(workflowUninstall, "pending"))), "ForeignUninstall",
			"somebody else is uninstalling deployment " + id + " at the Manager: workflow uninstall is pending"},
		{"another object's uninstall", cellar(deployed("active", run(workflowUninstall, "started", "other/3/"))), "ForeignUninstall",
			"somebody else is uninstalling deployment " + id + " at the Manager: workflow uninstall is started; the operator then installs it again"},
		{"our uninstall before an install", cellar(inRelease(5, 0), deployed("inactive", run(workflowUninstall, "started", earlier))), "Uninstalling", "workflow uninstall is started"},
		{"somebody's uninstall of what is deleted", cellar(deleting, deployed("active", run(workflowUninstall, "started"))), "Uninstalling", "workflow uninstall is started"},
		{"somebody's delete", cellar(deployed("inactive", run(workflowDelete, "started"))), "ForeignDelete",
			"somebody else is deleting deployment " + id + " at the Manager; the operator then creates it again"},
		{"somebody's delete of an adopted one", cellar(adopts("Created", "True"), deployed("inactive", run(workflowDelete, "started"))), "ForeignDelete",
			"somebody else is deleting deployment old at the Manager"},
		{"a delete of what was not created", cellar(created("inactive", run(workflowDelete, "started"), run(workflowCreate, "cancelled"))), "Deleting", "the Manager is deleting deployment " + id},
		{"somebody's", cellar(deployed("active", run("heal", "queued"))), "ExecutionRunning", "workflow heal is queued, started by somebody else"},
		{"somebody's, before a deletion", cellar(deleting, deployed("active", run("heal", "queued"))), "ExecutionRunning", "workflow heal is queued, started by somebody else; " + toOrphan},
		{"update before a deletion", cellar(deleting, deployed("active", run(workflowUpdate, "started"))), "Updating", "workflow update is started; " + toOrphan},
		{"create before a deletion", cellar(deleting, created("active", run(workflowCreate, "started"))), "Creating", "the Manager is preparing deployment " + id + "; " + toOrphan},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			out := outcome.Classify(row.scope.waitForExecution(row.scope.wait(row.scope.history.active())))
			g.Expect(out.Reason).To(Equal(row.reason))
			g.Expect(out.Message).To(Equal(row.message))
		})
	}
}

// Whatever holds a deletion up tells the way out, once; nothing else does.
func TestTheWayOutIsTold(t *testing.T) {
	for _, row := range []struct {
		name    string
		options []option
		end     error
		told    int
	}{
		{"forbidden", []option{deleting}, &cloudify.Error{Op: "DELETE deployments", StatusCode: 403, Code: "forbidden_error"}, 1},
		{"a mistake of the Manager", []option{deleting}, &cloudify.Error{Op: "DELETE deployments", StatusCode: 500}, 1},
		{"refused", []option{deleting}, &cloudify.Error{Op: "POST executions", StatusCode: 400, Code: "nonexistent_workflow_error"}, 1},
		{"busy", []option{deleting}, &cloudify.Error{Op: "POST executions", StatusCode: 400, Code: "existing_running_execution_error"}, 1},
		{"no answer", []option{deleting}, &cloudify.ConnectionError{Op: "GET executions", Err: errors.New("no route")}, 1},
		{"not seen", []option{deleting}, outcome.WaitUnseen(0, "InventoryLost", "many deployments vanished"), 1},
		{"told already", []option{deleting}, outcome.Advise(outcome.Stall("UninstallFailed", "workflow uninstall failed"), toRetry+"; "+toOrphan), 1},
		{"told already while waiting", []option{deleting}, outcome.Wait("ManagerBusy", "something runs; %s", toOrphan), 1},
		{"on its way", []option{deleting}, outcome.Wait("Deleting", "the Manager is deleting deployment "+id), 0},
		{"not deleted", nil, &cloudify.Error{Op: "PUT deployments", StatusCode: 403, Code: "forbidden_error"}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := cellar(row.options...)
			out := s.withWayOut(outcome.Classify(row.end))
			NewWithT(t).Expect(strings.Count(out.Message+out.Advice, toOrphan)).To(Equal(row.told), out.Message)
		})
	}
}

const noEvents = `{"items": [], "metadata": {"pagination": {"total": 0, "size": 1000, "offset": 0}}}`

// Events lag behind the end of an execution, so a failure without a cause is given time.
func TestStall(t *testing.T) {
	const event = `{"items": [{"event_type": "task_failed", "message": "boom", "node_name": "vm", "node_instance_id": "vm_1", "operation": "a.start"}],
		"metadata": {"pagination": {"total": 1, "size": 1000, "offset": 0}}}`
	shown := func(id, status string) option {
		return func(s *scope) {
			s.deployment.Status.Execution = &v1alpha1.ExecutionStatus{ID: id, Status: status}
		}
	}
	for _, row := range []struct {
		name   string
		before option
		events answer
		kind   outcome.Kind
		reason string
		words  []string
		after  time.Duration
	}{
		{"with a cause", shown("e2", "started"), answer{200, event}, outcome.Stalled, "InstallFailed", []string{"boom (node vm, operation start)"}, 0},
		{"without a cause yet", shown("e2", "started"), answer{200, noEvents}, outcome.Waiting, "Installing", []string{"looking up the cause"}, 2 * time.Second},
		{"without a cause, another was shown", shown("e1", "failed"), answer{200, noEvents}, outcome.Waiting, "Installing", []string{"looking up the cause"}, 2 * time.Second},
		{"without a cause, woken before it could come", shown("e2", "failed"), answer{200, noEvents}, outcome.Waiting, "Installing", []string{"looking up the cause"}, 2 * time.Second},
		{"without a cause, as was told", causedBefore, answer{200, noEvents}, outcome.Stalled, "InstallFailed", []string{"RuntimeError: no quota"}, 0},
		{"without an answer", shown("e2", "failed"), answer{502, ""}, outcome.Retry, "ManagerUnreachable", []string{"find out why execution e2 failed"}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), cellar(deployed("inactive", run(workflowInstall, "failed", ask)), row.before)
			s.conn, _ = manager{"GET events": row.events}.connect(t, r)
			err := r.act(t.Context(), s)
			g.Expect(err).To(ends(row.kind, row.reason, row.words...))
			g.Expect(outcome.Classify(err).After).To(Equal(row.after))
		})
	}

	g := NewWithT(t)
	r, s := newReconciler(t), cellar(deployed("inactive", run(workflowInstall, "failed", ask)), shown("e2", "failed"))
	s.conn, _ = manager{"GET events": {200, noEvents}}.connect(t, r)
	r.failed.Since(s.deployment.UID, "e2", time.Now().Add(-executions.EventsLag))
	g.Expect(r.act(t.Context(), s)).To(ends(outcome.Stalled, "InstallFailed", "RuntimeError: no quota"))
}
