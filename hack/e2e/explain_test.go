// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// kubectl explain reads like a manual: it describes each field, at any depth.
func TestExplainDescribesEachField(t *testing.T) {
	k := newKubectl(t)
	for _, crd := range crds(t, install(t)) {
		t.Run(crd.Spec.Names.Kind, func(t *testing.T) {
			g := NewWithT(t)
			schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
			for _, part := range []string{"spec", "status"} {
				fields := schema.Properties[part]
				g.Expect(undescribed(part, &fields)).To(BeEmpty(), "fields without a description")
				explained := strings.Join(strings.Fields(k.run("explain", crd.Spec.Names.Singular+"."+part)), " ")
				for name, field := range fields.Properties {
					g.Expect(explained).To(ContainSubstring(name + " <"))
					g.Expect(explained).To(ContainSubstring(strings.Join(strings.Fields(field.Description), " ")))
				}
			}
		})
	}
}

// undescribed lists the fields of a schema that have no description.
func undescribed(path string, schema *apiextensionsv1.JSONSchemaProps) (fields []string) {
	if schema.Items != nil && schema.Items.Schema != nil {
		return undescribed(path+"[]", schema.Items.Schema)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		field := schema.Properties[name]
		at := path + "." + name
		if len(strings.Fields(field.Description)) < 3 {
			fields = append(fields, fmt.Sprintf("%s: %q", at, field.Description))
		}
		fields = append(fields, undescribed(at, &field)...)
	}
	return fields
}

// crds are the CustomResourceDefinitions of an installation.
func crds(t *testing.T, in *installation) (found []*apiextensionsv1.CustomResourceDefinition) {
	t.Helper()
	for _, o := range in.objects {
		if o.GetKind() != "CustomResourceDefinition" {
			continue
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, crd); err != nil {
			t.Fatal(err)
		}
		found = append(found, crd)
	}
	return found
}
