// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// forever is so many seconds of the Manager's clock that only a step of the clock ends what takes them.
const forever = 100_000

// afterForever steps the clock past what takes forever.
func (s *story) afterForever() { s.sim.Step(forever * time.Second) }

// installing waits until install runs.
func (s *story) installing(d *v1alpha1.CloudifyDeployment) {
	s.t.Helper()
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonInstalling, "workflow install is started"))
}

func TestInstallIsFollowed(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.Eventually(s.fresh(d)).Should(HaveField("Status.Execution", HaveField("Progress", MatchRegexp(`^[1-9]\d*/\d+$`))))
	s.installing(d)
	s.Expect(d.Status.Execution.Workflow).To(Equal("install"))
	s.Expect(d.Status.Execution.FinishedOperations).To(BeNumerically("<", d.Status.Execution.TotalOperations))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.CreatedCondition, metav1.ConditionTrue, v1alpha1.ReasonCreated))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionFalse, v1alpha1.ReasonInstalling))
	s.Expect(testenv.Condition(d, v1alpha1.ReadyCondition).Message).To(MatchRegexp(`\d+ of \d+ operations are done`))

	s.afterForever()
	s.eventually(d, testenv.BeReady())
	s.Expect(d.Status.Execution.Progress).To(BeEmpty())
	s.Eventually(s.reasons(d)).Should(ContainElements(v1alpha1.ReasonInstalling, v1alpha1.ReasonReady))
}

func TestInstallFails(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", nil)
	s.sim.FailWorkflow("install", "no quota left in region east", 1)
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed,
		"workflow install failed: no quota left in region east", "node host", "operation create", v1alpha1.RequestedAtAnnotation))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionFalse, v1alpha1.ReasonInstallFailed))
	s.Expect(d.Status.Execution.Status).To(Equal("failed"))
	s.Expect(d.Status.Execution.Error).To(ContainSubstring("no quota left in region east"))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed, "no quota left"))
	s.Expect(s.executions(d, "install")).To(HaveLen(1), "only a new spec or request can help")

	// On request it is tried once more, in the deployment that exists.
	s.sim.FailWorkflow("install", "still no quota", 1)
	s.ask(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed, "still no quota"))
	s.Expect(d.Status.LastHandledRequest).To(Equal(v1alpha1.RequestedAt(d)))
	s.Expect(s.executions(d, "install")).To(HaveLen(2))
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveLen(3))
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1))
}

func TestSecretsAreMasked(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.Inline(cellar(t, "fail: {get_input: fail_start}", `fail: {concat: ["cannot log in with ", {get_input: password}, " at the host"]}`)))
	d := s.deployment("shop", map[string]any{"password": hidden})
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed, "cannot log in with ****** at the host", "node app", "operation start"))
	s.Expect(d.Status.Execution.Error).To(ContainSubstring("cannot log in with ****** at the host"))

	status, err := json.Marshal(d.Status)
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(string(status)).NotTo(ContainSubstring(hidden))
	s.Eventually(func() []string { return notes(t, d) }).Should(ContainElement(ContainSubstring("cannot log in with ******")))
	s.Expect(strings.Join(notes(t, d), "\n")).NotTo(ContainSubstring(hidden))
	// The end of the operator checks that no secret was logged.
}

// notes are the texts of an object's events.
func notes(t *testing.T, d *v1alpha1.CloudifyDeployment) (notes []string) {
	for _, event := range env.Events(t, d) {
		notes = append(notes, event.Note)
	}
	return notes
}

func TestCreateFails(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.Inline(cellar(t, "start:\n          duration", "precreate:\n          runtime_properties: {token: {get_secret: vault_token}}\n        start:\n          duration")))
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonCreateFailed, "workflow create_deployment_environment failed", "vault_token", v1alpha1.RequestedAtAnnotation))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.CreatedCondition, metav1.ConditionFalse, v1alpha1.ReasonCreateFailed))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonCreateFailed))
	s.Expect(s.changes("PUT deployments")).To(HaveLen(1))

	s.sim.SetSecret("vault_token", "t0ken")
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.changes("PUT deployments")).To(HaveLen(2), "creating it again replaces what failed")
	s.Expect(s.sim.Deployments()).To(HaveLen(1))
}

