// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// expiry is when an object is deleted because of its ttl, and since when that is announced; the zero value: it is not.
type expiry struct{ soon, at time.Time }

// noticeShare is the part of its ttl by which the end of an object is announced before.
const noticeShare = 10

// expires says when the ttl is over. Nothing is deleted without notice: where the ttl was over already when it was set, or came to
// be over while nobody watched, the object has the time of the notice still.
func (f *facts) expires() expiry {
	ttl := f.deployment.Spec.TTL
	if ttl == nil || f.deleting() {
		return expiry{}
	}
	notice := ttl.Duration / noticeShare
	end := f.deployment.CreationTimestamp.Add(ttl.Duration)
	e := expiry{soon: end.Add(-notice), at: end}
	if f.now.Before(e.soon) {
		return e
	}
	announced := f.now
	if c := meta.FindStatusCondition(f.before.Status.Conditions, v1alpha1.ExpiresSoonCondition); c != nil {
		announced = c.LastTransitionTime.Time
	}
	if least := announced.Add(notice); least.After(end) {
		e.at = least
	}
	return e
}

// expired reports whether an object is to be deleted now. One that is paused is kept: its deletion could not be taken back.
func (f *facts) expired() bool {
	e := f.expires()
	return !e.at.IsZero() && !f.now.Before(e.at) && !f.deployment.Spec.Paused
}

// expire deletes an object whose ttl is over, as somebody would, whatever else is wrong with it. A ttl that was raised meanwhile
// made another version of the object, which is not deleted.
func (r *reconciler) expire(ctx context.Context, s *scope) error {
	if !s.expired() {
		return nil
	}
	uid, version := s.deployment.UID, s.deployment.ResourceVersion
	err := r.Delete(ctx, s.deployment.DeepCopy(), client.Preconditions{UID: &uid, ResourceVersion: &version})
	switch {
	case apierrors.IsNotFound(err):
		return outcome.LetGo()
	case err != nil:
		return fmt.Errorf("delete the object whose ttl is over: %w", err)
	}
	ctrl.LoggerFrom(ctx).Info("Deleted object whose ttl is over", "ttl", s.deployment.Spec.TTL.Duration)
	r.Reporter.Announce(s.deployment, v1alpha1.ReasonExpired, "Expire", fmt.Sprintf("spec.ttl of %s is over; the operator deletes this object", s.deployment.Spec.TTL.Duration))
	return outcome.Settled(0) // the deletion wakes it
}

// setExpiry shows when the object is deleted, and announces it in the last part of its time.
func (f *facts) setExpiry() {
	status, e := &f.deployment.Status, f.expires()
	status.ExpiresAt = outcome.Time(e.at)
	if e.at.IsZero() || f.now.Before(e.soon) {
		meta.RemoveStatusCondition(&status.Conditions, v1alpha1.ExpiresSoonCondition)
		return
	}
	f.set(metav1.Condition{
		Type: v1alpha1.ExpiresSoonCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonExpiresSoon,
		Message: f.expiryMessage(e), LastTransitionTime: metav1.Time{Time: f.now},
	})
}

func (f *facts) expiryMessage(e expiry) string {
	ttl := f.deployment.Spec.TTL.Duration
	if f.deployment.Spec.Paused {
		return fmt.Sprintf("spec.ttl of %s ends, but spec.paused is set: the object is deleted once it is unset; to keep it, raise spec.ttl or remove it", ttl)
	}
	return fmt.Sprintf("spec.ttl of %s ends: the object is deleted at %s; to keep it, raise spec.ttl or remove it", ttl, e.at.UTC().Format(time.RFC3339))
}

// announceExpiry makes an event when the status says for the first time that the end is near.
func (r *reconciler) announceExpiry(s *scope) {
	was := meta.IsStatusConditionTrue(s.before.Status.Conditions, v1alpha1.ExpiresSoonCondition)
	if is := meta.FindStatusCondition(s.deployment.Status.Conditions, v1alpha1.ExpiresSoonCondition); is != nil && !was {
		r.Reporter.Announce(s.deployment, is.Reason, "Expire", is.Message)
	}
}
