// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

func TestOutputsData(t *testing.T) {
	type values = map[string]any
	type texts = map[string]string
	big := strings.Repeat("x", maxOutputs)

	for _, row := range []struct {
		name                  string
		capabilities, outputs values
		data                  texts
		omitted               []string
	}{
		{"nothing", nil, nil, texts{}, nil},
		{"a capability", values{"url": "http://shop"}, nil, texts{"url": "http://shop"}, nil},
		{"an output", nil, values{"url": "http://shop"}, texts{"url": "http://shop"}, nil},
		{"both, of other names", values{"url": "a"}, values{"name": "b"}, texts{"url": "a", "name": "b"}, nil},
		{"both, of one name", values{"url": "a"}, values{"url": "b"}, texts{"url": "a", "output.url": "b"}, nil},
		{"a null capability beside an output", values{"url": nil}, values{"url": "b"}, texts{"output.url": "b"}, nil},
		{"a large number", values{"n": json.Number("12345678901234567890")}, nil, texts{"n": "12345678901234567890"}, nil},
		{"a boolean", values{"on": true}, nil, texts{"on": "true"}, nil},
		{"an object", values{"o": values{"a": []any{"b", nil}}}, nil, texts{"o": `{"a":["b",null]}`}, nil},
		{"an empty string", values{"s": ""}, nil, texts{"s": ""}, nil},
		{"a null", values{"gone": nil}, nil, texts{}, nil},
		{"names that are no keys", values{"not a key": "a", "ok": "b", "..": "c"}, values{"a/b": "d"}, texts{"ok": "b"}, []string{"..", "a/b", "not a key"}},
		{"a null of a name that is no key", values{"not a key": nil}, nil, texts{}, nil},
		{"more than a Secret can hold", values{"a": "small", "b": big, "c": "small"}, nil, texts{"a": "small", "c": "small"}, []string{"b"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			data, omitted := outputsData(credentials.Outputs{Capabilities: row.capabilities, Outputs: row.outputs})
			has := texts{}
			for key, value := range data {
				has[key] = string(value)
			}
			g.Expect(has).To(Equal(row.data))
			g.Expect(omitted).To(Equal(row.omitted))
		})
	}
}
