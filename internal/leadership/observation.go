// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"context"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

type observationKey struct{}

// Observe begins an observation in a context: what is read from now on, and what is changed because of it.
func (p *Proof) Observe(ctx context.Context) context.Context {
	return context.WithValue(ctx, observationKey{}, p.clock())
}

// Moment is when something was read, by a clock that also runs while the process is stopped. The zero Moment means never.
type Moment time.Duration

// Now is the present Moment.
func Now() Moment { return Moment(sinceBoot()) }

// Age is how long ago a Moment was.
func (m Moment) Age() time.Duration { return sinceBoot() - time.Duration(m) }

// RestsOn returns ctx for changes that also rest on something read earlier: the observation then is as old as that.
func RestsOn(ctx context.Context, m Moment) context.Context {
	if m == 0 || !observed(ctx) || observedAt(ctx) <= time.Duration(m) {
		return ctx
	}
	return context.WithValue(ctx, observationKey{}, time.Duration(m))
}

func observed(ctx context.Context) bool { return ctx.Value(observationKey{}) != nil }

func observedAt(ctx context.Context) time.Duration {
	at, _ := ctx.Value(observationKey{}).(time.Duration)
	return at
}

// again is how soon an object is reconciled again whose change was refused.
const again = time.Second

// Reconciler makes each reconcile one observation, and ends it at once when leadership is lost. A reconcile whose change was
// refused, or that the end of the process cut off, leaves no trace in the status and is no error: the next one reads everything anew.
func (p *Proof) Reconciler(inner reconcile.Reconciler) reconcile.Reconciler {
	return reconcile.Func(func(process context.Context, request reconcile.Request) (reconcile.Result, error) {
		ctx, cancel := p.While(p.Observe(process))
		defer cancel()
		leave, err := p.enter()
		if err == nil {
			defer leave()
			err = p.MayBegin(ctx)
		}
		var result reconcile.Result
		if err == nil {
			result, err = inner.Reconcile(ctx, request)
		}
		cutOff := err != nil && (process.Err() != nil || IsLost(context.Cause(ctx)))
		if !cutOff && !IsRefused(err) {
			return result, err
		}
		ctrl.LoggerFrom(ctx).V(1).Info("Left as it is", "why", err.Error())
		return reconcile.Result{RequeueAfter: again}, nil
	})
}
