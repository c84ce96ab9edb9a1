// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// atRest is a world in which all is as promised: a deployment red with a password from a Secret, its blueprint and its outputs.
func atRest() facts {
	ready := []metav1.Condition{{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady}}
	red := v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: "red", UID: "1", Finalizers: []string{v1alpha1.Finalizer}}}
	red.Spec.Plan, red.Spec.Inputs = "small", inputs(map[string]any{"port": 8100})
	red.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "password", SecretKeyRef: &v1alpha1.KeyReference{Name: "red-password", Key: "password"}}}
	red.Status.Conditions = ready
	cellar := v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: "cellar", UID: "2", Finalizers: []string{v1alpha1.Finalizer}}}
	cellar.Status.Conditions = ready
	cellar.Status.Revisions = []v1alpha1.BlueprintRevision{{BlueprintID: "k8s-cellar"}}
	owner := []metav1.OwnerReference{{Kind: "CloudifyDeployment", Name: "red", UID: "1"}}
	return facts{
		deployments: []v1alpha1.CloudifyDeployment{red}, blueprints: []v1alpha1.CloudifyBlueprint{cellar},
		secrets: []corev1.Secret{
			{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: "red-password"}, Data: map[string][]byte{"password": []byte("hush")}},
			{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: "red-outputs", OwnerReferences: owner}, Data: map[string][]byte{"url": []byte(urlAt(8100))}},
		},
		letGo: map[string]string{}, earlier: map[types.UID]bool{}, excuses: map[string]string{},
		managers: []managerFacts{{
			name: "m", ready: true, executions: map[string][]simulator.Execution{},
			blueprints: []simulator.Blueprint{{ID: "k8s-cellar", Description: "version 3"}},
			deployments: []simulator.Deployment{{
				ID: "k8s-1", BlueprintID: "k8s-cellar", Instances: []simulator.Instance{{State: "started"}},
				Inputs: map[string]any{"port": 8100, "size": "small", "version": "v3", "password": "hush", "install_seconds": 0, "uninstall_seconds": 0},
			}},
		}},
	}
}

// ended is a CloudifyExecution of red that came to an end, as execution id of the Manager.
func ended(reason, id string) []v1alpha1.CloudifyExecution {
	e := v1alpha1.CloudifyExecution{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: "run", UID: "3"}}
	e.Spec.DeploymentRef.Name = "red"
	e.Status.FinishedAt = new(metav1.Now())
	e.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionFalse, Reason: reason}}
	if reason == v1alpha1.ReasonSucceeded {
		e.Status.Conditions[0].Status = metav1.ConditionTrue
	}
	if id != "" {
		e.Status.Execution = &v1alpha1.ExecutionStatus{ID: id}
	}
	return []v1alpha1.CloudifyExecution{e}
}

func TestWhatIsAsPromisedIsAccepted(t *testing.T) {
	g := NewWithT(t)
	j := judge(atRest())
	g.Expect(j.violations).To(BeEmpty())
	g.Expect(j.reported).To(BeEmpty())
	g.Expect(j.explained).To(BeEmpty())
}

