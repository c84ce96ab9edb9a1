// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// row is an execution as lists show it: without parameters.
func row(id, workflow, status string) cloudify.Execution {
	e := run(workflow, status)
	e.ID, e.Parameters = id, nil
	return e
}

// listed is what a list that began just now says of a deployment.
func listed(rows ...cloudify.Execution) watch.Running {
	return watch.Running{Executions: rows, Began: leadership.Now(), Newer: true}
}

// before is the same of one that began before what is followed.
func before(list watch.Running) watch.Running {
	list.Newer = false
	return list
}

// installing is what is known of a deployment that was created, and whose install was started.
func installing() known {
	s := cellar(deployed("inactive", run(workflowInstall, "pending", ask)))
	return known{remote: s.history.remote, executions: s.history.executions}
}

func TestWhatRunsIsFollowedByTheListAlone(t *testing.T) {
	for _, c := range []struct {
		name string
		list watch.Running
		ok   bool
		ids  []string
	}{
		{"it runs", listed(row("e2", workflowInstall, "started")), true, []string{"e2", "e1"}},
		{"not listed yet", before(listed()), true, []string{"e2", "e1"}},
		{"listed no more", listed(), false, nil},
		{"a delete that somebody started", listed(row("e3", workflowDelete, "started"), row("e2", workflowInstall, "started")), true, []string{"e3", "e2", "e1"}},
		{"an update that somebody started, or a preview", listed(row("e3", workflowUpdate, "started"), row("e2", workflowInstall, "started")), false, nil},
		{"an install that somebody started", listed(row("e3", workflowInstall, "started"), row("e2", workflowInstall, "started")), false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, k := NewWithT(t), installing()
			executions, ok := k.followed(c.list)
			g.Expect(ok).To(Equal(c.ok))
			var ids []string
			for i := range executions {
				ids = append(ids, executions[i].ID)
				if executions[i].ID == "e2" {
					g.Expect(executions[i].OwnParameter()).To(Equal(ask), "what started it is known")
				}
			}
			g.Expect(ids).To(Equal(c.ids))
			g.Expect(k.executions[0].Status).To(Equal("pending"), "what is known stays as it is")
		})
	}
}

func TestOver(t *testing.T) {
	for _, c := range []struct {
		name, status string
		told, ok     bool
	}{
		{"ended well", "terminated", true, true},
		{"failed: why is in what lists leave out", "failed", true, false},
		{"cancelled", "cancelled", true, false},
		{"nobody saw how it ended", "", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			executions, ok := installing().over(func(id string) (cloudify.Execution, bool) {
				g.Expect(id).To(Equal("e2"), "the other one had ended")
				return row(id, workflowInstall, c.status), c.told
			})
			g.Expect(ok).To(Equal(c.ok))
			if ok {
				g.Expect(executions).To(HaveExactElements(HaveField("Status", c.status), HaveField("ID", "e1")))
				g.Expect(executions[0].OwnParameter()).To(Equal(ask))
			}
		})
	}
}

// readyAfter is a status that shows the execution e7 as the last, and reads Ready for this generation or an earlier one.
func readyAfter(workflow, how string, generation int64) option {
	return func(s *scope) {
		status(nil, metav1.ConditionTrue, metav1.ConditionTrue)(s)
		s.deployment.Status.ObservedGeneration = generation
		s.deployment.Status.Execution = &v1alpha1.ExecutionStatus{ID: "e7", Workflow: workflow, Status: how, StartedAt: new(metav1.NewTime(began))}
	}
}

// names is what the deployment says of its latest execution.
func names(id, status string) option {
	return func(s *scope) { s.history.remote.LatestExecution, s.history.remote.LatestExecutionStatus = id, status }
}

func stalledBefore(s *scope) {
	status(outcome.Stall(v1alpha1.ReasonInvalidInputs, ""), metav1.ConditionTrue, metav1.ConditionTrue)(s)
}

func withoutRules(s *scope) { s.history.remote.Workflows = nil }

// installOffered is whether the Manager offers to install.
func installOffered(is bool) option {
	return func(s *scope) {
		s.history.remote.Workflows = cloudify.WorkflowList{{Name: workflowInstall, Available: &is}}
	}
}

