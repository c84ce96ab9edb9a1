// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// askAgainInterval is how far apart a deletion that is stalled is tried again, however often the platform asks.
const askAgainInterval = 30 * time.Second

// Deprovision deletes an instance, in whatever state it is. Its bindings go with it, because it owns them: however many there
// are, the platform does not wait for them. The platform's service and plan do not matter.
func (s *Service) Deprovision(ctx context.Context, r *osb.DeprovisionRequest) (*osb.DeprovisionResponse, error) {
	if !r.AcceptsIncomplete {
		return nil, ErrAsyncRequired
	}
	// The API server deletes what the cache has only if it is still that. That it is gone, or on its way, rests on a closer look.
	d, err := s.store.CachedInstance(ctx, r.InstanceID)
	if err != nil || !d.DeletionTimestamp.IsZero() {
		d, err = s.store.LiveInstance(ctx, r.InstanceID)
	}
	for range tries {
		if err == nil {
			d, err = s.delete(ctx, d)
		}
		switch {
		case errors.Is(err, ErrStale):
			d, err = s.store.LiveInstance(ctx, r.InstanceID)
			continue
		case errors.Is(err, ErrNotFound):
			return nil, ErrGone
		case err != nil:
			return nil, err
		}
		s.NoteDeparture(r.InstanceID)
		t := tokenOf(d)
		t.verb = verbDeprovision
		return &osb.DeprovisionResponse{Operation: t.String()}, nil
	}
	return nil, ErrBusy
}

// delete deletes an instance as it was read. The number of its operation is the last one then, for nobody may update it any more.
func (s *Service) delete(ctx context.Context, d *v1alpha1.CloudifyDeployment) (*v1alpha1.CloudifyDeployment, error) {
	if d.DeletionTimestamp.IsZero() {
		return d, s.store.DeleteInstance(ctx, d)
	}
	if stalled(d) && s.mayAskAgain(d) {
		return s.deleteAgain(ctx, d)
	}
	return d, nil
}

// deleteAgain has a stalled deletion tried once more.
func (s *Service) deleteAgain(ctx context.Context, before *v1alpha1.CloudifyDeployment) (*v1alpha1.CloudifyDeployment, error) {
	d := before.DeepCopy()
	d.Spec.OSB.Operation = v1alpha1.Operation{Verb: v1alpha1.OperationDeprovision, Number: d.Spec.OSB.Operation.Number + 1}
	metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.RequestedAtAnnotation, s.Now().UTC().Format(time.RFC3339Nano))
	return d, s.store.UpdateInstance(ctx, before, d)
}

// mayAskAgain reports whether the last request is long enough ago. A value that is no time was set by hand, and holds nothing back.
func (s *Service) mayAskAgain(d *v1alpha1.CloudifyDeployment) bool {
	at, err := time.Parse(time.RFC3339Nano, v1alpha1.RequestedAt(d))
	return err != nil || s.Now().Sub(at) >= askAgainInterval
}
