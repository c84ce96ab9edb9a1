// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	otel "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/cloudify-operator/cloudify-operator/internal/tracing"
)

// span is that of a call, from when it waits to be sent until its answer has been read; nil where traces are off. It follows the
// semantic conventions of HTTP clients, but for the URL, whose query says what is searched for, and may hold credentials. It has no
// text of errors, which may repeat inputs. The Manager hears nothing of the trace: it makes no spans, and an unknown header is one
// more thing for a proxy to refuse.
type span struct{ trace.Span }

func (c *Client) trace(ctx context.Context, call call) (context.Context, *span) {
	if !tracing.On() {
		return ctx, nil
	}
	attributes := []attribute.KeyValue{
		attribute.String("http.request.method", call.method),
		attribute.String("url.template", apiPath+call.route),
		attribute.String("cloudify.tenant", c.tenant),
	}
	if call.id != "" {
		attributes = append(attributes, attribute.String("cloudify.id", call.id))
	}
	host, port, err := net.SplitHostPort(c.host)
	if err != nil {
		host = c.host
	} else if number, err := strconv.Atoi(port); err == nil {
		attributes = append(attributes, attribute.Int("server.port", number))
	}
	attributes = append(attributes, attribute.String("server.address", host))
	ctx, begun := tracing.Start(ctx, call.method+" "+call.route, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return ctx, &span{begun}
}

// answered notes the status of an answer.
func (s *span) answered(status int) {
	if s != nil {
		s.SetAttributes(attribute.Int("http.response.status_code", status))
	}
}

// end says what came of the call. That something does not exist is an answer like others: the operator asks before it creates.
func (s *span) end(err error) {
	if s == nil {
		return
	}
	if e, ok := errors.AsType[*Error](err); ok && errorCode.MatchString(e.Code) {
		s.SetAttributes(attribute.String("cloudify.error_code", e.Code))
	}
	if err != nil && !IsNotFound(err) {
		s.SetAttributes(attribute.String("error.type", errorType(err)))
		s.SetStatus(otel.Error, "")
	}
	s.End()
}

// errorType is a word for an error, of which there are few.
func errorType(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		if e.StatusCode >= http.StatusBadRequest {
			return strconv.Itoa(e.StatusCode)
		}
		return "unreadable"
	}
	_, unanswered := errors.AsType[noAnswerError](err)
	switch {
	case IsAbandoned(err):
		return "abandoned"
	case notPermitted(err) != nil:
		return "not_permitted"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case unanswered, errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case IsCertificateError(err):
		return "certificate"
	case IsUnreachable(err):
		return "unreachable"
	default:
		return "_OTHER"
	}
}