func TestWhatIsNotAsPromisedIsFound(t *testing.T) {
	stray := simulator.Deployment{ID: "k8s-9", BlueprintID: "k8s-cellar"}
	for name, row := range map[string]struct {
		change func(*facts)
		rule   string // "" if it is none
	}{
		"not Ready":                     {func(f *facts) { f.deployments[0].Status.Conditions = nil }, "everything is Ready, or failed where told"},
		"status of an older generation": {func(f *facts) { f.deployments[0].Generation = 2 }, "everything is Ready, or failed where told"},
		"no finalizer":                  {func(f *facts) { f.deployments[0].Finalizers = nil }, "the finalizer is put back"},
		"no finalizer on a blueprint":   {func(f *facts) { f.blueprints[0].Finalizers = nil }, "the finalizer is put back"},
		"deletion without an end":       {func(f *facts) { f.deployments[0].DeletionTimestamp = new(metav1.Now()) }, "what is deleted goes"},
		"no deployment":                 {func(f *facts) { f.managers[0].deployments = nil }, "one deployment an object"},
		"a deployment at each Manager": {func(f *facts) {
			other := f.managers[0]
			other.name = "other"
			f.managers = append(f.managers, other)
		}, "one deployment an object"},
		"not installed":                {func(f *facts) { f.managers[0].deployments[0].Instances[0].State = "stopped" }, "Ready means installed"},
		"another input":                {func(f *facts) { f.managers[0].deployments[0].Inputs["size"] = "large" }, "inputs at the Manager are those of the spec"},
		"an old secret":                {func(f *facts) { f.secrets[0].Data["password"] = []byte("new") }, "inputs at the Manager are those of the spec"},
		"no outputs":                   {func(f *facts) { f.secrets = f.secrets[:1] }, "the outputs Secret is there"},
		"former outputs":               {func(f *facts) { f.secrets[1].Data["url"] = []byte(urlAt(1)) }, "the outputs Secret has the outputs"},
		"a Secret whose owner is gone": {func(f *facts) { f.secrets[1].OwnerReferences[0].UID = "7" }, goWithOwners},
		"former parameters": {func(f *facts) {
			former := f.secrets[1]
			former.Namespace, former.Name = services, "parameters-x"
			f.secrets = append(f.secrets, former)
		}, "Secrets of former parameters go"},
		"a running workflow": {func(f *facts) {
			f.managers[0].executions["k8s-1"] = []simulator.Execution{{Workflow: "install", Status: "started"}}
		}, "nothing runs for ever"},
		"an execution that waits": {func(f *facts) {
			f.executions = ended(v1alpha1.ReasonExecutionQueued, "")
			f.executions[0].Status.FinishedAt = nil
		}, everyExecutionEnds},
		"an execution that waits for its deployment": {func(f *facts) {
			f.executions = ended(v1alpha1.ReasonDeploymentNotFound, "")
			f.executions[0].Status.FinishedAt, f.executions[0].Spec.DeploymentRef.Name = nil, "blue"
		}, ""},
		"an execution that nobody can explain": {func(f *facts) { f.executions = ended(v1alpha1.ReasonExecutionAmbiguous, "") }, everyExecutionEnds},
		"an execution that failed": {func(f *facts) {
			f.executions = ended(v1alpha1.ReasonExecutionFailed, "e")
			f.managers[0].executions["k8s-1"] = []simulator.Execution{{ID: "e", Status: "failed"}}
		}, ""},
		"an execution that lies": {func(f *facts) {
			f.executions = ended(v1alpha1.ReasonSucceeded, "e")
			f.managers[0].executions["k8s-1"] = []simulator.Execution{{ID: "e", Status: "failed"}}
		}, "executions say truly how they ended"},
		"an execution being deleted": {func(f *facts) {
			f.executions = ended(v1alpha1.ReasonSucceeded, "")
			f.executions[0].DeletionTimestamp = new(metav1.Now())
		}, "what is deleted goes"},
		"an execution whose deployment is gone": {func(f *facts) {
			f.executions = ended(v1alpha1.ReasonSucceeded, "")
			f.executions[0].OwnerReferences = []metav1.OwnerReference{{Kind: "CloudifyDeployment", Name: "red", UID: "7"}}
		}, goWithOwners},
		"a connection that is not Ready": {func(f *facts) { f.managers[0].ready = false }, "everything is Ready, or failed where told"},
		"an operation without an end":    {func(f *facts) { f.outstanding = []string{"deployment/services/x"} }, "every operation of a platform ends"},

		"nobody's deployment": {func(f *facts) { f.managers[0].deployments = append(f.managers[0].deployments, stray) }, reportOrphans},
		"nobody's blueprint": {func(f *facts) {
			f.managers[0].blueprints = append(f.managers[0].blueprints, simulator.Blueprint{ID: "k8s-x"})
		}, reportOrphans},
		"what was let go stays": {func(f *facts) {
			f.managers[0].deployments = append(f.managers[0].deployments, stray)
			f.letGo["k8s-9"] = "blue"
		}, ""},
		"an orphan that is named": {func(f *facts) {
			f.managers[0].deployments = append(f.managers[0].deployments, stray)
			f.managers[0].reported = []string{"k8s-9"}
		}, ""},
		"an orphan that is counted": {func(f *facts) {
			f.managers[0].deployments = append(f.managers[0].deployments, stray)
			f.managers[0].count = 1
		}, ""},
		"an orphan that is explained": {func(f *facts) {
			f.managers[0].deployments = append(f.managers[0].deployments, stray)
			f.excuses["k8s-9"] = "operator-0 was killed"
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			f := atRest()
			row.change(&f)
			if row.rule == "" {
				g.Expect(judge(f).violations).To(BeEmpty())
				return
			}
			g.Expect(judge(f).violations).To(ContainElement(broke(row.rule)))
		})
	}
}

// An object is stalled only if somebody gave it a reason to be.
func TestStalledOnlyWhereTold(t *testing.T) {
	g := NewWithT(t)
	f := atRest()
	d := &f.deployments[0]
	d.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonInstallFailed}}
	g.Expect(unexplained(f, d)).NotTo(BeEmpty())
	f.managers[0].executions["k8s-1"] = []simulator.Execution{{Workflow: "install", Status: "failed"}}
	g.Expect(unexplained(f, d)).To(BeEmpty())
	d.Status.Conditions[0].Reason = v1alpha1.ReasonInvalidInputs
	g.Expect(unexplained(f, d)).NotTo(BeEmpty())
	d.Spec.Inputs = inputs(map[string]any{"port": "many"})
	g.Expect(unexplained(f, d)).To(BeEmpty())
	d.Status.Conditions[0].Reason = v1alpha1.ReasonUpdateUnsupported
	g.Expect(unexplained(f, d)).To(BeEmpty())
	f.updates = true
	g.Expect(unexplained(f, d)).NotTo(BeEmpty())
	d.Status.Conditions[0].Reason = v1alpha1.ReasonOlderDeploymentExists
	g.Expect(unexplained(f, d)).NotTo(BeEmpty())
	f.earlier[d.UID] = true
	g.Expect(unexplained(f, d)).To(BeEmpty())
}

// Whoever has the labels of another object of the same name is an earlier one.
func TestNamesake(t *testing.T) {
	g := NewWithT(t)
	f := atRest()
	d := &f.deployments[0]
	labels := map[string][]string{v1alpha1.RemoteLabelNamespace: {shop}, v1alpha1.RemoteLabelName: {"red"}}
	f.managers[0].deployments[0].Labels = labels
	g.Expect(f.namesake(d)).To(BeFalse(), "it is its own")
	f.managers[0].deployments = append(f.managers[0].deployments, simulator.Deployment{ID: "k8s-0", Labels: labels})
	g.Expect(f.namesake(d)).To(BeTrue())
	d.Name = "blue"
	g.Expect(f.namesake(d)).To(BeFalse())
}
