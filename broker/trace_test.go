// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
	"github.com/cloudify-operator/cloudify-operator/internal/tracing"
)

const (
	traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
)

// record has spans recorded until the test ends.
func record(t *testing.T) *tracetest.SpanRecorder {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	tracing.Use(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), propagation.TraceContext{})
	t.Cleanup(func() { tracing.Use(nil, nil) })
	return spans
}

// Each request of somebody who may come in has a span in the trace of the platform, named by its route; nothing of its query, body
// and credentials is in it.
func TestSpanOfARequest(t *testing.T) {
	e := newEndpoint(&fake{}, passwordDoors(credentialsDir(t)), func() error { return nil })
	p := newPlatform(t, e).with("Authorization", basic("u", "p")).with("Traceparent", traceparent)
	for _, q := range questions {
		g := NewWithT(t)
		spans := record(t)
		a := p.ask(q.method, q.path, q.body)
		g.Expect(spans.Ended()).To(HaveLen(1), q.path)
		span := spans.Ended()[0]
		g.Expect(span.SpanKind()).To(Equal(trace.SpanKindServer))
		g.Expect(span.SpanContext().TraceID().String()).To(Equal(traceID))
		g.Expect(span.Parent().SpanID().String()).To(Equal("00f067aa0ba902b7"))
		g.Expect(span.Name()).To(And(HavePrefix(q.method+" /v2/"), Not(ContainSubstring("i1"))))
		g.Expect(span.Attributes()).To(ContainElements(
			attribute.String("http.request.method", q.method), attribute.String("http.route", span.Name()[len(q.method)+1:]),
			attribute.String("url.scheme", "http"), attribute.Int("http.response.status_code", a.status)))
		g.Expect(fmt.Sprint(span.Attributes())).NotTo(Or(ContainSubstring("plan_id"), ContainSubstring("dTpw")))
		g.Expect(span.Status().Code).To(Equal(codes.Unset))
	}
}

func TestSpanOfAFailure(t *testing.T) {
	for _, row := range []struct {
		fake   *fake
		path   string
		name   string
		status int
	}{
		{&fake{err: service.ErrUnavailable}, instanceURL, "GET /v2/service_instances/{instance_id}", 503},
		{&fake{err: service.ErrNotFound}, instanceURL, "GET /v2/service_instances/{instance_id}", 404},
		{&fake{wait: func(context.Context) { panic("bug") }}, instanceURL, "GET /v2/service_instances/{instance_id}", 500},
		{&fake{}, "/v3/nothing", "GET", 404},
	} {
		g := NewWithT(t)
		spans := record(t)
		g.Expect(newPlatform(t, openEndpoint(row.fake)).ask("GET", row.path, "").status).To(Equal(row.status))
		g.Expect(spans.Ended()).To(HaveLen(1))
		span := spans.Ended()[0]
		g.Expect(span.Name()).To(Equal(row.name))
		g.Expect(span.Attributes()).To(ContainElement(attribute.Int("http.response.status_code", row.status)))
		g.Expect(span.Status().Code == codes.Error).To(Equal(row.status >= 500))
	}
}

// Strangers cause no spans.
func TestNoSpanForStrangers(t *testing.T) {
	g := NewWithT(t)
	spans := record(t)
	e := newEndpoint(&fake{}, passwordDoors(credentialsDir(t)), func() error { return nil })
	g.Expect(newPlatform(t, e).with("Traceparent", traceparent).ask("GET", "/v2/catalog", "").status).To(Equal(401))
	g.Expect(spans.Started()).To(BeEmpty())
}
