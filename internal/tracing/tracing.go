// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package tracing makes OpenTelemetry spans, and carries a trace from a platform's request to the reconciles that work for it.
//
// Where nobody asks for traces, On is all that they cost: whoever makes spans asks it first. Package provider decides whether there
// are any, by the environment of the process. Spans have names, routes, codes and reasons, but no text of errors and no values: the
// Manager's words may repeat inputs, and whoever reads traces may not be allowed to read those.
package tracing

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// scope is what the spans say that they come from.
const scope = "github.com/cloudify-operator/cloudify-operator"

// source is where spans come from.
type source struct {
	trace.Tracer
	incoming propagation.TextMapPropagator
}

// current is nil while traces are off.
var current atomic.Pointer[source]

// Use has spans made by a provider from now on, and reads the traces of requests by a propagator. Without a provider traces are off.
func Use(provider trace.TracerProvider, incoming propagation.TextMapPropagator) {
	if provider == nil {
		current.Store(nil)
		return
	}
	current.Store(&source{provider.Tracer(scope), incoming})
}

// On reports whether spans are made.
func On() bool { return current.Load() != nil }

// Start begins a span, and puts it into the context. While traces are off it is one that is never recorded.
func Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	from := current.Load()
	if from == nil {
		return ctx, trace.SpanFromContext(ctx)
	}
	return from.Start(ctx, name, options...)
}

// Incoming is a context in which spans continue the trace of a request with these headers, if that has one.
func Incoming(ctx context.Context, header http.Header) context.Context {
	from := current.Load()
	if from == nil {
		return ctx
	}
	return from.incoming.Extract(ctx, propagation.HeaderCarrier(header))
}

// Logged is a context in which all that is logged names the trace, where its span is sampled, in the keys that OpenTelemetry gives to
// logs of other formats.
func Logged(ctx context.Context) context.Context {
	span := trace.SpanContextFromContext(ctx)
	logger, err := logr.FromContext(ctx)
	if err != nil || !span.IsSampled() {
		return ctx
	}
	return logr.NewContext(ctx, logger.WithValues("trace_id", span.TraceID().String(), "span_id", span.SpanID().String()))
}
