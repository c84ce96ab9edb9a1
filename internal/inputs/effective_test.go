// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

func effectiveSchema() Schema {
	return Schema{
		Inputs: map[string]Input{
			"name": {Type: "string"},
			"size": {Type: "integer", Default: json.Number("2")},
			"zone": {Type: "string", Required: &optional},
			"host": {Type: "host", Default: map[string]any{}},
			"more": {Type: "list", ItemType: "host", Default: []any{}},
		},
		DataTypes: map[string]DataType{
			"host": {Properties: map[string]Input{
				"cpus": {Type: "integer", Default: 1},
				"os":   {Type: "string", Default: nil, Required: &optional},
				"disk": {Type: "disk", Default: map[string]any{"kind": "ssd"}},
			}},
			"disk": {Properties: map[string]Input{"kind": {Type: "string"}, "size": {Type: "integer", Default: 10}}},
		},
	}
}

func TestEffective(t *testing.T) {
	const defaults = `"size": 2, "zone": null, "host": {"cpus": 1, "disk": {"kind": "ssd", "size": 10}}, "more": []`
	for _, row := range []struct{ values, effective string }{
		{`{}`, `{` + defaults + `}`},
		{`{"name": "a"}`, `{"name": "a", ` + defaults + `}`},
		{`{"name": "a", "size": 3, "undeclared": 1}`, `{"name": "a", ` + defaults + `, "size": 3}`},
		{`{"name": "a", "size": null, "zone": "z"}`, `{"name": "a", ` + defaults + `, "zone": "z"}`},
		{`{"host": {"cpus": 4, "disk": {"kind": "hdd"}}}`, `{` + defaults + `, "host": {"cpus": 4, "disk": {"kind": "hdd", "size": 10}}}`},
		{`{"more": [{}, {"os": "x"}]}`, `{` + defaults + `, "more": [{"cpus": 1, "disk": {"kind": "ssd", "size": 10}}, {"cpus": 1, "os": "x", "disk": {"kind": "ssd", "size": 10}}]}`},
		{`{"host": {"get_secret": "h"}}`, `{` + defaults + `, "host": {"get_secret": "h"}}`},
		{`{"size": 9007199254740993}`, `{` + defaults + `, "size": 9007199254740993}`},
	} {
		got, err := json.Marshal(Effective(effectiveSchema(), values(t, row.values)))
		gomega.NewWithT(t).Expect(err).NotTo(gomega.HaveOccurred())
		want, err := json.Marshal(values(t, row.effective))
		gomega.NewWithT(t).Expect(err).NotTo(gomega.HaveOccurred())
		gomega.NewWithT(t).Expect(string(got)).To(gomega.Equal(string(want)), row.values)
	}
}

// A type that holds itself has no end of defaults.
func TestEffectiveEnds(t *testing.T) {
	schema := Schema{
		Inputs: map[string]Input{"tree": {Type: "tree", Default: map[string]any{}}},
		DataTypes: map[string]DataType{"tree": {DerivedFrom: "tree", Properties: map[string]Input{
			"left": {Type: "tree", Default: map[string]any{}}, "right": {Type: "tree", Default: map[string]any{}},
		}}},
	}
	gomega.NewWithT(t).Expect(Effective(schema, nil)).To(gomega.Equal(map[string]any{"tree": map[string]any{"left": map[string]any{}, "right": map[string]any{}}}))
}

