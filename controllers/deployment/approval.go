// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// byApproval reports whether an update of the deployment waits for approval. Until it was Ready or is installed, its inputs may be
// corrected without, and so may what a platform asks for, and all that a deletion takes.
func (f *facts) byApproval() bool {
	return f.deployment.NeedsApproval() && !f.deleting() && !f.byPlatform() && f.history.exists() &&
		(f.before.Status.Applied != nil || f.history.installed())
}

// byPlatform reports whether a platform asked for something that is not applied yet.
func (o *object) byPlatform() bool {
	applied := o.before.Status.Applied
	return o.deployment.Operation() > 0 && (applied == nil || o.deployment.Operation() > applied.Operation)
}

// pending is the update that is due and needs approval, with what the status says of it already; nil where none does. One that
// failed after the Manager had switched the deployment over was approved before.
func (f *facts) pending() *v1alpha1.PendingUpdate {
	if f.want == nil || !f.byApproval() || f.asWanted() {
		return nil
	}
	changed := inputs.Differing(f.want.schema, f.want.effective, f.history.remote.Inputs)
	id := f.updateID(changed)
	p := &v1alpha1.PendingUpdate{ID: id, FromBlueprintID: f.history.remote.BlueprintID, ToBlueprintID: f.want.revision}
	if last := f.before.Status.PendingUpdate; last != nil && last.ID == id {
		p = last.DeepCopy()
	} else {
		p.Inputs, p.Omitted = bounded(changed, p.Omitted)
	}
	switch release := f.history.release; {
	case !release.Has(cloudify.UpdateInPlace):
		p.Preview, p.Message = v1alpha1.PreviewRefused, fmt.Sprintf("release %s of the Manager cannot update a deployment", release)
	case p.Preview == v1alpha1.PreviewMade, p.Preview == v1alpha1.PreviewRefused:
	case !release.Has(cloudify.Previews):
		p.Preview = v1alpha1.PreviewUnsupported
	default:
		p.Preview = v1alpha1.PreviewPending
	}
	return p
}

// updateID changes with all that an update would do: where it begins and what it comes to. What comes from Secrets, ConfigMaps and
// other deployments is in it by their versions, and the rest with the blueprint's UID, so that nobody can find a value by trying which
// makes the ID. The update that was approved last is in it, too, so that an approval is good for one update.
func (f *facts) updateID(changed []string) string {
	shown := map[string]any{}
	for name, value := range f.want.effective {
		_, referred := f.references.values[name]
		_, given := f.want.given[name]
		_, fixed := f.want.fixed[name]
		if kept := f.adopted() && !given && !fixed; !referred && !kept {
			shown[name] = value
		}
	}
	salt, approved := "", ""
	if f.blueprint != nil {
		salt = string(f.blueprint.UID)
	}
	if applied := f.before.Status.Applied; applied != nil {
		approved = applied.ApprovedUpdate
	}
	text, err := json.Marshal([]any{
		f.deployment.UID, salt, approved, f.history.remote.BlueprintID, f.want.revision, changed, shown, f.references.digest, f.references.outputs,
	})
	if err != nil {
		return "" // what was decoded can be encoded
	}
	return references.DigestOf(text)[:16]
}

// awaitsApproval reports whether an update is due that nobody approved.
func (f *facts) awaitsApproval() bool {
	p := f.pending()
	return p != nil && !f.approved(p)
}

// approved reports whether somebody approved an update that the status showed.
func (f *facts) approved(p *v1alpha1.PendingUpdate) bool {
	last := f.before.Status.PendingUpdate
	return last != nil && last.ID == p.ID && (last.Approved || f.approval() == p.ID)
}

// approval is the update that somebody approved and that was not dealt with, "" if there is none.
func (o *object) approval() string { return approvalOf(o.before) }

func approvalOf(d *v1alpha1.CloudifyDeployment) string {
	if approved := approvedUpdate(d); approved != d.Status.LastHandledApproval {
		return approved
	}
	return ""
}

// maxApproval is longer than any ID.
const maxApproval = 64

func approvedUpdate(d *v1alpha1.CloudifyDeployment) string {
	return outcome.Truncate(d.Annotations[v1alpha1.ApprovedUpdateAnnotation], maxApproval)
}

// toPreview reports whether the Manager is to be asked what the update would change. It is asked once, and again on request where it
// refused.
func (f *facts) toPreview() bool {
	p := f.pending()
	return !f.deployment.Spec.Paused && (p.Preview == v1alpha1.PreviewPending ||
		p.Preview == v1alpha1.PreviewRefused && f.history.release.Has(cloudify.Previews) && f.asked())
}

// unoffered reports whether the status does not yet show an update as it should.
func (o *object) unoffered() bool {
	upToDate := meta.FindStatusCondition(o.before.Status.Conditions, v1alpha1.UpToDateCondition)
	p := o.before.Status.PendingUpdate
	return p != nil && p.Preview == v1alpha1.PreviewPending && !o.deployment.Spec.Paused ||
		p == nil && o.deployment.NeedsApproval() && upToDate != nil && upToDate.Reason == v1alpha1.ReasonNewerPlan
}

// setPending shows the update that waits for approval, or is being carried out with it.
func (f *facts) setPending(out outcome.Outcome) {
	status, p := &f.deployment.Status, f.effect.pending
	if p == nil {
		p = f.pending()
	}
	switch {
	case f.deleting(), f.history.remote == nil, !f.deployment.NeedsApproval():
		status.PendingUpdate = nil
	case f.want == nil && out.Kind != outcome.Stalled: // what was shown last still stands
	case p == nil && f.want != nil && status.PendingUpdate != nil && status.PendingUpdate.Approved && f.failedUpdate() != nil: // it was tried
	default:
		status.PendingUpdate = p
	}
	if p = status.PendingUpdate; p != nil && f.want != nil {
		p.Approved = p.Approved || f.approval() == p.ID && f.decision.step == stepUpdate && f.begun()
		p.Summary = ""
		if !p.Approved {
			p.Summary = summaryOf(p)
		}
	}
	f.setApproval()
}

// begun reports whether the Manager accepted the update, or may have.
func (f *facts) begun() bool { return f.effect.started != nil || f.deployment.Status.Unanswered != nil }

// setApproval notes what was approved and is dealt with: carried out, or refused because it is not what is pending.
func (f *facts) setApproval() {
	status, approved := &f.deployment.Status, approvedUpdate(f.deployment)
	p := status.PendingUpdate
	switch {
	case approved == "":
		status.LastHandledApproval = ""
	case approved == status.LastHandledApproval, f.want == nil && !f.deleting():
	case p != nil && p.ID == approved:
		if p.Approved {
			status.LastHandledApproval = approved
		}
	default:
		status.LastHandledApproval, f.effect.refusedApproval = approved, true
	}
}

// announceApproval makes an event of an update that waits for approval now, and of an approval that was refused.
func (r *reconciler) announceApproval(s *scope) {
	was, is := s.before.Status.PendingUpdate, s.deployment.Status.PendingUpdate
	if is != nil && !is.Approved && (was == nil || was.ID != is.ID || was.Preview != is.Preview) {
		reason, message := s.awaiting(is)
		r.Reporter.Announce(s.deployment, reason, "Approve", message)
	}
	if s.effect.refusedApproval {
		pending := "none is pending"
		if is != nil {
			pending = "pending is " + is.ID
		}
		r.Reporter.Announce(s.deployment, v1alpha1.ReasonApprovalOutdated, "Approve", fmt.Sprintf(
			"update %s was approved, but is not pending, so nothing was done; %s", s.deployment.Status.LastHandledApproval, pending))
	}
}
