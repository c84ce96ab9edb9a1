// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import "github.com/cloudify-operator/cloudify-operator/api/v1alpha1"

// step is what happens to a blueprint next.
type step string

const (
	stepNone    step = "None"
	stepRelease step = "Release"
	stepHold    step = "Hold"    // deletion waits for deployments
	stepDelete  step = "Delete"  // one revision
	stepMissing step = "Missing" // a blueprint that should exist does not
	stepRecord  step = "Record"  // a revision is noted before it is uploaded
	stepUpload  step = "Upload"
	stepWait    step = "Wait"  // for the Manager to unpack and parse
	stepStall   step = "Stall" // the Manager refused the content
	stepLabel   step = "Label" // so that it is known whose it is when its object is gone
	stepPrune   step = "Prune" // an old revision that nobody has
)

// nextStep is the only place that decides what happens to a blueprint. The first true case wins.
func nextStep(s *scope) step {
	switch ours := s.blueprint.Spec.Source != nil; {
	case s.deleting() && len(s.users) > 0:
		return stepHold
	case s.deleting() && len(s.doomed) > 0:
		return stepDelete
	case s.deleting():
		return stepRelease
	case s.remote == nil && !ours:
		return stepMissing
	case ours && !s.recorded():
		return stepRecord // an upload that is not on record could outlive its object; so could one that an earlier object left
	case s.remote == nil:
		return stepUpload
	case s.remote.InProgress():
		return stepWait
	case s.remote.Failed() && ours && s.asked():
		return stepUpload // a failed revision is replaced; with a URL the content may have changed
	case s.remote.Failed():
		return stepStall
	case ours && !s.hasLabels():
		return stepLabel
	case len(s.prunable()) > 0:
		return stepPrune
	default:
		return stepNone
	}
}

// keptRevisions is how many of the newest revisions stay, used or not.
const keptRevisions = 3

// prunable are the revisions beyond those kept that no deployment has, oldest first.
func (s *scope) prunable() []string {
	var ids []string
	revisions := s.blueprint.Status.Revisions
	for i := len(revisions) - 1; i >= keptRevisions; i-- {
		if id := revisions[i].BlueprintID; s.counts[id] == 0 && id != s.id {
			ids = append(ids, id)
		}
	}
	return ids
}

// recorded tells whether the status of the object, as stored, lists the revision.
func (s *scope) recorded() bool {
	for _, revision := range s.before.Status.Revisions {
		if revision.BlueprintID == s.id {
			return true
		}
	}
	return false
}

// doomedRevisions are the blueprints that leave the Manager with the object.
func doomedRevisions(b *v1alpha1.CloudifyBlueprint) []string {
	if b.EffectiveDeletionPolicy() == v1alpha1.DeletionPolicyOrphan {
		return nil
	}
	var ids []string
	if b.Spec.Source == nil && b.Status.BlueprintID != "" {
		ids = append(ids, b.Status.BlueprintID) // only what was found once, and so allowed
	}
	for _, revision := range b.Status.Revisions {
		ids = append(ids, revision.BlueprintID)
	}
	return ids
}
