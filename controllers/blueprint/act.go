// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// later is when an object is looked at again that the Manager's lists usually wake before.
const later = time.Minute

// act makes at most one change.
func (r *reconciler) act(ctx context.Context, s *scope) error {
	switch step := nextStep(s); step {
	case stepHold:
		return outcome.Wait(v1alpha1.ReasonInUse, "deletion waits for the CloudifyDeployments that use this blueprint: %s. Delete them first%s",
			outcome.Enumerate(s.users, 5), s.wayOut())
	case stepDelete:
		return r.deleteRevision(ctx, s, s.doomed[0])
	case stepLetGo:
		return r.letGo(ctx, s)
	case stepMissing:
		return outcome.WaitFor(later, v1alpha1.ReasonBlueprintMissing,
			"the Manager has no blueprint %s in tenant %s: upload it there, or correct spec.blueprintID", s.id, s.manager.Spec.Tenant)
	case stepRecord:
		s.record()
		return outcome.Tell(v1alpha1.ReasonUploading, "uploading revision %s", s.id)
	case stepUpload:
		return r.upload(ctx, s)
	case stepWait:
		return outcome.Wait(v1alpha1.ReasonUploading, "the Manager is unpacking and parsing revision %s (%s)", s.id, s.remote.State)
	case stepStall:
		return s.refused()
	case stepLabel:
		return r.label(ctx, s)
	case stepPrune:
		return r.prune(ctx, s)
	case stepNone:
		s.blueprint.Status.LastHandledRequest = v1alpha1.RequestedAt(s.blueprint)
		return nil
	default:
		return fmt.Errorf("unknown step %s", step)
	}
}

// refusals say what the Manager did with a blueprint in a state of failure; in any other it refused it.
var refusals = map[string]string{
	"failed_uploading":                 "could not fetch or unpack",
	"failed_extracting":                "could not unpack",
	"failed_extracting_to_file_server": "could not unpack",
	"failed_parsing":                   "could not parse",
}

// refused says why the Manager will not have the blueprint. What somebody else uploaded, they may correct.
func (s *scope) refused() error {
	message := fmt.Sprintf("the Manager %s blueprint %s (%s): %s", cmp.Or(refusals[s.remote.State], "refused"), s.id, s.remote.State, s.remote.Error)
	if s.blueprint.Spec.Source == nil {
		return outcome.WaitFor(later, v1alpha1.ReasonUploadFailed, "%s", message)
	}
	return outcome.Stall(v1alpha1.ReasonUploadFailed, "%s", message)
}

// upload sends the revision. A conflict means that an earlier upload arrived: the ID is made of the content.
func (r *reconciler) upload(ctx context.Context, s *scope) error {
	upload := cloudify.Upload{MainFile: s.source.mainFile, ArchiveURL: s.source.url}
	if s.source.url == "" {
		archive, err := s.source.archive()
		if err != nil {
			return err
		}
		upload.Archive, upload.Size = bytes.NewReader(archive), int64(len(archive))
	}
	end, ok := s.conn.BeginUpload()
	if !ok {
		return outcome.WaitFor(crowdedInterval, v1alpha1.ReasonUploading, "revision %s waits for other uploads to end", s.id)
	}
	defer end()
	s.visit.End(s.manager.Name, nil) // what is quick need not wait for an upload of minutes
	s.blueprint.Status.LastHandledRequest = v1alpha1.RequestedAt(s.blueprint)
	r.leftovers.Made(s.blueprint)
	switch _, err := s.conn.UploadBlueprint(ctx, s.id, upload); {
	case cloudify.IsInvalid(err): // where uploads have no state, a refusal leaves nothing behind
		return outcome.Stall(v1alpha1.ReasonUploadFailed, "%v", err)
	case err != nil && !cloudify.IsConflict(err):
		return fmt.Errorf("upload blueprint %s: %w", s.id, err)
	}
	ctrl.LoggerFrom(ctx).Info("Uploaded blueprint", "blueprintID", s.id)
	r.Watcher.FollowUpload(s.manager.Name, s.id, s.key)
	return outcome.WaitFor(later, v1alpha1.ReasonUploading, "uploading revision %s", s.id)
}

// crowdedInterval is when an upload is tried again that others left no room for.
const crowdedInterval = 5 * time.Second

// prune deletes the oldest revision that nobody has any more. One that has deployments of other people at the
// Manager stays until the next look, and does not hold back those after it.
func (r *reconciler) prune(ctx context.Context, s *scope) error {
	s.blueprint.Status.LastHandledRequest = v1alpha1.RequestedAt(s.blueprint)
	for _, id := range s.prunable() {
		switch err := s.conn.DeleteBlueprint(ctx, id); {
		case cloudify.IsDependentExists(err):
			continue
		case err != nil && !cloudify.IsNotFound(err):
			return fmt.Errorf("delete unused revision %s: %w", id, err)
		}
		ctrl.LoggerFrom(ctx).Info("Deleted unused blueprint revision", "blueprintID", id)
		s.blueprint.Status.Revisions = slices.DeleteFunc(slices.Clone(s.blueprint.Status.Revisions),
			func(revision v1alpha1.BlueprintRevision) bool { return revision.BlueprintID == id })
		return nil
	}
	return nil
}

// deleteRevision deletes one revision. Deployments that others made of it hold it back.
func (r *reconciler) deleteRevision(ctx context.Context, s *scope, id string) error {
	r.Watcher.ForgetBlueprint(s.manager.Name, id)
	switch err := s.conn.DeleteBlueprint(ctx, id); {
	case err == nil || cloudify.IsNotFound(err):
		ctrl.LoggerFrom(ctx).Info("Deleted blueprint", "blueprintID", id)
		return outcome.Tell(v1alpha1.ReasonDeleting, "deleting revision %s", id)
	case cloudify.IsDependentExists(err):
		return outcome.WaitFor(later, v1alpha1.ReasonInUse, "the Manager does not delete blueprint %s yet: %v%s", id, err, s.wayOut())
	default:
		return fmt.Errorf("delete blueprint %s: %w", id, err)
	}
}

// label adds the labels that say whose the revision is to those it has. An upload cannot bring its labels on every release.
func (r *reconciler) label(ctx context.Context, s *scope) error {
	if err := s.conn.LabelBlueprint(ctx, s.id, s.remote.Labels.With(s.wantedLabels())); err != nil {
		return fmt.Errorf("label blueprint %s: %w", s.id, err)
	}
	ctrl.LoggerFrom(ctx).Info("Labelled blueprint", "blueprintID", s.id)
	s.blueprint.Status.LastHandledRequest = v1alpha1.RequestedAt(s.blueprint)
	if len(s.prunable()) > 0 {
		return outcome.Tell(v1alpha1.ReasonUploading, "revision %s is uploaded; deleting older revisions that are no longer used", s.id)
	}
	return nil
}
