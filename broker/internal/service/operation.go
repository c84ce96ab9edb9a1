// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// retryAfter is when a platform shall poll again.
const retryAfter = 5 * time.Second

// errLookCloser: what the cache has is not enough to answer.
var errLookCloser = errors.New("only the API server can answer this")

// sight is what is known of an instance when a platform polls.
type sight struct {
	deployment *v1alpha1.CloudifyDeployment // nil: absent
	live       bool                         // read from the API server now, not from the cache
	departed   bool                         // was seen being deleted not long ago
}

// operationState is what last_operation says. Of a cached sight only two answers count: in progress, which the next poll corrects,
// and that a numbered operation succeeded, which never changes back. Everything else needs a closer look.
func operationState(s sight, text string) (*osb.LastOperation, error) {
	t, ok := parseToken(text)
	if ok && t.verb != verbBind {
		return named(s, t)
	}
	return latest(s)
}

// named is the state of the operation that the platform names.
func named(s sight, t token) (*osb.LastOperation, error) {
	d := s.deployment
	same := d != nil && d.UID == t.uid
	switch {
	case !s.live && (!same || d.Spec.OSB.Operation.Number < t.number):
		return nil, errLookCloser
	case !same && t.verb == verbDeprovision:
		return &osb.LastOperation{State: osb.Succeeded}, nil
	case !same:
		return failed(t.verb, "the service instance was deleted by somebody else", false, false), nil
	case d.Spec.OSB.Operation.Number < t.number:
		return latest(s) // an object restored from a backup, or a token that no platform was given
	}
	return s.sure(stateOf(d, t))
}

// latest is the state of the last operation that was accepted.
func latest(s sight) (*osb.LastOperation, error) {
	switch d := s.deployment; {
	case d == nil && !s.live:
		return nil, errLookCloser
	case d == nil && s.departed:
		return &osb.LastOperation{State: osb.Succeeded}, nil
	case d == nil:
		return nil, ErrNotFound
	default:
		op := stateOf(d, tokenOf(d))
		if op.State == osb.Succeeded && !s.live {
			return nil, errLookCloser // the platform may ask for a later operation than the cache knows of
		}
		return s.sure(op)
	}
}

func (s sight) sure(op *osb.LastOperation) (*osb.LastOperation, error) {
	if op.State == osb.Failed && !s.live {
		return nil, errLookCloser
	}
	return op, nil
}

// stateOf is the state of an operation on this very object.
func stateOf(d *v1alpha1.CloudifyDeployment, t token) *osb.LastOperation {
	deleting, current := !d.DeletionTimestamp.IsZero(), d.Spec.OSB.Operation.Number == t.number
	ready := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition)
	switch {
	case t.verb != verbDeprovision && appliedOperation(d) >= t.number:
		return &osb.LastOperation{State: osb.Succeeded}
	case t.verb == verbDeprovision && !deleting:
		return failed(t.verb, "the service instance is not being deleted", meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.InstalledCondition), false)
	case t.verb == verbDeprovision && current && stalled(d):
		return failed(t.verb, failure(d), false, false)
	case t.verb == verbDeprovision:
		return inProgress(d, t.verb)
	case !current:
		return failed(t.verb, "a later request replaced this one before it was done", true, true)
	case deleting:
		return failed(t.verb, "the service instance is being deleted", false, false)
	case stalled(d):
		usable := meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.InstalledCondition)
		return failed(t.verb, failure(d), usable, ready.Reason != v1alpha1.ReasonInvalidInputs)
	default:
		return inProgress(d, t.verb)
	}
}

// failed is the end of an operation. An update and a deprovision also say whether the instance is usable, and an update whether
// to repeat it.
func failed(v verb, description string, usable, repeatable bool) *osb.LastOperation {
	op := &osb.LastOperation{State: osb.Failed, Description: description}
	if v != verbProvision && v != verbBind {
		op.InstanceUsable = &usable
	}
	if v == verbUpdate {
		op.UpdateRepeatable = &repeatable
	}
	return op
}

func inProgress(d *v1alpha1.CloudifyDeployment, v verb) *osb.LastOperation {
	return &osb.LastOperation{State: osb.InProgress, Description: activity(d, v), RetryAfter: retryAfter}
}

// stalled reports whether the controller has answered to all that was asked, and only another request can help.
func stalled(d *v1alpha1.CloudifyDeployment) bool {
	return d.IsStalled() && d.Status.LastHandledRequest == v1alpha1.RequestedAt(d) &&
		meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition) != nil
}

// appliedOperation is the number of the latest operation that was brought about.
func appliedOperation(d *v1alpha1.CloudifyDeployment) int64 {
	if d.Status.Applied == nil {
		return 0
	}
	return d.Status.Applied.Operation
}

// provisioned reports whether an instance can be used: fetched, bound and updated.
func provisioned(d *v1alpha1.CloudifyDeployment) bool {
	return d.Status.Applied != nil && d.DeletionTimestamp.IsZero()
}

// usable is why an instance cannot be bound or updated: it is being created or deleted, or its creation failed.
func usable(d *v1alpha1.CloudifyDeployment) error {
	if provisioned(d) {
		return nil
	}
	if op := stateOf(d, tokenOf(d)); d.DeletionTimestamp.IsZero() && op.State == osb.Failed {
		return &FailedError{Reason: op.Description}
	}
	return ErrBusy
}

// progress is how far the latest operation on an instance that is not being deleted is.
func progress(d *v1alpha1.CloudifyDeployment) osb.OperationState {
	return stateOf(d, tokenOf(d)).State
}
