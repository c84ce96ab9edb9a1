// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"testing"

	"github.com/onsi/gomega"
)

func TestContainsFunction(t *testing.T) {
	for _, row := range []struct{ value, name string }{
		{`null`, ""}, {`1`, ""}, {`true`, ""}, {`"get_secret"`, ""}, {`[]`, ""}, {`{}`, ""},
		{`"{get_secret: password}"`, ""},
		{`{"get_secret": "password", "more": 1}`, ""}, // a map like any other
		{`{"Get_Secret": "password"}`, ""},
		{`{"get_something": "password"}`, ""},
		{`{"get_secret": "password"}`, "get_secret"},
		{`{"get_secret": null}`, "get_secret"},
		{`[1, [{"a": {"get_capability": ["other", "password"]}}]]`, "get_capability"},
		{`{"a": 1, "b": {"c": [{"concat": []}]}}`, "concat"},
		{`{"a": {"get_secret": "x"}, "b": {"get_sys": "x"}}`, "get_secret"},
	} {
		name, found := ContainsFunction(value(t, row.value))
		gomega.NewWithT(t).Expect(name).To(gomega.Equal(row.name), row.value)
		gomega.NewWithT(t).Expect(found).To(gomega.Equal(row.name != ""), row.value)
	}
	for _, name := range []string{
		"get_input", "get_property", "get_attribute", "concat", "get_secret", "get_capability", "get_environment_capability",
		"get_group_capability", "get_label", "merge", "get_sys", "get_attributes_list", "get_attributes_dict",
		"string_find", "string_replace", "string_split", "string_lower", "string_upper", "get_consumers",
	} {
		found, _ := ContainsFunction(map[string]any{name: "x"})
		gomega.NewWithT(t).Expect(found).To(gomega.Equal(name))
	}
	name, _ := ContainsFunction([]map[string]string{{"get_secret": "x"}})
	gomega.NewWithT(t).Expect(name).To(gomega.Equal("get_secret"), "whatever Go type it has")
}

func TestRefuseFunctions(t *testing.T) {
	g := gomega.NewWithT(t)
	g.Expect(RefuseFunctions(values(t, `{"a": 1, "b": {"c": "get_secret"}}`))).To(gomega.Succeed())
	g.Expect(RefuseFunctions(nil)).To(gomega.Succeed())
	err := RefuseFunctions(values(t, `{"b": [{"get_capability": ["d", "c"]}], "c": 1, "a": {"get_secret": "hunter2"}}`))
	g.Expect(err).To(gomega.MatchError(`input "a" must not call an intrinsic function: it contains a map whose only key is get_secret; ` +
		`input "b" must not call an intrinsic function: it contains a map whose only key is get_capability`))
}
