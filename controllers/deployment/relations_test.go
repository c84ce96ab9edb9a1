// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"encoding/json"
	"maps"
	"slices"
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
			NewWithT(t).Expect(strings.Join(circleOf("a", graph(row.references)), " ")).To(Equal(row.circle))
		})
	}
}

// Who waits for whom is never a circle: one waits only for those to which it does not refer.
func TestReached(t *testing.T) {
	for _, row := range []struct{ name, references, reached string }{
		{"nothing", "", ""},
		{"a chain", "a>b b>c x>a", "b c"},
		{"itself", "a>a", "a"},
		{"a circle, and more behind it", "a>b b>a b>c", "a b c"},
		{"on two circles", "a>x x>a a>b b>y y>b b>a", "a b x y"},
	} {
		t.Run(row.name, func(t *testing.T) {
			found := reached("a", graph(row.references))
			NewWithT(t).Expect(strings.Join(slices.Sorted(maps.Keys(found)), " ")).To(Equal(row.reached))
		})
	}
}

// graph is who refers to whom: "a>b b>c".
func graph(references string) func(string) []string {
	refersTo := map[string][]string{}
	for reference := range strings.FieldsSeq(references) {
		from, to, _ := strings.Cut(reference, ">")
		refersTo[from] = append(refersTo[from], to)
	}
	return func(name string) []string { return refersTo[name] }
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
