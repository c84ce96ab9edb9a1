// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"cmp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// The life of a service at Managers of the releases that matter: 4.3 is the oldest in use, 5.2 keeps uploads, 6.2 is the
// last that prepares an update within the request, 6.4 the first whose deployments tell all that we ask, 7.1 the newest.
func TestReleases(t *testing.T) {
	t.Parallel()
	for _, release := range simulator.Releases() {
		for name, tell := range map[string]func(*story){
			"connects":                              connectsAtRelease,
			"refuses a wrong password":              refusesPasswordAtRelease,
			"uploads from inline files":             uploadsAtRelease,
			"tells what is wrong with a blueprint":  refusesBlueprintAtRelease,
			"installs, uninstalls and deletes":      (*story).wholeLifeAtRelease,
			"checks inputs before any call":         checksInputsAtRelease,
			"tries a failed install again as asked": retriesInstallAtRelease,
			"creates anew what failed":              createsAnewAtRelease,
			"is deleted while it installs":          deletesWhileInstallingAtRelease,
			"loses the answer to an upload":         losesAnswer("PUT blueprints"),
			"loses the answer to a create":          losesAnswer("PUT deployments"),
			"loses the answer to a start":           losesAnswer("POST executions"),
			"loses the answer to a delete":          losesAnswer("DELETE deployments"),
			"creates again what was removed":        recreatesAtRelease,
			"installs again what was uninstalled":   reinstallsAtRelease,
			"outlives an outage":                    outlivesOutageAtRelease,
			"updates inputs":                        updatesAtRelease,
			"mends a failed update":                 mendsUpdateAtRelease,
			"waits for approval":                    approvesAtRelease,
			"hands out outputs":                     handsOutOutputsAtRelease,
			"adopts":                                adoptsAtRelease,
			"counts drift":                          countsDriftAtRelease,
			"runs a workflow":                       runsAWorkflowAtRelease,
			"cancels a workflow":                    cancelsAWorkflowAtRelease,
			"loses the answer to a workflow":        losesAWorkflowAtRelease,
		} {
			t.Run(release+"/"+name, func(t *testing.T) {
				t.Parallel()
				tell(newStoryOf(t, everybodys, release))
			})
		}
		t.Run(release+"/outlives a restart of the operator", func(t *testing.T) {
			t.Parallel()
			restartsAtRelease(newStoryOf(t, startOperator(t), release))
		})
		t.Run(release+"/is deleted while its create is lost", func(t *testing.T) {
			t.Parallel()
			deletesTheLostCreateAtRelease(newStoryOf(t, startOperator(t, ofLittlePatience), release))
		})
		t.Run(release+"/loses a workflow before it begins", func(t *testing.T) {
			t.Parallel()
			deletesTheLostWorkflowAtRelease(newStoryOf(t, startOperator(t, ofLittlePatience), release))
		})
	}
}

// atBothUpdates tells a story at Managers of both ways to update: 5.2 prepares an update within the request, 7.1 in its workflow.
func atBothUpdates(t *testing.T, tell func(*story)) {
	t.Parallel()
	for _, release := range []string{"5.2", "7.1"} {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			s := newStoryOf(t, everybodys, release)
			s.connect()
			tell(s)
		})
	}
}

// cellar is the blueprint of the cellar as the story's release can read it.
func (s *story) cellar(oldnew ...string) map[string]string {
	switch s.release {
	case "4.3":
		oldnew = append(oldnew, "    type: dict\n", "", "    hidden: true\n", "", "    constraints:\n    - in_range: [1, 65535]\n", "",
			"    constraints:\n    - valid_values: [small, large]\n", "", "capabilities:\n", "outputs:\n", "\noutputs:\n", "")
	case "5.2":
		oldnew = append(oldnew, "    hidden: true\n", "")
	}
	if s.older("6.4") {
		oldnew = append(oldnew, "cloudify_dsl_1_4", "cloudify_dsl_1_3")
	}
	return cellar(s.t, oldnew...)
}

// older reports whether the story's Manager is of a release before another.
func (s *story) older(than string) bool { return cmp.Or(s.release, "7.1") < than }

func connectsAtRelease(s *story) {
	s.connect()
	s.Expect(s.manager.Status.Release).To(Equal(s.release + ".0"))
	s.Expect(testenv.Condition(s.manager, v1alpha1.ReadyCondition).Message).To(ContainSubstring("connected to Cloudify Manager " + s.release))
}

func refusesPasswordAtRelease(s *story) {
	secret := s.secret()
	s.update(secret, func() { secret.Data["password"] = []byte("not-the-password") })
	s.create(s.manager)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonUnauthorized, "Secret "+s.name))
	s.update(secret, func() { secret.Data["password"] = []byte(password) })
	s.eventually(s.manager, testenv.BeReady())
}

