// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package credentials

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Outputs are the capabilities and outputs of a deployment, by name. Nulls are left out.
type Outputs struct {
	Capabilities, Outputs map[string]any
}

// outputPrefix is before the name of an output in the outputs Secret where a capability has the same name.
const outputPrefix = "output."

// description is the annotation of an outputs Secret that says what the keys cannot: which of them are capabilities, and
// which hold JSON rather than text.
type description struct {
	Capabilities []string `json:"capabilities,omitempty"`
	JSON         []string `json:"json,omitempty"`
}

// Describe returns the value of v1alpha1.OutputsDescriptionAnnotation for the Secret that holds o.
func Describe(o Outputs) string {
	d := description{Capabilities: slices.Sorted(maps.Keys(o.Capabilities))}
	for key, value := range o.Keys() {
		if _, text := value.(string); !text {
			d.JSON = append(d.JSON, key)
		}
	}
	slices.Sort(d.JSON)
	raw, err := json.Marshal(d)
	if err != nil {
		panic(err) // cannot happen: it holds lists of strings
	}
	return string(raw)
}

// Keys returns the values by the key that they have in the outputs Secret.
func (o Outputs) Keys() map[string]any {
	keys := maps.Clone(o.Capabilities)
	if keys == nil {
		keys = map[string]any{}
	}
	for name, value := range o.Outputs {
		keys[o.OutputKey(name)] = value
	}
	return keys
}

// OutputKey returns the key of an output in the outputs Secret: its name, or output.<name> where a capability has the same
// name.
func (o Outputs) OutputKey(name string) string {
	if _, taken := o.Capabilities[name]; taken {
		return outputPrefix + name
	}
	return name
}

// FromSecret reads the annotations and data of an outputs Secret. Without a description every key is taken for a capability
// that is text.
func FromSecret(annotations map[string]string, data map[string][]byte) Outputs {
	o := Outputs{Capabilities: map[string]any{}, Outputs: map[string]any{}}
	var d description
	described := json.Unmarshal([]byte(annotations[v1alpha1.OutputsDescriptionAnnotation]), &d) == nil
	for key, raw := range data {
		var value any = string(raw)
		if slices.Contains(d.JSON, key) {
			value = fromJSON(raw)
		}
		switch name, cut := strings.CutPrefix(key, outputPrefix); {
		case !described, slices.Contains(d.Capabilities, key):
			o.Capabilities[key] = value
		case cut && slices.Contains(d.Capabilities, name):
			o.Outputs[name] = value
		default:
			o.Outputs[key] = value
		}
	}
	return o
}

func fromJSON(raw []byte) any {
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return string(raw) // somebody wrote it by hand
	}
	return value
}

// Text returns a value as a Secret holds it: strings as they stand, other types as JSON; false for null, which no Secret holds.
func Text(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	default:
		raw, err := json.Marshal(v)
		return string(raw), err == nil
	}
}
