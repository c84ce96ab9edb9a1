// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"cmp"
	"context"
	"fmt"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// act makes at most one change at the Manager.
func (r *reconciler) act(ctx context.Context, s *scope) error {
	s.decision = nextStep(&s.facts)
	d := s.decision
	if s.found.fresh && d.step != stepStart {
		s.execution.Status.Start = nil // what was announced and not asked for is off
	}
	switch d.step {
	case stepLetGo:
		return r.letGo(ctx, s)
	case stepFinish:
		return r.finish(ctx, s)
	case stepStall:
		return outcome.Stall(d.reason, "%s", d.message)
	case stepAwait:
		return outcome.WaitFor(min(max(s.found.arrival, soon), 10*soon), d.reason, "%s", d.message)
	case stepIntend:
		s.execution.Status.Start = &v1alpha1.ExecutionStart{At: *outcome.MicroTime(time.Now()), After: s.found.newest, Parameters: s.want.digest}
		return outcome.Tell(d.reason, "%s", d.message)
	case stepStart:
		return r.start(ctx, s)
	case stepTimeOut:
		s.execution.Status.TimedOut = true
		return outcome.Tell(d.reason, "%s", d.message)
	case stepCancel:
		return r.cancel(ctx, s, cloudify.Cancel)
	case stepForceCancel:
		return r.cancel(ctx, s, cloudify.ForceCancel)
	case stepKill:
		return r.cancel(ctx, s, cloudify.Kill)
	default:
		return outcome.WaitFor(r.again(s), d.reason, "%s", d.message)
	}
}

// again is when to look at what is waited for; what wakes the object usually comes before.
func (r *reconciler) again(s *scope) time.Duration {
	if s.timing.again > 0 {
		return min(s.timing.again, later)
	}
	return later
}

// start asks the Manager to start the workflow. From then on the status tells whose the execution is that came of it, and only a
// refusal proves that none did.
func (r *reconciler) start(ctx context.Context, s *scope) error {
	end, ok := r.Pool.BeginStart(s.managerName(), s.deployment.RemoteID(), s.looked)
	if !ok {
		return outcome.Settled(soon)
	}
	defer end()
	uid, announced, workflow := s.execution.UID, s.before.Status.Start.At.Time, s.execution.Spec.Workflow
	r.intents.forget(uid)
	started, err := s.conn.StartExecution(ctx, cloudify.NewExecution{
		DeploymentID: s.deployment.RemoteID(), WorkflowID: workflow, Parameters: s.want.given,
		DryRun: s.execution.Spec.DryRun,
	})
	switch {
	case cloudify.IsUnsent(err):
		r.intents.keep(uid, announced, s.want)
		return err
	case cloudify.IsBusy(err), cloudify.IsCreationFailed(err):
		s.execution.Status.Start = nil
		return outcome.WaitFor(later, v1alpha1.ReasonDeploymentBusy, "the Manager does not start workflow %s now: %v", workflow, err)
	case cloudify.IsUnavailableWorkflow(err):
		return outcome.Stall(v1alpha1.ReasonWorkflowUnavailable, "the Manager does not offer workflow %s in the current state of the node instances: %v", workflow, err)
	case cloudify.IsDependentExists(err):
		return outcome.Stall(v1alpha1.ReasonDependentsExist, "other deployments use what workflow %s would stop: %v", workflow, err)
	case cloudify.IsInvalid(err):
		return outcome.Stall(v1alpha1.ReasonInvalidParameters, "the Manager refuses workflow %s: %v", workflow, err)
	case cloudify.IsRefusal(err): // of whoever asks, or for now
		s.execution.Status.Start = nil
		return fmt.Errorf("start workflow %s: %w", workflow, err)
	case err != nil:
		return fmt.Errorf("start workflow %s: %w", workflow, err)
	}
	ctrl.LoggerFrom(ctx).Info("Started execution", "workflow", workflow, "executionID", started.ID, "deploymentID", s.deployment.RemoteID())
	s.effect.started = started
	s.timing.sighting = executions.Sight(started, nil, time.Now())
	r.Watcher.FollowRun(s.managerName(), started.ID, s.key)
	return outcome.WaitFor(later, v1alpha1.ReasonRunning, "%s", running(started))
}

