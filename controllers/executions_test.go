// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// backups is the cellar with workflows of its own: what their scripts do stands in a comment, for the simulator runs none.
func backups(t *testing.T) map[string]string {
	t.Helper()
	files := cellar(t, "capabilities:\n", `workflows:
  backup:
    mapping: scripts/backup.py
    parameters:
      full: {type: boolean, default: false}
      level: {type: integer, default: 1, constraints: [{in_range: [1, 9]}]}
      to: {type: string, default: {get_input: name}}
      token: {type: string, default: ''}
      seconds: {type: float, default: 0}
  restore:
    mapping: scripts/restore.py
    parameters:
      from: {type: string}
  asleep:
    mapping: scripts/asleep.py
    parameters:
      seconds: {type: float, default: 100000}
  deaf:
    mapping: scripts/deaf.py

capabilities:
  backup:
    value: {get_attribute: [app, backup]}
`)
	files["scripts/backup.py"] = "# simulate: {duration: {get_parameter: seconds}, runtime_properties: {app: {backup: {get_parameter: level}}}}\n"
	files["scripts/restore.py"] = "# simulate: {fail: {concat: ['no backup in ', {get_parameter: from}]}}\n"
	files["scripts/asleep.py"] = "# simulate: {duration: {get_parameter: seconds}, heeds_cancel: true}\n"
	files["scripts/deaf.py"] = "# simulate: {duration: 100000}\n"
	return files
}

// execution is a CloudifyExecution on the deployment shop, not created yet.
func (s *story) execution(name, workflow string, parameters map[string]any, options ...func(*v1alpha1.CloudifyExecution)) *v1alpha1.CloudifyExecution {
	s.t.Helper()
	e := &v1alpha1.CloudifyExecution{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: name},
		Spec:       v1alpha1.CloudifyExecutionSpec{DeploymentRef: v1alpha1.LocalObjectReference{Name: "shop"}, Workflow: workflow},
	}
	for key, value := range parameters {
		text, err := json.Marshal(value)
		s.Expect(err).NotTo(HaveOccurred())
		if e.Spec.Parameters == nil {
			e.Spec.Parameters = map[string]v1alpha1.JSON{}
		}
		e.Spec.Parameters[key] = v1alpha1.JSON{Raw: text}
	}
	for _, option := range options {
		option(e)
	}
	return e
}

// ran creates a CloudifyExecution and waits until it is as matcher wants it.
func (s *story) ran(e *v1alpha1.CloudifyExecution, matcher types.GomegaMatcher) *v1alpha1.CloudifyExecution {
	s.t.Helper()
	s.create(e)
	s.eventually(e, matcher)
	return e
}

// tellOfBackups is a story with an installed deployment that has workflows of its own.
func tellOfBackups(t *testing.T) (*story, *v1alpha1.CloudifyDeployment) {
	t.Helper()
	s := tell(t)
	s.blueprint(testenv.Inline(backups(t)))
	return s, s.installed("shop")
}

// A workflow runs once, with the parameters of the object. Its deployment owns the object, and its outputs are read again.
func TestAWorkflowRunsOnce(t *testing.T) {
	s, d := tellOfBackups(t)
	e := s.ran(s.execution("backup", "backup", map[string]any{"level": 3}), testenv.BeReady())
	s.Expect(testenv.Condition(e, v1alpha1.ReadyCondition)).To(And(HaveField("Reason", v1alpha1.ReasonSucceeded), HaveField("Message", "workflow backup succeeded")))
	found := s.executions(d, "backup")
	s.Expect(found).To(HaveLen(1))
	s.Expect(e.Status.Execution).To(And(HaveField("ID", found[0].ID), HaveField("Status", "terminated"), HaveField("Workflow", "backup")))
	s.Expect(found[0].Parameters).To(And(HaveKeyWithValue("level", BeEquivalentTo(3)), Not(HaveKey("cloudify_operator"))))
	s.Expect(e.OwnerReferences).To(ConsistOf(HaveField("UID", d.UID)))
	s.Expect(e.Status.FinishedAt).NotTo(BeNil())
	s.Eventually(s.outputs("shop-outputs")).Should(HaveKeyWithValue("backup", "3"))
	s.eventually(d, testenv.BeReady())
	s.Eventually(s.reasons(e)).Should(ContainElement(v1alpha1.ReasonSucceeded))

	s.update(e, func() { e.Spec.TTLAfterFinished = &metav1.Duration{Duration: time.Hour} })
	s.eventually(e, testenv.BeReady())
	s.consistently(e, testenv.BeReady())
	s.Expect(s.executions(d, "backup")).To(HaveLen(1))
	s.update(e, func() { e.Spec.TTLAfterFinished = &metav1.Duration{} })
	s.gone(e)
}

