// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"fmt"
	"strings"
	"testing"
)

const (
	existingSpec = `{}`
	inlineSpec   = `{source: {inline: {files: [{path: blueprint.yaml, content: ""}]}}}`
)

func TestCloudifyBlueprintOnCreate(t *testing.T) {
	const operator = "matchExpressions need an operator: In or NotIn with values, Exists or DoesNotExist without"
	onCreate(t, "CloudifyBlueprint", existingSpec, []row{
		{"one that exists, by the name of its object", `{}`, ""},
		{"one that exists, by its ID", `{blueprintID: "node-cellar_1.2~3"}`, ""},
		{"an ID that the Manager would not have", `{blueprintID: "node cellar"}`, "spec.blueprintID"},
		{"an ID with a slash", `{blueprintID: "a/b"}`, "spec.blueprintID"},
		{"an ID too long", fmt.Sprintf(`{blueprintID: %s}`, strings.Repeat("b", 257)), "may not be more than 256 bytes"},
		{"an ID beside a source", `{blueprintID: a, source: {configMapRef: {name: a}}}`, "with a source, the operator chooses the ID: remove one of them"},
		{"a main file of nothing", `{mainFile: blueprint.yaml}`, "mainFile requires a source: remove it"},

		{"a Manager by name", `{managerRef: {kind: CloudifyManager, name: other}}`, ""},
		{"a Manager without a name", `{managerRef: {}}`, ""},
		{"a Manager of another kind", `{managerRef: {kind: Manager, name: other}}`, `supported values: "CloudifyManager"`},
		{"a Manager of a name that none can have", fmt.Sprintf(`{managerRef: {name: %s}}`, strings.Repeat("m", 64)), "may not be more than 63 bytes"},

		{"Orphan", `{deletionPolicy: Orphan}`, ""},
		{"Delete", `{deletionPolicy: Delete}`, ""},
		{"another policy", `{deletionPolicy: Retain}`, `supported values: "Delete", "Orphan"`},

		{"all may deploy it", `{allowedNamespaces: {from: All}}`, ""},
		{"chosen may deploy it", `{allowedNamespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: Exists}]}}}`, ""},
		{"the operator may deploy it", `{allowedNamespaces: {from: Operator}}`, `supported values: "Same", "All", "Selector"`},
		{"Selector without a selector", `{allowedNamespaces: {from: Selector}}`, "selector is required when from is Selector, and forbidden otherwise"},
		{"selector with an operator that is none", `{allowedNamespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: Is, values: [b]}]}}}`, operator},
		{"selector In without values", `{allowedNamespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: In}]}}}`, operator},
		{"selector Exists with values", `{allowedNamespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}}`, operator},
		{"selector In with values", `{allowedNamespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: In, values: [b]}]}}}`, ""},
		{"selector beside Same", `{allowedNamespaces: {from: Same, selector: {}}}`, "selector is required when from is Selector, and forbidden otherwise"},
	})
}

