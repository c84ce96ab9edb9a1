// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// act makes at most one change at the Manager; the next pass sees its result.
func (r *reconciler) act(ctx context.Context, s *scope) error {
	s.decision = nextStep(&s.facts)
	d := s.decision
	if !s.mayArrive(d.wanted) {
		s.deployment.Status.Unanswered = nil
	}
	if d.wanted == stepUpdate {
		if err := r.publishFirst(ctx, s); err != nil {
			return err
		}
	}
	if d.step == stepUninstall || d.step == stepDelete {
		if err := r.awaitReferrers(ctx, s); err != nil {
			return err
		}
	}
	if d.step.starts() != "" {
		end, err := r.beginStart(ctx, s)
		if err != nil {
			return err
		}
		defer end()
	}
	switch d.step {
	case stepNone, stepAwaitWindow:
		err := r.publish(ctx, s)
		s.handle()
		if err == nil && s.deployment.NeedsApproval() && s.byPlatform() {
			return outcome.DoneFor(time.Millisecond) // what it did not ask for may wait for approval now
		}
		return err
	case stepPause:
		return outcome.Wait(d.reason, "the next step is %s, but spec.paused is set: unset it to continue%s", d.wanted, s.wayOut())
	case stepLetGo:
		ctrl.LoggerFrom(ctx).Info("Deployment is gone", "deploymentID", s.id)
		return r.letGo(ctx, s)
	case stepWait:
		if err := r.findRequester(ctx, s, d.execution); err != nil {
			return err
		}
		return s.waitForExecution(d)
	case stepPreview, stepApproval:
		return r.offer(ctx, s, d)
	case stepAwait:
		if d.wanted == stepPreview {
			return r.offer(ctx, s, d)
		}
		return s.awaitArrival(d)
	case stepStall:
		return r.explain(ctx, s, d)
	case stepTimeOut:
		return s.timeOut(d)
	case stepCancel:
		return r.cancel(ctx, s, d, cloudify.Cancel)
	case stepForceCancel:
		return r.cancel(ctx, s, d, cloudify.ForceCancel)
	case stepKill:
		return r.cancel(ctx, s, d, cloudify.Kill)
	case stepCreate:
		if s.history.remote == nil && s.existed() { // said before the Manager is asked: that may fail, and is then tried again as any other creation
			return outcome.Tell(v1alpha1.ReasonRecreating, "deployment %s vanished from the Manager; the operator creates it again", s.id)
		}
		return r.create(ctx, s, d)
	case stepUpdate:
		return r.update(ctx, s, d)
	case stepInstall:
		if e := s.undone(); e != nil {
			return outcome.Tell(v1alpha1.ReasonForeignUninstall,
				"somebody else uninstalled deployment %s at the Manager (execution %s); the operator installs it again", s.id, e.ID)
		}
		return r.start(ctx, s, d)
	case stepUninstall:
		return r.uninstall(ctx, s, d)
	case stepDelete:
		return r.remove(ctx, s, d)
	case stepLabel:
		return r.label(ctx, s)
	default:
		return fmt.Errorf("unknown step %s", d.step)
	}
}

// explain says why a step failed. Events lag behind the end of an execution, so a failure without a cause is reported only once
// they had time to arrive; whatever wakes the object before proves nothing.
func (r *reconciler) explain(ctx context.Context, s *scope, d decision) error {
	e := d.execution
	causes, err := s.conn.ListFailures(ctx, e.ID)
	if err != nil {
		return fmt.Errorf("find out why execution %s failed: %w", e.ID, err)
	}
	s.effect.causes = causes
	now, last := time.Now(), s.before.Status.Execution
	if reported := s.before.IsStalled() && last != nil && last.ID == e.ID; len(causes) == 0 && e.Failed() && !reported {
		if left := executions.EventsLag - now.Sub(r.failed.Since(s.deployment.UID, e.ID, now)); left > 0 {
			return outcome.WaitFor(left, workflowOf(e.WorkflowID).underway, "workflow %s failed; looking up the cause", e.WorkflowID)
		}
	}
	r.failed.Forget(s.deployment.UID)
	return s.stall(d)
}

// cancel tells an execution to stop. One that has ended meanwhile is left alone.
func (r *reconciler) cancel(ctx context.Context, s *scope, d decision, how cloudify.Cancellation) error {
	e := d.execution
	if _, err := s.conn.CancelExecution(ctx, e.ID, how); err != nil && !cloudify.IsIllegalAction(err) {
		return fmt.Errorf("cancel execution %s: %w", e.ID, err)
	}
	ctrl.LoggerFrom(ctx).Info("Cancelled execution", "executionID", e.ID, "workflow", e.WorkflowID, "how", how)
	r.Watcher.FollowExecution(s.manager.Name, e.ID, s.key)
	s.timing.sighting.Stop(e, time.Now())
	manner := fmt.Sprintf(" (execution %s)", e.ID)
	switch how {
	case cloudify.ForceCancel:
		manner += fmt.Sprintf(" by force, because it did not stop within %s", r.CancelGrace)
	case cloudify.Kill:
		manner += fmt.Sprintf(" by killing it, because the forced cancel did not stop it within %s", r.CancelGrace)
	}
	if d.reason == v1alpha1.ReasonTimedOut {
		return outcome.WaitFor(r.CancelGrace, d.reason, "%s%s", s.overdueMessage(e), manner)
	}
	return outcome.WaitFor(r.CancelGrace, d.reason, "cancelling workflow %s%s", e.WorkflowID, manner)
}

// unanswered notes a change whose answer did not come in time.
func (f *facts) unanswered(err error, now time.Time) {
	if step := f.decision.step; step.starts() != "" && cloudify.MayArrive(err) {
		f.deployment.Status.Unanswered = &v1alpha1.UnansweredChange{Step: string(step), At: *outcome.MicroTime(now)}
	}
}
