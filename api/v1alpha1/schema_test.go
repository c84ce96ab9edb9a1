// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// definitions are the generated definitions of our kinds.
func definitions(t *testing.T) []apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	g := NewWithT(t)
	folder, err := testenv.Path("config", "crd", "bases")
	g.Expect(err).NotTo(HaveOccurred())
	paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	g.Expect(err).NotTo(HaveOccurred())

	all := make([]apiextensionsv1.CustomResourceDefinition, len(paths))
	for i, path := range paths {
		text, err := os.ReadFile(path)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(yaml.UnmarshalStrict(text, &all[i])).To(Succeed(), path)
	}
	g.Expect(all).To(HaveLen(5))
	return all
}

// "Unset" means something in every optional field, so none may be filled in; and kubectl explain leaves no field unexplained.
func TestNoFieldHasADefaultAndEachIsDescribed(t *testing.T) {
	for _, crd := range definitions(t) {
		t.Run(crd.Spec.Names.Kind, func(t *testing.T) {
			walk(*crd.Spec.Versions[0].Schema.OpenAPIV3Schema, "", func(path string, schema apiextensionsv1.JSONSchemaProps) {
				NewWithT(t).Expect(schema.Default).To(BeNil(), path)
				NewWithT(t).Expect(schema.Description != "" || path == ".metadata" || strings.HasSuffix(path, "[]")).To(BeTrue(), path+" has no description")
			})
		})
	}
}

// What people or the operator may write is bounded, so that no object outgrows what the API server stores, and the cost of
// the rules can be estimated. Selectors and conditions are Kubernetes' own types.
func TestEveryStringListAndMapIsBounded(t *testing.T) {
	for _, crd := range definitions(t) {
		t.Run(crd.Spec.Names.Kind, func(t *testing.T) {
			g := NewWithT(t)
			walk(*crd.Spec.Versions[0].Schema.OpenAPIV3Schema, "", func(path string, schema apiextensionsv1.JSONSchemaProps) {
				if strings.Contains(path, "elector") || strings.HasPrefix(path, ".status.conditions[]") || path == ".apiVersion" || path == ".kind" {
					return
				}
				switch {
				case schema.Type == "string":
					g.Expect(schema.MaxLength != nil || schema.Enum != nil || schema.Format == "date-time").To(BeTrue(), path)
				case schema.Type == "array":
					g.Expect(schema.MaxItems).NotTo(BeNil(), path)
					g.Expect(schema.XListType).NotTo(BeNil(), path+" has no list type, so server-side apply replaces it whole")
				case schema.AdditionalProperties != nil:
					g.Expect(schema.MaxProperties).NotTo(BeNil(), path)
				}
			})
		})
	}
}

// walk visits the schema, and each property, item and value below it.
func walk(schema apiextensionsv1.JSONSchemaProps, path string, visit func(string, apiextensionsv1.JSONSchemaProps)) {
	visit(path, schema)
	for name, property := range schema.Properties {
		walk(property, path+"."+name, visit)
	}
	if schema.Items != nil {
		walk(*schema.Items.Schema, path+"[]", visit)
	}
	if schema.AdditionalProperties != nil {
		walk(*schema.AdditionalProperties.Schema, path+"[]", visit)
	}
}

func TestKindsAreNamedForPeople(t *testing.T) {
	g := NewWithT(t)
	for _, crd := range definitions(t) {
		names := crd.Spec.Names
		if names.Kind == "CloudifyManager" { // whoever may see one namespace asks for the category there
			g.Expect(names.Categories).To(BeEmpty())
		} else {
			g.Expect(names.Categories).To(ConsistOf("cloudify"), names.Kind)
		}
		g.Expect(names.ShortNames).To(ConsistOf(map[string]string{
			"CloudifyManager": "cfym", "CloudifyBlueprint": "cfyb", "CloudifyDeployment": "cfyd", "CloudifyBinding": "cfybind",
			"CloudifyExecution": "cfyx",
		}[names.Kind]), names.Kind)
		g.Expect(crd.Spec.Scope == apiextensionsv1.ClusterScoped).To(Equal(names.Kind == "CloudifyManager"), names.Kind)
	}
}