// Nothing is started on what this returns but what is seconds old; where anything is open, the executions are listed.
func TestRecall(t *testing.T) {
	well := func(id string) (cloudify.Execution, bool) { return row(id, workflowInstall, "terminated"), true }
	some := installing()
	for _, c := range []struct {
		name  string
		scope *scope
		known known
		list  watch.Running
		ok    bool
	}{
		{"the install ended well", cellar(at("active"), names("e2", "completed")), some, listed(), true},
		{"something runs", cellar(at("active"), names("e2", "completed")), some, listed(row("e3", "heal", "pending")), false},
		{"the list is older than what was started", cellar(at("active"), names("e2", "completed")), some, before(listed()), false},
		{"the list is no longer fresh", cellar(at("active"), names("e2", "completed")), some, watch.Running{Began: leadership.Now() - leadership.Moment(time.Hour), Newer: true}, false},
		{"something else ran since", cellar(at("active"), names("e3", "completed")), some, listed(), false},
		{"it runs on, as the deployment says", cellar(at("active"), names("e2", "in_progress")), some, listed(), false},
		{"the deployment was read before it began", cellar(at("inactive"), names("e1", "completed")), some, listed(), false},
		{"a change may arrive yet", cellar(at("active"), names("e2", "completed"), unanswered(stepInstall)), some, listed(), false},
		{"it is somebody else's", cellar(at("active"), names("e2", "completed"), adopts("", "")), some, listed(), false},

		{"Ready, and nothing ran since", cellar(at("active"), names("e7", "completed"), readyAfter("install", "terminated", 3)), known{}, listed(), true},
		{"it was Ready for an earlier spec", cellar(at("active"), names("e7", "completed"), readyAfter("install", "terminated", 2)), known{}, listed(), true},
		{"Ready, and something ran since", cellar(at("active"), names("e8", "completed"), readyAfter("install", "terminated", 3)), known{}, listed(), false},
		{"Ready after a failure", cellar(at("active"), names("e7", "failed"), readyAfter("update", "failed", 3)), known{}, listed(), false},
		{"Ready, and a part has stopped", cellar(at("inactive"), names("e7", "completed"), readyAfter("install", "terminated", 3)), known{}, listed(), false},
		{"Ready after an update, which says nothing of the install", cellar(at("active"), withoutRules, names("e7", "completed"), readyAfter("update", "terminated", 3)), known{}, listed(), false},
		{"Ready after an update, and installed as the Manager says", cellar(at("active"), installOffered(false), names("e7", "completed"), readyAfter("update", "terminated", 3)), known{}, listed(), true},
		{"not Ready", cellar(at("active"), names("e7", "completed"), readyAfter("install", "terminated", 3), stalledBefore), known{}, listed(), false},
		{"nothing is known", cellar(at("active"), names("e7", "completed")), known{}, listed(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := c.scope
			executions, listed := s.recall(s.history.remote, c.known, c.list, well)
			if !c.ok {
				g.Expect(listed).To(BeZero())
				return
			}
			g.Expect(listed).To(Equal(c.list.Began), "what follows is as old as the list")
			s.history.executions = executions
			g.Expect(s.history.latest().ID).To(Equal(s.history.remote.LatestExecution))
			g.Expect(s.history.installed()).To(BeTrue())
		})
	}
}

func TestADeploymentThatShowsWhatItsExecutionsDid(t *testing.T) {
	list := func(executions ...cloudify.Execution) []cloudify.Execution { return executions }
	for _, c := range []struct {
		name       string
		scope      *scope
		executions []cloudify.Execution
		shows      bool
	}{
		{"the last one, well", cellar(at("active"), names("e2", "completed")), list(row("e2", workflowInstall, "terminated"), row("e1", workflowCreate, "terminated")), true},
		{"the last one, failed", cellar(at("inactive"), names("e2", "failed")), list(row("e2", workflowInstall, "failed")), true},
		{"one that runs", cellar(at("inactive"), names("e1", "completed")), list(row("e2", workflowInstall, "started"), row("e1", workflowCreate, "terminated")), true},
		{"not the end of the last one", cellar(at("inactive"), names("e2", "in_progress")), list(row("e2", workflowInstall, "terminated")), false},
		{"one before the last", cellar(at("inactive"), names("e1", "completed")), list(row("e2", workflowInstall, "terminated"), row("e1", workflowCreate, "terminated")), false},
		{"one that is not listed", cellar(at("inactive"), names("e3", "completed")), list(row("e2", workflowInstall, "terminated")), false},
		{"the last one that ran, before a refused start", cellar(at("active"), names("e2", "completed")), list(refused(workflowInstall), row("e2", workflowInstall, "terminated")), true},
		{"nothing", cellar(at("inactive")), nil, false},
		{"a release that does not tell", cellar(inRelease(5, 2), at("active"), names("e2", "completed")), list(row("e2", workflowInstall, "terminated")), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			NewWithT(t).Expect(c.scope.history.shows(c.scope.history.remote, c.executions)).To(Equal(c.shows))
		})
	}
}