func TestCreateThatFailedIsDeleted(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.sim.FailWorkflow("create_deployment_environment", "the disk is full", 1)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonCreateFailed, "the disk is full"))
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func TestInstallIsCancelledBySomebody(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.cancel(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallCancelled, "workflow install was cancelled", v1alpha1.RequestedAtAnnotation))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonInstallCancelled))
	s.Expect(s.executions(d, "install")).To(HaveLen(1), "somebody wished it so")

	s.ask(d)
	s.installing(d)
	s.afterForever()
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveLen(2))
}

// cancel stops what runs on a deployment, as people do in the console.
func (s *story) cancel(d *v1alpha1.CloudifyDeployment) {
	s.t.Helper()
	for _, e := range s.sim.Executions(remoteID(d)) {
		if e.Active() {
			s.request("POST", "executions/"+e.ID, `{"action": "cancel"}`)
		}
	}
}

func TestInstallTimesOut(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	d.Spec.Install = &v1alpha1.InstallOptions{Timeout: &metav1.Duration{Duration: time.Second}}
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonTimedOut, "install"))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
}

func TestDeploymentWaitsForItsBlueprint(t *testing.T) {
	s := tell(t)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonBlueprintNotFound, "CloudifyBlueprint "+s.name+"/cellar not found", "create it"))
	s.Expect(d.Finalizers).To(BeEmpty(), "it belongs to no Manager yet")
	s.blueprint()
	s.eventually(d, testenv.BeReady())
	s.Expect(d.Annotations).To(HaveKeyWithValue(v1alpha1.ManagerAnnotation, s.name))
}

func TestNothingIsDoneForWhatIsReady(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	changes := s.sim.Changes()
	s.ask(d)
	s.Eventually(s.fresh(d)).Should(HaveField("Status.LastHandledRequest", v1alpha1.RequestedAt(d)))
	s.Expect(d).To(testenv.BeReady())
	s.Expect(s.sim.Changes()).To(Equal(changes))
}

func TestDeploymentWithoutNodes(t *testing.T) {
	s := tell(t)
	head, _, found := strings.Cut(cellar(t)["blueprint.yaml"], "node_templates:")
	s.Expect(found).To(BeTrue())
	s.blueprint(testenv.Inline(map[string]string{"blueprint.yaml": head}))
	d := s.installed("shop")
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// Events tell what happened: what is about to happen stands in the status alone, and what is over before a list shows it is told by
// its end.
func TestEventsMarkChanges(t *testing.T) {
	s := tell(t)
	s.blueprint()
	kinds := func(d *v1alpha1.CloudifyDeployment) func() map[string]string {
		return func() map[string]string {
			kinds := map[string]string{}
			for _, event := range env.Events(t, d) {
				kinds[event.Reason] = event.Type
			}
			return kinds
		}
	}
	long := s.deployment("long", map[string]any{"install_seconds": forever})
	s.create(long)
	s.eventually(long, testenv.BeWaiting(v1alpha1.ReasonInstalling, "install is started"))
	s.Eventually(kinds(long)).Should(HaveKeyWithValue(v1alpha1.ReasonInstalling, corev1.EventTypeNormal))

	s.sim.FailWorkflow("install", "no quota", 1)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed))
	s.Eventually(kinds(d)).Should(HaveKeyWithValue(v1alpha1.ReasonInstallFailed, corev1.EventTypeWarning))
	for _, d := range []*v1alpha1.CloudifyDeployment{long, d} {
		s.Expect(kinds(d)()).NotTo(HaveKey(v1alpha1.ReasonCreating))
		for _, event := range env.Events(t, d) {
			if event.Series != nil {
				s.Expect(event.Series.Count).To(BeNumerically("<", 3), event.Reason)
			}
		}
	}
}

// request sends a request to the Manager, as other people do.
func (s *story) request(method, path, body string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.sim.URL+"/api/v3.1/"+path, strings.NewReader(body))
	s.Expect(err).NotTo(HaveOccurred())
	request.SetBasicAuth("admin", password)
	request.Header.Set("Tenant", "default_tenant")
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	s.Expect(err).NotTo(HaveOccurred())
	defer func() { _ = answer.Body.Close() }()
	s.Expect(answer.StatusCode).To(BeNumerically("<", 300), "%s %s: %s", method, path, answer.Status)
}
