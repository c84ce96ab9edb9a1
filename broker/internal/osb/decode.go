// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package osb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists of parameters may lie in each other.
const maxDepth = 100

// MalformedError says what is wrong with the form of a request, never a value of it.
type MalformedError struct{ Reason string }

func (e *MalformedError) Error() string { return e.Reason }

func malformed(format string, args ...any) error {
	return &MalformedError{Reason: fmt.Sprintf(format, args...)}
}

// first is the first error of several; nil where there is none.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// members of the object that a body is. Names count exactly as the protocol writes them, and those that nobody asks for are
// ignored, whatever they hold; encoding/json would take SERVICE_ID for service_id.
type members map[string]json.RawMessage

// decode reads a body. Of members that come twice the last one counts.
func decode(body []byte) (members, error) {
	if !utf8.Valid(body) {
		return nil, malformed("the body is not valid UTF-8")
	}
	var m members
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(body, &m); {
	case len(bytes.TrimSpace(body)) == 0:
		return nil, malformed("the body is empty: a JSON object is required")
	case errors.As(err, &syntax):
		return nil, malformed("the body is not JSON: %v at byte %d", syntax, syntax.Offset)
	case err != nil, m == nil:
		return nil, malformed("the body is not a JSON object")
	}
	return m, nil
}

// checkValues refuses parameters that cannot be stored as they are: what lies too deep, and numbers that would lose digits.
func checkValues(parameters []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(parameters))
	decoder.UseNumber()
	for depth := 0; ; {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return malformed("parameters is not JSON")
		}
		switch value := token.(type) {
		case json.Delim:
			if value == '{' || value == '[' {
				depth++
			} else {
				depth--
			}
			if depth > maxDepth {
				return malformed("parameters is nested more than %d levels deep", maxDepth)
			}
		case json.Number:
			if !storable(value.String()) {
				return malformed("parameters contains a number that is too large: send it as a string")
			}
		}
	}
}

// storable reports whether a number can be kept as a 64-bit integer, or is written as a float, and fits into one.
func storable(number string) bool {
	if strings.ContainsAny(number, ".eE") {
		_, err := strconv.ParseFloat(number, 64)
		return err == nil
	}
	_, err := strconv.ParseInt(number, 10, 64)
	return err == nil
}

// text reads a string; "" when it is absent or null.
func (m members) text(name string, into *string) error {
	return m.read(name, "a string", into)
}

// values reads an object by its members; nil when it is absent or null.
func (m members) values(name string, into *map[string]json.RawMessage) error {
	return m.read(name, "an object", into)
}

// parameters reads the parameters; nil when they are absent or null.
func (m members) parameters(into *map[string]json.RawMessage) error {
	if err := m.values("parameters", into); err != nil || *into == nil {
		return err
	}
	return checkValues(m["parameters"])
}

// object reads an object as it was sent; nil when it is absent or null.
func (m members) object(name string, into *json.RawMessage) error {
	var object map[string]json.RawMessage
	if err := m.values(name, &object); err != nil || object == nil {
		return err
	}
	*into = m[name]
	return nil
}

// maintenanceInfo reads the version that the platform knows; nil without one.
func (m members) maintenanceInfo(into **MaintenanceInfo) error {
	var object map[string]json.RawMessage
	if err := m.values("maintenance_info", &object); err != nil {
		return err
	}
	var version string
	if members(object).text("version", &version) != nil {
		return malformed("maintenance_info.version is not a string")
	}
	if version != "" {
		*into = &MaintenanceInfo{Version: version}
	}
	return nil
}

func (m members) read(name, kind string, into any) error {
	if raw, sent := m[name]; sent && json.Unmarshal(raw, into) != nil {
		return malformed("%s is not %s", name, kind)
	}
	return nil
}
