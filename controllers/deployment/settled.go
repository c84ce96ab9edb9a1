// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// settled reports whether the status as stored answers to spec, request, references and blueprint, so that the poller's list
// can vouch for the rest. Nothing of it is remembered: it holds for whoever reads the status, after a restart too.
func (f *facts) settled() bool {
	seen := observed(f.before)
	return f.answered() && (!f.references.read || f.references.digest == seen.References && f.references.outputs == seen.Deployments)
}

// stands reports whether a failure of what is asked now must stay in the status although the Manager could not be looked at: only
// a new spec or a new request can help, and platforms were told that the operation has ended.
func (f *facts) stands(out outcome.Outcome) bool {
	return f.before.IsStalled() && !f.asked() && !f.decision.step.changes() && (out.Kind == outcome.Retry || out.Unseen)
}

// answered is settled but for the references.
func (f *facts) answered() bool {
	return f.existed() && idle(f.before) && !f.windowOpened() && !f.unoffered() && (f.blueprint == nil || speaksOf(f.before, f.blueprint))
}

// speaksOf reports whether the status of a deployment speaks of the newest revision of its blueprint, and of the plan as it is. One
// that follows the newest speaks of it only while it waits for a window.
func speaksOf(d *v1alpha1.CloudifyDeployment, b *v1alpha1.CloudifyBlueprint) bool {
	newest := b.Status.BlueprintID
	awaited := d.Status.AwaitedWindow != nil || d.Status.PendingUpdate != nil && d.Status.PendingUpdate.ToBlueprintID == newest
	revision := newest == d.Status.BlueprintID || newest == d.Status.NewerBlueprintID && (!d.FollowsLatest() || awaited)
	return revision && planDigest(b, d.Spec.Plan) == observed(d).Plan
}

func observed(d *v1alpha1.CloudifyDeployment) v1alpha1.ObservedInputs {
	if d.Status.ObservedInputs == nil {
		return v1alpha1.ObservedInputs{}
	}
	return *d.Status.ObservedInputs
}

// announceRevision says which revision the blueprint has that the deployment has not.
func (f *facts) announceRevision() {
	if b := f.blueprint; b != nil && f.history.remote != nil && b.Status.BlueprintID != f.history.remote.BlueprintID {
		f.deployment.Status.NewerBlueprintID = b.Status.BlueprintID
	}
}

// setObservedInputs says what a reconcile that came to its end was made with.
func (f *facts) setObservedInputs(out outcome.Outcome) {
	if f.deleting() || out.Kind != outcome.Done && out.Kind != outcome.Stalled {
		return
	}
	now := observed(f.before)
	if f.references.read {
		now.References, now.Deployments = f.references.digest, f.references.outputs
	}
	if f.blueprint != nil || f.deployment.Spec.Plan == "" {
		now.Plan = planDigest(f.blueprint, f.deployment.Spec.Plan)
	}
	f.deployment.Status.ObservedInputs = nil
	if now != (v1alpha1.ObservedInputs{}) {
		f.deployment.Status.ObservedInputs = &now
	}
}

// planDigest changes with the inputs that a plan fixes, compared by value; "" without a plan. The blueprint's UID is in it, so
// that nobody who may not read the blueprint can find the values by trying which make the digest.
func planDigest(b *v1alpha1.CloudifyBlueprint, name string) string {
	if name == "" {
		return ""
	}
	plan, _ := b.Plan(name)
	fixed, err := inputs.Decode(plan.Inputs)
	if err != nil {
		return "" // the API server stores JSON only
	}
	text, err := json.Marshal([]any{b.UID, fixed})
	if err != nil {
		return "" // what was decoded can be encoded
	}
	return references.DigestOf(text)
}

// statusFingerprint is what the poller's row shows of a deployment that has this status.
func statusFingerprint(status *v1alpha1.CloudifyDeploymentStatus) watch.Fingerprint {
	f := watch.Fingerprint{BlueprintID: status.BlueprintID, InstallationStatus: "inactive"}
	if meta.IsStatusConditionTrue(status.Conditions, v1alpha1.InstalledCondition) {
		f.InstallationStatus = "active"
	}
	if e := status.Execution; e != nil {
		f.ExecutionID, f.ExecutionStatus = e.ID, cloudify.LatestStatus(e.Status)
	}
	return f
}

// agrees reports whether a row of the list is what the status says. A release that lacks a field has nothing to say on it.
func (o *object) agrees(row watch.Fingerprint) bool {
	stored := statusFingerprint(&o.before.Status)
	if id := o.before.Status.PreviewExecution; id != "" && row.ExecutionID == id {
		row.ExecutionID, row.ExecutionStatus = "", "" // a preview changed nothing, however it ended
	}
	for _, field := range []struct{ row, stored string }{
		{row.BlueprintID, stored.BlueprintID},
		{row.InstallationStatus, stored.InstallationStatus},
		{row.ExecutionID, stored.ExecutionID},
		{row.ExecutionStatus, stored.ExecutionStatus},
	} {
		if field.row != "" && !strings.EqualFold(field.row, field.stored) {
			return false
		}
	}
	return true
}

// fingerprint is what the rows of the poller are compared with after a close look. An execution that began after the executions
// were read is in the deployment only: the next list wakes the object for it.
func (h *history) fingerprint() watch.Fingerprint {
	f := watch.FingerprintOf(h.remote)
	listed := slices.ContainsFunc(h.executions, func(e cloudify.Execution) bool { return e.ID == f.ExecutionID })
	if f.ExecutionID != "" && !listed && len(h.executions) < maxExecutions {
		f.ExecutionID = "not seen"
	}
	return f
}
