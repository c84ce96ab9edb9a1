// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
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

func (s *scope) subject() Subject {
	return Subject{Kind: "CloudifyBinding", NamespacedName: client.ObjectKeyFromObject(s.before)}
}

// A reconcile has a span that says what it came to, in words that no value of a user is among. One that found all as it should be
// has none.
func TestSpanOfAReconcile(t *testing.T) {
	const secret = "the database refuses s3cret"
	for _, row := range []struct {
		name            string
		end             error
		outcome, reason string
		failed          bool
	}{
		{"all phases went well", nil, "done", "Ready", false},
		{"one waits", outcome.WaitFor(time.Second, "Uploading", secret), "waiting", "Uploading", false},
		{"one is in trouble", errors.New(secret), "retry", "ManagerError", true},
		{"only a new spec helps", outcome.Stall("Invalid", secret), "stalled", "Invalid", false},
		{"the object is let go", outcome.LetGo(), "gone", "", false},
		{"the status is true already", outcome.Settled(time.Minute), "", "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			spans := record(t)
			r, s := newReconciler(t, row.end, nil)
			r.Subject = (*scope).subject
			_, err := r.Reconcile(t.Context(), s)
			g.Expect(err != nil).To(Equal(row.failed))

			if row.outcome == "" {
				g.Expect(spans.Ended()).To(BeEmpty())
				return
			}
			g.Expect(spans.Ended()).To(HaveLen(1))
			span := spans.Ended()[0]
			g.Expect(span.Name()).To(Equal("reconcile CloudifyBinding"))
			want := []attribute.KeyValue{
				attribute.String("k8s.object.kind", "CloudifyBinding"), attribute.String("k8s.object.name", "cellar"),
				attribute.String("k8s.namespace.name", "shop"), attribute.String("cloudify.outcome", row.outcome),
			}
			if row.reason != "" {
				want = append(want, attribute.String("cloudify.reason", row.reason))
			}
			g.Expect(span.Attributes()).To(ConsistOf(want))
			g.Expect(span.Events()).To(BeEmpty())
			if row.failed {
				g.Expect(span.Status()).To(Equal(sdktrace.Status{Code: codes.Error, Description: row.reason}))
			} else {
				g.Expect(span.Status().Code).To(Equal(codes.Unset))
			}
		})
	}
}

// Phases run inside of the span, which continues the trace that the object names while it works for that request.
func TestReconcileContinuesTheTrace(t *testing.T) {
	const parent, id = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736"
	for name, row := range map[string]struct {
		annotation string
		continues  bool
	}{
		"of its generation":       {parent + " 1", true},
		"of any":                  {parent, true},
		"of an earlier":           {parent + " 2", false},
		"of nothing":              {"", false},
		"that nobody understands": {"nonsense", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			spans := record(t)
			r, s := newReconciler(t, nil, nil)
			r.Subject = (*scope).subject
			metav1.SetMetaDataAnnotation(&s.before.ObjectMeta, v1alpha1.TraceparentAnnotation, row.annotation)
			var within trace.SpanContext
			r.Phases = []Phase[*scope]{func(ctx context.Context, _ *scope) error {
				within = trace.SpanContextFromContext(ctx)
				return nil
			}}
			_, err := r.Reconcile(t.Context(), s)
			g.Expect(err).NotTo(HaveOccurred())
			span := spans.Ended()[0]
			g.Expect(within).To(Equal(span.SpanContext()))
			g.Expect(span.SpanContext().TraceID().String() == id).To(Equal(row.continues))
			g.Expect(span.Parent().IsValid()).To(Equal(row.continues))
		})
	}
}

// A trace ends: no change of somebody else, no deletion and no time later is the request's.
func TestWorksFor(t *testing.T) {
	now := time.Now()
	object := func(generation int64, conditions ...metav1.Condition) *v1alpha1.CloudifyDeployment {
		d := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Generation: generation}}
		d.Status.Conditions = conditions
		return d
	}
	is := func(kind string, status metav1.ConditionStatus, generation int64, ago time.Duration) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, ObservedGeneration: generation, LastTransitionTime: metav1.NewTime(now.Add(-ago))}
	}
	deleting := func(d *v1alpha1.CloudifyDeployment) *v1alpha1.CloudifyDeployment {
		d.DeletionTimestamp = &metav1.Time{Time: now}
		return d
	}
	for _, row := range []struct {
		name       string
		object     outcome.Object
		generation int64
		unfinished bool
		works      bool
	}{
		{"new", object(1), 1, false, true},
		{"new, with an annotation by hand", object(1), 0, false, true},
		{"changed, and nobody has looked", object(3, is("Ready", "True", 2, time.Hour)), 3, false, true},
		{"installing", object(1, is("Ready", "False", 1, time.Minute), is("Reconciling", "True", 1, time.Minute)), 1, true, true},
		{"stalled, with a retry requested", object(1, is("Ready", "False", 1, time.Minute), is("Stalled", "True", 1, time.Minute)), 1, true, true},
		{"a deletion that the request asked for again", deleting(object(4, is("Ready", "False", 3, time.Minute))), 4, false, true},

		{"ready", object(1, is("Ready", "True", 1, time.Minute)), 1, false, false},
		{"in an outage long after", object(1, is("Ready", "Unknown", 1, time.Minute), is("Reconciling", "True", 1, time.Minute)), 1, false, false},
		{"waiting for long", object(1, is("Ready", "False", 1, 2*time.Hour), is("Reconciling", "True", 1, 2*time.Hour)), 1, true, false},
		{"edited with kubectl", object(4, is("Ready", "True", 3, time.Hour)), 3, true, false},
		{"being deleted", deleting(object(2, is("Ready", "True", 1, time.Hour))), 1, true, false},
		{"being deleted, with an annotation by hand", deleting(object(2, is("Ready", "True", 1, time.Hour))), 0, true, false},
	} {
		NewWithT(t).Expect(worksFor(row.object, row.generation, row.unfinished, now)).To(Equal(row.works), row.name)
	}
}
