// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

// step is what happens to a blueprint next.
type step string

const (
	stepNone    step = "None"
	stepLetGo   step = "LetGo"
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
		return stepLetGo
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