// The workflows that every deployment has run with what people must give, and no more.
func TestBuiltInWorkflowsRun(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	for workflow, parameters := range map[string]map[string]any{
		"execute_operation": {"operation": "cloudify.interfaces.lifecycle.start", "node_ids": []string{"app"}},
		"scale":             {"scalable_entity_name": "app"},
		"heal":              nil,
		"restart":           nil,
	} {
		s.ran(s.execution(strings.ReplaceAll(workflow, "_", "-"), workflow, parameters), testenv.BeReady())
		s.Expect(s.executions(d, workflow)).To(HaveLen(1))
	}
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

// What is wrong is said before anything is started, with the names that exist.
func TestWhatIsWrongWithAnExecutionIsNotStarted(t *testing.T) {
	s, d := tellOfBackups(t)
	for _, row := range []struct {
		name, workflow string
		parameters     map[string]any
		reason         string
		words          []string
	}{
		{"unknown", "bakcup", nil, v1alpha1.ReasonUnknownWorkflow, []string{"has no workflow bakcup", `did you mean "backup"?`, "restore"}},
		{"own", "uninstall", nil, v1alpha1.ReasonUnknownWorkflow, []string{"the operator runs workflow uninstall itself", "backup"}},
		{"unavailable", "start", nil, v1alpha1.ReasonWorkflowUnavailable, []string{"does not offer workflow start", "backup"}},
		{"undeclared", "backup", map[string]any{"lvl": 3}, v1alpha1.ReasonInvalidParameters, []string{`parameter "lvl" is not declared by workflow backup`, "level"}},
		{"mistyped", "backup", map[string]any{"level": "4"}, v1alpha1.ReasonInvalidParameters, []string{`parameter "level" must be an integer`}},
		{"fractional", "backup", map[string]any{"level": 4.5}, v1alpha1.ReasonInvalidParameters, []string{`parameter "level" must be an integer`}},
		{"unfit", "backup", map[string]any{"level": 10}, v1alpha1.ReasonInvalidParameters, []string{`parameter "level" must be from 1 to 9`}},
		{"missing", "restore", nil, v1alpha1.ReasonInvalidParameters, []string{`parameter "from" is missing: workflow restore requires it`}},
		{"script", "backup", map[string]any{"script_path": "scripts/deaf.py"}, v1alpha1.ReasonInvalidParameters, []string{`parameter "script_path" is not declared by workflow backup`}},
		{"function", "backup", map[string]any{"to": map[string]any{"get_secret": "key"}}, v1alpha1.ReasonInvalidParameters, []string{`parameter "to" must not call an intrinsic function`}},
	} {
		e := s.ran(s.execution(row.name, row.workflow, row.parameters), testenv.BeStalled(row.reason, row.words...))
		s.Expect(e.Status.FinishedAt).NotTo(BeNil())
		s.Expect(e.Status.Execution).To(BeNil())
	}
	s.Expect(s.changes("POST executions")).To(HaveLen(1), "the install")
	s.Expect(s.sim.Executions(remoteID(d))).To(HaveLen(2), "create and install")
}

// Values of Secrets are passed on, and shown nowhere.
func TestParametersFromSecrets(t *testing.T) {
	s, d := tellOfBackups(t)
	from := func(e *v1alpha1.CloudifyExecution) {
		e.Spec.ParametersFrom = []v1alpha1.ParameterSource{
			{Parameter: "from", SecretKeyRef: &v1alpha1.KeyReference{Name: "vault", Key: "place"}},
		}
	}
	e := s.ran(s.execution("restore", "restore", nil, from), testenv.BeWaiting(v1alpha1.ReasonReferenceMissing, "Secret "+s.name+"/vault of spec.parametersFrom not found"))
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "vault"}, Data: map[string][]byte{"place": []byte(hidden)}})
	s.Eventually(s.fresh(e)).WithTimeout(patience).Should(testenv.BeStalled(v1alpha1.ReasonExecutionFailed, "workflow restore failed: ", "no backup in ******"))
	s.Expect(s.executions(d, "restore")[0].Parameters).To(HaveKeyWithValue("from", hidden))
	s.Expect(e.Status.Execution.Error).To(ContainSubstring("no backup in ******"))
	shown, err := json.Marshal(e)
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(string(shown)).NotTo(ContainSubstring(hidden))
	s.Expect(s.executions(d, "restore")).To(HaveLen(1), "a failure is an answer")
}

