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

// offer shows an update that waits for approval, with what the Manager says that it would change. What is installed stays Ready.
func (r *reconciler) offer(ctx context.Context, s *scope, d decision) (err error) {
	p, again := s.pending(), time.Duration(0)
	switch {
	case d.step == stepPreview:
		if again, err = r.preview(ctx, s, p); err != nil {
			return err
		}
	case d.step == stepAwait:
		again = min(max(s.arrival, soon), lookInterval)
		p.Message = "the Manager did not answer in time: the request may still arrive, so the operator waits until it no longer can, then asks again"
	case p.Preview == v1alpha1.PreviewPending: // paused
		p.Message = "spec.paused is set, so the operator does not ask it"
	}
	if s.approval() == p.ID {
		again = time.Millisecond // it counts once it is shown
	}
	s.effect.pending = p
	if err := r.publish(ctx, s); err != nil {
		return err
	}
	s.handle()
	return outcome.DoneFor(again)
}

// leftAlone is how long a Manager is that refuses a preview for the sake of other deployments, or breaks over it: each may leave a
// row there.
const leftAlone = 5 * time.Minute

// preview fills in what the Manager says that an update would change, and returns when to look again; zero: it said it. What it said
// before, to a request whose answer was lost, is read.
func (r *reconciler) preview(ctx context.Context, s *scope, p *v1alpha1.PendingUpdate) (again time.Duration, err error) {
	record, err := s.recordOfPreview(ctx)
	if record == nil && err == nil {
		record, err = s.conn.PreviewUpdate(ctx, s.id, s.change())
	}
	p.Preview, p.Message = v1alpha1.PreviewPending, ""
	switch {
	case cloudify.IsDependentExists(err):
		again, p.Message = leftAlone, s.quoted("other deployments use this one, so it can be neither previewed nor updated: ", err)
	case cloudify.IsConflict(err), cloudify.IsBusy(err):
		again, p.Message = later, s.quoted("the Manager asks to wait: ", err)
	case cloudify.IsInvalid(err), cloudify.IsMissingPrerequisite(err):
		p.Preview, p.Message = v1alpha1.PreviewRefused, s.quoted("", err)
	case cloudify.IsInternal(err): // which is no reason to call unready what is installed
		again, p.Message = leftAlone, s.quoted("the Manager broke over it: ", err)
	case err != nil:
		return 0, fmt.Errorf("preview update: %w", err)
	case record.Prepared():
		p.Preview = v1alpha1.PreviewMade
		fillChanges(p, record.Steps)
	case record.Failed():
		return r.explainPreview(ctx, s, p, record.ExecutionID)
	default:
		again, p.Message = soon, "the preview is still being prepared"
	}
	if err == nil {
		ctrl.LoggerFrom(ctx).Info("Previewed update", "deploymentID", s.id, "executionID", record.ExecutionID, "blueprintID", s.want.revision)
	}
	return again, nil
}

const maxPreviewMessage = 1024

// quoted is what the Manager answered, without what must not be shown.
func (f *facts) quoted(introduction string, err error) string {
	return outcome.Truncate(f.mask(introduction+wordsOf(err)), maxPreviewMessage)
}

// recordOfPreview is what the Manager found in a preview of this update that it made already, nil where it made none.
func (s *scope) recordOfPreview(ctx context.Context) (*cloudify.DeploymentUpdate, error) {
	e := s.previewed()
	if e == nil || e.UpdateID() == "" {
		return nil, nil
	}
	record, err := s.conn.GetUpdate(ctx, e.UpdateID())
	if cloudify.IsNotFound(err) {
		return nil, nil
	}
	return record, err
}

// previewed is the execution in which the Manager previewed what is wanted, if nothing ran since that may have changed the answer,
// and the status does not say yet what it came to.
func (f *facts) previewed() *cloudify.Execution {
	if p := f.pending(); p == nil || p.Preview != v1alpha1.PreviewPending {
		return nil
	}
	for i := range f.history.executions {
		switch e := &f.history.executions[i]; {
		case !f.history.ran(e):
		case !e.IsPreview():
			return nil
		case f.updatedAsWanted(e):
			return e
		}
	}
	return nil
}

// explainPreview says why an update would fail. Events lag behind the end of an execution.
func (r *reconciler) explainPreview(ctx context.Context, s *scope, p *v1alpha1.PendingUpdate, execution string) (again time.Duration, err error) {
	causes, err := s.conn.ListFailures(ctx, execution)
	if err != nil {
		return 0, fmt.Errorf("find out why preview %s failed: %w", execution, err)
	}
	why, now := cloudify.FailureReason(causes), time.Now()
	if why == "" {
		if left := executions.EventsLag - now.Sub(r.failed.Since(s.deployment.UID, execution, now)); left > 0 {
			p.Message = "the preview failed; looking up the cause"
			return left, nil
		}
		e, err := s.conn.GetExecution(ctx, execution)
		if err != nil && !cloudify.IsNotFound(err) {
			return 0, fmt.Errorf("read execution %s: %w", execution, err)
		}
		if err == nil {
			why = e.Error
		}
	}
	r.failed.Forget(s.deployment.UID)
	p.Preview, p.Message = v1alpha1.PreviewRefused, outcome.Truncate(s.mask(why), maxPreviewMessage)
	return 0, nil
}
