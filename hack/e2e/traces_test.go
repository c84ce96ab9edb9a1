// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// collector receives OTLP over HTTP, as whoever stores traces does.
type collector struct {
	url string

	mu       sync.Mutex
	spans    []*tracepb.Span
	services map[string]string // attributes of the resource
	raw      bytes.Buffer
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{services: map[string]string{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	var batch collectorpb.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(content, &batch)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(content)
	for _, resource := range batch.ResourceSpans {
		for _, attribute := range resource.Resource.Attributes {
			c.services[attribute.Key] = attribute.Value.GetStringValue()
		}
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
}

// trace are the spans of a trace by their names, in the order in which they came.
func (c *collector) trace(id string) map[string][]*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string][]*tracepb.Span{}
	for _, span := range c.spans {
		if hex.EncodeToString(span.TraceId) == id {
			found[span.Name] = append(found[span.Name], span)
		}
	}
	return found
}

// resource are the attributes of who sent the spans.
func (c *collector) resource() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.services)
}

func (c *collector) received() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.String()
}

// A platform's trace goes from its request over the reconciles that work for it to each call of the Manager, and ends there: neither
// what happens later nor any value of a user is part of it.
func TestTraces(t *testing.T) {
	const (
		ordered, orderedBy = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
		changed, changedBy = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
		server             = "/v2/service_instances/{instance_id}"
		reconcile          = "reconcile CloudifyDeployment"
	)
	c := startCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
	b := startBroker(t)
	m := newMarket(t, b)
	id := m.id("shop")

	m.traceparent = "00-" + ordered + "-" + orderedBy + "-01"
	operation := m.put(http.StatusAccepted, id, m.order("small", object{"password": hiddenInput})).Word("operation")
	m.traceparent = ""
	m.await(id, operation, succeeded)
	d, err := m.instance(id)
	m.Expect(err).NotTo(HaveOccurred())
	m.Expect(d.Annotations[v1alpha1.TraceparentAnnotation]).To(MatchRegexp("^00-" + ordered + "-[0-9a-f]{16}-01 1$"))

	m.Eventually(func() map[string][]*tracepb.Span { return c.trace(ordered) }).Should(And(
		HaveKey("PUT "+server), HaveKey(reconcile), HaveKey("PUT deployments/{id}"), HaveKey("POST executions")))
	spans := c.trace(ordered)
	request := spans["PUT "+server]
	m.Expect(request).To(HaveLen(1))
	m.Expect(hex.EncodeToString(request[0].ParentSpanId)).To(Equal(orderedBy))
	m.Expect(request[0].Kind).To(Equal(tracepb.Span_SPAN_KIND_SERVER))
	reconciles := map[string]bool{}
	for _, span := range spans[reconcile] {
		m.Expect(span.ParentSpanId).To(Equal(request[0].SpanId))
		reconciles[string(span.SpanId)] = true
	}
	for _, name := range []string{"PUT deployments/{id}", "POST executions"} {
		for _, span := range spans[name] {
			m.Expect(span.Kind).To(Equal(tracepb.Span_SPAN_KIND_CLIENT))
			m.Expect(reconciles).To(HaveKey(string(span.ParentSpanId)), name)
		}
	}
	m.Expect(c.resource()).To(And(HaveKeyWithValue("service.name", "cloudify-operator"), HaveKey("service.version"),
		HaveKeyWithValue("deployment.environment.name", "test")))
	m.Expect(b.operator.output()).To(ContainSubstring(`"trace_id":"` + ordered + `"`))

	// Another request has another trace, and what nobody asked for by a request has one of its own.
	m.traceparent = "00-" + changed + "-" + changedBy + "-01"
	operation = m.patch(http.StatusAccepted, id, object{"plan_id": m.Name + "-large"}).Word("operation")
	m.traceparent = ""
	m.await(id, operation, succeeded)
	m.deprovision(id)
	m.Eventually(func() map[string][]*tracepb.Span { return c.trace(changed) }).Should(And(HaveKey("PATCH "+server), HaveKey(reconcile)))
	m.Eventually(c.received).Should(ContainSubstring("DELETE deployments/{id}"))
	for _, trace := range []string{ordered, changed} {
		for name := range c.trace(trace) {
			m.Expect(name).NotTo(HavePrefix("DELETE "), "the deletion is a request of its own")
		}
	}

	for _, secret := range append([]string{platformPassword, "accepts_incomplete"}, b.secrets...) {
		m.Expect(strings.Contains(c.received(), secret)).To(BeFalse(), "a span has %s", secret)
	}
}

// Who has a collector for others, and wants no traces of the operator, gets none: no span, no annotation, no connection.
func TestNoTraces(t *testing.T) {
	c := startCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url)
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	b := startBroker(t)
	m := newMarket(t, b)
	m.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	id := m.id("shop")
	m.provision(id, "small", nil)
	d, err := m.instance(id)
	m.Expect(err).NotTo(HaveOccurred())
	m.Expect(d.Annotations).NotTo(HaveKey(v1alpha1.TraceparentAnnotation))
	m.Expect(c.received()).To(BeEmpty())
	m.Expect(b.operator.output()).NotTo(ContainSubstring("trace_id"))
}
