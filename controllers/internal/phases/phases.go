// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package phases is the reconcile that all kinds have in common.
//
// A kind names its phases, which fill a scope one after the other, and says what its status shows of the end they came to. The
// rest is the same everywhere: the first phase that returns an error ends the reconcile, the error means what package outcome
// makes of it, the status is written once, and events, metrics and memory follow the write.
package phases

import (
	"context"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// Phase fills its part of a scope, or ends the reconcile by an error. It touches neither the queue nor what the status says of
// the outcome.
type Phase[S any] func(context.Context, S) error

// Reconciler says what a kind has of its own. S is the kind's scope, which is what one reconcile knows. The fields stand in the
// order in which a reconcile comes to them; those that may be nil stand for a turn that few kinds take.
type Reconciler[S any] struct {
	// Brief are the phases that share outcome.Deadline at their Manager, Phases those that follow and take the time they need.
	Brief, Phases []Phase[S]
	// RestsOn is when the oldest thing was read that the next phase relies on, if that was before this reconcile; may be nil.
	RestsOn func(S) leadership.Moment
	// Leave ends the visit to the Manager, with what the phases came to; may be nil.
	Leave func(S, error)

	// Outcome says what the end of the phases means; nil: what outcome.Classify says.
	Outcome func(S, error) outcome.Outcome
	// Status makes the status say so; it is pure. Of an outcome that is Unchanged, what the status says stands.
	Status func(S, outcome.Outcome)
	// Complete adds what takes reading to say; its error goes to the queue once the rest is written. It may be nil.
	Complete func(context.Context, S) error
	// Objects are the object as it was stored last and as it is to be. A kind without a status of its own has neither Objects
	// nor Status.
	Objects func(S) (before, after outcome.Object)
	// Reporter writes the status and says when to look again.
	Reporter outcome.Reporter

	// Subject names what is reconciled in traces; nil: there is no span. Unfinished is whether what was asked of the object last has
	// neither succeeded nor failed, so that it still belongs to the trace of that; nil: it does until somebody has looked at it.
	Subject    func(S) Subject
	Unfinished func(S) bool

	// Afterwards comes last, whatever the outcome; err is what the report came to (outcome.Outcome.Said). It may be nil.
	Afterwards func(ctx context.Context, s S, out outcome.Outcome, err error)
}

// Reconcile takes the object of a scope one step nearer to its spec.
func (r Reconciler[S]) Reconcile(ctx context.Context, s S) (ctrl.Result, error) {
	ctx, span := r.begin(ctx, s)
	end := r.advance(ctx, s)
	out := r.outcome(s, end)
	result, err := r.conclude(ctx, s, out)
	span.end(out, outcome.IsSettled(end), err)
	return result, err
}

// conclude has the outcome said and announced.
func (r Reconciler[S]) conclude(ctx context.Context, s S, out outcome.Outcome) (ctrl.Result, error) {
	incomplete := r.say(ctx, s, out)
	result, err := r.report(ctx, s, out)
	if r.Afterwards != nil {
		r.Afterwards(ctx, s, out, err)
	}
	if err == nil && incomplete != nil {
		return ctrl.Result{}, incomplete
	}
	return result, err
}

// advance runs the phases, and leaves the Manager.
func (r Reconciler[S]) advance(ctx context.Context, s S) (err error) {
	if r.Leave != nil {
		defer func() { r.Leave(s, err) }()
	}
	brief, cancel := outcome.WithDeadline(ctx)
	defer cancel()
	if err := r.run(brief, s, r.Brief); err != nil {
		return err
	}
	return r.run(ctx, s, r.Phases)
}

// run runs phases until one ends the reconcile.
func (r Reconciler[S]) run(ctx context.Context, s S, phases []Phase[S]) error {
	for _, phase := range phases {
		if r.RestsOn != nil {
			ctx = leadership.RestsOn(ctx, r.RestsOn(s))
		}
		if err := phase(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (r Reconciler[S]) outcome(s S, err error) outcome.Outcome {
	if r.Outcome == nil {
		return outcome.Classify(err)
	}
	return r.Outcome(s, err)
}

// say words the outcome, and returns what kept the words from being complete.
func (r Reconciler[S]) say(ctx context.Context, s S, out outcome.Outcome) error {
	if r.Objects == nil || out.Silent() {
		return nil
	}
	r.Status(s, out)
	if r.Complete == nil {
		return nil
	}
	return r.Complete(ctx, s)
}

// report writes the status, once, and says when to look again.
func (r Reconciler[S]) report(ctx context.Context, s S, out outcome.Outcome) (ctrl.Result, error) {
	if r.Objects == nil {
		return r.Reporter.Again(out)
	}
	before, after := r.Objects(s)
	return r.Reporter.Report(ctx, before, after, out)
}