func TestCloudifyBlueprintSource(t *testing.T) {
	const (
		oneOf    = "set exactly one of archive, configMapRef and inline"
		relative = "must be a relative path with forward slashes and without '..'"
		url      = "url must be an http(s) URL with a path, without user info or fragment"
		dots     = "url must not contain backslashes or two dots in a row, not even encoded, because its prefix decides whether it is allowed"
	)
	archive := func(url string) string { return fmt.Sprintf(`{source: {archive: {url: %q}}}`, url) }
	file := func(path string) string {
		return fmt.Sprintf(`{source: {inline: {files: [{path: %q, content: ""}]}}}`, path)
	}

	onCreate(t, "CloudifyBlueprint", existingSpec, []row{
		{"none", `{source: {}}`, oneOf},
		{"two", `{source: {configMapRef: {name: a}, inline: {files: [{path: a, content: b}]}}}`, oneOf},

		{"archive", archive("https://a.example.com/b/c-1.2.zip"), ""},
		{"archive with a query", archive("http://a.example.com:8080/c?version=1"), ""},
		{"archive without a path", archive("https://a.example.com"), url},
		{"archive of a host only", archive("https://a.example.com/"), url},
		{"archive of another scheme", archive("file:///etc/passwd"), url},
		{"archive with user info", archive("https://u:p@a.example.com/c.zip"), url},
		{"archive with a fragment", archive("https://a.example.com/c.zip#d"), url},
		{"archive with a space", archive("https://a.example.com/c d.zip"), url},
		{"archive on two lines", archive("https://a.example.com/c\n.zip"), url},
		{"archive that climbs", archive("https://a.example.com/b/../c.zip"), dots},
		{"archive that climbs at its end", archive("https://a.example.com/b/.."), dots},
		{"archive that climbs in disguise", archive("https://a.example.com/b/%2e%2E/c.zip"), dots},
		{"archive that climbs in half a disguise", archive("https://a.example.com/b/.%2e/c.zip"), dots},
		{"archive with a backslash", archive(`https://a.example.com/b/\c.zip`), dots},
		{"archive without a URL", `{source: {archive: {}}}`, "spec.source.archive.url: Required value"},

		{"ConfigMap", `{source: {configMapRef: {name: a}}, mainFile: cellar/main.yaml}`, ""},
		{"ConfigMap with items", `{source: {configMapRef: {name: a, items: [{key: b, path: c/b}, {key: b, path: d/b}]}}}`, ""},
		{"ConfigMap with two keys for a file", `{source: {configMapRef: {name: a, items: [{key: b, path: d}, {key: c, path: d}]}}}`, "Duplicate value"},
		{"ConfigMap without a name", `{source: {configMapRef: {}}}`, "spec.source.configMapRef.name: Required value"},
		{"ConfigMap with an item without a path", `{source: {configMapRef: {name: a, items: [{key: b}]}}}`, "path: Required value"},
		{"ConfigMap with an item without a key", `{source: {configMapRef: {name: a, items: [{path: b}]}}}`, "key: Required value"},
		{"ConfigMap of another namespace", `{source: {configMapRef: {name: a, namespace: b}}}`, `unknown field "spec.source.configMapRef.namespace"`},

		{"file", file("scripts/start.py"), ""},
		{"file twice", `{source: {inline: {files: [{path: a, content: b}, {path: a, content: c}]}}}`, "Duplicate value"},
		{"file of no content", `{source: {inline: {files: [{path: a}]}}}`, "spec.source.inline.files[0].content: Required value"},
		{"file without a path", `{source: {inline: {files: [{content: a}]}}}`, "path: Required value"},
		{"file of no path", file(""), "spec.source.inline.files[0].path"},
		{"file with an absolute path", file("/etc/passwd"), relative},
		{"file outside", file("a/../../b"), relative},
		{"file with a backslash", file(`a\b`), relative},
		{"file with a long path", file(strings.Repeat("a", 257)), "may not be more than 256 bytes"},
		{"file too large", fmt.Sprintf(`{source: {inline: {files: [{path: a, content: %s}]}}}`, strings.Repeat("a", 262145)), "may not be more than 262144 bytes"},
		{"no files", `{source: {inline: {files: []}}}`, "should have at least 1 items"},
		{"many files", fmt.Sprintf(`{source: {inline: {files: [%s]}}}`, numbered(129, `{path: "%d", content: a}`)), "must have at most 128 items"},

		{"main file", `{source: {configMapRef: {name: a}}, mainFile: cellar/main.yaml}`, ""},
		{"main file with an absolute path", `{source: {configMapRef: {name: a}}, mainFile: /main.yaml}`, "mainFile must be a relative path inside the source"},
		{"main file outside", `{source: {configMapRef: {name: a}}, mainFile: ../main.yaml}`, "mainFile must be a relative path inside the source"},
	})
}

func TestCloudifyBlueprintOnUpdate(t *testing.T) {
	const (
		source  = "source can be neither added nor removed: create another CloudifyBlueprint instead"
		manager = "managerRef is immutable: create another CloudifyBlueprint instead"
	)
	t.Run("one that exists", func(t *testing.T) {
		onUpdate(t, "CloudifyBlueprint", existingSpec, []row{
			{"adds a source", inlineSpec, source},
			{"adds a Manager", `{managerRef: {name: default}}`, manager},
			{"adds an ID", `{blueprintID: other}`, ""},
			{"adds a policy", `{deletionPolicy: Delete}`, ""},
		})
	})
	t.Run("one with a source", func(t *testing.T) {
		onUpdate(t, "CloudifyBlueprint", inlineSpec, []row{
			{"removes the source", `{source: null}`, source},
			{"changes the source", `{source: {inline: {files: [{path: blueprint.yaml, content: more}]}}}`, ""},
			{"changes the kind of source", `{source: {inline: null, configMapRef: {name: a}}}`, ""},
			{"adds an ID", `{blueprintID: other}`, "remove one of them"},
		})
	})
	t.Run("one of a Manager", func(t *testing.T) {
		onUpdate(t, "CloudifyBlueprint", `{managerRef: {name: a}}`, []row{
			{"changes the Manager", `{managerRef: {name: b}}`, manager},
			{"removes the Manager", `{managerRef: null}`, manager},
		})
	})
}

// numbered joins n items made by a format with a number in it.
func numbered(n int, format string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(items, ", ")
}
