// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/cloudify-operator/cloudify-operator/internal/tracing"
)

// service is the name of the process unless the environment has another one.
const service = "cloudify-operator"

// flushTime is how long the last spans may take to be sent when the process ends.
const flushTime = 3 * time.Second

// Provider makes spans and sends them. Nil is that of a process whose traces are off.
type Provider struct {
	*sdktrace.TracerProvider
	settings settings
}

// New turns traces on if the environment asks for them; version is the program's. It connects to nothing yet.
func New(ctx context.Context, version string) (*Provider, error) {
	s, err := environment(func(name string) string { return strings.TrimSpace(os.Getenv(name)) }).read()
	if err != nil || len(s.exporters) == 0 {
		return nil, err
	}
	said := &mistakes{}
	otel.SetLogger(logr.New(said))
	otel.SetErrorHandler(said)
	p, err := s.build(ctx, version)
	if err == nil {
		err = said.first()
	}
	otel.SetErrorHandler(newComplaints(s.secrets))
	if err != nil {
		return nil, fmt.Errorf("set up traces as the OTEL_ variables say: %w", err)
	}
	var continued []propagation.TextMapPropagator
	if s.continues {
		continued = append(continued, propagation.TraceContext{})
	}
	tracing.Use(p, propagation.NewCompositeTextMapPropagator(continued...))
	return p, nil
}

func (s settings) build(ctx context.Context, version string) (*Provider, error) {
	// What the environment says comes last, so it wins.
	process, err := resource.New(ctx,
		resource.WithHost(), resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName(service), semconv.ServiceVersion(version)),
		resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(process)}
	for _, name := range s.exporters {
		exporter, err := s.exporter(ctx, name)
		if err != nil {
			return nil, err
		}
		options = append(options, sdktrace.WithBatcher(exporter))
	}
	return &Provider{sdktrace.NewTracerProvider(options...), s}, nil
}

func (s settings) exporter(ctx context.Context, name string) (sdktrace.SpanExporter, error) {
	switch {
	case name == exportConsole:
		return stdouttrace.New()
	case s.protocol == protocolGRPC && s.endpoint == "":
		return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL("http://"+s.host()))
	case s.protocol == protocolGRPC:
		return otlptracegrpc.New(ctx)
	case s.endpoint == "":
		return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL("http://"+s.host()+"/v1/traces"))
	default:
		return otlptracehttp.New(ctx)
	}
}

// host is where OTLP goes: without an endpoint to a collector beside the process, as the specification has it.
func (s settings) host() string {
	if u, err := url.Parse(s.endpoint); err == nil && u.Host != "" {
		return u.Host
	}
	if s.protocol == protocolGRPC {
		return "localhost:4317"
	}
	return "localhost:4318"
}

// Announce logs once that spans are sent, and has what the SDK says logged with the rest from then on.
func (p *Provider) Announce(logger logr.Logger) {
	if p == nil {
		return
	}
	otel.SetLogger(logger.WithName("otel"))
	logger.Info("Sending traces", "exporters", strings.Join(p.settings.exporters, ","), "protocol", p.settings.protocol, "collector", p.settings.host())
}

// Stop turns traces off and sends what is left. A collector that does not answer holds the end of the process up for flushTime only.
func (p *Provider) Stop() {
	if p == nil {
		return
	}
	tracing.Use(nil, nil)
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := p.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}
