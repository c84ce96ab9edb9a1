// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// summary shows the conditions in short: "Ready=True/Ready Created=True/Created".
func summary(s *scope) string {
	var all []string
	for _, kind := range []string{"Ready", "Reconciling", "Stalled", "Created", "Installed"} {
		if c := meta.FindStatusCondition(s.deployment.Status.Conditions, kind); c != nil {
			all = append(all, fmt.Sprintf("%s=%s/%s", c.Type, c.Status, c.Reason))
		}
	}
	return strings.Join(all, " ")
}

// starting is an execution that this pass started.
func starting(workflow string) option {
	return func(s *scope) { e := run(workflow, "pending", ask); s.effect.started = &e }
}

func removing(s *scope) { s.effect.removing = true }

func TestSetStatus(t *testing.T) {
	const (
		exists  = " Created=True/Created"
		busy    = "Ready=False/%[1]s Reconciling=True/%[1]s"
		stalled = "Ready=False/%[1]s Stalled=True/%[1]s"
		unseen  = "Ready=Unknown/%[1]s Reconciling=True/%[1]s"
	)
	installed := run(workflowInstall, "terminated", ask)
	wait := func(reason string) error { return outcome.Wait(reason, "m") }
	stall := func(reason string) error { return outcome.Stall(reason, "m") }
	noRoute := &cloudify.ConnectionError{Err: errors.New("no route")}

	for _, row := range []struct {
		name    string
		scope   *scope
		end     error
		summary string
	}{
		{"ready", cellar(deployed("active", installed)), nil, "Ready=True/Ready" + exists + " Installed=True/Installed"},
		{"create begins", cellar(), wait("Creating"), fmt.Sprintf(busy, "Creating") + " Created=False/NotFound Installed=False/NotInstalled"},
		{"being created", cellar(created("active", run(workflowCreate, "started"))), wait("Creating"), fmt.Sprintf(busy, "Creating") + " Created=False/Creating Installed=False/NotInstalled"},
		{"create failed", cellar(created("active", creation("failed", nil))), stall("CreateFailed"), fmt.Sprintf(stalled, "CreateFailed") + " Created=False/CreateFailed Installed=False/NotInstalled"},
		{"wrong inputs", cellar(), stall("InvalidInputs"), fmt.Sprintf(stalled, "InvalidInputs") + " Created=False/NotFound Installed=False/NotInstalled"},
		{"install begins", cellar(deployed("inactive"), starting(workflowInstall)), wait("Installing"), fmt.Sprintf(busy, "Installing") + exists + " Installed=False/Installing"},
		{"install runs", cellar(deployed("inactive", run(workflowInstall, "started", ask))), wait("Installing"), fmt.Sprintf(busy, "Installing") + exists + " Installed=False/Installing"},
		{"install failed", cellar(deployed("inactive", run(workflowInstall, "failed", ask))), stall("InstallFailed"), fmt.Sprintf(stalled, "InstallFailed") + exists + " Installed=False/InstallFailed"},
		{"install failed, but all is started", cellar(deployed("active", run(workflowInstall, "failed", ask)), allStarted), stall("InstallFailed"), fmt.Sprintf(stalled, "InstallFailed") + exists + " Installed=False/InstallFailed"},
		{"install failed, but all is started, which is accepted", cellar(requested, deployed("active", run(workflowInstall, "failed", ask)), allStarted), nil, "Ready=True/Ready" + exists + " Installed=True/Installed"},
		{"install failed, reading why", cellar(deployed("inactive", run(workflowInstall, "failed", ask))), wait("Installing"), fmt.Sprintf(busy, "Installing") + exists + " Installed=False/NotInstalled"},
		{"install cancelled", cellar(deployed("inactive", run(workflowInstall, "cancelled", ask))), stall("InstallCancelled"), fmt.Sprintf(stalled, "InstallCancelled") + exists + " Installed=False/InstallCancelled"},
		{"no nodes, not installed", cellar(deployed("active")), wait("Installing"), fmt.Sprintf(busy, "Installing") + exists + " Installed=False/NotInstalled"},
		{"other inputs", cellar(deployed("active", installed)), stall("UpdateUnsupported"), fmt.Sprintf(stalled, "UpdateUnsupported") + exists + " Installed=True/Installed"},
		{"somebody's heal runs", cellar(deployed("active", run("heal", "started"), installed)), wait("ExecutionRunning"), fmt.Sprintf(busy, "ExecutionRunning") + exists + " Installed=True/Installed"},
		{"uninstall begins", cellar(deleting, live, deployed("active", installed), starting(workflowUninstall)), wait("Uninstalling"), fmt.Sprintf(busy, "Uninstalling") + exists + " Installed=False/Uninstalling"},
		{"uninstall failed", cellar(deleting, live, deployed("inactive", run(workflowUninstall, "failed", ask), installed)), stall("UninstallFailed"), fmt.Sprintf(stalled, "UninstallFailed") + exists + " Installed=False/UninstallFailed"},
		{"delete begins", cellar(deleting, deployed("inactive"), removing), wait("Deleting"), fmt.Sprintf(busy, "Deleting") + " Created=False/Deleting Installed=False/NotInstalled"},
		{"being deleted", cellar(deleting, deployed("inactive", run(workflowDelete, "started"))), wait("Deleting"), fmt.Sprintf(busy, "Deleting") + " Created=False/Deleting Installed=False/NotInstalled"},
		{"gone", cellar(status(nil, "True", "True")), wait("Recreating"), fmt.Sprintf(busy, "Recreating") + " Created=False/NotFound Installed=False/NotInstalled"},
		{"gone, making sure", cellar(unlooked, status(nil, "True", "True")), wait("Confirming"), fmt.Sprintf(busy, "Confirming") + " Created=True/Before Installed=True/Before"},

		{"not looked, new", cellar(unlooked), wait("BlueprintNotFound"), fmt.Sprintf(busy, "BlueprintNotFound")},
		{"not looked, was ready", cellar(unlooked, status(nil, "True", "True")), outcome.WaitUnseen(0, "ManagerNotReady", ""), fmt.Sprintf(unseen, "ManagerNotReady") + " Created=True/Before Installed=True/Before"},
		{"lost while looking", cellar(unlooked, status(nil, "True", "True")), noRoute, fmt.Sprintf(unseen, "ManagerUnreachable") + " Created=True/Before Installed=True/Before"},
		{"lost while acting", cellar(deployed("inactive")), noRoute, fmt.Sprintf(unseen, "ManagerUnreachable") + exists + " Installed=False/NotInstalled"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			row.scope.setStatus(outcome.Classify(row.end))
			g.Expect(summary(row.scope)).To(Equal(row.summary))
			g.Expect(row.scope.deployment.Status).To(And(
				HaveField("ObservedGeneration", BeEquivalentTo(3)), HaveField("DeploymentID", id), HaveField("DeletionPolicy", v1alpha1.DeletionPolicyDelete)))
		})
	}
}

