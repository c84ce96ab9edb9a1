// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What exporters and protocols are called in the environment.
const (
	exportOTLP    = "otlp"
	exportConsole = "console"
	none          = "none"

	protocolGRPC     = "grpc"
	protocolProtobuf = "http/protobuf"
	protocolJSON     = "http/json"
)

// settings are what the variables say of traces.
type settings struct {
	// exporters are where spans go; none: traces are off.
	exporters []string
	// protocol and endpoint are those of OTLP.
	protocol, endpoint string
	// continues tells whether the trace of a request is continued.
	continues bool
	// secrets are the values of headers, which may be credentials.
	secrets []string
}

// environment looks variables up, without the blanks around their values. An empty one counts as none.
type environment func(name string) string

// ofTraces is the first that is set of a variable for traces and the one for all that is exported.
func (e environment) ofTraces(name string) (variable, value string) {
	variable = "OTEL_EXPORTER_OTLP_TRACES_" + name
	if value = e(variable); value == "" {
		variable = "OTEL_EXPORTER_OTLP_" + name
		value = e(variable)
	}
	return variable, value
}

// read returns what the variables ask for, and checks those whose mistakes the SDK would pass over. Of traces that are off nothing is
// checked: the variables may be there for others.
func (e environment) read() (settings, error) {
	exporters, err := e.exporters()
	if err != nil || len(exporters) == 0 {
		return settings{}, err
	}
	s := settings{exporters: exporters}
	if s.continues, err = e.continues(); err != nil {
		return settings{}, err
	}
	if slices.Contains(exporters, exportOTLP) {
		if err := e.readOTLP(&s); err != nil {
			return settings{}, err
		}
	}
	return s, cmp.Or(e.checkSampler(), e.checkNumbers())
}

// exporters are those that are named, and otherwise OTLP where it has an endpoint: the specification's default would send spans of
// every process to a collector that few have.
func (e environment) exporters() (named []string, err error) {
	disabled, err := e.flag("OTEL_SDK_DISABLED")
	if err != nil || disabled {
		return nil, err
	}
	const variable = "OTEL_TRACES_EXPORTER"
	for name := range strings.SplitSeq(e(variable), ",") {
		switch name = strings.TrimSpace(name); {
		case name == "", slices.Contains(named, name):
		case name == exportOTLP, name == exportConsole, name == none:
			named = append(named, name)
		default:
			return nil, fmt.Errorf("%s is %q: it must be %s, %s or %s", variable, name, exportOTLP, exportConsole, none)
		}
	}
	_, endpoint := e.ofTraces("ENDPOINT")
	switch {
	case len(named) == 0 && endpoint != "":
		return []string{exportOTLP}, nil
	case slices.Equal(named, []string{none}):
		return nil, nil
	case slices.Contains(named, none):
		return nil, fmt.Errorf("%s has %s and others: set %s alone to turn traces off", variable, none, none)
	}
	return named, nil
}

func (e environment) flag(variable string) (bool, error) {
	switch value := strings.ToLower(e(variable)); value {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	default:
		return false, fmt.Errorf("%s is %q: it must be true or false", variable, value)
	}
}

// continues reads how requests tell of their trace. Baggage is accepted and left alone, because nothing here looks at it.
func (e environment) continues() (bool, error) {
	const variable, tracecontext = "OTEL_PROPAGATORS", "tracecontext"
	value := e(variable)
	found := value == ""
	for name := range strings.SplitSeq(value, ",") {
		switch name = strings.TrimSpace(name); name {
		case tracecontext:
			found = true
		case "", "baggage", none:
		default:
			return false, fmt.Errorf("%s has %q: it may have %s, baggage or %s", variable, name, tracecontext, none)
		}
	}
	return found, nil
}

// readOTLP reads what is about the exporter. Values of endpoints and headers are not repeated: they may hold credentials.
func (e environment) readOTLP(s *settings) error {
	variable, protocol := e.ofTraces("PROTOCOL")
	s.protocol = cmp.Or(protocol, protocolProtobuf)
	if !slices.Contains([]string{protocolGRPC, protocolProtobuf, protocolJSON}, s.protocol) {
		return fmt.Errorf("%s is %q: it must be %s, %s or %s", variable, protocol, protocolGRPC, protocolProtobuf, protocolJSON)
	}
	if variable, s.endpoint = e.ofTraces("ENDPOINT"); s.endpoint != "" {
		if u, err := url.Parse(s.endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("%s must be a URL such as http://collector.monitoring.svc:4318", variable)
		}
	}
	if variable, value := e.ofTraces("COMPRESSION"); value != "" && value != "gzip" && value != none {
		return fmt.Errorf("%s is %q: it must be gzip or %s", variable, value, none)
	}
	variable, headers := e.ofTraces("HEADERS")
	for header := range strings.SplitSeq(headers, ",") {
		name, value, found := strings.Cut(header, "=")
		value, err := url.PathUnescape(value)
		switch {
		case strings.TrimSpace(header) == "":
		case !found, err != nil, strings.TrimSpace(name) == "":
			return fmt.Errorf("%s must be name=value, with commas between several and %%-encoded values", variable)
		default:
			s.secrets = append(s.secrets, strings.TrimSpace(value))
		}
	}
	return nil
}

// checkSampler wants the argument to be a ratio; the SDK itself refuses samplers that it does not know.
func (e environment) checkSampler() error {
	const variable = "OTEL_TRACES_SAMPLER_ARG"
	value := e(variable)
	if ratio, err := strconv.ParseFloat(value, 64); value != "" && (err != nil || !(ratio >= 0 && ratio <= 1)) {
		return fmt.Errorf("%s is %q: it must be a number from 0 to 1", variable, value)
	}
	return nil
}

// numbers are variables of the SDK and the exporter; those of limits may be negative, for none.
var numbers = []string{
	"OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
	"OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
	"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
	"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_LINK_COUNT_LIMIT",
	"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
}

func (e environment) checkNumbers() error {
	for _, variable := range numbers {
		value := e(variable)
		number, err := strconv.Atoi(value)
		switch limit := strings.HasSuffix(variable, "_LIMIT"); {
		case value == "":
		case err != nil:
			return fmt.Errorf("%s is %q: it must be a whole number", variable, value)
		case !limit && number <= 0:
			return fmt.Errorf("%s is %d: it must be positive", variable, number)
		}
	}
	return nil
}
