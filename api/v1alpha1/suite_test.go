// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

var env *testenv.Environment

// strict refuses fields that no kind has, as kubectl does.
func strict() client.Client {
	return client.WithFieldValidation(env.Client, client.FieldValidation(metav1.FieldValidationStrict))
}

func TestMain(m *testing.M) { testenv.Main(m, &env) }

// object is one of our kinds as a person writes it: a kind and a spec in YAML.
func object(t *testing.T, kind, spec string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{Object: map[string]any{"spec": parse(t, spec)}}
	o.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind))
	o.SetGenerateName("test-")
	if kind != "CloudifyManager" {
		o.SetNamespace("default")
	}
	return o
}

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), text)
	var value map[string]any
	NewWithT(t).Expect(utiljson.Unmarshal(data, &value)).To(Succeed(), text) // integers stay integers
	return value
}

// row is a change to a valid spec, as a merge patch, and what the API server says of the result: nothing, or words of its
// refusal.
type row struct{ name, change, refusal string } //nolint:kubeapilinter // of the tests, not of the API

// onCreate tries each row on a new object.
func onCreate(t *testing.T, kind, spec string, rows []row) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			o := object(t, kind, spec)
			o.Object["spec"] = merge(o.Object["spec"], parse(t, row.change))
			answers(t, row.refusal, strict().Create(t.Context(), o, client.DryRunAll))
		})
	}
}

// onUpdate tries each row on an object that exists.
func onUpdate(t *testing.T, kind, spec string, rows []row) {
	o := object(t, kind, spec)
	create(t, o)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			patch, err := json.Marshal(map[string]any{"spec": parse(t, row.change)})
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			answers(t, row.refusal, env.Client.Patch(t.Context(), o.DeepCopy(), client.RawPatch(types.MergePatchType, patch), client.DryRunAll))
		})
	}
}

func answers(t *testing.T, refusal string, err error) {
	t.Helper()
	if refusal == "" {
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		return
	}
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring(refusal)))
}

// create creates o, and leaves in it what the API server made of it.
func create(t *testing.T, o client.Object) {
	t.Helper()
	NewWithT(t).Expect(env.Client.Create(t.Context(), o)).To(Succeed())
}

// merge is a JSON merge patch: null removes.
func merge(into, change any) any {
	changes, ok := change.(map[string]any)
	if !ok {
		return change
	}
	result, ok := into.(map[string]any)
	if !ok {
		result = map[string]any{}
	}
	for key, value := range changes {
		if value == nil {
			delete(result, key)
			continue
		}
		result[key] = merge(result[key], value)
	}
	return result
}
