// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// The chart makes what the kustomize folders make, with the settings that each folder of testdata says in both languages.
func TestChartMakesWhatKustomizeMakes(t *testing.T) {
	folders, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		t.Run(folder.Name(), func(t *testing.T) {
			g := NewWithT(t)
			folder := filepath.Join("testdata", folder.Name())
			expected := bareObjects(kustomize(t, folder))
			// Helm makes the namespace of a release, or whoever runs it does.
			delete(expected, "Namespace /"+namespace)
			made := bareObjects(template(t, "--values", filepath.Join(folder, "values.yaml")))

			g.Expect(slices.Sorted(maps.Keys(made))).To(Equal(slices.Sorted(maps.Keys(expected))))
			for name, object := range made {
				text, err := yaml.Marshal(object)
				g.Expect(err).NotTo(HaveOccurred())
				other, err := yaml.Marshal(expected[name])
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(string(text)).To(Equal(string(other)), name)
			}
		})
	}
}

// bareObjects returns objects by kind and name, without what only one of the two tools says.
func bareObjects(objects []*unstructured.Unstructured) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, o := range objects {
		annotations := o.GetAnnotations()
		if _, hook := annotations["helm.sh/hook"]; hook {
			continue
		}
		delete(annotations, "helm.sh/resource-policy")
		if len(annotations) == 0 {
			annotations = nil
		}
		o.SetAnnotations(annotations)
		labels := o.GetLabels()
		delete(labels, "helm.sh/chart")
		delete(labels, "app.kubernetes.io/managed-by")
		o.SetLabels(labels)
		if template, found, _ := unstructured.NestedMap(o.Object, "spec", "template"); found {
			unstructured.RemoveNestedField(template, "metadata", "labels", "app.kubernetes.io/managed-by")
			sortArguments(template)
			_ = unstructured.SetNestedMap(o.Object, template, "spec", "template")
		}
		all[o.GetKind()+" "+o.GetNamespace()+"/"+o.GetName()] = o.Object
	}
	return all
}

// sortArguments puts those of a pod's containers into one order: flags have none.
func sortArguments(template map[string]any) {
	containers, _, _ := unstructured.NestedSlice(template, "spec", "containers")
	for _, container := range containers {
		args, _, _ := unstructured.NestedStringSlice(container.(map[string]any), "args")
		slices.Sort(args)
		_ = unstructured.SetNestedStringSlice(container.(map[string]any), args, "args")
	}
	_ = unstructured.SetNestedSlice(template, containers, "spec", "containers")
}
