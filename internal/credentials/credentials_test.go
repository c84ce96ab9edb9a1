// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package credentials

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

var both = Outputs{
	Capabilities: map[string]any{"host": "db.example.com", "port": json.Number("5432"), "password": "p@ss/word"},
	Outputs:      map[string]any{"host": "10.0.0.5", "replicas": []any{"a", "b"}},
}

func TestRender(t *testing.T) {
	for _, row := range []struct {
		name     string
		template *v1alpha1.BindingTemplate
		outputs  Outputs
		want     map[string]any
		err      string
	}{
		{name: "without a template all capabilities", outputs: both, want: both.Capabilities},
		{name: "without capabilities all outputs", outputs: Outputs{Outputs: both.Outputs}, want: both.Outputs},
		{name: "nothing there, nothing made", want: map[string]any{}},
		{
			name:     "keys that map leave out the rest",
			template: &v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "address", Output: "host"}, {Name: "p", Capability: "port"}}},
			outputs:  both, want: map[string]any{"address": "10.0.0.5", "p": json.Number("5432")},
		},
		{
			name:     "constants come beside all capabilities, and win",
			template: &v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "scheme", Value: new("postgres")}, {Name: "port", Value: new("")}}},
			outputs:  both, want: map[string]any{"host": "db.example.com", "password": "p@ss/word", "scheme": "postgres", "port": ""},
		},
		{
			name: "templates see keys, capabilities and outputs",
			template: &v1alpha1.BindingTemplate{Type: "postgresql", Provider: "example", Keys: []v1alpha1.BindingKey{
				{Name: "user", Value: new("admin")}, {Name: "address", Output: "host"},
				{Name: "uri", Template: "postgres://{{ .user }}:{{ .password | urlquery }}@{{ .address }}:{{ .port }}/?r={{ urlquery .replicas }}"},
			}},
			outputs: both,
			want: map[string]any{
				"user": "admin", "address": "10.0.0.5", "type": "postgresql", "provider": "example",
				"uri": "postgres://admin:p%40ss%2Fword@10.0.0.5:5432/?r=%5B%22a%22%2C%22b%22%5D",
			},
		},
		{
			name:     "a capability that is missing",
			template: &v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "user", Capability: "username"}}},
			outputs:  both, err: "key user: the deployment has no capability username",
		},
		{
			name:     "a field that is missing",
			template: &v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "uri", Template: "{{ .host }}/{{ .database }}"}}},
			outputs:  both, err: "key uri: the deployment has no database, which the template needs",
		},
		{
			name:     "a field that is null",
			template: &v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "uri", Template: "{{ .database }}"}}},
			outputs:  Outputs{Outputs: map[string]any{"database": nil}}, err: "the deployment has no database",
		},
		{
			name:     "a value without end",
			template: &v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "uri", Template: "{{ .a }}{{ .a }}"}}},
			outputs:  Outputs{Outputs: map[string]any{"a": strings.Repeat("x", maxValue-1)}}, err: "key uri: the template produces more than 65536 bytes",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			credentials, err := Render(row.template, row.outputs)
			if row.err != "" {
				g.Expect(err).To(MatchError(ContainSubstring(row.err)))
				g.Expect(err.Error()).NotTo(ContainSubstring("p@ss"))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(credentials).To(Equal(row.want))
		})
	}
}

func TestTemplatesHaveFieldsAndNothingElse(t *testing.T) {
	outputs := Outputs{Capabilities: map[string]any{"a": "x", "b": "y"}}
	for _, refused := range []string{
		"{{ . }}", "{{ .a.b }}", "{{ printf .a }}", "{{ if .a }}x{{ end }}", "{{ range .a }}x{{ end }}", "{{ with .a }}x{{ end }}", `{{ "a" }}`,
		"{{ $x := .a }}", "{{ define \"x\" }}y{{ end }}", "{{ template \"x\" }}", "{{ .a | html }}", "{{ .a", "{{ call .a }}", "{{ len .a }}", "{{ .a | urlquery .b }}",
	} {
		t.Run(refused, func(t *testing.T) {
			_, err := Render(&v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "uri", Template: refused}}}, outputs)
			NewWithT(t).Expect(err).To(MatchError(And(HavePrefix("key uri: "), Not(ContainSubstring("the deployment has no")))))
		})
	}
	NewWithT(t).Expect(Render(&v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{
		{Name: "a", Template: "{{ .a }}{{/* why */}}"}, {Name: "b", Template: "plain"}, {Name: "c", Value: new("{{ . }}")},
	}}, outputs)).To(And(HaveKeyWithValue("a", "x"), HaveKeyWithValue("b", "plain"), HaveKeyWithValue("c", "{{ . }}")))
}

func TestOutputsComeBackFromTheirSecret(t *testing.T) {
	g := NewWithT(t)
	data := map[string][]byte{
		"host": []byte("db.example.com"), "port": []byte("5432"), "password": []byte("p@ss/word"),
		"output.host": []byte("10.0.0.5"), "replicas": []byte(`["a","b"]`),
	}
	described := func(as string) Outputs {
		return FromSecret(map[string]string{v1alpha1.OutputsDescriptionAnnotation: as}, data)
	}
	g.Expect(described(Describe(both))).To(Equal(both))
	g.Expect(described(`{"json":["host"]}`).Outputs).To(HaveKeyWithValue("host", "db.example.com"), "what is no JSON is text")

	plain := FromSecret(nil, data)
	g.Expect(plain.Capabilities).To(HaveKeyWithValue("port", "5432"))
	g.Expect(plain.Capabilities).To(HaveLen(5))
}

func TestDataHoldsTextAndJSON(t *testing.T) {
	NewWithT(t).Expect(Data(map[string]any{"a": "x", "b": json.Number("1"), "c": nil, "d": map[string]any{"k": true}})).To(Equal(
		map[string][]byte{"a": []byte("x"), "b": []byte("1"), "d": []byte(`{"k":true}`)}))
}
