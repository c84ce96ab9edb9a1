// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/cloudify-operator/cloudify-operator/internal/tracing"
)

// traced makes the span of a request, which continues the caller's trace and is named by the path of the route that a function finds
// for it. It comes behind the doors: strangers neither cause spans nor decide what is sampled. The span begins when the request came,
// all the same.
func traced(routeOf func(*http.Request) string) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !tracing.On() {
				next.ServeHTTP(w, r)
				return
			}
			v := visitOf(r)
			name, attributes := described(r, routeOf(r))
			ctx, span := tracing.Start(tracing.Incoming(r.Context(), r.Header), name, trace.WithSpanKind(trace.SpanKindServer),
				trace.WithTimestamp(v.came), trace.WithAttributes(attributes...))
			status := http.StatusInternalServerError // of a bug, which is answered further out
			defer func() {
				answered(span, status)
				span.End()
			}()
			next.ServeHTTP(w, r.WithContext(tracing.Logged(ctx)))
			status = v.answer.status
		})
	}
}

// described is the name and the attributes of a request's span, by the semantic conventions of HTTP servers. Query, headers and body
// stay out: they have parameters, credentials and the names of people.
func described(r *http.Request, route string) (name string, attributes []attribute.KeyValue) {
	scheme, method := "http", methodOf(r)
	if r.TLS != nil {
		scheme = "https"
	}
	if method == otherMethod {
		method = "_OTHER"
	}
	name = method
	attributes = []attribute.KeyValue{
		attribute.String("http.request.method", method), attribute.String("url.scheme", scheme), attribute.String("url.path", r.URL.Path),
	}
	if route != noRoute {
		name += " " + route
		attributes = append(attributes, attribute.String("http.route", route))
	}
	return name, attributes
}

// answered notes the status of the answer. A refusal is the caller's error and not ours.
func answered(span trace.Span, status int) {
	span.SetAttributes(attribute.Int("http.response.status_code", status))
	if status >= http.StatusInternalServerError {
		span.SetAttributes(attribute.String("error.type", strconv.Itoa(status)))
		span.SetStatus(codes.Error, "")
	}
}
