// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// documents are those that tell of a kind.
var documents = []struct{ document, crd, kind string }{
	{"managers.md", "cloudifymanagers", "CloudifyManager"},
	{"blueprints.md", "cloudifyblueprints", "CloudifyBlueprint"},
	{"deployments.md", "cloudifydeployments", "CloudifyDeployment"},
	{"bindings.md", "cloudifybindings", "CloudifyBinding"},
	{"executions.md", "cloudifyexecutions", "CloudifyExecution"},
}

func TestDocumentsHaveFourChapters(t *testing.T) {
	for _, d := range documents {
		g := NewWithT(t)
		chapters := regexp.MustCompile(`(?m)^## (\w+)`).FindAllStringSubmatch(read(t, d.document), -1)
		g.Expect(chapters).To(HaveLen(4), d.document)
		for i, begin := range []string{"Example", "Writing", "Working", "Status"} {
			g.Expect(chapters[i][1]).To(Equal(begin), d.document)
		}
	}
}

// Reasons are listed in one place: each has its row in operations.md, below the heading of its kind, and the documents of the
// kinds lead there.
func TestEveryReasonHasOneRow(t *testing.T) {
	g := NewWithT(t)
	conditions := reasonsOf(t)
	_, operations, found := strings.Cut(read(t, "operations.md"), "\n## Every reason, and what to do\n")
	g.Expect(found).To(BeTrue(), "the heading of the reasons")
	operations, _, _ = strings.Cut(operations, "\n## ")

	for heading, reasons := range map[string][]string{"Of every kind": {"of every kind", "of events on objects of every kind"},
		"CloudifyManager": {"of a CloudifyManager", "of the condition Discovered", "of the condition OrphansFound, beside LabelsUnsupported",
			"of events that discovery makes on a CloudifyManager"},
		"CloudifyBlueprint": {"of a CloudifyBlueprint", "of the condition Offered"}, "CloudifyDeployment": {"of a CloudifyDeployment"},
		"CloudifyBinding":   {"of a CloudifyBinding"},
		"CloudifyExecution": {"of a CloudifyExecution, beside those of a CloudifyDeployment that it shares"},
	} {
		_, rows, found := strings.Cut(operations, "\n### "+heading+"\n")
		g.Expect(found).To(BeTrue(), heading)
		rows, _, _ = strings.Cut(rows, "\n### ")
		for _, of := range reasons {
			_, block, found := strings.Cut(conditions, "// Reasons "+of+".\n")
			g.Expect(found).To(BeTrue(), of)
			block, _, _ = strings.Cut(block, "\n)")
			constants := regexp.MustCompile(`Reason\w+ += "(\w+)"`).FindAllStringSubmatch(block, -1)
			g.Expect(constants).NotTo(BeEmpty(), of)
			for _, constant := range constants {
				g.Expect(rows).To(MatchRegexp("(?m)^\\|[^|]*`"+constant[1]+"`[^|]*\\|"), "rows below %s", heading)
			}
		}
	}
	for _, d := range documents {
		_, chapter, found := strings.Cut(read(t, d.document), "\n### Reasons\n")
		g.Expect(found).To(BeTrue(), d.document)
		chapter, _, _ = strings.Cut(chapter, "\n### ")
		g.Expect(chapter).To(ContainSubstring("(operations.md#"+strings.ToLower(d.kind)+")"), d.document)
		g.Expect(chapter).NotTo(ContainSubstring("\n|"), "a table of reasons in %s", d.document)
	}
}

func TestDocumentsNameEveryCondition(t *testing.T) {
	for _, d := range documents {
		text := read(t, d.document)
		described := schema(t, d.crd).Properties["status"].Properties["conditions"].Description
		names := regexp.MustCompile(`[A-Z]\w+`).FindAllString(described, -1)
		NewWithT(t).Expect(len(names)).To(BeNumerically(">=", 3), described)
		for _, name := range names {
			NewWithT(t).Expect(strings.Contains(text, "\n| `"+name+"` |")).To(BeTrue(), "%s has no row for condition %s", d.document, name)
		}
	}
}

// Every field of spec and status is named, in the chapter that it belongs to: as code, or in an example.
func TestDocumentsNameEveryField(t *testing.T) {
	for _, d := range documents {
		g := NewWithT(t)
		text := read(t, d.document)
		spec, status, found := strings.Cut(text, "\n## Status")
		g.Expect(found).To(BeTrue(), d.document)
		root := schema(t, d.crd)
		for part, chapter := range map[string]string{"spec": spec, "status": status} {
			names := fields(root.Properties[part])
			g.Expect(len(names)).To(BeNumerically(">", 3), "fields of %s.%s", d.crd, part)
			g.Expect(slices.DeleteFunc(names, func(name string) bool {
				return regexp.MustCompile("`([\\w.]+\\.)?" + name + "\\b|\\b" + name + ": ?").MatchString(chapter)
			})).To(BeEmpty(), "fields of the %s that %s says nothing of", part, d.document)
		}
	}
}

// fields are the names of a schema's fields, at any depth but inside of what Kubernetes defines.
func fields(schema apiextensionsv1.JSONSchemaProps) (names []string) {
	if schema.Items != nil && schema.Items.Schema != nil {
		return fields(*schema.Items.Schema)
	}
	for name, field := range schema.Properties {
		switch name {
		case "conditions": // a section of its own
		case "selector":
			names = append(names, name)
		default:
			names = append(append(names, name), fields(field)...)
		}
	}
	return names
}

func schema(t *testing.T, plural string) apiextensionsv1.JSONSchemaProps {
	t.Helper()
	crd := apiextensionsv1.CustomResourceDefinition{}
	NewWithT(t).Expect(yaml.Unmarshal([]byte(read(t, "../config/crd/bases/cloudify.co_"+plural+".yaml")), &crd)).To(Succeed())
	return *crd.Spec.Versions[0].Schema.OpenAPIV3Schema
}

// reasonsOf are the files with condition types and reasons, one after the other.
func reasonsOf(t *testing.T) (code string) {
	t.Helper()
	files, err := filepath.Glob("../api/v1alpha1/*_reasons.go")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, file := range append(files, "../api/v1alpha1/conditions.go") {
		code += read(t, file)
	}
	return code
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(text)
}
