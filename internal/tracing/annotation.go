// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"context"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traceparent is the header whose form the annotation has.
const traceparent = "traceparent"

// Request is the span of the request that an object was created or changed by, as the annotation of the object names it.
type Request struct {
	Span trace.SpanContext
	// Generation is what the request made of the object's spec. Zero: somebody wrote the annotation who cannot tell.
	Generation int64
}

// Annotation is how the object of a generation names the request that made it: the traceparent of W3C Trace Context, and the generation
// behind it, so that a later change of the spec does not count as the request's. It is empty while traces are off, and for a request
// that is not sampled.
func Annotation(ctx context.Context, generation int64) string {
	if !On() || !trace.SpanContextFromContext(ctx).IsSampled() {
		return ""
	}
	header := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, header)
	return header[traceparent] + " " + strconv.FormatInt(generation, 10)
}

// Annotated reads the annotation: a traceparent, with a generation or without. What cannot be read is no request.
func Annotated(value string) (Request, bool) {
	parent, rest, generated := strings.Cut(value, " ")
	header := propagation.MapCarrier{traceparent: parent}
	r := Request{Span: trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), header))}
	if !r.Span.IsValid() {
		return Request{}, false
	}
	if generated {
		generation, err := strconv.ParseInt(rest, 10, 64)
		if err != nil || generation < 1 {
			return Request{}, false
		}
		r.Generation = generation
	}
	return r, true
}

// Continue is a context in which spans continue the trace of the request.
func (r Request) Continue(ctx context.Context) context.Context {
	return trace.ContextWithRemoteSpanContext(ctx, r.Span)
}