func TestSame(t *testing.T) {
	const defaults = `"size": 2, "host": {"cpus": 1, "disk": {"kind": "ssd", "size": 10}}, "more": []`
	for _, row := range []struct {
		name, values, actual string
		same                 bool
	}{
		{"all there", `{"name": "a"}`, `{"name": "a", ` + defaults + `, "zone": null}`, true},
		{"null is as good as nothing", `{"name": "a"}`, `{"name": "a", ` + defaults + `}`, true},
		{"nested defaults are not filled in", `{"name": "a"}`, `{"name": "a", "size": 2.0, "host": {}, "more": []}`, true},
		{"of another kind", `{"name": "a"}`, `{"name": "a", ` + defaults + `, "size": "2"}`, false},
		{"an old value", `{"name": "a"}`, `{"name": "b", ` + defaults + `}`, false},
		{"an optional one is still set", `{"name": "a"}`, `{"name": "a", ` + defaults + `, "zone": "z"}`, false},
		{"a default is missing", `{"name": "a"}`, `{"name": "a", "host": {}, "more": []}`, false},
		{"no longer declared", `{"name": "a"}`, `{"name": "a", ` + defaults + `, "gone": 1}`, true},
		{"nothing there", `{"name": "a"}`, `null`, false},
	} {
		schema := effectiveSchema()
		same := Same(schema, Effective(schema, values(t, row.values)), values(t, row.actual))
		gomega.NewWithT(t).Expect(same).To(gomega.Equal(row.same), row.name)
	}
	dict := Schema{Inputs: map[string]Input{"d": {Type: "dict"}}}
	gomega.NewWithT(t).Expect(Same(dict, values(t, `{"d": {"a": null}}`), values(t, `{"d": {}}`))).To(gomega.BeFalse(), "a null inside a value is one")
}

func TestCameOf(t *testing.T) {
	schema := effectiveSchema()
	schema.Inputs["from"] = Input{Type: "string", Default: map[string]any{"get_input": "name"}}
	const defaults = `"size": 2, "host": {}, "more": []`
	for _, row := range []struct {
		name, given, actual string
		want                bool
	}{
		{"as given", `{"name": "a", "size": 3}`, `{"name": "a", "size": 3, "host": {}, "more": []}`, true},
		{"with defaults", `{"name": "a"}`, `{"name": "a", ` + defaults + `}`, true},
		{"with null for what may be left out", `{"name": "a"}`, `{"name": "a", "zone": null, ` + defaults + `}`, true},
		{"with other defaults", `{"name": "a"}`, `{"name": "a", "size": 3, "host": {}, "more": []}`, false},
		{"another value", `{"name": "a"}`, `{"name": "b", ` + defaults + `}`, false},
		{"numbers are what they are worth", `{"name": "a", "size": 3}`, `{"name": "a", "size": 3.0, "host": {}, "more": []}`, true},
		{"text is no number", `{"name": "a", "size": 3}`, `{"name": "a", "size": "3", "host": {}, "more": []}`, false},
		{"a default that was evaluated", `{"name": "a"}`, `{"name": "a", "from": "whatever", ` + defaults + `}`, true},
		{"given in place of one that is evaluated", `{"name": "a", "from": "b"}`, `{"name": "a", "from": "whatever", ` + defaults + `}`, false},
		{"a property's default", `{"name": "a", "host": {"cpus": 1}}`, `{"name": "a", "size": 2, "host": {}, "more": []}`, true},
		{"another property", `{"name": "a", "host": {"cpus": 2}}`, `{"name": "a", "size": 2, "host": {}, "more": []}`, false},
		{"more than is declared", `{"name": "a"}`, `{"name": "a", "cloudify_operator": "x", ` + defaults + `}`, false},
		{"nothing is shown", `{"name": "a"}`, `{}`, false},
	} {
		got := CameOf(schema, values(t, row.given), values(t, row.actual))
		gomega.NewWithT(t).Expect(got).To(gomega.Equal(row.want), row.name)
	}
}

func TestOmitNull(t *testing.T) {
	gomega.NewWithT(t).Expect(OmitNull(values(t, `{"a": null, "b": {"c": null}, "d": false}`))).To(gomega.Equal(map[string]any{"b": map[string]any{"c": nil}, "d": false}))
	gomega.NewWithT(t).Expect(OmitNull(nil)).To(gomega.BeEmpty())
}

