// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"testing"

	. "github.com/onsi/gomega"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/tracing"
)

// An object names the latest request that made it what it is, and none where that has no trace.
func TestObjectsNameTheirRequest(t *testing.T) {
	g := NewWithT(t)
	tracing.Use(sdktrace.NewTracerProvider(), propagation.TraceContext{})
	t.Cleanup(func() { tracing.Use(nil, nil) })
	var d v1alpha1.CloudifyDeployment
	for generation := range int64(2) {
		ctx, span := tracing.Start(t.Context(), "PUT")
		nameRequest(ctx, &d, generation+1)
		r, named := tracing.Annotated(d.Annotations[v1alpha1.TraceparentAnnotation])
		g.Expect(named).To(BeTrue())
		g.Expect(r.Generation).To(Equal(generation + 1))
		g.Expect(r.Span.SpanID()).To(Equal(span.SpanContext().SpanID()))
	}
	nameRequest(t.Context(), &d, 3)
	g.Expect(d.Annotations).To(BeEmpty())
	nameRequest(t.Context(), &v1alpha1.CloudifyBinding{}, 1)
}