func TestSetStatusMessages(t *testing.T) {
	g := NewWithT(t)
	message := func(s *scope, kind string) string {
		return meta.FindStatusCondition(s.deployment.Status.Conditions, kind).Message
	}
	s := cellar(deployed("active", run(workflowInstall, "terminated", ask)))
	s.setStatus(outcome.Classify(nil))
	g.Expect(message(s, "Ready")).To(Equal("deployment k8s-5c9ee825 of blueprint nodecellar-1 is installed"))
	g.Expect(message(s, "Created")).To(Equal("deployment k8s-5c9ee825 exists"))

	s = cellar(deployed("inactive", run(workflowInstall, "failed", ask)))
	s.setStatus(outcome.Classify(outcome.Stall("InstallFailed", "workflow install failed: no quota")))
	g.Expect(message(s, "Installed")).To(Equal("workflow install failed: no quota"))

	s = cellar(created("active", creation("failed", nil)))
	s.setStatus(outcome.Classify(outcome.Stall("CreateFailed", "")))
	g.Expect(message(s, "Created")).To(Equal("RuntimeError: no quota"))
}

func TestSetStatusOfAnUnclaimedObject(t *testing.T) {
	g := NewWithT(t)
	s := cellar(unlooked, func(s *scope) { s.deployment.Annotations = nil }, orphaned)
	s.setStatus(outcome.Classify(outcome.Wait("BlueprintNotFound", "")))
	g.Expect(s.deployment.Status.DeploymentID).To(BeEmpty())
	g.Expect(s.deployment.Status.DeletionPolicy).To(Equal(v1alpha1.DeletionPolicyOrphan))
}

