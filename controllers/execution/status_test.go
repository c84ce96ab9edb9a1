// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"errors"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func TestStatus(t *testing.T) {
	secret := func(f *facts) { f.hidden = []string{"s3cr3t!"} }
	// says has the Manager give an error for our execution.
	says := func(text string) func(*facts) { return func(f *facts) { f.found.mine.Error = text } }
	for _, row := range []struct {
		name            string
		facts           *facts
		end             error
		ready           metav1.ConditionStatus
		reason, message string
		stalled         bool
		finished        bool
		execution, text string
	}{
		{"waits", backup(), outcome.Wait(v1alpha1.ReasonPaused, "paused"),
			metav1.ConditionFalse, v1alpha1.ReasonPaused, "paused", false, false, "", ""},
		{"runs", backup(runs("started")), outcome.Wait(v1alpha1.ReasonRunning, "runs"),
			metav1.ConditionFalse, v1alpha1.ReasonRunning, "runs", false, false, "started", ""},
		{"was started", backup(func(f *facts) { f.effect.started = &cloudify.Execution{ID: "new", Status: "pending"} }), outcome.Wait(v1alpha1.ReasonRunning, "runs"),
			metav1.ConditionFalse, v1alpha1.ReasonRunning, "runs", false, false, "pending", ""},
		{"succeeded", backup(runs("terminated")), nil,
			metav1.ConditionTrue, v1alpha1.ReasonSucceeded, "workflow backup succeeded", false, true, "terminated", ""},
		{"failed, and why is being looked up", backup(runs("failed"), says("no s3cr3t!")), outcome.Wait(v1alpha1.ReasonRunning, "looking up"),
			metav1.ConditionFalse, v1alpha1.ReasonRunning, "looking up", false, false, "failed", ""},
		{"failed", backup(runs("failed"), says("no s3cr3t!"), secret), outcome.Stall(v1alpha1.ReasonExecutionFailed, "workflow backup failed: no s3cr3t!"),
			metav1.ConditionFalse, v1alpha1.ReasonExecutionFailed, "workflow backup failed: no ******; " + tryAgain, true, true, "failed", "no ******"},
		{"refused", backup(), outcome.Stall(v1alpha1.ReasonInvalidParameters, "wrong"),
			metav1.ConditionFalse, v1alpha1.ReasonInvalidParameters, "wrong; " + tryAgain, true, true, "", ""},
		{"trouble with a secret", backup(secret), fmt.Errorf("start: %w", errors.New("s3cr3t! is wrong")),
			metav1.ConditionFalse, v1alpha1.ReasonManagerError, "start: ****** is wrong", false, false, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			f := row.facts
			out := f.outcomeOf(row.end)
			f.setStatus(out, noon.Add(300*time.Millisecond))
			status := f.execution.Status
			g.Expect(meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition)).To(And(
				HaveField("Status", row.ready), HaveField("Reason", row.reason), HaveField("Message", row.message)))
			g.Expect(meta.IsStatusConditionTrue(status.Conditions, v1alpha1.StalledCondition)).To(Equal(row.stalled))
			g.Expect(status.ObservedGeneration).To(BeEquivalentTo(1))
			g.Expect(f.execution.IsFinished()).To(Equal(row.finished))
			if row.finished {
				g.Expect(status.FinishedAt.Time).To(BeTemporally("==", noon))
			}
			if row.execution == "" {
				g.Expect(status.Execution).To(BeNil())
			} else {
				g.Expect(status.Execution).To(And(HaveField("Status", row.execution), HaveField("Error", row.text)))
			}
			if out.Err != nil {
				g.Expect(out.Err.Error()).NotTo(ContainSubstring("s3cr3t!"))
			}
		})
	}
}

// What is settled is as it was said before.
func TestStatusOfWhatIsSettled(t *testing.T) {
	f := backup()
	f.setStatus(f.outcomeOf(outcome.Settled(0)), noon)
	NewWithT(t).Expect(f.execution.Status).To(Equal(v1alpha1.CloudifyExecutionStatus{}))
}

// One that ends while it is deleted is let go at once: nothing else wakes it.
func TestTheEndOfWhatIsDeletedIsLookedAtAgain(t *testing.T) {
	end := outcome.Stall(v1alpha1.ReasonExecutionLost, "lost")
	NewWithT(t).Expect(backup(lost, deleted).outcomeOf(end).After).To(Equal(time.Millisecond))
	NewWithT(t).Expect(backup(lost).outcomeOf(end).After).To(BeZero())
}

func TestHowItEnded(t *testing.T) {
	within := func(f *facts) { f.execution.Spec.Timeout = &metav1.Duration{Duration: time.Minute} }
	for _, row := range []struct {
		name    string
		facts   *facts
		how     string
		why     string
		message string
	}{
		{"failed", backup(runs("failed")), "failed", "no disk", "ExecutionFailed: workflow backup failed: no disk"},
		{"failed after its time", backup(runs("failed"), within, timedOut), "failed", "no disk", "TimedOut: the timeout of 1m0s expired: workflow backup failed"},
		{"cancelled", backup(runs("cancelled"), cancelled), "was cancelled", "", "ExecutionCancelled: workflow backup was cancelled after spec.cancel was set"},
		{"cancelled by somebody", backup(runs("cancelled")), "was cancelled", "", "ExecutionCancelled: workflow backup was cancelled"},
		{"cancelled with its deployment", backup(runs("cancelled"), deploymentDeleted), "was cancelled", "", "ExecutionCancelled: workflow backup was cancelled, because CloudifyDeployment cellar is being deleted"},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.facts.ended(row.facts.found.mine, row.how, row.why)).To(MatchError(row.message))
		})
	}
}
