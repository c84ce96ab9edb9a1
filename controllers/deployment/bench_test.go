// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"maps"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

const (
	uid = "5c9ee825"
	id  = "k8s-" + uid
	// ask is what cellar asks for, earlier what it asked for before its spec changed.
	ask, earlier = uid + "/3/", uid + "/2/"
	secret       = "very secret words"
)

var began = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// option makes a scope another one.
type option func(*scope)

// cellar is a reconcile of shop/cellar, claimed and looked at; it is not at the Manager. Its blueprint has the inputs port
// and password, which is hidden, and the spec gives it a port.
func cellar(options ...option) *scope {
	d := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: "cellar", UID: uid, Generation: 3,
		Annotations: map[string]string{v1alpha1.ManagerAnnotation: "default"}, Finalizers: []string{v1alpha1.Finalizer},
	}}
	d.Spec.BlueprintRef.Name = "nodecellar"
	s := newScope(d, "cluster")
	s.manager = &v1alpha1.CloudifyManager{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	s.conn, s.history.release, s.history.looked = &connection.Connection{}, cloudify.Release{Major: 7, Minor: 1}, true
	schema, given := inputs.Schema{Inputs: map[string]inputs.Input{
		"port": {Type: "integer", Default: 80}, "password": {Type: "string", Default: "", Hidden: true},
	}}, map[string]any{"port": 8080}
	s.hidden = hidden{schema: schema, given: given}
	s.want = &desired{revision: "nodecellar-1", schema: schema, given: given, wanted: given, effective: inputs.Effective(schema, given)}
	for _, o := range options {
		o(s)
	}
	s.before = d.DeepCopy()
	s.history.ask = s.ask()
	return s
}

// at is the deployment at the Manager, with this installation status and as the spec wants it else.
func at(status string) option {
	return func(s *scope) {
		s.history.remote = &cloudify.Deployment{
			ID: id, BlueprintID: s.want.revision, InstallationStatus: status, Inputs: maps.Clone(s.want.effective),
			DisplayName: s.displayName(), Labels: s.wantedLabels(),
		}
	}
}

// deployed is one that came into being well, with what happened since, newest first.
func deployed(status string, executions ...cloudify.Execution) option {
	return created(status, append(executions, run(workflowCreate, "terminated"))...)
}

// created is a deployment with all that ever happened to it, newest first.
func created(status string, executions ...cloudify.Execution) option {
	return func(s *scope) {
		at(status)(s)
		s.history.executions = executions
		for i := range executions {
			executions[i].ID = fmt.Sprintf("e%d", len(executions)-i)
		}
	}
}

// run is an execution that somebody started, or the operator for an ask.
func run(workflow, status string, asks ...string) cloudify.Execution {
	e := cloudify.Execution{WorkflowID: workflow, Status: status, Parameters: map[string]any{}}
	for _, ask := range asks {
		e.Parameters["cloudify_operator"] = ask
	}
	if status != "pending" && status != "queued" && status != "scheduled" {
		e.StartedAt = began
	}
	if e.Failed() || e.Succeeded() || e.Cancelled() {
		e.EndedAt = began.Add(90 * time.Second)
	}
	if e.Failed() {
		e.Error = "RuntimeError: no quota"
	}
	return e
}

// refused is a start that the Manager refused: it leaves a row that never ran.
func refused(workflow string, asks ...string) cloudify.Execution {
	e := run(workflow, "failed", asks...)
	e.StartedAt = time.Time{}
	return e
}

// creation is a create execution for these inputs.
func creation(status string, given map[string]any) cloudify.Execution {
	e := run(workflowCreate, status)
	e.Parameters["inputs"] = given
	return e
}

func deleting(s *scope) { s.deployment.DeletionTimestamp = new(metav1.NewTime(began)) }

// live are node instances that an uninstall would remove.
func live(s *scope) { s.history.live = true }

// requested asks again; handled is a step that was started for that.
func requested(s *scope) { s.deployment.Annotations[v1alpha1.RequestedAtAnnotation] = "now" }

func handled(s *scope) { s.deployment.Status.LastHandledRequest = "now" }

func orphaned(s *scope) { s.deployment.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan }

// status is what an earlier reconcile left: how it ended, and whether the deployment is created and installed.
func status(end error, created, installed metav1.ConditionStatus) option {
	return func(s *scope) {
		stored := &s.deployment.Status
		stored.ObservedGeneration, stored.BlueprintID = s.deployment.Generation, s.want.revision
		outcome.SetSummary(&stored.Conditions, s.deployment.Generation, outcome.Classify(end), "")
		for kind, is := range map[string]metav1.ConditionStatus{v1alpha1.CreatedCondition: created, v1alpha1.InstalledCondition: installed} {
			meta.SetStatusCondition(&stored.Conditions, metav1.Condition{Type: kind, Status: is, Reason: "Before"})
		}
	}
}

func unlooked(s *scope) { s.history.looked = false }

func inRelease(major, minor int) option {
	return func(s *scope) { s.history.release = cloudify.Release{Major: major, Minor: minor} }
}

// ends is what a phase came to, in short, with these words in its message or advice.
func ends(kind outcome.Kind, reason string, words ...string) OmegaMatcher {
	message := make([]OmegaMatcher, len(words))
	for i, word := range words {
		message[i] = ContainSubstring(word)
	}
	told := WithTransform(func(out outcome.Outcome) string { return out.Message + "; " + out.Advice }, And(message...))
	return WithTransform(outcome.Classify, And(HaveField("Kind", kind), HaveField("Reason", reason), told))
}
