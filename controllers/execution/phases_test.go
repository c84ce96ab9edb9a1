// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func TestJudge(t *testing.T) {
	const grace = 2 * time.Minute
	within := func(f *facts) { f.execution.Spec.Timeout = &metav1.Duration{Duration: 10 * time.Minute} }
	// seen has the status say since when our execution is seen, and since when it is told to stop.
	seen := func(first, cancelled time.Duration) func(*facts) {
		return func(f *facts) {
			f.before.Status.Execution.FirstSeenAt = outcome.MicroTime(noon.Add(-first))
			if cancelled > 0 {
				f.before.Status.Execution.CancelledAt = outcome.MicroTime(noon.Add(-cancelled))
			}
		}
	}
	of := func(release cloudify.Release) func(*facts) { return func(f *facts) { f.release = release } }
	newest, oldest := cloudify.Release{Major: 7, Minor: 1}, cloudify.Release{Major: 4, Minor: 3}
	for _, row := range []struct {
		name        string
		facts       *facts
		overdue     bool
		harsher     cloudify.Cancellation
		again       time.Duration
		unbegun     bool
		unstoppable bool
	}{
		{"runs", backup(runs("started"), seen(time.Hour, 0)), false, "", 0, false, false},
		{"runs, within its time", backup(runs("started"), within, seen(9*time.Minute, 0)), false, "", time.Minute, false, false},
		{"is pending for too long", backup(runs("pending"), within, seen(10*time.Minute, 0)), true, "", soon, true, false},
		{"is pending, which may be for ever", backup(runs("pending"), seen(grace, 0)), false, "", 0, true, false},
		{"is pending", backup(runs("pending"), within, seen(time.Minute, 0)), false, "", time.Minute, false, false},
		{"runs for too long", backup(runs("started"), within, seen(time.Hour, 0)), true, "", soon, false, false},
		{"is seen for the first time", backup(runs("started"), within), false, "", 10 * time.Minute, false, false},
		{"is being cancelled", backup(runs("cancelling"), cancelled, seen(time.Hour, time.Minute)), false, "", time.Minute, false, false},
		{"does not stop", backup(runs("cancelling"), cancelled, seen(time.Hour, grace)), false, cloudify.ForceCancel, soon, false, false},
		{"does not stop after its time", backup(runs("cancelling"), within, timedOut, seen(time.Hour, time.Hour)), false, cloudify.ForceCancel, soon, false, false},
		{"does not stop for somebody else", backup(runs("cancelling"), seen(time.Hour, time.Hour)), false, "", 0, false, false},
		{"does not stop by force", backup(runs("force_cancelling"), deleted, of(newest), seen(time.Hour, grace)), false, cloudify.Kill, soon, false, false},
		{"does not stop by force, at a Manager that cannot kill", backup(runs("force_cancelling"), deleted, of(oldest), seen(time.Hour, grace)), false, "", soon, false, true},
		{"is killed, and goes on", backup(runs("kill_cancelling"), timedOut, of(newest), seen(time.Hour, grace)), false, "", soon, false, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			got := row.facts.judge(row.facts.found.mine, noon, grace)
			g.Expect(got.overdue).To(Equal(row.overdue))
			g.Expect(got.harsher).To(Equal(row.harsher))
			g.Expect(got.again).To(Equal(row.again))
			g.Expect(got.unbegun).To(Equal(row.unbegun))
			g.Expect(got.unstoppable).To(Equal(row.unstoppable))
		})
	}
}

// at is an object that was created in a second of noon.
func at(name string, second int, options ...func(*v1alpha1.CloudifyExecution)) *v1alpha1.CloudifyExecution {
	e := backup().execution
	e.Name, e.UID, e.CreationTimestamp = name, types.UID(name), metav1.NewTime(noon.Add(time.Duration(second)*time.Second))
	for _, option := range options {
		option(e)
	}
	return e
}

func TestWhoGoesFirst(t *testing.T) {
	begun := func(e *v1alpha1.CloudifyExecution) { e.Status.Start = &v1alpha1.ExecutionStart{} }
	for _, row := range []struct {
		name          string
		first, second *v1alpha1.CloudifyExecution
	}{
		{"the older", at("z", 1), at("a", 2)},
		{"of one second, the one whose name comes first", at("a", 1), at("b", 1)},
		{"the one that was begun", at("z", 2, begun), at("a", 1)},
		{"of two that were begun, the older", at("z", 1, begun), at("a", 2, begun)},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(goesBefore(row.first, row.second)).To(BeTrue())
			NewWithT(t).Expect(goesBefore(row.second, row.first)).To(BeFalse())
		})
	}
}

func TestOthersOf(t *testing.T) {
	g := NewWithT(t)
	holds := func(id string) func(*v1alpha1.CloudifyExecution) {
		return func(e *v1alpha1.CloudifyExecution) { e.Status.Execution = &v1alpha1.ExecutionStatus{ID: id} }
	}
	ended := func(e *v1alpha1.CloudifyExecution) { e.Status.FinishedAt = new(metav1.NewTime(noon)) }
	mine := at("mine", 5, holds("mine"))
	all := []v1alpha1.CloudifyExecution{*at("younger", 6), *mine, *at("ended", 1, holds("e1"), ended), *at("older", 2), *at("running", 3, holds("e3"))}
	g.Expect(othersOf(mine, all)).To(Equal(others{older: []string{"older", "running"}, held: map[string]bool{"e1": true, "e3": true}}))
}

func TestChoose(t *testing.T) {
	workflows := []cloudify.Workflow{
		{Name: "restore"}, {Name: "backup", Available: new(true)}, {Name: "heal", Available: new(false)},
		{Name: "install"}, {Name: "uninstall"}, {Name: "csys_new_deployment_update"},
	}
	want := func(workflow string) func(*facts) {
		return func(f *facts) { f.execution.Spec.Workflow = workflow }
	}
	for _, row := range []struct {
		name   string
		facts  *facts
		reason string
		words  string
	}{
		{"one of its own", backup(), "", ""},
		{"one without rules", backup(want("restore")), "", ""},
		{"misspelt", backup(want("bakcup")), v1alpha1.ReasonUnknownWorkflow, `did you mean "backup"?); it has backup, heal, restore`},
		{"unknown", backup(want("fly")), v1alpha1.ReasonUnknownWorkflow, "has no workflow fly; it has backup, heal, restore"},
		{"unavailable", backup(want("heal")), v1alpha1.ReasonWorkflowUnavailable, "it offers backup, restore"},
		{"the operator's", backup(want("install")), v1alpha1.ReasonUnknownWorkflow, "the operator runs workflow install itself"},
		{"the Manager's", backup(want("csys_new_deployment_update")), v1alpha1.ReasonUnknownWorkflow, "itself"},
		{"asked for, and unavailable since", backup(late, want("heal")), "", ""},
		{"asked for, and gone since", backup(late, want("fly")), v1alpha1.ReasonExecutionAmbiguous, "has no workflow fly any more"},
		{"announced, and unavailable since", backup(stale, want("heal")), v1alpha1.ReasonWorkflowUnavailable, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			chosen, err := row.facts.choose(workflows)
			if row.reason == "" {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(chosen.Name).To(Equal(row.facts.execution.Spec.Workflow))
				return
			}
			g.Expect(err).To(MatchError(And(HavePrefix(row.reason), ContainSubstring(row.words))))
		})
	}
}