func TestSetStatusForgetsTheRevisionOfWhatIsGone(t *testing.T) {
	g := NewWithT(t)
	for _, row := range []struct {
		scope *scope
		id    string
	}{
		{cellar(status(nil, "True", "True")), ""},
		{cellar(status(nil, "True", "True"), unlooked), "nodecellar-1"},
		{cellar(deployed("active")), "nodecellar-1"},
	} {
		row.scope.setStatus(outcome.Classify(outcome.Wait("Recreating", "")))
		g.Expect(row.scope.deployment.Status.BlueprintID).To(Equal(row.id))
	}
}

func TestExecutionStatus(t *testing.T) {
	at := func(d time.Duration) *metav1.Time { return new(metav1.NewTime(began.Add(d))) }
	counted := run(workflowInstall, "started", ask)
	counted.FinishedOperations, counted.TotalOperations, counted.StartedAt = 12, 30, began.Add(300*time.Millisecond)
	ended := run(workflowInstall, "terminated", ask)
	ended.FinishedOperations, ended.TotalOperations = 30, 30

	for _, row := range []struct {
		name  string
		scope *scope
		shown *v1alpha1.ExecutionStatus
	}{
		{"none", cellar(created("active")), nil},
		{"pending", cellar(created("inactive", run(workflowInstall, "pending", ask))), &v1alpha1.ExecutionStatus{ID: "e1", Workflow: "install", Status: "pending"}},
		{"running", cellar(created("inactive", counted)), &v1alpha1.ExecutionStatus{ID: "e1", Workflow: "install", Status: "started", StartedAt: at(0), FinishedOperations: 12, TotalOperations: 30, Progress: "12/30"}},
		{"ended well", cellar(created("active", ended)), &v1alpha1.ExecutionStatus{ID: "e1", Workflow: "install", Status: "terminated", StartedAt: at(0), EndedAt: at(90 * time.Second), FinishedOperations: 30, TotalOperations: 30}},
		{"failed", cellar(created("inactive", run("heal", "failed"))), &v1alpha1.ExecutionStatus{ID: "e1", Workflow: "heal", Status: "failed", StartedAt: at(0), EndedAt: at(90 * time.Second), Error: "RuntimeError: no quota"}},
		{"just started", cellar(deployed("inactive"), starting(workflowInstall)), &v1alpha1.ExecutionStatus{Workflow: "install", Status: "pending"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.scope.executionStatus()).To(Equal(row.shown))
		})
	}
}

// Only a close look reads why an execution failed; what it found stays while the execution is the same.
func TestExecutionStatusKeepsTheError(t *testing.T) {
	silent := run(workflowInstall, "failed", ask)
	silent.Error = ""
	shown := func(id string) option {
		return func(s *scope) {
			s.deployment.Status.Execution = &v1alpha1.ExecutionStatus{ID: id, Status: "failed", Error: "no quota (node vm, operation start)"}
		}
	}
	NewWithT(t).Expect(cellar(created("inactive", silent), shown("e1")).executionStatus().Error).To(Equal("no quota (node vm, operation start)"))
	NewWithT(t).Expect(cellar(created("inactive", silent), shown("e0")).executionStatus().Error).To(BeEmpty())
}

