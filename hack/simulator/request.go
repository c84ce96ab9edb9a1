// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// request is a request that a handler answers, with the simulator locked.
type request struct {
	*http.Request
	sim  *Simulator
	body []byte
	vars map[string]string // of the route's pattern

	racer   *racer   // nil if it is in no race
	changed []string // IDs of what the request changed
}

type handler func(*request) (*response, error)

func (r *request) id() string { return r.vars["id"] }

// change notes that the request changed something at the Manager.
func (r *request) change(id string) { r.changed = append(r.changed, id) }

// flag reads a boolean of the query as the Manager does: true, yes, 1 in any case.
func (r *request) flag(name string) bool { return isTrue(r.URL.Query().Get(name)) }

func isTrue(text string) bool {
	switch strings.ToLower(text) {
	case "true", "t", "yes", "y", "1", "on":
		return true
	}
	return false
}

// jsonContent asks for application/json exactly: a parameter after it is refused.
func (r *request) jsonContent() error {
	if r.Header.Get("Content-Type") != "application/json" {
		return &apiError{status: http.StatusUnsupportedMediaType, code: "unsupported_content_type_error",
			message: "Content type must be application/json"}
	}
	return nil
}

// object decodes a JSON body. What is valid JSON but no object has no members, except null,
// on which the Manager fails.
func (r *request) object() (object, error) {
	if err := r.jsonContent(); err != nil {
		return nil, err
	}
	return r.anyObject()
}

// anyObject is object for the two resources that treat a wrong content type like a broken body.
func (r *request) anyObject() (object, error) {
	if r.Header.Get("Content-Type") != "application/json" {
		return nil, htmlError(http.StatusBadRequest)
	}
	value, err := decodeJSON(r.body)
	if err != nil {
		return nil, htmlError(http.StatusBadRequest)
	}
	if value == nil {
		return nil, internalError()
	}
	o, _ := value.(map[string]any)
	return o, nil
}

// object is a decoded JSON object.
type object map[string]any

// text is the string member of that name, "" if absent or null.
func (o object) text(name string) (string, error) {
	switch v := o[name].(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	default:
		return "", badParameters("%s parameter is expected to be of type str but is of type %s", name, pythonType(v))
	}
}

// required is a member that must be there.
func (o object) required(name string) (string, error) {
	if o[name] == nil {
		return "", badParameters("Missing %s in json request body", name)
	}
	return o.text(name)
}

// flag is a boolean member; the Manager's own client sends strings.
func (o object) flag(name string) (bool, error) {
	switch v := o[name].(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	case string:
		switch strings.ToLower(v) {
		case "true", "1":
			return true, nil
		case "false", "0":
			return false, nil
		}
	}
	return false, badParameters("Invalid `%s` parameter value: must be a boolean", name)
}

// decodeJSON keeps whole numbers whole, of any size that fits.
func decodeJSON(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return plainNumbers(value), nil
}

func plainNumbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}
		fraction, _ := v.Float64()
		return fraction
	case map[string]any:
		for k := range v {
			v[k] = plainNumbers(v[k])
		}
	case []any:
		for i := range v {
			v[i] = plainNumbers(v[i])
		}
	}
	return value
}

// asRequested is a map as it would arrive in a request.
func asRequested(values map[string]any) (map[string]any, error) {
	data, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	decoded, err := decodeJSON(data)
	requested, _ := decoded.(map[string]any)
	return requested, err
}

// pythonType is how the Manager's messages call a JSON type.
func pythonType(value any) string {
	switch value.(type) {
	case nil:
		return "NoneType"
	case string:
		return "str"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case []any:
		return "list"
	default:
		return "dict"
	}
}