// cancel tells our execution to stop. One that has ended meanwhile is left alone.
func (r *reconciler) cancel(ctx context.Context, s *scope, how cloudify.Cancellation) error {
	e := s.found.mine
	if err := s.visit.Enter(s.conn, s.execution, connection.Change); err != nil {
		return err
	}
	if how == cloudify.Kill { // which would change how it ended
		now, err := s.conn.GetExecution(ctx, e.ID)
		if err != nil || !now.Active() {
			return outcome.Settled(soon)
		}
	}
	if _, err := s.conn.CancelExecution(ctx, e.ID, how); err != nil && !cloudify.IsIllegalAction(err) {
		return fmt.Errorf("cancel execution %s: %w", e.ID, err)
	}
	ctrl.LoggerFrom(ctx).Info("Cancelled execution", "executionID", e.ID, "workflow", e.WorkflowID, "how", how)
	s.timing.sighting.Stop(e, time.Now())
	return outcome.WaitFor(min(r.CancelGrace, later), s.decision.reason, "%s (execution %s)", s.decision.message, e.ID)
}

// finish says how our execution ended. Events lag behind the end, so that a failure without a cause is told only once they had time to
// arrive.
func (r *reconciler) finish(ctx context.Context, s *scope) error {
	e := s.found.mine
	switch {
	case s.deleting():
		return r.letGo(ctx, s)
	case e.Succeeded():
		return nil
	case e.Cancelled():
		return s.ended(e, "was cancelled", "")
	case s.unwanted(), s.before.Status.TimedOut: // why a workflow failed that was told to stop is clear
		return s.ended(e, "failed", "")
	}
	if err := s.visit.Enter(s.conn, s.execution, connection.Change); err != nil {
		return err
	}
	causes, err := s.conn.ListFailures(ctx, e.ID)
	if err != nil {
		return fmt.Errorf("find out why execution %s failed: %w", e.ID, err)
	}
	if left := executions.EventsLag - time.Since(r.failed.Since(s.execution.UID, e.ID, time.Now())); len(causes) == 0 && left > 0 {
		return outcome.WaitFor(left, v1alpha1.ReasonRunning, "workflow %s failed; looking up the cause", e.WorkflowID)
	}
	if err := r.readHidden(ctx, s); err != nil {
		return err
	}
	s.effect.causes = causes
	return s.ended(e, "failed", cloudify.Cause(e, causes))
}

// ended is the end of an execution that did not succeed.
func (f *facts) ended(e *cloudify.Execution, how, why string) error {
	switch {
	case f.before.Status.TimedOut:
		return outcome.Stall(v1alpha1.ReasonTimedOut, "the timeout of %s expired: workflow %s %s", f.execution.Spec.Timeout.Duration, e.WorkflowID, how)
	case f.execution.Spec.Cancel:
		return outcome.Stall(v1alpha1.ReasonExecutionCancelled, "workflow %s %s after spec.cancel was set", e.WorkflowID, how)
	case f.unwanted():
		return outcome.Stall(v1alpha1.ReasonExecutionCancelled, "workflow %s %s, because CloudifyDeployment %s is being deleted", e.WorkflowID, how, f.deployment.Name)
	case e.Cancelled():
		return outcome.Stall(v1alpha1.ReasonExecutionCancelled, "workflow %s was cancelled", e.WorkflowID)
	default:
		return outcome.Stall(v1alpha1.ReasonExecutionFailed, "workflow %s failed: %s", e.WorkflowID, cmp.Or(why, "the Manager does not say why"))
	}
}