// It waits for what goes first, and says for what.
func TestAnExecutionWaitsForItsTurn(t *testing.T) {
	s := tell(t)
	e := s.ran(s.execution("first", "asleep", nil), testenv.BeWaiting(v1alpha1.ReasonDeploymentNotFound, "CloudifyDeployment shop not found"))
	s.blueprint(testenv.Inline(backups(t)))
	d := s.deployment("shop", nil, func(d *v1alpha1.CloudifyDeployment) { d.Spec.Paused = true })
	s.create(d)
	s.eventually(e, testenv.BeWaiting(v1alpha1.ReasonNotInstalled, "CloudifyDeployment shop is not installed"))
	s.update(d, func() { d.Spec.Paused = false })
	s.eventually(e, testenv.BeWaiting(v1alpha1.ReasonRunning, "workflow asleep is started"))
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonExecutionRunning, "workflow asleep is started, started by CloudifyExecution first"))

	second := s.ran(s.execution("second", "backup", nil), testenv.BeWaiting(v1alpha1.ReasonDeploymentBusy, "workflow asleep is started"))
	s.update(d, func() { testenv.Inputs(map[string]any{"port": 9090})(d) })
	third := s.ran(s.execution("third", "backup", nil), testenv.BeWaiting(v1alpha1.ReasonDeploymentBusy))
	s.update(e, func() { e.Spec.Cancel = true })
	s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionCancelled, "after spec.cancel was set"))
	s.eventually(third, testenv.BeReady())
	s.eventually(second, testenv.BeReady())
	var order []string
	for _, e := range s.sim.Executions(remoteID(d)) {
		order = append(order, e.Workflow)
	}
	s.Expect(order).To(Equal([]string{"create_deployment_environment", "install", "asleep", "update", "backup", "backup"}))
	s.Expect(second.Status.Execution.ID).To(Equal(s.executions(d, "backup")[0].ID), "the older goes first")
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

// A workflow and a change of the spec that come in one moment run one after the other, whichever is first, and neither is lost.
func TestAWorkflowAndAnUpdateInOneMoment(t *testing.T) {
	s, d := tellOfBackups(t)
	const times = 12
	for n := range times {
		e := s.execution(fmt.Sprintf("backup-%d", n), "backup", map[string]any{"seconds": n % 2})
		change := func() { s.update(d, func() { testenv.Inputs(map[string]any{"port": 9000 + n})(d) }) }
		switch n % 4 {
		case 0:
			s.create(e)
			change()
		case 1:
			change()
			s.create(e)
		case 2: // when the start is announced
			s.create(e)
			s.Eventually(s.fresh(e)).WithPolling(time.Millisecond).Should(HaveField("Status.Start", Not(BeNil())))
			change()
		case 3: // when the update is about to be asked for
			asked := s.sim.RequestCount("")
			change()
			s.Eventually(func() int { return s.sim.RequestCount("") }).WithPolling(time.Millisecond).Should(BeNumerically(">", asked))
			s.create(e)
		}
		s.eventually(e, testenv.BeReady())
		s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9000 + n))
		s.eventually(d, And(testenv.BeReady(), HaveField("Status.ObservedGeneration", d.Generation)))
	}
	s.Expect(s.executions(d, "backup")).To(HaveLen(times))
	s.Expect(s.executions(d, "update")).To(HaveLen(times))
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

// Many at once run one after the other, each once, in the order in which they came.
func TestManyWorkflowsInOneMoment(t *testing.T) {
	s, d := tellOfBackups(t)
	const many = 8
	var all []*v1alpha1.CloudifyExecution
	for n := range many {
		all = append(all, s.execution(fmt.Sprintf("backup-%d", n), "backup", three))
		s.create(all[n])
	}
	held := map[string]bool{}
	for _, e := range all {
		s.eventually(e, testenv.BeReady())
		held[e.Status.Execution.ID] = true
	}
	s.Expect(held).To(HaveLen(many), "each has an execution of its own")
	s.Expect(s.executions(d, "backup")).To(HaveLen(many))
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

// One that is cancelled before it began does not begin.
func TestAnExecutionThatWaitsCanBeCancelled(t *testing.T) {
	s, d := tellOfBackups(t)
	s.update(d, func() { d.Spec.Paused = true })
	e := s.ran(s.execution("backup", "backup", nil), testenv.BeWaiting(v1alpha1.ReasonPaused, "unset its spec.paused"))
	s.update(e, func() { e.Spec.Cancel = true })
	s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionCancelled, "was not started, because spec.cancel is set"))
	s.Expect(s.executions(d, "backup")).To(BeEmpty())
	s.delete(e)
	s.gone(e)
}