func TestColumns(t *testing.T) {
	const status = `{release: 7.1.0, blueprintID: k8s-cellar-1, binding: {name: shop-credentials}, execution: {id: e, status: started, progress: 12/30}, expiresAt: "2026-01-04T00:00:00Z", conditions: [
		{type: Ready, status: "False", reason: Installing, message: "workflow install is started", lastTransitionTime: "2026-01-01T00:00:00Z"}]}`

	for _, row := range []struct{ kind, spec, columns, cells string }{
		{"CloudifyManager", managerSpec, "Name|Ready|Reason|Endpoint|Tenant|Release", "False|Installing|https://manager.example.com|default_tenant|7.1.0"},
		{"CloudifyBlueprint", inlineSpec, "Name|Ready|Reason|Manager|Blueprint", "False|Installing|default|k8s-cellar-1"},
		{"CloudifyDeployment", deploymentSpec, "Name|Ready|Reason|Blueprint|Progress|Expires", "False|Installing|nodecellar|12/30|2026-01-04T00:00:00Z"},
		{"CloudifyBinding", "{deploymentRef: {name: shop}}", "Name|Ready|Reason|Deployment|Secret", "False|Installing|shop|shop-credentials"},
		{"CloudifyExecution", executionSpec, "Name|Ready|Reason|Deployment|Workflow|Status|Progress", "False|Installing|cellar|backup|started|12/30"},
	} {
		t.Run(row.kind, func(t *testing.T) {
			g := NewWithT(t)
			o := object(t, row.kind, row.spec)
			o.SetAnnotations(map[string]string{v1alpha1.ManagerAnnotation: "default"})
			create(t, o)
			o.Object["status"] = parse(t, status)
			g.Expect(env.Client.Status().Update(t.Context(), o)).To(Succeed())

			columns, cells := table(t, o)
			g.Expect(columns).To(Equal(row.columns + "|Age"))
			g.Expect(cells).To(HavePrefix(o.GetName() + "|" + row.cells + "|"))
		})
	}
}

// table asks for an object as kubectl get does, and returns the columns that are shown without -o wide, and its row.
func table(t *testing.T, o *unstructured.Unstructured) (columns, cells string) {
	t.Helper()
	g := NewWithT(t)
	config := rest.CopyConfig(env.RestConfig)
	config.GroupVersion, config.APIPath = &v1alpha1.GroupVersion, "/apis"
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	c, err := rest.RESTClientFor(config)
	g.Expect(err).NotTo(HaveOccurred())

	answer, err := c.Get().NamespaceIfScoped(o.GetNamespace(), o.GetNamespace() != "").Resource(strings.ToLower(o.GetKind())+"s").Name(o.GetName()).
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").DoRaw(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	var shown metav1.Table
	g.Expect(json.Unmarshal(answer, &shown)).To(Succeed())
	g.Expect(shown.Rows).To(HaveLen(1))

	var names, values []string
	for i, column := range shown.ColumnDefinitions {
		if column.Priority == 0 {
			names, values = append(names, column.Name), append(values, fmt.Sprint(shown.Rows[0].Cells[i]))
		}
	}
	return strings.Join(names, "|"), strings.Join(values, "|")
}

// Two field managers can each own an entry of a list, and let go of it again.
func TestServerSideApplyMergesLists(t *testing.T) {
	for _, row := range []struct{ list, kind, base, one, other, both, left string }{
		{"files", "CloudifyBlueprint", `{}`,
			`{source: {inline: {files: [{path: a, content: "1"}]}}}`, `{source: {inline: {files: [{path: b, content: "2"}]}}}`,
			`{source: {inline: {files: [{path: a, content: "1"}, {path: b, content: "2"}]}}}`, `{source: {inline: {files: [{path: b, content: "2"}]}}}`},
		{"items", "CloudifyBlueprint", `{source: {configMapRef: {name: c}}}`,
			`{source: {configMapRef: {items: [{path: a, key: k}]}}}`, `{source: {configMapRef: {items: [{path: b, key: k}]}}}`,
			`{source: {configMapRef: {name: c, items: [{path: a, key: k}, {path: b, key: k}]}}}`, `{source: {configMapRef: {name: c, items: [{path: b, key: k}]}}}`},
		{"prefixes", "CloudifyManager", managerSpec,
			`{archiveURLPrefixes: ["https://a.example.com/"]}`, `{archiveURLPrefixes: ["https://b.example.com/"]}`,
			`{archiveURLPrefixes: ["https://a.example.com/", "https://b.example.com/"]}`, `{archiveURLPrefixes: ["https://b.example.com/"]}`},
		{"inputs", "CloudifyDeployment", deploymentSpec,
			`{inputs: {a: {x: 1}}}`, `{inputs: {b: [1]}}`, `{inputs: {a: {x: 1}, b: [1]}}`, `{inputs: {b: [1]}}`},
	} {
		t.Run(row.list, func(t *testing.T) {
			g := NewWithT(t)
			o := object(t, row.kind, row.base)
			o.SetGenerateName("")
			o.SetName(env.Namespace(t)) // a name that nothing else has
			apply := func(owner string, specs ...string) map[string]any {
				spec := any(map[string]any{})
				for _, text := range specs {
					spec = merge(spec, parse(t, text))
				}
				applied := o.DeepCopy()
				applied.Object["spec"] = spec
				g.Expect(env.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(applied), client.FieldOwner(owner))).To(Succeed())
				return applied.Object["spec"].(map[string]any)
			}
			apply("one", row.base, row.one)
			g.Expect(apply("other", row.base, row.other)).To(Equal(merge(parse(t, row.base), parse(t, row.both))))
			g.Expect(apply("one", row.base)).To(Equal(merge(parse(t, row.base), parse(t, row.left))))
		})
	}
}
