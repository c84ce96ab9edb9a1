// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"cmp"
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/tracing"
)

// Subject is what a reconcile is about, as its span names it.
type Subject struct {
	Kind string
	types.NamespacedName
	// Task is what is done with it; empty: reconcile.
	Task string
}

func (s Subject) span() string { return cmp.Or(s.Task, "reconcile") + " " + s.Kind }

func (s Subject) attributes() []attribute.KeyValue {
	attributes := []attribute.KeyValue{attribute.String("k8s.object.kind", s.Kind), attribute.String("k8s.object.name", s.Name)}
	if s.Namespace != "" {
		attributes = append(attributes, attribute.String("k8s.namespace.name", s.Namespace))
	}
	return attributes
}

// maxContinued is how long an object that works for a request continues its trace. What takes longer is traced by itself: few stores
// of traces put together what lies further apart, and an object that waits for years must not make one trace of them.
const maxContinued = time.Hour

// begin begins the span of a reconcile, which continues the trace of the request that the object works for. Nil: traces are off.
func (r Reconciler[S]) begin(ctx context.Context, s S) (context.Context, *span) {
	if !tracing.On() || r.Subject == nil {
		return ctx, nil
	}
	if request, named := r.request(s); named {
		ctx = request.Continue(ctx)
	}
	subject := r.Subject(s)
	ctx, begun := tracing.Start(ctx, subject.span(), trace.WithAttributes(subject.attributes()...))
	return tracing.Logged(ctx), &span{begun}
}

// request is the request that an object works for, if its annotation names one.
func (r Reconciler[S]) request(s S) (tracing.Request, bool) {
	if r.Objects == nil {
		return tracing.Request{}, false
	}
	before, _ := r.Objects(s)
	request, named := tracing.Annotated(before.GetAnnotations()[v1alpha1.TraceparentAnnotation])
	return request, named && worksFor(before, request.Generation, r.Unfinished != nil && r.Unfinished(s), time.Now())
}

// worksFor reports whether an object works for the request that made a generation of it, zero: one that cannot be told. That is so
// until somebody has looked at the generation, and then for a while until it is finished. The annotation stays, so each condition
// here is to end a trace some time: a deletion and a change made with kubectl are not the request's, nor is an outage months later.
func worksFor(o outcome.Object, generation int64, unfinished bool, now time.Time) bool {
	is := o.GetGeneration()
	if generation != is && (generation != 0 || !o.GetDeletionTimestamp().IsZero()) {
		return false
	}
	ready := meta.FindStatusCondition(o.GetConditions(), v1alpha1.ReadyCondition)
	if ready == nil || ready.ObservedGeneration != is {
		return true
	}
	since := meta.FindStatusCondition(o.GetConditions(), v1alpha1.ReconcilingCondition)
	return unfinished && (since == nil || now.Sub(since.LastTransitionTime.Time) < maxContinued)
}

// span is that of a reconcile; nil is none.
type span struct{ trace.Span }

// end says what a reconcile came to: settled is whether it asked nothing of the Manager, err what it returned. One that found all as
// it should be is not sent, for thousands of idle objects are looked at: a span that is not ended is no trace of anything. No text of
// the error goes with it, because the Manager's words may repeat inputs.
func (s *span) end(out outcome.Outcome, settled bool, err error) {
	if s == nil || settled {
		return
	}
	s.SetAttributes(attribute.String("cloudify.outcome", out.Kind.String()))
	if out.Reason != "" {
		s.SetAttributes(attribute.String("cloudify.reason", out.Reason))
	}
	if err != nil {
		s.SetStatus(codes.Error, cmp.Or(out.Reason, out.Kind.String()))
	}
	s.End()
}