// What runs longer than its timeout is cancelled, and harder if that does not help.
func TestAnExecutionThatTakesTooLongIsStopped(t *testing.T) {
	s := tellOf(t, startOperator(t, ofLittlePatience))
	s.blueprint(testenv.Inline(backups(t)))
	d := s.installed("shop")
	within := func(e *v1alpha1.CloudifyExecution) { e.Spec.Timeout = &metav1.Duration{Duration: time.Second} }
	s.sim.IgnoreCancel("deaf")
	e := s.ran(s.execution("deaf", "deaf", nil, within), testenv.BeStalled(v1alpha1.ReasonTimedOut, "the timeout of 1s expired: workflow deaf"))
	s.Expect(e.Status.TimedOut).To(BeTrue())
	s.Eventually(s.reasons(e)).Should(ContainElement(v1alpha1.ReasonTimedOut))
	s.Expect(s.executions(d, "deaf")).To(HaveLen(1))
	s.eventually(d, testenv.BeReady())
}

// Deleting an execution cancels it, and so does deleting its deployment, which is uninstalled then.
func TestDeletionCancelsAnExecution(t *testing.T) {
	s, d := tellOfBackups(t)
	e := s.ran(s.execution("one", "asleep", nil), testenv.BeWaiting(v1alpha1.ReasonRunning))
	s.delete(e)
	s.gone(e)
	s.Expect(s.executions(d, "asleep")).To(ConsistOf(HaveField("Status", Or(Equal("cancelled"), Equal("failed")))))
	s.eventually(d, testenv.BeReady())

	e = s.ran(s.execution("two", "asleep", nil), testenv.BeWaiting(v1alpha1.ReasonRunning))
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionCancelled, "because CloudifyDeployment shop is being deleted"))
	s.delete(e) // as the garbage collector does
	s.gone(e)
}

// An answer that is lost does not start a workflow twice: it is found by what it is, or waited for until it cannot arrive any more.
func TestALostAnswerStartsNoWorkflowTwice(t *testing.T) {
	s, d := tellOfBackups(t)
	other, err := s.sim.StartExecution(remoteID(d), "backup", map[string]any{"level": 3})
	s.Expect(err).NotTo(HaveOccurred())
	s.Eventually(func() []simulator.Execution { return s.executions(d, "backup") }).Should(ConsistOf(HaveField("Status", "terminated")))
	s.eventually(d, testenv.BeReady())
	end := s.sim.LoseAnswer("POST executions", 1)
	defer end()
	e := s.ran(s.execution("backup", "backup", map[string]any{"level": 3}), testenv.BeReady())
	s.Expect(s.executions(d, "backup")).To(HaveLen(2))
	s.Expect(e.Status.Execution.ID).NotTo(Equal(other))
}

// An execution that the Manager has forgotten ends without an answer.
func TestAnExecutionThatVanished(t *testing.T) {
	s, d := tellOfBackups(t)
	e := s.ran(s.execution("one", "asleep", nil), testenv.BeWaiting(v1alpha1.ReasonRunning))
	s.Expect(s.sim.ForgetExecution(s.executions(d, "asleep")[0].ID)).To(Succeed())
	s.eventually(e, testenv.BeStalled(v1alpha1.ReasonExecutionLost, "no longer in the Manager's history"))
	s.Expect(s.executions(d, "asleep")).To(BeEmpty())
}

// While the Manager is away a workflow goes on, and its end is told afterwards.
func TestAnExecutionOutlivesAnOutage(t *testing.T) {
	s, d := tellOfBackups(t)
	e := s.ran(s.execution("one", "backup", map[string]any{"seconds": 2}), testenv.BeWaiting(v1alpha1.ReasonRunning))
	s.sim.SetDown(simulator.DownRefused)
	s.eventually(s.manager, Not(testenv.BeReady()))
	s.sim.Heal()
	s.eventually(e, testenv.BeReady())
	s.Expect(s.executions(d, "backup")).To(HaveLen(1))
}
