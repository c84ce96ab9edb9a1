// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

func TestCircles(t *testing.T) {
	for _, row := range []struct{ name, references, circle string }{
		{"nothing", "", ""},
		{"a chain", "a>b b>c", ""},
		{"itself", "a>a", "a a"},
		{"each other", "a>b b>a", "a b a"},
		{"a long one", "a>b b>c c>d d>a", "a b c d a"},
		{"a circle of others", "a>b b>c c>b", ""},
		{"two ways to one", "a>b a>c b>d c>d", ""},
		{"behind a dead end", "a>b b>x a>c c>a", "a c a"},
		{"behind a circle of others", "a>b b>c c>b c>a", "a b c a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			refersTo := map[string][]string{}
			for reference := range strings.FieldsSeq(row.references) {
				from, to, _ := strings.Cut(reference, ">")
				refersTo[from] = append(refersTo[from], to)
			}
			NewWithT(t).Expect(strings.Join(circleOf("a", func(name string) []string { return refersTo[name] }), " ")).To(Equal(row.circle))
		})
	}
}

func TestTakeAnOutput(t *testing.T) {
	from := credentials.Outputs{
		Capabilities: map[string]any{"url": "http://db", "port": json.Number("5432"), "none": nil},
		Outputs:      map[string]any{"url": "http://internal", "tags": []any{"a"}},
	}
	for _, row := range []struct {
		name             string
		ref              v1alpha1.OutputReference
		from             credentials.Outputs
		value, complaint string
	}{
		{"a capability", v1alpha1.OutputReference{Capability: "url"}, from, "http://db", ""},
		{"an output of the same name", v1alpha1.OutputReference{Output: "url"}, from, "http://internal", ""},
		{"a number", v1alpha1.OutputReference{Capability: "port"}, from, "5432", ""},
		{"a list", v1alpha1.OutputReference{Output: "tags"}, from, `["a"]`, ""},
		{"null", v1alpha1.OutputReference{Capability: "none"}, from, "", "has no capability none (it has none, port, url)"},
		{"an output that is none", v1alpha1.OutputReference{Output: "port"}, from, "", "has no output port (it has tags, url)"},
		{"nothing at all", v1alpha1.OutputReference{Output: "port"}, credentials.Outputs{}, "", "has no output port (it has none)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.ref.Name = "db"
			value, err := take(&row.ref, row.from)
			NewWithT(t).Expect(value).To(Equal(row.value))
			if row.complaint == "" {
				NewWithT(t).Expect(err).NotTo(HaveOccurred())
			} else {
				NewWithT(t).Expect(err).To(MatchError("CloudifyDeployment db " + row.complaint))
			}
		})
	}
}