func TestEqual(t *testing.T) {
	for _, row := range []struct {
		a, b  string
		equal bool
	}{
		{`1`, `1.0`, true}, {`1`, `1e0`, true}, {`100`, `1e2`, true}, {`0`, `-0`, true}, {`0.1`, `0.10`, true},
		{`1`, `2`, false}, {`1`, `"1"`, false}, {`1`, `true`, false}, {`0`, `false`, false}, {`0`, `null`, false}, {`""`, `null`, false},
		{`9007199254740993`, `9007199254740993`, true}, {`9007199254740993`, `9007199254740992`, false},
		{`-9223372036854775808`, `-9223372036854775808`, true}, {`18446744073709551616`, `18446744073709551617`, false},
		{`"a"`, `"a"`, true}, {`"a"`, `"b"`, false}, {`true`, `true`, true}, {`true`, `false`, false}, {`null`, `null`, true},
		{`[1, 2]`, `[1.0, 2]`, true}, {`[1, 2]`, `[2, 1]`, false}, {`[1]`, `[1, 1]`, false}, {`[]`, `{}`, false}, {`[]`, `null`, false}, {`[null]`, `[]`, false},
		{`{"a": 1}`, `{"a": 1.0}`, true}, {`{"a": 1}`, `{"b": 1}`, false}, {`{"a": 1}`, `{}`, false},
		{`{"a": null}`, `{}`, true}, {`{"a": null}`, `{"b": null}`, true},
		{`{"a": {"b": null}}`, `{"a": {}}`, false}, {`[{"a": null}]`, `[{}]`, false},
	} {
		gomega.NewWithT(t).Expect(Equal(value(t, row.a), value(t, row.b))).To(gomega.Equal(row.equal), "%s and %s", row.a, row.b)
		gomega.NewWithT(t).Expect(Equal(value(t, row.b), value(t, row.a))).To(gomega.Equal(row.equal), "%s and %s", row.b, row.a)
	}
	for _, row := range []struct{ a, b any }{
		{int64(math.MaxInt64), json.Number("9223372036854775807")}, {uint(1), 1.0}, {float32(1.5), json.Number("1.5")},
		{[]string{"a"}, []any{"a"}}, {map[string]int{"a": 1}, map[string]any{"a": int8(1)}},
		{apiextensionsv1.JSON{Raw: []byte(`{"a": [1]}`)}, map[string]any{"a": []any{1}}},
	} {
		gomega.NewWithT(t).Expect(Equal(row.a, row.b)).To(gomega.BeTrue(), "%v and %v", row.a, row.b)
	}
}

func TestDecode(t *testing.T) {
	g := gomega.NewWithT(t)
	decoded, err := Decode(map[string]apiextensionsv1.JSON{"n": {Raw: []byte(`9007199254740993`)}, "l": {Raw: []byte(`["a", null]`)}, "z": {Raw: []byte(`null`)}})
	g.Expect(err).NotTo(gomega.HaveOccurred())
	g.Expect(decoded).To(gomega.Equal(map[string]any{"n": json.Number("9007199254740993"), "l": []any{"a", nil}, "z": nil}))
	_, err = Decode(map[string]apiextensionsv1.JSON{"n": {Raw: []byte(`hunter2`)}})
	g.Expect(err).To(gomega.MatchError(`input "n" is not JSON`))
}

func TestParseDataTypes(t *testing.T) {
	g := gomega.NewWithT(t)
	types, err := ParseDataTypes([]byte(`{"host": {"derived_from": "base", "properties": {
		"cpus": {"type": "integer", "default": 1, "constraints": [{"in_range": [1, 8]}]},
		"os": {"type": "string", "required": false, "default": null}}}, "empty": {"properties": null}}`))
	g.Expect(err).NotTo(gomega.HaveOccurred())
	g.Expect(types).To(gomega.Equal(map[string]DataType{
		"host": {DerivedFrom: "base", Properties: map[string]Input{
			"cpus": {Type: "integer", Default: json.Number("1"), Constraints: []map[string]any{{"in_range": []any{json.Number("1"), json.Number("8")}}}},
			"os":   {Type: "string", Default: nil, Required: &optional},
		}},
		"empty": {Properties: map[string]Input{}},
	}))
	for _, nothing := range []string{"", " ", "null"} {
		types, err := ParseDataTypes([]byte(nothing))
		g.Expect(types, err).To(gomega.BeEmpty())
	}
	for _, broken := range []string{`[]`, `{"a": 1}`, `{"a": {"properties": {"b": 1}}}`} {
		_, err := ParseDataTypes([]byte(broken))
		g.Expect(err).To(gomega.HaveOccurred(), broken)
	}
}
