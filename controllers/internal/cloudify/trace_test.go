// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"go.opentelemetry.io/otel/attribute"
	otel "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/cloudify-operator/cloudify-operator/internal/tracing"
)

// record has spans recorded until the test ends.
func record(t *testing.T) *tracetest.SpanRecorder {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	tracing.Use(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), propagation.TraceContext{})
	t.Cleanup(func() { tracing.Use(nil, nil) })
	return spans
}

// A call has a span below the one of its caller. It names route, ID and codes, and no words of the Manager.
func TestSpanOfACall(t *testing.T) {
	const refusal = `{"error_code": "%s", "message": "password s3cret is wrong"}`
	for _, row := range []struct {
		name   string
		status int
		answer string
		failed bool
		want   []attribute.KeyValue
	}{
		{"an answer", 200, `{"id": "cellar"}`, false, nil},
		{"nothing there", 404, fmt.Sprintf(refusal, "not_found_error"), false, []attribute.KeyValue{attribute.String("cloudify.error_code", "not_found_error")}},
		{"a refusal", 400, fmt.Sprintf(refusal, "bad_parameters_error"), true, []attribute.KeyValue{
			attribute.String("cloudify.error_code", "bad_parameters_error"), attribute.String("error.type", "400")}},
		{"a code that is none", 500, fmt.Sprintf(refusal, "s3cret value!"), true, []attribute.KeyValue{attribute.String("error.type", "500")}},
		{"an answer of something else", 200, `<html>`, true, []attribute.KeyValue{attribute.String("error.type", "unreadable")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			spans := record(t)
			client := serve(t, Release{}, func(w http.ResponseWriter, r *http.Request) {
				g.Expect(r.Header).NotTo(HaveKey("Traceparent"))
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(row.status)
				_, _ = w.Write([]byte(row.answer))
			})
			ctx, caller := tracing.Start(t.Context(), "reconcile")
			_, err := client.GetDeployment(ctx, "cellar")
			g.Expect(err != nil).To(Equal(row.status != 200 || row.failed))

			g.Expect(spans.Ended()).To(HaveLen(1))
			span := spans.Ended()[0]
			g.Expect(span.Name()).To(Equal("GET deployments/{id}"))
			g.Expect(span.SpanKind()).To(Equal(trace.SpanKindClient))
			g.Expect(span.Parent().SpanID()).To(Equal(caller.SpanContext().SpanID()))
			g.Expect(span.Attributes()).To(ContainElements(append(row.want,
				attribute.String("http.request.method", "GET"), attribute.String("url.template", "/api/v3.1/deployments/{id}"),
				attribute.String("cloudify.id", "cellar"), attribute.String("cloudify.tenant", "default_tenant"),
				attribute.String("server.address", "127.0.0.1"), attribute.Int("http.response.status_code", row.status))))
			g.Expect(fmt.Sprint(span.Attributes(), span.Events(), span.Status())).NotTo(ContainSubstring("s3cret"))
			g.Expect(span.Status().Code == otel.Error).To(Equal(row.failed))
		})
	}
}

func TestErrorType(t *testing.T) {
	for _, row := range []struct {
		err  error
		word string
	}{
		{&Error{StatusCode: 409}, "409"},
		{&Error{StatusCode: 200, Foreign: true}, "unreadable"},
		{abandonedError{cause: errHeld}, "abandoned"},
		{permitError{error: errors.New("no leader")}, "not_permitted"},
		{context.Canceled, "canceled"},
		{&ConnectionError{Err: noAnswerError(time.Second)}, "timeout"},
		{&ConnectionError{Err: errors.New("connection refused")}, "unreachable"},
		{errors.New("something else"), "_OTHER"},
	} {
		NewWithT(t).Expect(errorType(fmt.Errorf("GET deployments: %w", row.err))).To(Equal(row.word), "%v", row.err)
	}
}