// An idle object is judged by the list: what its status says must be what the list shows.
func TestStatusFingerprint(t *testing.T) {
	execution := func(status string) option {
		return func(s *scope) { s.deployment.Status.Execution = &v1alpha1.ExecutionStatus{ID: "e1", Status: status} }
	}
	row := func(installation, execution string) watch.Fingerprint {
		return watch.Fingerprint{BlueprintID: "nodecellar-1", InstallationStatus: installation, ExecutionID: "e1", ExecutionStatus: execution}
	}
	for _, test := range []struct {
		name  string
		scope *scope
		row   watch.Fingerprint
	}{
		{"installed", cellar(status(nil, "True", "True"), execution("terminated")), row("active", "completed")},
		{"failed", cellar(status(outcome.Stall("InstallFailed", ""), "True", "False"), execution("failed")), row("inactive", "failed")},
		{"cancelled", cellar(status(outcome.Stall("InstallCancelled", ""), "True", "False"), execution("cancelled")), row("inactive", "cancelled")},
		{"running", cellar(status(outcome.Wait("ExecutionRunning", ""), "True", "True"), execution("started")), row("active", "in_progress")},
		{"no execution", cellar(status(nil, "True", "True")), watch.Fingerprint{BlueprintID: "nodecellar-1", InstallationStatus: "active"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(statusFingerprint(&test.scope.before.Status)).To(Equal(test.row))
			g.Expect(test.scope.agrees(test.row)).To(BeTrue())
		})
	}
}

func TestAgrees(t *testing.T) {
	s := cellar(status(nil, "True", "True"), func(s *scope) {
		s.deployment.Status.Execution = &v1alpha1.ExecutionStatus{ID: "e1", Status: "terminated"}
	})
	same := watch.Fingerprint{BlueprintID: "nodecellar-1", InstallationStatus: "active", ExecutionID: "e1", ExecutionStatus: "completed"}
	for _, row := range []struct {
		name   string
		change func(*watch.Fingerprint)
		agrees bool
	}{
		{"the same", func(*watch.Fingerprint) {}, true},
		{"another revision", func(f *watch.Fingerprint) { f.BlueprintID = "other" }, false},
		{"something is down", func(f *watch.Fingerprint) { f.InstallationStatus = "inactive" }, false},
		{"another execution", func(f *watch.Fingerprint) { f.ExecutionID = "e2" }, false},
		{"another status of the execution", func(f *watch.Fingerprint) { f.ExecutionStatus = "failed" }, false},
		{"another case", func(f *watch.Fingerprint) { f.InstallationStatus = "Active" }, true},
		{"a release that names no executions", func(f *watch.Fingerprint) { f.ExecutionID = "" }, true},
		{"a release that has no statuses", func(f *watch.Fingerprint) { f.InstallationStatus, f.ExecutionStatus = "", "" }, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := same
			row.change(&f)
			NewWithT(t).Expect(s.agrees(f)).To(Equal(row.agrees))
		})
	}
}

// An execution that began while this pass looked is not in what it saw: the list must wake the object for it.
func TestSeen(t *testing.T) {
	g := NewWithT(t)
	s := cellar(deployed("active", run(workflowInstall, "terminated")), latest("e2"))
	g.Expect(s.history.fingerprint()).To(Equal(watch.FingerprintOf(s.history.remote)))

	s.history.remote.LatestExecution = "e9"
	g.Expect(s.history.fingerprint().ExecutionID).NotTo(Equal("e9"))

	s = cellar(created("active", heals(maxExecutions)...), latest("e0"))
	g.Expect(s.history.fingerprint().ExecutionID).To(Equal("e0"), "older than those that are read")
	g.Expect(cellar().history.fingerprint()).To(Equal(watch.Fingerprint{}))
}

func BenchmarkSetStatus(b *testing.B) {
	s := cellar(deployed("active", run(workflowInstall, "terminated", ask)))
	for b.Loop() {
		s.setStatus(outcome.Classify(nil))
	}
}
