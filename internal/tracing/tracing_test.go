// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"context"
	"net/http"
	"testing"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/gomega"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	parent  = "00-" + traceID + "-00f067aa0ba902b7-01"
)

// record has spans recorded until the test ends.
func record(t *testing.T, options ...sdktrace.TracerProviderOption) *tracetest.SpanRecorder {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	Use(sdktrace.NewTracerProvider(append(options, sdktrace.WithSpanProcessor(spans))...), propagation.TraceContext{})
	t.Cleanup(func() { Use(nil, nil) })
	return spans
}

// A request's trace goes on in its span, and what is logged names it.
func TestIncoming(t *testing.T) {
	g := NewWithT(t)
	spans := record(t)
	var logged string
	ctx := logr.NewContext(t.Context(), funcr.New(func(_, args string) { logged = args }, funcr.Options{}))

	ctx, span := Start(Incoming(ctx, http.Header{"Traceparent": {parent}}), "GET /v2/catalog")
	logr.FromContextOrDiscard(Logged(ctx)).Info("Hello")
	span.End()

	ended := spans.Ended()
	g.Expect(ended).To(HaveLen(1))
	g.Expect(ended[0].SpanContext().TraceID().String()).To(Equal(traceID))
	g.Expect(ended[0].Parent().SpanID().String()).To(Equal("00f067aa0ba902b7"))
	g.Expect(logged).To(ContainSubstring(`"trace_id"="` + traceID + `" "span_id"="` + ended[0].SpanContext().SpanID().String() + `"`))
}

// An object names the request and the generation that it made; what is read is what was written.
func TestAnnotation(t *testing.T) {
	g := NewWithT(t)
	record(t)
	ctx, span := Start(t.Context(), "PUT")
	r, named := Annotated(Annotation(ctx, 3))
	g.Expect(named).To(BeTrue())
	g.Expect(r.Generation).To(BeEquivalentTo(3))
	g.Expect(r.Span.SpanID()).To(Equal(span.SpanContext().SpanID()))
	_, child := Start(r.Continue(t.Context()), "reconcile")
	g.Expect(child.SpanContext().TraceID()).To(Equal(span.SpanContext().TraceID()))
}

// What is not sampled, or not traced at all, leaves nothing on an object.
func TestNoAnnotation(t *testing.T) {
	g := NewWithT(t)
	record(t, sdktrace.WithSampler(sdktrace.NeverSample()))
	ctx, _ := Start(t.Context(), "PUT")
	g.Expect(Annotation(ctx, 1)).To(BeEmpty())
	g.Expect(Annotation(t.Context(), 1)).To(BeEmpty())

	record(t)
	ctx, _ = Start(t.Context(), "PUT")
	Use(nil, nil)
	g.Expect(Annotation(ctx, 1)).To(BeEmpty())
}

func TestAnnotated(t *testing.T) {
	for value, generation := range map[string]int64{parent: 0, parent + " 1": 1, parent + " 12": 12} {
		r, named := Annotated(value)
		NewWithT(t).Expect(named).To(BeTrue(), value)
		NewWithT(t).Expect(r.Generation).To(Equal(generation), value)
		NewWithT(t).Expect(r.Span.TraceID().String()).To(Equal(traceID), value)
	}
	for _, value := range []string{"", " ", " 1", "nonsense", parent[:54], parent + " ", parent + " 0", parent + " -1", parent + " 1 2", parent + " x",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01", "ff" + parent[2:]} {
		_, named := Annotated(value)
		NewWithT(t).Expect(named).To(BeFalse(), value)
	}
}

// Traces that are off cost nothing.
func TestOffAllocatesNothing(t *testing.T) {
	ctx, header := t.Context(), http.Header{"Traceparent": {parent}}
	NewWithT(t).Expect(testing.AllocsPerRun(100, func() { off(ctx, header) })).To(BeZero())
}

func BenchmarkOff(b *testing.B) {
	ctx, header := b.Context(), http.Header{"Traceparent": {parent}}
	b.ReportAllocs()
	for b.Loop() {
		off(ctx, header)
	}
}

// off is all that a request or a reconcile may call while traces are off.
func off(ctx context.Context, header http.Header) {
	if On() {
		panic("traces are on")
	}
	ctx, span := Start(Incoming(ctx, header), "GET")
	_ = Annotation(ctx, 1)
	span.End()
}