func uploadsAtRelease(s *story) {
	s.connect()
	b := s.blueprint()
	s.Expect(b).To(testenv.HaveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.ReasonUploaded))
	s.Expect(s.remoteBlueprints()).To(ConsistOf(b.Status.BlueprintID))
	s.Expect(b.Status.Description).To(Equal("A cellar in two parts"))
	s.Expect(b.Status.Inputs).To(HaveLen(9))
	s.Expect(b.Status.Workflows).To(ContainElements("install", "uninstall"))
	s.consistently(b, testenv.BeReady())
	s.sim.RemoveBlueprint(b.Status.BlueprintID)
	s.ask(b)
	s.eventually(b, And(testenv.BeReady(), HaveField("Status.LastHandledRequest", v1alpha1.RequestedAt(b))))
	s.Expect(s.remoteBlueprints()).To(ConsistOf(b.Status.BlueprintID))
}

func refusesBlueprintAtRelease(s *story) {
	s.connect()
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(s.cellar("derived_from: cloudify.nodes.Root", "derived_from: cloudify.nodes.Rot")))
	d := s.deployment("shop", nil)
	s.create(b, d)
	s.eventually(b, testenv.BeStalled(v1alpha1.ReasonUploadFailed, "cloudify.nodes.Rot"))
	s.Expect(b).To(testenv.HaveCondition(v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.ReasonUploadFailed))
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonBlueprintNotReady, v1alpha1.ReasonUploadFailed))
	s.consistently(b, testenv.BeStalled(v1alpha1.ReasonUploadFailed, "cloudify.nodes.Rot"))
	s.update(b, func() { testenv.Inline(s.cellar())(b) })
	s.eventually(b, testenv.BeReady())
	s.eventually(d, testenv.BeReady())
	s.delete(d, b)
	s.gone(d, b)
	s.Expect(s.remoteBlueprints()).To(BeEmpty())
}

func (s *story) wholeLifeAtRelease() {
	s.connect()
	s.wholeLife()
}

func checksInputsAtRelease(s *story) {
	s.connect()
	s.blueprint()
	d := s.deployment("shop", map[string]any{"port": "http"})
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, `input "port"`, "must be an integer"))
	s.Expect(s.changes("PUT deployments")).To(BeEmpty())
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(9090)))
}

func retriesInstallAtRelease(s *story) {
	s.connect()
	s.blueprint()
	d := s.deployment("shop", nil)
	s.sim.FailWorkflow("install", "no quota left", 1)
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed, "workflow install failed: no quota left", "node host", v1alpha1.RequestedAtAnnotation))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
	if !s.older("5.2") {
		s.ask(d)
		s.eventually(d, testenv.BeReady())
		s.Expect(s.executions(d, "install")).To(HaveLen(2))
		s.Expect(s.executions(d, "uninstall")).To(BeEmpty())
		s.Expect(s.remote(d).Installed()).To(BeTrue())
		return
	}
	// An install would repeat what the first one has done, so the operator uninstalls before.
	s.sim.FailWorkflow("uninstall", "the volume is busy", 1)
	s.ask(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed, "the volume is busy", v1alpha1.RequestedAtAnnotation))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed))
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "uninstall")).To(HaveLen(2))
	s.Expect(s.executions(d, "install")).To(HaveLen(2))
	s.Expect(s.remote(d).Installed()).To(BeTrue())
}

func createsAnewAtRelease(s *story) {
	s.connect()
	s.blueprint()
	s.sim.FailWorkflow("create_deployment_environment", "the disk is full", 1)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonCreateFailed, "the disk is full"))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonCreateFailed))
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.changes("PUT deployments")).To(HaveLen(2))
	s.Expect(s.sim.Deployments()).To(HaveLen(1))
}

func deletesWhileInstallingAtRelease(s *story) {
	s.connect()
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.sim.Operations(remoteID(d))).To(HaveKeyWithValue("app.stop", 1), "what was begun is uninstalled")
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

