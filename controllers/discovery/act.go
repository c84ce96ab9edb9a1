// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// act makes the changes, one after the other. One that fails does not hold up the others. Where nothing is left of a
// CloudifyManager that is gone, discovery is over.
func (r *reconciler) act(ctx context.Context, s *scope) error {
	if s.manager == nil && len(s.existing) == 0 {
		return outcome.LetGo()
	}
	changes, unfit := changesFor(s.situation)
	var failures []error
	var vanished []change
	for _, c := range changes {
		if c.vanished {
			vanished = append(vanished, c)
		} else if err := r.change(ctx, s, c); err != nil {
			failures = append(failures, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if len(failures) > 0 {
		return fmt.Errorf("%d of %d changes failed, the first: %w", len(failures), len(changes), failures[0])
	}
	if s.finding == nil && s.found != nil {
		s.finding = findingOf(s, unfit)
	}
	return r.confirm(ctx, s, vanished)
}

// findingOf says what became of what was found.
func findingOf(s *scope, unfit []string) *watch.Finding {
	wanted := 0
	for i := range s.found {
		if s.wants(&s.found[i]) {
			wanted++
		}
	}
	f := &watch.Finding{Good: true, Reason: v1alpha1.ReasonDiscovered}
	f.Message = fmt.Sprintf("%d blueprints found; their CloudifyBlueprints are in namespace %s", wanted-len(unfit), s.discovery.Namespace)
	if len(unfit) > 0 {
		f.Good, f.Reason = false, v1alpha1.ReasonUnfit
		f.Message += ". Left out, because their IDs cannot become object names: " + outcome.Enumerate(unfit, 5)
	}
	return f
}

// confirm makes the changes for what the list lacks, once the Manager has said of each blueprint that it is gone, and it is sure
// that it did not go with all the Manager had.
func (r *reconciler) confirm(ctx context.Context, s *scope, vanished []change) error {
	if s.manager == nil {
		return nil // nothing is looked for, and so nothing missed
	}
	if len(vanished) > 0 {
		if err := s.visit.Enter(s.conn, s.manager, connection.Resync); err != nil {
			return err
		}
	}
	brief, cancel := outcome.WithDeadline(ctx)
	defer cancel()
	var gone []change
	for _, c := range vanished {
		_, err := s.conn.GetBlueprint(brief, c.existing.RemoteID())
		switch {
		case cloudify.IsNotFound(err):
			gone = append(gone, c)
		case err != nil:
			return fmt.Errorf("read blueprint %s: %w", c.existing.RemoteID(), err)
		}
	}
	if len(gone) == 0 {
		r.vanished.Forget(s.manager.UID)
		return nil
	}
	if err := r.vanished.Confirm(r.Watcher, s.name, s.manager.UID, "a discovered blueprint"); err != nil {
		return err
	}
	for _, c := range gone {
		if err := r.change(ctx, s, c); err != nil {
			return err
		}
	}
	r.vanished.Forget(s.manager.UID)
	return nil
}

func (r *reconciler) change(ctx context.Context, s *scope, c change) error {
	log := ctrl.LoggerFrom(ctx)
	switch c.step {
	case stepCreate:
		// Create is the lock: what somebody writes at the same moment is not overwritten.
		var created v1alpha1.CloudifyBlueprint
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(c.object.Object, &created); err != nil {
			return fmt.Errorf("make CloudifyBlueprint: %w", err)
		}
		if err := r.Create(ctx, &created, client.FieldOwner(fieldManager)); err != nil {
			return fmt.Errorf("create CloudifyBlueprint: %w", err)
		}
		log.Info("Discovered blueprint", "CloudifyBlueprint", klog.KObj(c.object))
		if c.inTheWay != "" {
			r.Reporter.Announce(s.manager, v1alpha1.ReasonNameTaken, "Discover", fmt.Sprintf(
				"CloudifyBlueprint %s/%s was not created by discovery, so the discovered blueprint is CloudifyBlueprint %s", c.object.GetNamespace(), c.inTheWay, c.object.GetName()))
		}
	case stepApply:
		if err := r.apply(ctx, c); err != nil {
			return fmt.Errorf("apply CloudifyBlueprint: %w", err)
		}
		log.V(1).Info("Applied discovered blueprint", "CloudifyBlueprint", klog.KObj(c.object))
	case stepWithdraw:
		withdrawn := c.existing.DeepCopy()
		if withdrawn.Annotations == nil {
			withdrawn.Annotations = map[string]string{}
		}
		withdrawn.Annotations[v1alpha1.WithdrawnAnnotation] = c.why
		patch := client.MergeFromWithOptions(c.existing, client.MergeFromWithOptimisticLock{})
		if err := r.Patch(ctx, withdrawn, patch, client.FieldOwner(fieldManager)); err != nil {
			return fmt.Errorf("withdraw CloudifyBlueprint: %w", err)
		}
		log.Info("Withdrew discovered blueprint", "CloudifyBlueprint", klog.KObj(withdrawn), "why", c.why)
	case stepDelete:
		// What people changed meanwhile is looked at again first.
		precondition := client.Preconditions{UID: &c.existing.UID, ResourceVersion: &c.existing.ResourceVersion}
		if err := client.IgnoreNotFound(r.Delete(ctx, c.existing.DeepCopy(), precondition)); err != nil {
			return fmt.Errorf("delete CloudifyBlueprint: %w", err)
		}
		log.Info("Deleted discovered blueprint", "CloudifyBlueprint", klog.KObj(c.existing))
	default:
		return errors.New("unknown step " + string(c.step))
	}
	return nil
}

// apply writes what discovery owns of an object that exists. Server-side apply takes away only what an apply is on record for, and
// what discovery created or patched is on record as an update, so the record is upgraded first. The object is written under the
// type that is read, because the client makes reads wait only for writes of the same representation, and would watch another one
// separately.
func (r *reconciler) apply(ctx context.Context, c change) error {
	existing := c.existing.DeepCopy()
	upgrade, err := csaupgrade.UpgradeManagedFieldsPatch(existing, sets.New(fieldManager), fieldManager)
	if err != nil {
		return err
	}
	if upgrade != nil {
		if err := r.Patch(ctx, existing, client.RawPatch(types.JSONPatchType, upgrade)); err != nil {
			return err
		}
	}
	c.object.SetUID(existing.UID) // never an object that took its place
	content, err := c.object.MarshalJSON()
	if err != nil {
		return err
	}
	return r.Patch(ctx, existing, client.RawPatch(types.ApplyPatchType, content), client.FieldOwner(fieldManager), client.ForceOwnership)
}
