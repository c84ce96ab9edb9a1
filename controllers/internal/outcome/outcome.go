// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package outcome says what the end of a reconcile means: how Ready reads, and when to look again.
//
// A phase that must wait returns Wait, one that only a new spec or request can help returns Stall, and any other error is
// classified by what the Manager answered. Neither phases nor the client touch status, events or the queue: Classify
// decides, a kind's status.go words it, Reporter writes it.
package outcome

import (
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// Kind is what a reconcile came to.
type Kind int

const (
	// Done: nothing is left to do.
	Done Kind = iota
	// Waiting: something runs or is missing that will wake the object, or is looked at again later.
	Waiting
	// Retry: trouble that may pass; the queue backs off.
	Retry
	// Stalled: only a new spec or a new request can help.
	Stalled
	// Unchanged: the status already says all there is; nothing was asked of the Manager.
	Unchanged
	// Gone: nothing is left to do for the object. Its finalizer was taken away, or it has none, and it may be gone.
	Gone
	// Withheld: a change was not permitted, for it is not certain that this process leads, or that what it read still holds; or
	// somebody else wrote the object meanwhile. Nothing is said; it is looked at anew.
	Withheld
)

func (k Kind) String() string {
	switch k {
	case Done:
		return "done"
	case Waiting:
		return "waiting"
	case Retry:
		return "retry"
	case Stalled:
		return "stalled"
	case Unchanged:
		return "unchanged"
	case Gone:
		return "gone"
	case Withheld:
		return "withheld"
	default:
		return fmt.Sprintf("Kind(%d)", int(k))
	}
}

// Outcome is the meaning of a reconcile's end.
type Outcome struct {
	Kind Kind
	// Reason and Message of the conditions.
	Reason, Message string
	// Advice says what a person can do about it with kubectl. Only Ready says it, behind the message: what else the conditions
	// say is passed on to those who have no kubectl.
	Advice string
	// Unseen: the Manager could not be asked, so Ready is Unknown rather than False.
	Unseen bool
	// After is when to look again; zero: at the slow resync.
	After time.Duration
	// Untold: what is waited for is over soon, so that the next look says it, or what came of it. Only of Waiting.
	Untold bool
	// Err goes back to the queue; only of a Retry, and of what was Withheld.
	Err error
}

// Silent reports whether the status says nothing of it: the object may be gone, or is looked at anew.
func (o Outcome) Silent() bool { return o.Kind == Gone || o.Kind == Withheld }

// Said reports whether the status says it, by what Report returned, so that it can be announced: a retry returns its own error.
func (o Outcome) Said(reported error) bool {
	return !o.Silent() && !o.Untold && (reported == nil || o.Kind == Retry)
}

// signal is an outcome on its way up the phases, as an error.
type signal struct{ Outcome }

func (s signal) Error() string { return s.Reason + ": " + s.full() }

// Wait ends a reconcile until something wakes the object.
func Wait(reason, format string, args ...any) error {
	return signal{Outcome{Kind: Waiting, Reason: reason, Message: fmt.Sprintf(format, args...)}}
}

// WaitFor ends a reconcile until something wakes the object, or the time is over.
func WaitFor(after time.Duration, reason, format string, args ...any) error {
	return signal{Outcome{Kind: Waiting, Reason: reason, Message: fmt.Sprintf(format, args...), After: after}}
}

// Tell ends a reconcile that has something to say before its next step, which follows at once.
func Tell(reason, format string, args ...any) error {
	return WaitFor(time.Millisecond, reason, format, args...)
}

// WaitUntold is WaitFor where what is waited for is over so soon that it is not written: the next look says what came of it, or that
// it goes on.
func WaitUntold(after time.Duration, reason, format string, args ...any) error {
	return signal{Outcome{Kind: Waiting, Reason: reason, Message: fmt.Sprintf(format, args...), After: after, Untold: true}}
}

// WaitUnseen is WaitFor where the Manager could not be asked.
func WaitUnseen(after time.Duration, reason, format string, args ...any) error {
	return signal{Outcome{Kind: Waiting, Reason: reason, Message: fmt.Sprintf(format, args...), After: after, Unseen: true}}
}

// Stall ends a reconcile until there is a new spec or a new request.
func Stall(reason, format string, args ...any) error {
	return signal{Outcome{Kind: Stalled, Reason: reason, Message: fmt.Sprintf(format, args...)}}
}

// DoneFor ends a reconcile that left nothing to do, and looks again after a while; zero: at the slow resync.
func DoneFor(after time.Duration) error {
	return signal{Outcome{Kind: Done, Reason: v1alpha1.ReasonReady, After: after}}
}

// Advise adds advice to an end made by one of the above.
func Advise(end error, advice string) error {
	s, ok := errors.AsType[signal](end)
	if !ok {
		return end
	}
	return signal{s.Advised(advice)}
}

// Advised is the outcome with this advice behind what it has.
func (o Outcome) Advised(advice string) Outcome {
	if o.Advice != "" {
		advice = o.Advice + "; " + advice
	}
	o.Advice = advice
	return o
}

// Settled ends a reconcile that found the status to be true already; it looks again after a while, zero: at the slow resync.
func Settled(after time.Duration) error { return signal{Outcome{Kind: Unchanged, After: after}} }

// IsSettled reports whether an end is one that Settled made: nothing was asked of the Manager, and the status stays as it is.
func IsSettled(end error) bool {
	s, ok := errors.AsType[signal](end)
	return ok && s.Kind == Unchanged
}

// LetGo ends the last reconcile of an object: the one that took the finalizer away, or that found nothing left to do.
func LetGo() error { return signal{Outcome{Kind: Gone}} }

// Classify tells what the end of a reconcile means. It is the only place that decides whether an error is final.
func Classify(err error) Outcome {
	if err == nil {
		return Outcome{Kind: Done, Reason: v1alpha1.ReasonReady}
	}
	if s := (signal{}); errors.As(err, &s) {
		return s.Outcome
	}
	retry := Outcome{Kind: Retry, Reason: v1alpha1.ReasonManagerError, Message: err.Error(), Err: err}
	switch {
	case leadership.IsRefused(err), apierrors.IsConflict(err):
		return Outcome{Kind: Withheld, Err: err}
	case cloudify.IsAbandoned(err): // nothing was learnt and nothing changed
		return Outcome{Kind: Unchanged, After: max(cloudify.RetryAfter(err), abandonedInterval)}
	case cloudify.IsBusy(err):
		return Outcome{Kind: Waiting, Reason: v1alpha1.ReasonManagerBusy, Message: err.Error(), After: busyInterval}
	case cloudify.IsUnreachable(err):
		retry.Reason, retry.Unseen = v1alpha1.ReasonManagerUnreachable, true
	case cloudify.IsUnauthorized(err), cloudify.IsMaintenance(err):
		retry.Reason, retry.Unseen = v1alpha1.ReasonManagerNotReady, true
	case cloudify.IsForeign(err):
		retry.Reason, retry.Unseen = v1alpha1.ReasonNotCloudify, true
	case cloudify.IsForbidden(err):
		retry.Reason = v1alpha1.ReasonForbidden
	case cloudify.IsThrottled(err):
		retry.Reason, retry.After = v1alpha1.ReasonManagerBusy, cloudify.RetryAfter(err)
	case cloudify.IsInvalid(err):
		return Outcome{Kind: Stalled, Reason: v1alpha1.ReasonManagerRefused, Message: err.Error()}
	case isKubernetes(err):
		retry.Reason = v1alpha1.ReasonKubernetesError
	}
	return retry
}

// busyInterval is how long to leave a Manager alone that asks to wait; the poller usually wakes the object before.
const busyInterval = 15 * time.Second

// abandonedInterval is when to come again after a request that we gave up ourselves.
const abandonedInterval = time.Second

func isKubernetes(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status)
}