// On a release that cannot kill, the only way out is to let the object go.
func deletesTheLostCreateAtRelease(s *story) {
	s.connect()
	s.blueprint()
	s.sim.LoseMessage("create_deployment_environment", 1)
	d := s.deployment("shop", nil)
	s.create(d)
	s.created(d)
	s.delete(d)
	if s.older("4.4") {
		s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonCancelling, "is force_cancelling", "every way to stop execution ", "Orphan"))
		s.update(d, func() { d.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
		s.gone(d)
		return
	}
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func losesAnswer(route string) func(*story) {
	return func(s *story) {
		s.connect()
		s.sim.LoseAnswer(route, 1)
		s.wholeLife()
	}
}

func recreatesAtRelease(s *story) {
	s.connect()
	s.blueprint()
	d := s.installed("shop")
	s.sim.RemoveDeployment(remoteID(d))
	s.Eventually(func() []simulator.Deployment { return s.sim.Deployments() }).Should(HaveLen(1))
	s.Eventually(func() bool { return s.remote(d).Installed() }).Should(BeTrue())
	s.eventually(d, testenv.BeReady())
	s.Expect(s.changes("PUT deployments")).To(HaveLen(2))
}

// Somebody's execution that is too short to be seen while it runs is found afterwards.
func reinstallsAtRelease(s *story) {
	s.connect()
	s.blueprint()
	d := s.installed("shop")
	s.sim.Uninstall(remoteID(d))
	s.Eventually(func() []simulator.Execution { return s.executions(d, "install") }).Should(HaveLen(2))
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.Execution.ID", s.executions(d, "install")[1].ID)))
	s.Expect(s.remote(d).Installed()).To(BeTrue())
	changes := s.sim.Changes()
	s.consistently(d, testenv.BeReady())
	s.Expect(s.sim.Changes()).To(Equal(changes))
}

func outlivesOutageAtRelease(s *story) {
	s.connect()
	awayWhileInstalling(s, outage{s, simulator.DownBadGateway})
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
}

func restartsAtRelease(s *story) {
	s.connect()
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.Expect(s.operator.halt()).To(Succeed())
	s.afterForever()
	s.Expect(s.operator.start()).To(Succeed())
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
}

// backedUp is a deployment with workflows of its own.
func (s *story) backedUp() *v1alpha1.CloudifyDeployment {
	s.t.Helper()
	s.connect()
	files, own := backups(s.t), s.cellar()
	if s.older("6.4") {
		own["blueprint.yaml"] += workflowsOfBackups(files["blueprint.yaml"], s.release)
		files["blueprint.yaml"] = own["blueprint.yaml"]
	}
	s.blueprint(testenv.Inline(files))
	return s.installed("shop")
}

// workflowsOfBackups are the workflows of a blueprint, as a release can read them.
func workflowsOfBackups(blueprint, release string) string {
	_, workflows, _ := strings.Cut(blueprint, "\nworkflows:\n")
	workflows, _, _ = strings.Cut(workflows, "\ncapabilities:\n")
	if release == "4.3" {
		workflows = strings.ReplaceAll(workflows, ", constraints: [{in_range: [1, 9]}]", "")
	}
	return "\nworkflows:\n" + workflows
}

func runsAWorkflowAtRelease(s *story) {
	d := s.backedUp()
	e := s.ran(s.execution("backup", "backup", three), testenv.BeReady())
	s.Expect(s.executions(d, "backup")).To(ConsistOf(And(HaveField("ID", e.Status.Execution.ID), HaveField("Parameters", HaveKeyWithValue("level", BeEquivalentTo(3))))))
	s.ran(s.execution("wrong", "backup", map[string]any{"level": "3"}), testenv.BeStalled(v1alpha1.ReasonInvalidParameters, "must be an integer"))
	s.ran(s.execution("restore", "restore", map[string]any{"from": "tape"}), testenv.BeStalled(v1alpha1.ReasonExecutionFailed, "no backup in tape"))
	s.ran(s.execution("again", "execute_operation", map[string]any{"operation": "cloudify.interfaces.lifecycle.start"}), testenv.BeReady())
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

func cancelsAWorkflowAtRelease(s *story) {
	d := s.backedUp()
	e := s.ran(s.execution("asleep", "asleep", nil), testenv.BeWaiting(v1alpha1.ReasonRunning))
	s.update(e, func() { e.Spec.Cancel = true })
	s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionCancelled))
	e = s.ran(s.execution("again", "asleep", nil), testenv.BeWaiting(v1alpha1.ReasonRunning))
	s.delete(d)
	s.gone(d)
	s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionCancelled, "is being deleted"))
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func losesAWorkflowAtRelease(s *story) {
	d := s.backedUp()
	s.sim.LoseAnswer("POST executions", 1)
	e := s.ran(s.execution("backup", "backup", three), testenv.BeReady())
	s.Expect(s.executions(d, "backup")).To(ConsistOf(HaveField("ID", e.Status.Execution.ID)))
}

// Where a Manager cannot kill, what it has lost stays pending for ever; the object is let go when it is deleted all the same.
func deletesTheLostWorkflowAtRelease(s *story) {
	d := s.backedUp()
	s.sim.LoseMessage("asleep", 1)
	e := s.ran(s.execution("asleep", "asleep", nil), testenv.BeWaiting(v1alpha1.ReasonRunning, "the Manager may have lost it: set spec.cancel"))
	s.update(e, func() { e.Spec.Cancel = true })
	if s.older("4.4") {
		s.eventually(e, testenv.BeWaiting(v1alpha1.ReasonCancelling, "every way to stop execution ", "delete this object"))
	} else {
		s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionCancelled))
		s.eventually(d, testenv.BeReady())
	}
	s.delete(e)
	s.gone(e)
}
