// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/internal/tracing"
)

// set sets variables, "A=b C=d", and returns what New makes of them.
func set(t *testing.T, variables string) (*Provider, error) {
	t.Helper()
	for one := range strings.FieldsSeq(variables) {
		name, value, _ := strings.Cut(one, "=")
		t.Setenv(name, value)
	}
	p, err := New(t.Context(), "v1.2.3")
	t.Cleanup(p.Stop)
	return p, err
}

// Traces are off unless an endpoint or an exporter is named.
func TestOffUnlessAskedFor(t *testing.T) {
	for variables, on := range map[string]bool{
		"":                                false,
		"OTEL_SERVICE_NAME=cloudify":      false,
		"OTEL_TRACES_SAMPLER=nonsense":    false,
		"OTEL_EXPORTER_OTLP_ENDPOINT=":    false,
		"OTEL_EXPORTER_OTLP_PROTOCOL=udp": false,
		"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://127.0.0.1:1":                          false,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1":                                  true,
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://127.0.0.1:1/v1":                       true,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1 OTEL_TRACES_EXPORTER=none":        false,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1 OTEL_SDK_DISABLED=TRUE":           false,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1 OTEL_SDK_DISABLED=false":          true,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1 OTEL_EXPORTER_OTLP_PROTOCOL=grpc": true,
		"OTEL_TRACES_EXPORTER=otlp":                                                       true,
		"OTEL_TRACES_EXPORTER=console":                                                    true,
		"OTEL_TRACES_EXPORTER=otlp,console":                                               true,
	} {
		t.Run(variables, func(t *testing.T) {
			g := NewWithT(t)
			p, err := set(t, variables)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(p != nil).To(Equal(on))
			g.Expect(tracing.On()).To(Equal(on))
			p.Stop()
			g.Expect(tracing.On()).To(BeFalse())
		})
	}
}

// A wrong value is an error of one line that names its variable, and repeats no credentials.
func TestWrongValues(t *testing.T) {
	for variables, wrong := range map[string]string{
		"OTEL_TRACES_EXPORTER=jaeger":                 `OTEL_TRACES_EXPORTER is "jaeger": it must be otlp, console or none`,
		"OTEL_TRACES_EXPORTER=none,otlp":              "set none alone",
		"OTEL_SDK_DISABLED=yes":                       `OTEL_SDK_DISABLED is "yes": it must be true or false`,
		"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317":  "OTEL_EXPORTER_OTLP_ENDPOINT must be a URL such as http://",
		"OTEL_EXPORTER_OTLP_ENDPOINT=me:s3cret@c:4":   "OTEL_EXPORTER_OTLP_ENDPOINT must be a URL",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=%zz":      "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be a URL",
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=udp":      `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is "udp"`,
		"OTEL_EXPORTER_OTLP_COMPRESSION=zstd":         `OTEL_EXPORTER_OTLP_COMPRESSION is "zstd"`,
		"OTEL_EXPORTER_OTLP_HEADERS=s3cret":           "OTEL_EXPORTER_OTLP_HEADERS must be name=value",
		"OTEL_EXPORTER_OTLP_HEADERS=a=s3cret%zz":      "OTEL_EXPORTER_OTLP_HEADERS must be name=value",
		"OTEL_EXPORTER_OTLP_TIMEOUT=10s":              `OTEL_EXPORTER_OTLP_TIMEOUT is "10s": it must be a whole number`,
		"OTEL_BSP_MAX_QUEUE_SIZE=0":                   "OTEL_BSP_MAX_QUEUE_SIZE is 0: it must be positive",
		"OTEL_PROPAGATORS=b3":                         `OTEL_PROPAGATORS has "b3"`,
		"OTEL_TRACES_SAMPLER=sometimes":               "unsupported sampler: sometimes",
		"OTEL_TRACES_SAMPLER_ARG=2":                   `OTEL_TRACES_SAMPLER_ARG is "2": it must be a number from 0 to 1`,
		"OTEL_TRACES_SAMPLER_ARG=half":                `OTEL_TRACES_SAMPLER_ARG is "half"`,
		"OTEL_RESOURCE_ATTRIBUTES=team":               "OTEL_ variables",
		"OTEL_EXPORTER_OTLP_CERTIFICATE=/nowhere.pem": "no such file",
	} {
		t.Run(variables, func(t *testing.T) {
			g := NewWithT(t)
			_, err := set(t, "OTEL_TRACES_EXPORTER=otlp "+variables)
			g.Expect(err).To(MatchError(ContainSubstring(wrong)))
			g.Expect(err.Error()).NotTo(Or(ContainSubstring("\n"), ContainSubstring("s3cret")))
			g.Expect(tracing.On()).To(BeFalse())
		})
	}
}

// What is left is sent at the end; a collector that does not answer holds that up no longer than it may.
func TestStopFlushes(t *testing.T) {
	g := NewWithT(t)
	var batches atomic.Int32
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		g.Expect(r.URL.Path).To(Equal("/v1/traces"))
		batches.Add(1)
	}))
	defer collector.Close()
	p, err := set(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	g.Expect(err).NotTo(HaveOccurred())
	_, span := tracing.Start(t.Context(), "GET")
	span.End()
	p.Stop()
	g.Expect(batches.Load()).To(BeEquivalentTo(1))
}

func TestStopEnds(t *testing.T) {
	g := NewWithT(t)
	release := make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer collector.Close()
	defer close(release)
	p, err := set(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	g.Expect(err).NotTo(HaveOccurred())
	_, span := tracing.Start(t.Context(), "GET")
	span.End()
	begin := time.Now()
	p.Stop()
	g.Expect(time.Since(begin)).To(BeNumerically("<", 3*flushTime))
}

// Trouble with the collector is logged rarely, briefly and without credentials.
func TestComplaints(t *testing.T) {
	g := NewWithT(t)
	now := time.Now()
	var lines []string
	var omitted []int
	c := newComplaints([]string{"Bearer s3cret-token", "a"})
	c.now = func() time.Time { return now }
	c.log = func(text string, n int) { lines, omitted = append(lines, text), append(omitted, n) }

	c.Handle(errors.New("401: no such token: s3cret-token" + strings.Repeat("é", 4000)))
	for range 10 {
		c.Handle(errors.New("again"))
	}
	g.Expect(lines).To(HaveExactElements(And(HavePrefix("401: no such token: ******é"), HaveSuffix("…"))))
	g.Expect(len(lines[0])).To(BeNumerically("<", 310))
	now = now.Add(complaintInterval)
	c.Handle(errors.New("later"))
	g.Expect(lines[1:]).To(Equal([]string{"later"}))
	g.Expect(omitted).To(Equal([]int{0, 10}))
}
